"""After both paths: the final value of every cell, and which rows are skipped or refused."""

from __future__ import annotations

import duckdb

from rakustats.ingest.text import literal
from rakustats.staging.cells import Cell
from rakustats.staging.reading import Reading

# From this share of odd rows on, joining them in once beats doing it in every query.
MANY = 0.05


def resolve(con: duckdb.DuckDBPyConnection, reading: Reading, odd: set[int]) -> None:
    """Make ``resolved_rows``: v<k>, d<k>, issues u<k>, w<i>, skipped, reasons, counted.

    A view where hardly anything had to be looked at twice, so that a clean sheet is not copied.
    """
    if odd:
        con.execute(_mend(reading, odd))
    many = bool(odd) and _share_of_odd(con) > MANY
    if reading.counted_by or many:
        con.execute(f"CREATE TABLE stage.main.resolved AS {_rows(reading, odd)}")
    _view(con, reading, odd)


def keep(con: duckdb.DuckDBPyConnection, reading: Reading, odd: set[int], number: int) -> str:
    """Keep the sheet's working tables under names of its own; return the view that reads them."""
    con.execute("DROP VIEW resolved_rows")
    for table in _there(con):
        con.execute(f"ALTER TABLE stage.main.{table} RENAME TO {table}_{number}")
    return _view(con, reading, odd, f"_{number}")


def drop(con: duckdb.DuckDBPyConnection) -> None:
    """Throw the sheet's working tables away."""
    con.execute("DROP VIEW resolved_rows")
    for table in _there(con):
        con.execute(f"DROP TABLE stage.main.{table}")


def _there(con: duckdb.DuckDBPyConnection, suffix: str = "") -> list[str]:
    made = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'stage'")
    names = {name for (name,) in made.fetchall()}
    return [
        t + suffix for t in ("cast_rows", "odd_rows", "mended", "resolved") if t + suffix in names
    ]


def _view(con: duckdb.DuckDBPyConnection, reading: Reading, odd: set[int], suffix: str = "") -> str:
    resolved = _there(con, suffix)[-1] == f"resolved{suffix}"
    rows = f"FROM stage.main.resolved{suffix}" if resolved else _rows(reading, odd, suffix)
    con.execute(f"CREATE TEMP VIEW resolved_rows{suffix} AS {rows}")
    return f"resolved_rows{suffix}"


def _rows(reading: Reading, odd: set[int], suffix: str = "") -> str:
    return f"SELECT *, {_counted(reading)} FROM ({_with_reasons(reading, odd, suffix)})"


def _share_of_odd(con: duckdb.DuckDBPyConnection) -> float:
    row = con.execute(
        "SELECT (SELECT count(*) FROM stage.main.odd_rows) / count(*) FROM stage.main.cast_rows"
    ).fetchone()
    assert row is not None  # an aggregate without GROUP BY has one row
    return float(row[0])


def _mend(reading: Reading, odd: set[int]) -> str:
    """Return the SQL that makes ``stage.main.mended``: the odd rows' values by the slow path."""
    columns = [c for cell, k in reading.ids.items() if k in odd for c in _mended(reading, cell, k)]
    joins = " ".join(f"LEFT JOIN fix{k} f{k} ON s.o{k} = f{k}.raw" for k in sorted(odd))
    return (
        f"CREATE TABLE stage.main.mended AS SELECT s.at, {', '.join(columns)} "
        f"FROM stage.main.odd_rows s {joins}"
    )


def _mended(reading: Reading, cell: Cell, k: int) -> list[str]:
    columns = [f"f{k}.value AS v{k}", f"f{k}.issue AS u{k}"]
    if cell.kind == "instant":
        columns.append(f"f{k}.is_day AS d{k}")
    columns.append(f"{literal(reading.name(cell) + ': ')} || f{k}.reason AS r{k}")
    return columns


def _with_reasons(reading: Reading, odd: set[int], suffix: str) -> str:
    reasons = ["fault", *(f"r{k}" for k in sorted(odd)), *_missing(reading)]
    listed = ", ".join(reasons)
    refused = f"coalesce({listed}) IS NOT NULL AND NOT skipped"
    given = f"list_filter([{listed}], lambda r: r IS NOT NULL)"
    values = _values(reading, odd, suffix)
    return f"SELECT *, CASE WHEN {refused} THEN {given} END AS reasons FROM ({values})"


def _missing(reading: Reading) -> list[str]:
    key = reading.feeds[0].key.items()
    return [
        f"CASE WHEN {reading.v(c)} IS NULL THEN {literal(f'{n} is missing')} END" for n, c in key
    ]


def _values(reading: Reading, odd: set[int], suffix: str) -> str:
    number = (
        ["s.source_row", "s.fault"]
        if reading.sheet.numbered
        else [f"s.rowid + {reading.sheet.first_row} AS source_row", "NULL::VARCHAR AS fault"]
    )
    columns = [c for cell, k in reading.ids.items() for c in _columns(cell, k, k in odd)]
    kept = [f"s.w{feed.number}" for feed in reading.conditional]
    shown = ", ".join([*number, *columns, *kept, "s.skipped"])
    join = f" LEFT JOIN stage.main.mended{suffix} m ON s.rowid = m.at" if odd else ""
    return f"SELECT {shown} FROM stage.main.cast_rows{suffix} s{join}"


def _columns(cell: Cell, k: int, odd: bool) -> list[str]:
    value = f"coalesce(s.v{k}, m.v{k})" if odd else f"s.v{k}"
    # A mapping's empty word means that nothing is known.
    columns = [f"nullif({value}, '') AS v{k}" if cell.field.match else f"{value} AS v{k}"]
    if cell.kind == "instant":
        columns.append(f"coalesce(m.d{k}, s.d{k}) AS d{k}" if odd else f"s.d{k}")
    return [*columns, f"m.u{k}", f"m.r{k}"] if odd else columns


def _counted(reading: Reading) -> str:
    order = reading.counted_by
    if order is None:
        return "NULL::BIGINT AS counted"
    return f"row_number() OVER (PARTITION BY {order}, skipped ORDER BY source_row) AS counted"
