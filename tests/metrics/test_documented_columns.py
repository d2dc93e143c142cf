"""Docstrings of metrics tell what is there: every column of the result, every parameter."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import rakustats as rs
from rakustats.marts.keys import KEYS

METRICS = [
    name for name in rs.__all__ if getattr(rs, name).__module__.startswith("rakustats.metrics.")
]
ADJUSTING = [n for n in METRICS if "adjust" in inspect.signature(getattr(rs, n)).parameters]
Ask = Callable[..., rs.Result]


@pytest.fixture(scope="module")
def ask(sample_database: Path) -> Iterator[Ask]:
    """Ask the sample a question by its public name."""
    with rs.connect(sample_database) as db:

        def asked(name: str, **given: Any) -> rs.Result:
            if name == "drift_path":
                given |= {"who": rs.drift(db).table.column("seller_id")[0].as_py()}
            result: rs.Result = getattr(rs, name)(db, **given)
            return result

        yield asked


def undocumented(name: str, result: rs.Result) -> set[str]:
    told = set(re.findall(r"``(\w+)``", inspect.getdoc(getattr(rs, name)) or ""))
    return set(result.table.column_names) - told - set(KEYS) - {"seller_name"}


@pytest.mark.parametrize("name", METRICS)
def test_every_column_is_named(name: str, ask: Ask) -> None:
    assert undocumented(name, ask(name)) == set()


@pytest.mark.parametrize("name", ADJUSTING)
def test_every_column_of_adjusted_rates_is_named(name: str, ask: Ask) -> None:
    assert undocumented(name, ask(name, by="category", adjust="price_band")) == set()


@pytest.mark.parametrize("name", METRICS)
def test_every_parameter_is_told(name: str) -> None:
    function = getattr(rs, name)
    doc = inspect.getdoc(function) or ""
    section = doc.partition("Parameters\n----------\n")[2].partition("\n\nReturns\n")[0]
    heads = re.findall(r"^(\w[\w, ]*?)(?: :.*)?$", section, re.MULTILINE)
    told = [each for head in heads for each in head.split(", ")]
    assert sorted(told) == sorted(inspect.signature(function).parameters)
