"""Columns whose texts all have one plain form: DuckDB types them while it reads the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from rakustats.ingest.plan import Field
from rakustats.ingest.text import literal
from rakustats.staging.cells import Cell
from rakustats.staging.reading import Reading

_DAY = r"[0-9]{4}%s[0-9]{2}%s[0-9]{2}"
#: Forms that only an instant, or only a day, has; of each kind one is chosen for a file.
_FORMS = {
    "timestampformat": {
        f"%Y{dash}%m{dash}%d %H:%M{end}": _DAY % (dash, dash) + f" [0-9]{{2}}:[0-9]{{2}}{seconds}"
        for dash in "-/"
        for end, seconds in ((":%S", ":[0-9]{2}"), ("", ""))
    },
    "dateformat": {f"%Y{dash}%m{dash}%d": _DAY % (dash, dash) for dash in "-/"},
}
_TYPES = {"timestampformat": "TIMESTAMP", "dateformat": "DATE"}
_AMOUNTS = ("decimal", "price")
_AMOUNT = r"-?[0-9]{1,9}(\.[0-9]+)?"
# DuckDB reads as much as a buffer holds, however few rows are asked for.
_LINE = "max_line_size = 16777216"
_SHORT_LINE = "max_line_size = 2097152, buffer_size = 4194304"


def top_of(relation: str, rows: int) -> str:
    """Return the SQL of the first rows of a file that DuckDB scans."""
    return f"(SELECT * FROM {relation.replace(_LINE, _SHORT_LINE)} LIMIT {rows})"


def read_natively(con: duckdb.DuckDBPyConnection, reading: Reading, top: str) -> Reading:
    """Return the same reading with the plain columns of a file read in their own types.

    The rows of ``top`` tell which these are; a later text of another form makes the read fail.
    A whole number stays text, because a reader would round its fraction in silence.
    """
    candidates = [cell for cell in reading.ids if _may_be(cell)]
    if not candidates or "auto_detect = false" not in reading.sheet.relation:
        return reading
    tests = {(cell, form): test for cell in candidates for form, test in _tests(cell).items()}
    asked = ", ".join(
        f"coalesce(bool_and(regexp_full_match(c{cell.field.sources[0]}, {literal(test)})), false)"
        for (cell, _), test in tests.items()
    )
    held = con.execute(f"SELECT {asked} FROM {top}").fetchone() or ()
    plain = [key for key, holds in zip(tests, held, strict=True) if holds]
    return _with(reading, plain)


def _may_be(cell: Cell) -> bool:
    f = cell.field
    simple = f == Field("", f.sources[:1]) and len(f.sources) == 1
    return simple and (cell.kind == "instant" or (cell.kind in _AMOUNTS and f.scale is None))


def _tests(cell: Cell) -> Mapping[tuple[str, str], str]:
    """Return the patterns of the forms that a cell's texts may have."""
    if cell.kind in _AMOUNTS:
        return {("", ""): _AMOUNT}
    return {(kind, form): test for kind, forms in _FORMS.items() for form, test in forms.items()}


def _with(reading: Reading, plain: list[tuple[Cell, tuple[str, str]]]) -> Reading:
    chosen: dict[str, str] = {}
    native: dict[Cell, str] = {}
    for cell, (kind, form) in plain:
        if not kind:
            native[cell] = cell.type
        elif chosen.setdefault(kind, form) == form:
            native[cell] = _TYPES[kind]
    relation = reading.sheet.relation
    for cell, own in native.items():
        column = f"'c{cell.field.sources[0]}': "
        relation = relation.replace(f"{column}'VARCHAR'", f"{column}'{own}'")
    formats = "".join(f", {kind} = {literal(form)}" for kind, form in chosen.items())
    relation = relation.replace("auto_detect = false", f"auto_detect = false{formats}")
    return replace(reading, sheet=replace(reading.sheet, relation=relation), native=native)
