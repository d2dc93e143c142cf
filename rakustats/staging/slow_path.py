"""The slow path: distinct texts that a cast refuses, each parsed once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb
import pyarrow as pa

from rakustats.calendar.timezones import CHINA, day_in
from rakustats.staging import dates, identifiers
from rakustats.staging.cells import Cell
from rakustats.staging.neighbours import ODD, set_dates_beside, settle_currencies, texts
from rakustats.staging.parsers import ASIDE, Around, CellIssue, Read, read
from rakustats.staging.reading import Reading

Fix = tuple[str, object, bool | None, str | None, dict[str, str] | None]


@dataclass(frozen=True)
class Column:
    """A cell with odd texts; one of the ``keys`` must have a value, or its row is refused."""

    k: int
    cell: Cell
    is_key: bool

    @property
    def is_date(self) -> bool:
        """Whether its texts may need the row's, or the column's, other dates."""
        return self.cell.kind == "instant" and not self.cell.field.match


def parse_refused(
    con: duckdb.DuckDBPyConnection, reading: Reading, exported_at: datetime
) -> set[int]:
    """Make a table fix<k> (raw, value, is_day, reason, issue) for each cell with refused texts.

    ``reason`` says why a row must be refused; ``issue``, a rule and a detail, what is uncertain
    about a row that is loaded.
    """
    cells = {k: cell for cell, k in reading.ids.items() if cell.may_fail}
    odd = _with_texts(con, cells)
    odd |= settle_currencies(con, reading, odd)
    keys = reading.feeds[0].key.values()
    columns = [Column(k, cells[k], cells[k] in keys) for k in sorted(odd)]
    plan, base_1904 = reading.plan, reading.sheet.date_1904
    day = day_in(exported_at, plan.day_zone or CHINA)
    around = Around(plan.zone, day, base_1904=base_1904)
    _look_at_dates(con, reading, [c for c in columns if c.is_date], around)
    for column in columns:
        if not column.is_date:
            raw = texts(con, column.k)
            known = replace(around, long_numbers=_has_long_numbers(con, column, raw))
            _keep(con, column, _fixes(column, raw, known))
    return odd


def _with_texts(con: duckdb.DuckDBPyConnection, cells: Iterable[int]) -> set[int]:
    watched = list(cells)
    if not watched:
        return set()
    counts = con.execute(f"SELECT {', '.join(f'count(o{k})' for k in watched)} FROM {ODD}")
    row = counts.fetchone()
    assert row is not None  # an aggregate without GROUP BY has one row
    return {k for k, n in zip(watched, row, strict=True) if n}


def _look_at_dates(
    con: duckdb.DuckDBPyConnection, reading: Reading, columns: Sequence[Column], around: Around
) -> None:
    """Read dates that stand for themselves, then serial numbers, then dates without a year."""
    raw = {c.k: texts(con, c.k) for c in columns}
    bare = {k: [t for t in found if dates.without_year(t)] for k, found in raw.items()}
    serial = {k: [t for t in found if dates.is_serial(t)] for k, found in raw.items()}
    fixes: dict[int, list[Fix]] = {}
    for c in columns:
        clear = [t for t in raw[c.k] if t not in bare[c.k] and t not in serial[c.k]]
        known = replace(around, order=dates.order_of(clear, around.exported))
        fixes[c.k] = _fixes(c, clear, known)
    spans = _spans(con, reading, fixes) if any(serial.values()) else {}
    for c in columns:
        known = replace(around, span=spans.get(c.k) or spans.get(None))
        fixes[c.k] += _fixes(c, serial[c.k], known)
        _keep(con, c, fixes[c.k])
    for c in columns:
        if bare[c.k]:
            set_dates_beside(con, reading, c.k, bare[c.k], set(raw))
            _keep(con, c, _fixes(c, [t for t in texts(con, c.k) if ASIDE in t], around), add=True)


def _spans(
    con: duckdb.DuckDBPyConnection, reading: Reading, fixes: dict[int, list[Fix]]
) -> dict[int | None, tuple[datetime, datetime]]:
    """Return the first and the last date of each column that has any, and under None of all."""
    instants = [k for cell, k in reading.ids.items() if cell.kind == "instant"]
    ends = ", ".join(f"min(v{k}), max(v{k})" for k in instants)
    ((*row,),) = con.execute(f"SELECT {ends} FROM stage.main.cast_rows").fetchall()
    found: dict[int | None, tuple[datetime, datetime]] = {}
    for at, k in enumerate(instants):
        read_now = [value for _, value, *_ in fixes.get(k, []) if isinstance(value, datetime)]
        known = [m for m in (*row[2 * at : 2 * at + 2], *read_now) if m is not None]
        if known:
            found[k] = (min(known), max(known))
    if found:
        found[None] = (min(s[0] for s in found.values()), max(s[1] for s in found.values()))
    return found


def _has_long_numbers(con: duckdb.DuckDBPyConnection, column: Column, raw: Sequence[str]) -> bool:
    """Return whether a column of seemingly rounded numbers holds others with all their digits."""
    if column.cell.kind != "order number" or not any(map(identifiers.is_rounded, raw)):
        return False
    long = f"regexp_full_match(v{column.k}, '[0-9]{{{identifiers.PRECISION + 1},}}')"
    found = con.execute(f"SELECT 1 FROM stage.main.cast_rows WHERE {long} LIMIT 1").fetchall()
    return bool(found)


def _fixes(column: Column, raw: Iterable[str], around: Around) -> list[Fix]:
    return [_fix(column, text, around) for text in raw]


def _fix(column: Column, raw: str, around: Around) -> Fix:
    field = column.cell.field
    # what stands above a table is not the fault of its rows
    tolerated = column.cell.kind == "word" or bool(field.match) or field.const is not None
    try:
        value, is_day, issue = read(column.cell, raw, around)
    except ValueError as error:
        if not tolerated:
            return raw, None, None, str(error), None
        value, is_day, issue = Read(None, None, CellIssue("unknown_word", str(error)))
    if issue and value is None and column.is_key:
        return raw, None, None, issue.detail, None
    return raw, value, is_day, None, issue._asdict() if issue else None


def _keep(
    con: duckdb.DuckDBPyConnection, column: Column, fixes: Sequence[Fix], add: bool = False
) -> None:
    schema = _schema(column.cell)
    rows = [dict(zip(schema.names, fix, strict=True)) for fix in fixes]
    con.register("fixes", pa.Table.from_pylist(rows, schema=schema))
    into = f"INSERT INTO fix{column.k}" if add else f"CREATE OR REPLACE TEMP TABLE fix{column.k} AS"
    con.execute(
        f"{into} SELECT raw, CAST(value AS {column.cell.type}) AS value, is_day, reason, issue "
        "FROM fixes"
    )
    con.unregister("fixes")


def _schema(cell: Cell) -> pa.Schema:
    text = pa.string()
    value = {"instant": pa.timestamp("us"), "boolean": pa.bool_()}.get(cell.kind, text)
    issue = pa.struct([("rule", text), ("detail", text)])
    columns = {"raw": text, "value": value, "is_day": pa.bool_(), "reason": text, "issue": issue}
    return pa.schema(list(columns.items()))
