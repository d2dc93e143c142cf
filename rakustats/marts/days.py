"""Days and time between instants, in SQL that is the same on both engines.

Differences of dates are among what the engines disagree on; numbers made of year and day of the
year are not. Good for the years 1970 to 2099.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

Place = Literal["cn", "jp"]
# Neither place has changed its clock since 1992.
_HOURS: dict[Place, int] = {"cn": 8, "jp": 9}
PLACES = tuple(_HOURS)


def local_day(moment: str, place: Place) -> str:
    """Return the SQL of the day on which an instant (UTC) falls at a place.

    Examples
    --------
    >>> local_day("s.shipped_at", "cn")
    'CAST(s.shipped_at + INTERVAL 8 HOURS AS DATE)'
    """
    return f"CAST({moment} + INTERVAL {_HOURS[place]} HOURS AS DATE)"


def day_at(moment: datetime, place: Place) -> date:
    """Return the day on which an instant (naive UTC) falls at a place."""
    return (moment + timedelta(hours=_HOURS[place])).date()


def last_over(moment: datetime, place: Place) -> date:
    """Return the last day that was over at a place."""
    return day_at(moment + timedelta(microseconds=1), place) - timedelta(days=1)


def just_after(moment: str) -> str:
    """Return the SQL of the instant at which a day that ends with a moment is over.

    Ends of days lie a microsecond before midnight.
    """
    return f"({moment} + INTERVAL 1 MICROSECOND)"


def last_over_no(moment: str, place: Place) -> str:
    """Return the SQL of the number of the last day that was over at a place at an instant."""
    return f"({day_number(local_day(just_after(moment), place))} - 1)"


def number(day: date) -> int:
    """Return a date's number of days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def day_number(day: str) -> str:
    """Return the SQL of a date's number of days since 1970-01-01, an integer.

    Examples
    --------
    >>> "extract(DOY FROM d)" in day_number("d")
    True
    """
    year = f"extract(YEAR FROM {day})"
    leaps = f"floor(({year} - 1969) / 4)"
    return f"CAST(365 * ({year} - 1970) + {leaps} + extract(DOY FROM {day}) - 1 AS INT)"


def elapsed_hours(start: str, end: str) -> str:
    """Return the SQL of the hours between two instants, to the second, as a double."""
    return f"(({_seconds(end)} - {_seconds(start)}) / 3600.0)"


def _seconds(moment: str) -> str:
    of_day = " + ".join(
        f"{weight} * floor(extract({part} FROM {moment}))"
        for part, weight in (("HOUR", 3600), ("MINUTE", 60), ("SECOND", 1))
    )
    days = day_number(f"CAST({moment} AS DATE)")
    return f"(CAST(86400 AS DOUBLE) * {days} + {of_day})"
