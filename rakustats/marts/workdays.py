"""Business days in SQL: a calendar table lent to the engine, in which days are looked up.

It holds running counts, so that the business days after one day up to another, as
:func:`rakustats.calendar.workdays.business_days` counts them, are the difference of two rows.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rakustats.calendar.timezones import shown
from rakustats.calendar.workdays import is_workday, unknown_years, warning
from rakustats.config.custom_days import Notices, noticed
from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase
from rakustats.store.asof import Snapshot

# numbers of days are good up to 2099, and promises lie ahead
FIRST_YEAR, LAST_YEAR = 2000, 2098
# a closure further ahead than this is no closer than this
FAR_DAYS = 60
# Promises lie ahead of the as-of, and so do the holidays that they have to count with.
_YEARS_AHEAD = 1


def lend_calendar(db: Database, snapshot: Snapshot) -> str:
    """Return the name by which the engine reads the calendar.

    One row per day from 2000 to the end of the year after the as-of: ``day``, ``day_no`` (days
    since 1970-01-01), ``cn_business`` (workdays in China from the first day up to and including
    this one), ``closure`` (of the trade; 'none' for other days, NULL for years whose closures are
    not known), ``closed`` (days of closures up to this one) and ``to_closure`` (days to the next
    one's first day, :data:`FAR_DAYS` at most, 0 within one), both NULL for such years too.

    Raises
    ------
    UsageError
        If the as-of lies before the first of these days, or where no date lies behind it.
    """
    year = snapshot.moment.year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UsageError(
            ja=f"営業日の暦は {FIRST_YEAR} 年から {LAST_YEAR} 年までのため、"
            f"{shown(snapshot.moment)} 時点では数えられません。as_of をこの間の日にしてください。",
            en=f"Workdays are counted from {FIRST_YEAR} to {LAST_YEAR}, not as of"
            f" {shown(snapshot.moment)}. Ask for an as_of in these years.",
        )
    return db.engine.lend("calendar", counted_days(year + _YEARS_AHEAD, noticed()))


@lru_cache(maxsize=8)
def counted_days(last_year: int, notices: Notices) -> pa.Table:
    """Return the calendar up to the end of a year; ``notices`` are those that hold now."""
    first, last = date(FIRST_YEAR, 1, 1), date(last_year, 12, 31)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    works = np.cumsum([is_workday(day, "cn") for day in days])
    closures = _closures(days)
    known = np.array([name is not None for name in closures])
    inside = np.array([name not in (None, "none") for name in closures])
    return pa.table(
        {
            "day": pa.array(days, pa.date32()),
            "day_no": pa.array(days, pa.date32()).cast(pa.int32()),
            "cn_business": pa.array(works, pa.int32()),
            "closure": pa.array(closures, pa.string()),
            "closed": pa.array(np.cumsum(inside), pa.int32(), mask=~known),
            "to_closure": pa.array(_days_ahead(inside), pa.int32(), mask=~known),
        }
    )


def _closures(days: list[date]) -> list[str | None]:
    """Return the closure that each day lies in; later ones do not go before earlier ones."""
    first, last = settings().calendar
    inside: dict[date, str] = {}
    for closure in settings().closures:
        for n in range((closure.last - closure.first).days + 1):
            inside.setdefault(closure.first + timedelta(days=n), closure.name)
    return [inside.get(day, "none") if first <= day <= last else None for day in days]


def _days_ahead(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the days from each day to the next that lies in a closure."""
    places = np.arange(len(inside))
    ahead = np.where(inside, places, len(inside) + FAR_DAYS)
    following = np.minimum.accumulate(ahead[::-1])[::-1]
    made: NDArray[np.int64] = np.minimum(following - places, FAR_DAYS)
    return made


def unknown_note(first: date | None, last: date | None) -> list[Phrase]:
    """Return what has to be said of figures whose business days lie between two days."""
    if first is None or last is None:
        return []
    note = warning(unknown_years(first, last, "cn"), "cn")
    return [note] if note else []
