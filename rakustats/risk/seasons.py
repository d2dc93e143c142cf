"""Seasons in SQL: a calendar lent to the engine in which the day of a question is looked up."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa

from rakustats.config import settings
from rakustats.engine.database import Database

# a closure further ahead than this is no closer than this
FAR_DAYS = 60


def lend_seasons(db: Database) -> str:
    """Return the name by which the engine reads the seasons.

    One row per day of the years for which closures are known: ``day_no`` (days since 1970-01-01),
    ``closure`` (its name, NULL outside), ``closed`` (days of closures up to this one),
    ``to_closure`` (days to the next one's first day, :data:`FAR_DAYS` at most, 0 within one).
    """
    return db.engine.lend("seasons", _days())


@lru_cache(maxsize=1)
def _days() -> pa.Table:
    first, last = settings().calendar
    numbers = np.arange(_number(first), _number(last) + 1)
    names = np.full(len(numbers), None, object)
    for closure in settings().closures:
        days = (numbers >= _number(closure.first)) & (numbers <= _number(closure.last))
        names[days] = closure.name
    inside = names != np.array(None)
    starts = np.sort([_number(c.first) for c in settings().closures])
    after = np.append(starts, numbers[-1] + FAR_DAYS)[np.searchsorted(starts, numbers)]
    return pa.table(
        {
            "day_no": pa.array(numbers, pa.int32()),
            "closure": pa.array(names, pa.string()),
            "closed": pa.array(np.cumsum(inside), pa.int32()),
            "to_closure": pa.array(
                np.where(inside, 0, np.minimum(after - numbers, FAR_DAYS)), pa.int32()
            ),
        }
    )


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)) // timedelta(1)
