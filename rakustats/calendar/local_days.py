"""Which day an instant falls on: the one place where days are cut.

A row whose export was read in a zone that somebody gave (``--zone``, or its mapping's) keeps that
zone's distance from UTC, ``utc_offset`` in minutes; all its days are cut by it. Of a row without
one each column has the calendar of its place: China up to the handover, Japan from customs on.
Neither place has changed its clock since 1992. What no row says, such as the day of an as-of, is
cut by the clock of the loaded rows whose day ends last.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

Place = Literal["cn", "jp"]
OFFSET = "utc_offset"
_MINUTES: dict[Place, int] = {"cn": 8 * 60, "jp": 9 * 60}
#: The clock of rows without one whose day ends last, in minutes from UTC.
LAST_PLACE = _MINUTES["cn"]
# Midnight in UTC, Shanghai and Tokyo, in seconds of the day in UTC.
_MIDNIGHTS = "(0, 57600, 54000)"


def local_day(moment: str, place: Place, row: str) -> str:
    """Return the SQL of the day on which an instant (UTC) falls by the clock of its row.

    Parameters
    ----------
    moment : str
        SQL of the instant.
    place : {"cn", "jp"}
        Whose calendar counts where the row has no clock of its own.
    row : str
        Name under which the row is joined; empty where its columns are named alone.

    Examples
    --------
    >>> local_day("s.shipped_at", "cn", "s")
    "CAST(s.shipped_at + INTERVAL '1' MINUTE * coalesce(s.utc_offset, 480) AS DATE)"
    """
    return _day(moment, _clock(str(_MINUTES[place]), row))


def leg_day(moment: str, leg: str, row: str) -> str:
    """Return the SQL of the day of an instant where a leg ends: China the first, Japan others."""
    place = f"CASE WHEN {leg} = 1 THEN {_MINUTES['cn']} ELSE {_MINUTES['jp']} END"
    return _day(moment, _clock(place, row))


def place_day(moment: str, in_japan: str, row: str) -> str:
    """Return the SQL of the day of an instant in Japan where a condition holds, else in China."""
    place = f"CASE WHEN {in_japan} THEN {_MINUTES['jp']} ELSE {_MINUTES['cn']} END"
    return _day(moment, _clock(place, row))


def day_over(day: str, place: Place, row: str) -> str:
    """Return the SQL of the instant (UTC) at which a day is over by the clock of its row.

    Examples
    --------
    >>> day_over("r.day_due", "jp", "r")
    "(CAST(r.day_due AS TIMESTAMP) + INTERVAL '1' MINUTE * (1440 - coalesce(r.utc_offset, 540)))"
    """
    clock = _clock(str(_MINUTES[place]), row)
    return f"(CAST({day} AS TIMESTAMP) + {_distance(f'({24 * 60} - {clock})')})"


def day_by(moment: str, clock: int) -> str:
    """Return the SQL of the day of an instant by one clock for all rows, in minutes from UTC."""
    return f"CAST({moment} + INTERVAL '{clock}' MINUTE AS DATE)"


def day_at(moment: datetime, clock: int = LAST_PLACE) -> date:
    """Return the day of an instant (naive UTC) by a clock, in minutes from UTC.

    Examples
    --------
    >>> day_at(datetime(2026, 11, 1, 16)), day_at(datetime(2026, 11, 1, 16), clock=0)
    (datetime.date(2026, 11, 2), datetime.date(2026, 11, 1))
    """
    return (moment + timedelta(minutes=clock)).date()


def local_hour(moment: str, place: Place, row: str) -> str:
    """Return the SQL of the hour of an instant by the clock of its row, 0 to 23.

    Examples
    --------
    >>> local_hour("s.shipped_at", "cn", "s")
    "extract(HOUR FROM s.shipped_at + INTERVAL '1' MINUTE * coalesce(s.utc_offset, 480))"
    """
    return f"extract(HOUR FROM {moment} + {_distance(_clock(str(_MINUTES[place]), row))})"


def is_midnight(moment: str, row: str) -> str:
    """Return the SQL of whether an instant is a day's first, so perhaps a day without an hour."""
    own = f"{row}.{OFFSET}" if row else OFFSET
    there = _seconds(f"({moment} + INTERVAL '1' MINUTE * {own})")
    return f"CASE WHEN {own} IS NULL THEN {_seconds(moment)} IN {_MIDNIGHTS} ELSE {there} = 0 END"


def _clock(place: str, row: str) -> str:
    return f"coalesce({f'{row}.' if row else ''}{OFFSET}, {place})"


def _day(moment: str, minutes: str) -> str:
    return f"CAST({moment} + {_distance(minutes)} AS DATE)"


def _distance(minutes: str) -> str:
    return f"INTERVAL '1' MINUTE * {minutes}"


def _seconds(moment: str) -> str:
    """Return the SQL of the second of the day, in UTC."""
    return " + ".join(
        f"{weight} * floor(extract({part} FROM {moment}))"
        for part, weight in (("HOUR", 3600), ("MINUTE", 60), ("SECOND", 1))
    )
