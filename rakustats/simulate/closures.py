"""When China stands still: time that sellers, carriers and the agency do not work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAY = 86_400.0
_SLOW = 0.04  # a little still happens, which also keeps the clock invertible

_LUNAR_NEW_YEAR = (
    "2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25 2021-02-12 2022-02-01 "
    "2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-03 "
    "2031-01-23 2032-02-11 2033-01-31 2034-02-19 2035-02-08"
)


def seconds(day: date) -> float:
    """Return the local midnight that begins ``day`` as seconds since 1970."""
    return (day - date(1970, 1, 1)).days * DAY


def spring_festivals() -> list[float]:
    """Return the midnights that begin the Lunar New Year days 2015 to 2035."""
    return [seconds(date.fromisoformat(text)) for text in _LUNAR_NEW_YEAR.split()]


def national_days() -> list[float]:
    """Return the midnights that begin 1 October, 2015 to 2035."""
    return [seconds(date(year, 10, 1)) for year in range(2015, 2036)]


def in_hours(at: Floats, opens: float = 9, closes: float = 19) -> Floats:
    """Return instants outside opening hours moved to the first hour of the next opening."""
    finite = np.where(np.isfinite(at), at, 0.0)
    since = (finite - opens * 3600) % DAY
    shut = (24 - closes + opens) * 3600
    into = since - (DAY - shut)
    wait = np.where(into > 0, shut - into + into / shut * 3600, 0.0)
    return np.where(np.isfinite(at), np.floor(finite + wait), np.inf)


@dataclass(frozen=True)
class WorkClock:
    """A piecewise linear clock that almost stops during closures."""

    real: Floats
    worked: Floats

    def after(self, start: Floats, days: Floats) -> Floats:
        """Return the instants at which ``days`` of work begun at ``start`` are done."""
        begun = np.interp(start, self.real, self.worked)
        done = np.interp(begun + days * DAY, self.worked, self.real)
        return in_hours(np.where(np.isfinite(start), done, np.inf))


def work_clock(before: float, after: float, golden_week: float) -> WorkClock:
    """Return a clock closed from ``before`` days ahead of New Year to ``after`` days past it.

    ``golden_week`` is the number of days closed from 1 October on.
    """
    spans = [(d - before * DAY, d + after * DAY) for d in spring_festivals()]
    spans += [(d, d + golden_week * DAY) for d in national_days()]
    real = [seconds(date(2014, 1, 1))]
    worked = [0.0]
    for begin, end in sorted(spans):
        for until, speed in ((begin, 1.0), (end, _SLOW)):
            worked.append(worked[-1] + (until - real[-1]) * speed)
            real.append(until)
    worked.append(worked[-1] + 4000 * DAY)
    real.append(real[-1] + 4000 * DAY)
    return WorkClock(np.array(real), np.array(worked))


SELLERS = work_clock(10, 8, 7)
CARRIERS_CN = work_clock(5, 6, 2)
AGENCY = work_clock(1, 6, 5)
