"""Prediction intervals of the arrival: the time that what is open in this stage still takes.

Each leg and stage has a model of its own (:mod:`rakustats.risk.remaining_time`), learnt from past
days: what was open then, how old it was and for how long in its stage, and how long it still took.
Where fewer than :data:`ENOUGH` deliveries arrived, it is what these took. What has been on its way
for longer than all but a few that ever arrived lies outside of what is known: it has no interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakustats.risk.remaining_time import StageModel, Times, conformal_bounds, fit_stage
from rakustats.risk.rows import Rows
from rakustats.stats.arrays import Bools, Floats

MODEL, STAGE = "model", "stage"
# of fewer deliveries no 80 % interval can be read, and no model be learnt
FEWEST, ENOUGH = 10, 200
AGES = ("age", "stage_age")
HALF_LIFE = 365.0


@dataclass(frozen=True)
class PredictionIntervals:
    """By leg and stage: a model, or lower, middle and upper days; and the oldest ages known.

    ``oldest`` holds the logarithms of days that fewer than :data:`FEWEST` deliveries had exceeded
    when they were asked about and still arrived; of stages without a model, over all of these.
    """

    models: Mapping[str, StageModel]
    plain: Mapping[str, tuple[float, float, float]]
    oldest: Mapping[str, tuple[float, ...]]

    def of(self, rows: Rows) -> tuple[Floats, NDArray[np.object_]]:
        """Return the days of P10, P50 and P90 (rows x 3, since 1970-01-01), and their levels."""
        days = np.full((len(rows), 3), np.nan)
        level = np.full(len(rows), None, object)
        keys, features = stages(rows), rows.features.to_numpy(np.float64)
        for key in np.unique(keys):
            here = keys == key
            if key in self.models:
                days[here], level[here] = self.models[key].days(features[here]), MODEL
            elif key in self.plain:
                days[here], level[here] = self.plain[key], STAGE
            limits = self.oldest.get(key, ())
            for name, limit in zip(AGES, limits, strict=False):
                beyond = here & (rows.features[name].to_numpy() > limit)
                days[beyond], level[beyond] = np.nan, None
        return rows.asked[:, None] + days, level


def stages(rows: Rows) -> NDArray[np.object_]:
    """Return leg and stage of each row; what only begins is a stage of its own.

    It is of no age, as nothing is that is found open on some day.
    """
    starts = np.where(rows.table.column("starts").to_numpy() == 0, "|starts", "")
    legs = np.array([method.partition("|")[0] for method in rows.names("method")], object)
    made: NDArray[np.object_] = legs + "|" + rows.names("stage") + starts
    return made


def fit_intervals(rows: Rows, at: float) -> PredictionIntervals:
    """Return the intervals by what was known on a day of rows asked about before it."""
    rows = rows.part((rows.asked < at) & ~rows.gone(at))
    keys, days, seen = stages(rows), rows.remaining(at), rows.known(at) - rows.asked
    x, weight = rows.features.to_numpy(np.float64), 0.5 ** ((at - rows.asked) / HALF_LIFE)
    arrived = ~np.isnan(days)
    models, plain, oldest = {}, {}, {}
    for key in np.unique(keys):
        here = keys == key
        n = len(np.unique(rows.unit[here & arrived]))
        if n < FEWEST:
            continue
        times = Times(
            x[here], rows.unit[here], rows.asked[here], days[here], seen[here], weight[here]
        )
        if n >= ENOUGH:
            models[str(key)] = fit_stage(times)
            oldest[str(key)] = _oldest(rows, here & arrived)
        else:
            known = times.arriving()
            ended = ~np.isnan(known.days)
            spent = np.where(ended, known.days, known.seen)
            plain[str(key)] = conformal_bounds(spent, ended, known.weight)
            oldest[str(key)] = _oldest(rows, arrived)
    return PredictionIntervals(models, plain, oldest)


def _oldest(rows: Rows, which: Bools) -> tuple[float, ...]:
    """Return the age, and the age in its stage, that ten deliveries had which still arrived."""
    found = []
    for name in AGES:
        by_delivery = rows.features[name][which].groupby(rows.unit[which]).max().to_numpy()
        found.append(float(np.sort(by_delivery)[-FEWEST:].min(initial=np.inf)))
    return tuple(found)


def covered(arrived: Floats, intervals: Floats) -> NDArray[np.bool_]:
    """Return whether arrivals lie within P10 to P90."""
    return (arrived >= intervals[:, 0]) & (arrived <= intervals[:, 2])
