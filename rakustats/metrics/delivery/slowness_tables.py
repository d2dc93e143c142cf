"""The columns of a table of leg times: shrunken means of each entity's days."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from scipy.stats import norm

from rakustats.config.settings import settings
from rakustats.metrics.spec.documented import Columns, names_of
from rakustats.metrics.spec.quantiles import QUANTILES
from rakustats.stats.arrays import Floats
from rakustats.stats.leg_durations import LEAST_DAYS, Slowness, Times, slowness

SLOWNESS: Columns = {
    "n": "deliveries whose days are known so far",
    "n_open": "not there yet, or lost or cancelled on the way: counted up to then (censored)",
    "n_ended": "of ``n_open``: lost or cancelled, awaited no longer",
    "p50, p80, p90, p95": "days (to the hour) by which that share of its deliveries is there, in"
    " everybody's circumstances",
    "slowness": "how many times as long it takes as a mean one",
    "lo, hi": "90 % interval of the slowness",
    "raw_days": "geometric mean of those that ended, nothing adjusted",
    "n_excluded": "deliveries with days that are missing or cannot be",
}

HOURS = 24


def slowness_table(cells: pa.Table, key: str) -> pa.Table:
    """Return one row per entity from cells of equal days, NULL where none of its days are known."""
    # sums of the same rows in another order would differ in their last bits
    cells = cells.sort_by([(name, "ascending") for name in cells.column_names])
    names, who = np.unique(cells.column(key).to_numpy(), return_inverse=True)
    n = cells.column("n").cast(pa.float64()).to_numpy()
    days, hour = (
        cells.column(c).cast(pa.float64()).to_numpy(zero_copy_only=False) for c in ("days", "hour")
    )
    counts, still, unseen = (
        cells.column(c).fill_null(False).to_numpy(zero_copy_only=False)
        for c in ("counts", "is_open", "unseen")
    )
    # what began on a day that is not over has not been looked at yet
    counts = counts & (days >= np.where(unseen, -1, 0))
    figures: dict[str, Any] = {
        name: np.bincount(who, n * kept, len(names)).astype(np.int64)
        for name, kept in (
            ("n", counts),
            ("n_open", counts & still),
            ("n_ended", counts & still & ~unseen),
            ("n_excluded", ~counts),
        )
    }
    if counts.any():
        season = _codes(cells, "season", "like_it")
        known, place = np.unique(who[counts], return_inverse=True)
        _, level = np.unique(season[counts], return_inverse=True)
        begun = np.minimum((hour[counts] + 0.5) / HOURS, 1.0)
        # what was lost on a day was on its way up to its beginning
        lasted = days[counts] - (still & ~unseen)[counts]
        found = slowness(Times.of_days(place, level, n[counts], lasted, begun, ~still[counts]))
        estimated = {**_shrunken(found), "raw_days": _raw(place, days, n, counts, still)}
        figures |= {name: _spread(v, known, len(names)) for name, v in estimated.items()}
    columns = {key: pa.array(names, pa.string())}
    for name in names_of(SLOWNESS):
        kind = pa.int64() if name.startswith("n") else pa.float64()
        values = figures.get(name, np.full(len(names), np.nan))
        columns[name] = pa.array(values, kind, from_pandas=True)
    return pa.table(columns)


def _codes(cells: pa.Table, *names: str) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return a number for each row's joint value of the columns."""
    columns = [cells.column(name).fill_null("unknown").to_numpy() for name in names]
    numbers = [np.unique(column, return_inverse=True)[1] for column in columns]
    return np.ravel_multi_index(numbers, [int(x.max(initial=0)) + 1 for x in numbers])


def _shrunken(found: Slowness) -> dict[str, Floats]:
    mean, sd = found.entities.mean, found.entities.sd
    wide = float(norm.ppf(0.5 + settings().shrinkage.level / 2))
    bounds = {"slowness": 0.0, "lo": -wide, "hi": wide}
    at = {name: float(norm.ppf(share)) for name, share in QUANTILES.items()}
    return {
        **{name: np.exp(mean + by * sd) for name, by in bounds.items()},
        **{name: np.exp(found.level + mean + z * found.noise) for name, z in at.items()},
    }


def _raw(place: Any, days: Floats, n: Floats, counts: Any, still: Any) -> Floats:
    """Return the geometric mean of the days that ended, NaN where none did."""
    ended = n[counts] * ~still[counts]
    logs = np.log(np.maximum(days[counts], LEAST_DAYS))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.exp(np.bincount(place, ended * logs) / np.bincount(place, ended)))


def _spread(values: Floats, known: Any, size: int) -> Floats:
    """Put the figures of those with units into their rows; the others have none."""
    rows = np.full(size, np.nan)
    rows[known] = values
    return rows
