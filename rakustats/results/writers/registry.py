"""File formats found by a file's ending: each module of this folder registers its own."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from pathlib import Path

import pyarrow as pa

from rakustats.i18n.phrases import Lang
from rakustats.results.result import Result

Writer = Callable[[Result, Path, Lang], None]
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
WRITERS: dict[str, Writer] = {}


def writes(ending: str) -> Callable[[Writer], Writer]:
    """Register the function that writes results to files of an ending."""

    def registered(writer: Writer) -> Writer:
        WRITERS[ending] = writer
        return writer

    return registered


def plain_rows(table: pa.Table) -> list[dict[str, object]]:
    """Return rows as Python values, with None for a number that is none: all formats can say it."""
    return [
        {name: None if isinstance(v, float) and not isfinite(v) else v for name, v in row.items()}
        for row in table.to_pylist()
    ]


def disarmed(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(RUNS_AS_FORMULA):
        return f"'{value}"
    return value
