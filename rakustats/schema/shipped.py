"""Texts and TOML files that come with the package."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any, TypeVar

T = TypeVar("T")


def shipped_text(package: str, *names: str) -> str:
    """Return a text file of a package of ours; ``names`` are folders within it and the file."""
    return resources.files(f"rakustats.{package}").joinpath(*names).read_text(encoding="utf-8")


@cache
def shipped_values(package: str, *names: str) -> dict[str, Any]:
    """Return what a TOML file of a package of ours says.

    Examples
    --------
    >>> shipped_values("schema", "words.toml")["level"]["order"]
    ['注文', '订单']
    """
    return tomllib.loads(shipped_text(package, *names))


def shipped_entries(of: Callable[..., T], package: str, *names: str) -> dict[str, T]:
    """Return the tables of such a file as objects of a class, by the names that they also bear."""
    tables = shipped_values(package, *names)
    return {name: of(name, **facts) for name, facts in tables.items()}
