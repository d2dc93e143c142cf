"""Prediction intervals of the arrival: the expected time and its recent residuals.

Residuals are those of rows held out from training, of the same lane, else of its service, its mode,
of all: of the first of these that has enough of them. With n of them the k-th smallest and largest
bound a new one with probability 1 - 2 k / (n + 1), whatever the distribution (split conformal
prediction; Vovk, Gammerman and Shafer 2005). What has been on its way for longer than all but a few
that ever arrived lies outside the training data, and has no interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rakustats.risk.facts import HALF_A_DAY
from rakustats.risk.rest_model import RestModel
from rakustats.risk.rows import Rows
from rakustats.stats.arrays import Floats

LEVELS = ("lane", "method", "mode", "all")
# of fewer, no 80 % interval can be read
FEWEST = 10
OUTSIDE = 0.10
AGES = ("age", "stage_age")


@dataclass(frozen=True)
class PredictionIntervals:
    """By level and key: lower, middle and upper scaled residual; by feature: the oldest age known.

    ``oldest`` holds the logarithms of days that fewer than :data:`FEWEST` deliveries had exceeded
    when they were asked about and still arrived.
    """

    bounds: Mapping[str, Mapping[str, tuple[float, float, float]]]
    oldest: Mapping[str, float]

    def of(self, rows: Rows, rest: RestModel, x: Floats) -> tuple[Floats, NDArray[np.object_]]:
        """Return the days of P10, P50 and P90 (rows x 3, since 1970-01-01), and their levels."""
        mu, scale = rest.expected(x)
        z = np.full((len(rows), 3), np.nan)
        level = np.full(len(rows), None, object)
        for name in reversed(LEVELS):
            keys = pd.Series(_keys(rows, name))
            for key, found in self.bounds.get(name, {}).items():
                here = (keys == key).to_numpy()
                z[here], level[here] = found, name
        for name, limit in self.oldest.items():
            beyond = rows.features[name].to_numpy() > limit
            z[beyond], level[beyond] = np.nan, None
        # a wide scale must not reach beyond what nearly all took
        days = np.exp(np.minimum(mu[:, None] + scale[:, None] * z, rest.most)) - HALF_A_DAY
        return rows.asked[:, None] + np.maximum(days, 0.0), level


def fit_intervals(rows: Rows, off: Floats) -> PredictionIntervals:
    """Return the intervals by the scaled residuals of rows; NaN where there is none."""
    known = ~np.isnan(off)
    bounds = {}
    for name in LEVELS:
        found = pd.Series(off[known]).groupby(_keys(rows, name)[known])
        bounds[name] = {
            str(key): _bounds(np.sort(group.to_numpy()))
            for key, group in found
            if len(group) >= FEWEST
        }
    return PredictionIntervals(bounds, {name: _oldest(rows.part(known), name) for name in AGES})


def _oldest(rows: Rows, age: str) -> float:
    by_delivery = rows.features[age].groupby(rows.unit).max().to_numpy()
    return float(np.sort(by_delivery)[-FEWEST:].min(initial=np.inf))


def _bounds(off: Floats) -> tuple[float, float, float]:
    n = len(off)
    k = max(1, int((n + 1) * OUTSIDE))
    return float(off[k - 1]), float(np.median(off)), float(off[n - k])


def _keys(rows: Rows, level: str) -> NDArray[np.object_]:
    if level == "all":
        return np.full(len(rows), "all", object)
    if level == "lane":
        lane: NDArray[np.object_] = rows.names("method") + "|" + rows.names("route")
        return lane
    return rows.names("lane_mode" if level == "mode" else "method")


def covered(arrived: Floats, intervals: Floats) -> NDArray[np.bool_]:
    """Return whether arrivals lie within P10 to P90."""
    return (arrived >= intervals[:, 0]) & (arrived <= intervals[:, 2])
