"""What draws and writes results, found by registration: a result knows neither by name.

Providers are named as ``module:function`` and loaded when first asked for, so that a table of
figures does not wait for plotly or for a spreadsheet writer.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

_providers: dict[str, str] = {}


def register(service: str, provider: str) -> None:
    """Name the function that does a service for every result."""
    _providers[service] = provider


def found(service: str) -> Callable[..., Any]:
    """Return the function that does a service."""
    module, _, name = _providers[service].partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
