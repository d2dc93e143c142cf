"""One sheet through staging: cast, look twice at what a cast refuses, keep or reject rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from rakustats.ingest.plan import Plan, Sheet
from rakustats.staging import books, resolving
from rakustats.staging.casting import cast_rows
from rakustats.staging.feeding import feed_rows
from rakustats.staging.reading import Reading
from rakustats.staging.second_look import look


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
    reading = Reading(sheet, plan)
    con.execute(cast_rows(reading))
    resolving.resolve(con, reading, look(con, reading.ids, plan.zone))
    for feed in reading.feeds:
        con.execute(feed_rows(reading, feed, exported_at, salt, number))
    counts = _count(con)
    if counts.rejected:
        books.keep_rejects(con, reading)
    books.keep_issues(con, reading)
    books.keep_notes(con, sheet, reading.feeds[0].table.name)
    resolving.drop(con)
    return counts


def _count(con: duckdb.DuckDBPyConnection) -> Counts:
    row = con.execute(
        "SELECT count(*), count(*) FILTER (reasons IS NOT NULL), count(*) FILTER (skipped) "
        "FROM resolved_rows"
    ).fetchone()
    assert row is not None  # an aggregate without GROUP BY has one row
    return Counts(*row)
