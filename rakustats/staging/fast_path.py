"""The fast path: a large clean sheet goes from its file into an empty table in one typed scan."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from rakustats.ingest.text import literal
from rakustats.schema.tables import Table
from rakustats.staging.casting import cast_rows
from rakustats.staging.feeding import Facts, feed_rows, repeated, used_on
from rakustats.staging.native import read_natively, top_of
from rakustats.staging.reading import Feed, Reading
from rakustats.staging.remarks import MARKS
from rakustats.staging.splitting import BOXES, TRACKING
from rakustats.staging.usual_words import with_usual_words
from rakustats.staging.virtual_columns import fill_in, leave_out

# Smaller files are staged as quickly; of larger ones the top tells whether they may be clean.
LARGE = 50_000_000
TOP = 20_000
# Cells that hold several things: their rows have to pass through the stage.
_JOINED = {"tracking_no": TRACKING, "box_no": BOXES, "remark": MARKS}
_NOT_CLEAN = "a row of this sheet needs the slow path"


def load_typed(con: duckdb.DuckDBPyConnection, reading: Reading, facts: Facts) -> int | None:
    """Put a sheet into its table and return its number of rows; None where it is not clean.

    Clean means that plain casts read every cell, that every row has its key, and that none is
    blank or a total. Repeated keys are moved to the stage, to be merged like any others.

    Raises
    ------
    duckdb.InvalidInputException
        If DuckDB cannot read the file as it lies (ragged rows); the table stays empty then.
    """
    if not _suits(con, reading):
        return None
    feed = reading.feeds[0]
    try:
        reading = _looked_over(con, reading)
        rows = feed_rows(reading, feed, facts, f"({_guarded(reading)})", "true")
        relation = reading.sheet.relation
        top = rows.replace(relation, top_of(relation, TOP))
        con.execute(f"SELECT max(source_row) FROM ({top})").fetchall()
        _insert(con, feed.table, rows, repeated(reading, feed, facts))
    except duckdb.InvalidInputException as error:
        fill_in(con, feed.table)
        if reading.native or _NOT_CLEAN in str(error):
            return None
        raise
    _number(con, reading, feed)
    seen = con.execute(f"SELECT count(*) FROM main.{feed.table.name}").fetchall()[0][0]
    _stage_repeated(con, feed, facts)
    return int(seen)


def _looked_over(con: duckdb.DuckDBPyConnection, reading: Reading) -> Reading:
    """Return the reading with what the top of its file shows, which makes it faster."""
    con.execute(f"CREATE TEMP TABLE top_rows AS FROM {top_of(reading.sheet.relation, TOP)}")
    try:
        reading = with_usual_words(con, reading, "top_rows")
        return read_natively(con, reading, "top_rows")
    finally:
        con.execute("DROP TABLE top_rows")


def _insert(
    con: duckdb.DuckDBPyConnection, table: Table, rows: str, given: Mapping[str, str]
) -> None:
    given = {**given, "n_versions": "1"}
    left_out = [name for name in given if name != "n_versions"]
    into = f"SELECT * EXCLUDE ({', '.join(['sheet_no', 'first_target', *left_out])}) FROM ({rows})"
    filled = [name for name, *_ in con.execute(f"DESCRIBE {into}").fetchall()]
    leave_out(con, table, filled, given)
    con.execute(f"INSERT INTO main.{table.name} BY NAME {into}")


def _suits(con: duckdb.DuckDBPyConnection, reading: Reading) -> bool:
    """Return whether a sheet is large, feeds one table and that is empty still."""
    sheet, feed = reading.sheet, reading.feeds[0]
    if len(reading.feeds) > 1 or reading.conditional or reading.counted_by or used_on(reading):
        return False
    if sheet.numbered or sheet.path.stat().st_size < LARGE:
        return False
    return not con.execute(f"SELECT 1 FROM main.{feed.table.name} LIMIT 1").fetchone()


def _guarded(reading: Reading) -> str:
    """Return the SQL of a sheet's rows, which fails at the first one that is not clean."""
    feed = reading.feeds[0]
    joined = [
        f"({condition.replace(column, reading.v(feed.cells[column]))})"
        for column, condition in _JOINED.items()
        if column in feed.cells
    ]
    keyless = [f"{reading.v(cell)} IS NULL" for cell in feed.key.values()]
    bad = " OR ".join(["odd IS NOT NULL", "skipped", *keyless, *joined])
    stop = f"CASE WHEN {bad} THEN CAST(error({literal(_NOT_CLEAN)}) AS BIGINT) END"
    return f"SELECT *, {stop} AS source_row FROM ({cast_rows(reading)})"


def _number(con: duckdb.DuckDBPyConnection, reading: Reading, feed: Feed) -> None:
    """Give the rows their numbers in the sheet, in whose order they lie."""
    con.execute(
        f"UPDATE main.{feed.table.name} SET source_row = rowid + {reading.sheet.first_row} "
        f"- (SELECT min(rowid) FROM main.{feed.table.name})"
    )


def _stage_repeated(con: duckdb.DuckDBPyConnection, feed: Feed, facts: Facts) -> None:
    """Move rows whose key comes again to the stage."""
    table = feed.table
    if _sorted(con, table):
        return
    same = " AND ".join(f"s.{k} IS NOT DISTINCT FROM r.{k}" for k in table.key)
    again = f"FROM main.{table.name} s WHERE EXISTS (FROM repeated r WHERE {same})"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {', '.join(table.key)} "
        f"FROM main.{table.name} GROUP BY ALL HAVING count(*) > 1"
    )
    if con.execute("SELECT 1 FROM repeated LIMIT 1").fetchone():
        con.execute(
            f"INSERT INTO stage.main.{table.name} BY NAME SELECT * EXCLUDE (n_versions), "
            f"{facts.number} AS sheet_no, true AS first_target {again}"
        )
        con.execute(f"DELETE {again}")
    con.execute("DROP TABLE repeated")


def _sorted(con: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Return whether keys only rise or only fall from row to row, so that none comes again."""
    if len(table.key) > 1:
        return False
    key = table.key[0]
    found = con.execute(
        f"SELECT bool_and({key} > before), bool_and({key} < before) FROM ("
        f"SELECT {key}, lag({key}) OVER () AS before FROM main.{table.name})"
    ).fetchone()
    return found is not None and any(found)
