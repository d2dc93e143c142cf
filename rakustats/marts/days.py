"""Numbers of days and time between instants, in SQL that is the same on both engines.

Which day an instant falls on says :mod:`rakustats.calendar.local_days`.
Differences of dates are among what the engines disagree on; numbers made of year and day of the
year are not. Good for the years 1970 to 2099.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date


def just_after(moment: str) -> str:
    """Return the SQL of the instant at which a day that ends with a moment is over.

    Ends of days lie a microsecond before midnight.
    """
    return f"({moment} + INTERVAL 1 MICROSECOND)"


def last_over(day: Callable[[str], str], seen: str) -> str:
    """Return the SQL of the number of the last day that was over when a row was last looked at.

    A day that is not over is not looked at: what ended on it is seen, what did not may yet. ``day``
    cuts the day of an instant by the clock that counts, such as that of the row's place.

    Examples
    --------
    >>> last_over(lambda moment: f"CAST({moment} AS DATE)", "seen_until").endswith(" - 1)")
    True
    """
    return f"({day_number(day(just_after(seen)))} - 1)"


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
