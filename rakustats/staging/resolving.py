"""After both looks: the final value of every cell, and which rows are skipped or refused."""

from __future__ import annotations

import duckdb

from rakustats.ingest.text import literal
from rakustats.staging.cells import Cell
from rakustats.staging.reading import Reading


def resolve(con: duckdb.DuckDBPyConnection, reading: Reading, odd: set[int]) -> None:
    """Make ``resolved_rows``: v<k>, d<k>, doubts u<k>, w<i>, skipped, reasons, counted.

    A view where nothing had to be looked at twice, so that a clean sheet is not copied once more.
    """
    rows = f"SELECT *, {_counted(reading)} FROM ({_with_reasons(reading, odd)})"
    if odd or reading.sheet.numbered:
        con.execute(f"CREATE TABLE stage.main.resolved AS {rows}")
        rows = "FROM stage.main.resolved"
    con.execute(f"CREATE TEMP VIEW resolved_rows AS {rows}")


def drop(con: duckdb.DuckDBPyConnection) -> None:
    """Throw the sheet's working tables away."""
    con.execute("DROP VIEW resolved_rows; DROP TABLE IF EXISTS stage.main.resolved")
    con.execute("DROP TABLE stage.main.cast_rows")


def _with_reasons(reading: Reading, odd: set[int]) -> str:
    reasons = ["fault", *(f"r{k}" for k in sorted(odd)), *_missing(reading)]
    listed = ", ".join(reasons)
    refused = f"coalesce({listed}) IS NOT NULL AND NOT skipped"
    given = f"list_filter([{listed}], lambda r: r IS NOT NULL)"
    return (
        f"SELECT *, CASE WHEN {refused} THEN {given} END AS reasons FROM ({_values(reading, odd)})"
    )


def _missing(reading: Reading) -> list[str]:
    key = reading.feeds[0].key.items()
    return [
        f"CASE WHEN {reading.v(c)} IS NULL THEN {literal(f'{n} is missing')} END" for n, c in key
    ]


def _values(reading: Reading, odd: set[int]) -> str:
    number = (
        ["s.source_row", "s.fault"]
        if reading.sheet.numbered
        else [f"s.rowid + {reading.sheet.first_row} AS source_row", "NULL::VARCHAR AS fault"]
    )
    columns = [c for cell, k in reading.ids.items() for c in _columns(reading, cell, k, k in odd)]
    kept = [f"s.w{feed.number}" for feed in reading.conditional]
    joins = " ".join(f"LEFT JOIN fix{k} f{k} ON s.o{k} = f{k}.raw" for k in sorted(odd))
    shown = ", ".join([*number, *columns, *kept, "s.skipped"])
    return f"SELECT {shown} FROM stage.main.cast_rows s {joins}"


def _columns(reading: Reading, cell: Cell, k: int, odd: bool) -> list[str]:
    value = f"coalesce(s.v{k}, f{k}.value)" if odd else f"s.v{k}"
    # A mapping's empty word means that nothing is known.
    columns = [f"nullif({value}, '') AS v{k}" if cell.field.match else f"{value} AS v{k}"]
    if cell.kind == "instant":
        columns.append(f"coalesce(f{k}.is_day, s.d{k}) AS d{k}" if odd else f"s.d{k}")
    if odd:
        columns.append(f"f{k}.doubt AS u{k}")
        columns.append(f"{literal(reading.name(cell) + ': ')} || f{k}.reason AS r{k}")
    return columns


def _counted(reading: Reading) -> str:
    order = reading.counted_by
    if order is None:
        return "NULL::BIGINT AS counted"
    return f"row_number() OVER (PARTITION BY {order}, skipped ORDER BY source_row) AS counted"
