"""One sheet through staging: fast path, or casts and the slow path for what a cast refuses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from rakustats.ingest.plan import Note, Plan, Sheet
from rakustats.staging import fast_path, issues, resolving
from rakustats.staging.casting import cast_rows, set_odd_aside
from rakustats.staging.feeding import Facts, add_rows, feed_rows, kept_view, present, used_on
from rakustats.staging.reading import Reading
from rakustats.staging.slow_path import parse_refused

# From this many rows on a sheet is not copied into the stage, but read where it was cast.
LARGE = 200_000
PAGES = (100, 200, 500, 1_000, 2_000, 5_000, 10_000)


@dataclass(frozen=True)
class Counts:
    """What became of a sheet's rows."""

    seen: int
    rejected: int
    skipped: int


def stage(
    con: duckdb.DuckDBPyConnection,
    sheet: Sheet,
    plan: Plan,
    exported_at: datetime,
    salt: str,
    number: int,
) -> Counts:
    """Put a sheet's rows into the attached file ``stage`` and return what became of them.

    Parameters
    ----------
    con : DuckDBPyConnection
        A connection with the staging tables attached.
    sheet, plan : Sheet, Plan
        The text rows and what their columns mean.
    exported_at : datetime
        When the export was made, naive UTC.
    salt : str
        Secret that member ids are hashed with.
    number : int
        The sheet's number in this load, kept with each row.

    Raises
    ------
    duckdb.InvalidInputException
        If DuckDB cannot read the file as it lies (ragged rows); no row is staged then.
    """
    reading, facts = Reading(sheet, plan), Facts(exported_at, salt, number)
    seen = fast_path.load_typed(con, reading, facts)
    counts = Counts(seen, 0, 0) if seen is not None else _cast_and_resolve(con, reading, facts)
    issues.write_notes(con, _with_cut(sheet, counts.seen), reading.feeds[0].table.name)
    return counts


def _cast_and_resolve(con: duckdb.DuckDBPyConnection, reading: Reading, facts: Facts) -> Counts:
    """Cast a sheet, parse what a cast refuses, and stage what each table takes of it."""
    con.execute(f"CREATE TABLE stage.main.cast_rows AS {cast_rows(reading)}")
    odd = _slow_path(con, reading, facts.exported_at)
    resolving.resolve(con, reading, odd)
    counts = _count(con)
    large = counts.seen > LARGE and not used_on(reading)
    for feed in reading.feeds[large:]:
        con.execute(add_rows(reading, feed, facts))
    if counts.rejected:
        issues.write_rejects(con, reading)
    issues.write_issues(con, reading)
    if large:
        _keep(con, reading, odd, facts, counts)
    else:
        resolving.drop(con)
    return counts


def _with_cut(sheet: Sheet, seen: int) -> Sheet:
    """Note that a sheet has as many rows as a page of a back office shows at most."""
    if seen not in PAGES:
        return sheet
    return replace(sheet, notes=(*sheet.notes, Note("round_row_count", f"exactly {seen:,} rows")))


def _keep(
    con: duckdb.DuckDBPyConnection, reading: Reading, odd: set[int], facts: Facts, counts: Counts
) -> None:
    """Stage the rows of the first table as a view, so that they are copied once and not twice."""
    first = reading.feeds[0]
    whole = not (counts.rejected or counts.skipped or reading.conditional)
    source = resolving.keep(con, reading, odd, facts.number)
    where = "true" if whole else present(reading, first)
    rows = feed_rows(reading, first, facts, source, where)
    con.execute(f"CREATE TEMP VIEW {kept_view(first.table.name, facts.number)} AS {rows}")


def _slow_path(con: duckdb.DuckDBPyConnection, reading: Reading, exported_at: datetime) -> set[int]:
    """Parse the refused texts, if there are any; return the cells that had some."""
    if not con.execute(
        "SELECT 1 FROM stage.main.cast_rows WHERE odd IS NOT NULL LIMIT 1"
    ).fetchone():
        return set()
    con.execute(set_odd_aside(reading))
    return parse_refused(con, reading, exported_at)


def _count(con: duckdb.DuckDBPyConnection) -> Counts:
    row = con.execute(
        "SELECT count(*), count(*) FILTER (reasons IS NOT NULL), count(*) FILTER (skipped) "
        "FROM resolved_rows"
    ).fetchone()
    assert row is not None  # an aggregate without GROUP BY has one row
    return Counts(*row)
