"""The second look: distinct texts that a cast refuses, each read once by the careful parser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import duckdb
import pyarrow as pa

from rakustats import words
from rakustats.moments import to_utc
from rakustats.spelling import plain
from rakustats.staging import values
from rakustats.staging.cells import Cell

Read = tuple[object, bool | None]


def look(con: duckdb.DuckDBPyConnection, cells: Mapping[Cell, int], zone: str) -> set[int]:
    """Make a table fix<k> (raw, value, is_day, reason, doubt) for each cell with refused texts.

    ``reason`` says why a row must be refused, ``doubt`` what was left out of a row that is kept.
    """
    watched = {k: c for c, k in cells.items() if c.doubtful}
    counts = con.execute(
        f"SELECT {', '.join(f'count(o{k})' for k in watched)} FROM stage.main.odd_rows"
    ).fetchone()
    assert counts is not None  # an aggregate without GROUP BY has one row
    odd = {k for k, n in zip(watched, counts, strict=True) if n}
    for k in odd:
        _fix(con, watched[k], k, zone)
    return odd


def _fix(con: duckdb.DuckDBPyConnection, cell: Cell, k: int, zone: str) -> None:
    odd = f"SELECT DISTINCT o{k} FROM stage.main.odd_rows WHERE o{k} IS NOT NULL ORDER BY 1"
    rows = [_one(cell, raw, zone) for (raw,) in con.execute(odd).fetchall()]
    con.register("fixes", pa.table([*zip(*rows, strict=True)], schema=_schema(cell)))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE fix{k} AS "
        f"SELECT raw, CAST(value AS {cell.type}) AS value, is_day, reason, doubt FROM fixes"
    )
    con.unregister("fixes")


def _schema(cell: Cell) -> pa.Schema:
    text = pa.string()
    value = {"instant": pa.timestamp("us"), "boolean": pa.bool_()}.get(cell.kind, text)
    columns = {"raw": text, "value": value, "is_day": pa.bool_(), "reason": text, "doubt": text}
    return pa.schema(list(columns.items()))


def _one(
    cell: Cell, raw: str, zone: str
) -> tuple[str, object, bool | None, str | None, str | None]:
    tolerated = cell.kind == "word" or bool(cell.field.match)
    try:
        value, is_day = READERS["match" if cell.field.match else cell.kind](cell, raw, zone)
    except ValueError as error:
        return (
            (raw, None, None, None, str(error))
            if tolerated
            else (raw, None, None, str(error), None)
        )
    return raw, value, is_day, None, None


def _instant(_: Cell, raw: str, zone: str) -> Read:
    if values.is_null(raw):
        return None, None
    moment, is_day = values.instant(raw)
    return to_utc(moment, zone), is_day


def _number(cell: Cell, raw: str, _: str) -> Read:
    if values.is_null(raw):
        return None, None
    found = values.number(raw, 0 if cell.kind == "whole" else 6)
    scaled = found * Decimal(repr(cell.field.scale)) if cell.field.scale is not None else found
    return format(scaled, "f"), None


def _boolean(_: Cell, raw: str, __: str) -> Read:
    return (None if values.is_null(raw) else values.boolean(raw)), None


def _id(_: Cell, raw: str, __: str) -> Read:
    return (None if values.is_null(raw) else plain(raw)), None


def _word(cell: Cell, raw: str, _: str) -> Read:
    return words.meaning(cell.vocabulary, raw), None


def _open_word(cell: Cell, raw: str, zone: str) -> Read:
    try:
        return _word(cell, raw, zone)
    except ValueError:
        return plain(raw), None


def _match(_: Cell, raw: str, __: str) -> Read:
    if values.is_null(raw):
        return None, None
    raise ValueError(f"unknown word: {raw!r}")


READERS: dict[str, Callable[[Cell, str, str], Read]] = {
    "instant": _instant,
    "whole": _number,
    "decimal": _number,
    "boolean": _boolean,
    "id": _id,
    "word": _word,
    "open word": _open_word,
    "match": _match,
}
