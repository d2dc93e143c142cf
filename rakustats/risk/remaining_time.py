"""The time that open deliveries of one leg and stage still take: a model, made conformal.

log(days + 1/2) = mu(x) + s(x) e as in :mod:`rakustats.risk.rest_model`, fitted to deliveries of
this leg and stage alone. The residuals whose quantiles are the bounds are of rows held out: in turn
each of :data:`BLOCKS` spans of time is left out, all questions about a delivery together, and the
others are fitted (cross-conformal prediction; Vovk 2015). Quantiles are those of the Kaplan-Meier
curve, as what was asked about lately has shown its fast endings alone, and are read within thirds
of the expected time, so that they hold for the fast and the slow (Mondrian).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rakustats.risk.columns import NAMES, WHO
from rakustats.risk.facts import HALF_A_DAY
from rakustats.risk.rest_model import RestModel, fit_rest, log_time
from rakustats.stats.arrays import Bools, Floats, Ints

# What was lately usual is left out: after a closure it foretells what does not come again.
USED = (
    *(f"{who}_over" for who in WHO),
    *("age", "stage_age", "stage_late", "silence", "expected_rest", "slack", "spare"),
    *("qty", "kg", "n_lines", "n_orders"),
    *("in_new_year", "in_national_day", "closed_days", "to_closure"),
    *(name for name in NAMES if name.startswith("no_")),
)
PLACES = [NAMES.index(name) for name in USED]
OUTSIDE = 0.10
BLOCKS, BANDS = 4, 3
ALPHA = 30.0
# of more rows a systematic sample is used
MOST_ROWS = 20_000
# what is open for longer than nearly all took is counted with those that never arrive
NEARLY_ALL = 0.99


@dataclass(frozen=True)
class Times:
    """Rows of one leg and stage: what is known of them, and the days that they still took.

    ``days`` is NaN where a delivery had not arrived; nothing is known of it beyond ``seen`` days.
    """

    x: Floats
    unit: Ints
    asked: Floats
    days: Floats
    seen: Floats
    weight: Floats

    def part(self, which: Bools | NDArray[np.intp]) -> Times:
        """Return some of the rows."""
        return Times(
            self.x[which], self.unit[which], self.asked[which], self.days[which], self.seen[which],
            self.weight[which],
        )  # fmt: skip

    def arriving(self) -> Times:
        """Return the rows without those that by all appearances never arrive."""
        longest = np.nanquantile(self.days, NEARLY_ALL)
        return self.part(~(np.isnan(self.days) & ((self.seen > longest) | (self.seen <= 0))))


@dataclass(frozen=True)
class StageModel:
    """Expected time, and by band of it the lower, middle and upper scaled residual."""

    center: Floats
    scale: Floats
    rest: RestModel
    edges: Floats
    bounds: Floats
    longest: float

    def days(self, features: Floats) -> Floats:
        """Return the days of P10, P50 and P90, rows x 3, none longer than any took."""
        mu, spread = self.rest.expected((features[:, PLACES] - self.center) / self.scale)
        z = self.bounds[np.digitize(mu, self.edges)]
        days = np.exp(mu[:, None] + spread[:, None] * z) - HALF_A_DAY
        made: Floats = np.clip(days, 0.0, self.longest)
        return made


def fit_stage(times: Times) -> StageModel:
    """Fit the remaining time; ``times.x`` holds all features."""
    times = times.part(np.arange(len(times.asked))[:: -(-len(times.asked) // MOST_ROWS)]).arriving()
    x, known = times.x[:, PLACES], ~np.isnan(times.days)
    center = np.average(x, axis=0, weights=times.weight)
    spread = np.sqrt(np.average((x - center) ** 2, axis=0, weights=times.weight))
    scale = np.where(spread > 1e-9, spread, 1.0)
    x = (x - center) / scale
    mu, off = _held_out(x, times)
    edges = np.quantile(mu, np.linspace(0, 1, BANDS + 1)[1:-1])
    band = np.digitize(mu, edges)
    bounds = [
        conformal_bounds(off[here], known[here], times.weight[here])
        for here in (band == k for k in range(BANDS))
    ]
    rest = _rest(x, times, np.ones(len(x), bool))
    longest = float(np.nanmax(times.days))
    return StageModel(center, scale, rest, edges, np.array(bounds), longest)


def _rest(x: Floats, times: Times, which: Bools) -> RestModel:
    never = np.zeros(int(which.sum()), bool)
    return fit_rest(
        x[which], times.days[which], times.seen[which], never, times.weight[which], ALPHA
    )


def _held_out(x: Floats, times: Times) -> tuple[Floats, Floats]:
    """Return the expected time of each row by models of the other blocks, and how far off it is."""
    mu, off = np.zeros(len(x)), np.zeros(len(x))
    logs = log_time(np.where(np.isnan(times.days), times.seen, times.days))
    block = _blocks(times)
    for one in range(BLOCKS):
        here = block == one
        mu[here], spread = _rest(x, times, ~here).expected(x[here])
        off[here] = (logs[here] - mu[here]) / spread
    return mu, off


def _blocks(times: Times) -> Ints:
    """Return the block of each row: spans of time of the first questions about deliveries."""
    first = pd.Series(times.asked).groupby(times.unit).transform("min").to_numpy()
    _, order, unit = np.unique(times.unit, return_index=True, return_inverse=True)
    place = np.empty(len(order), np.int64)
    place[np.argsort(first[order], kind="stable")] = np.arange(len(order)) * BLOCKS // len(order)
    return place[unit]


def conformal_bounds(values: Floats, known: Bools, weight: Floats) -> tuple[float, float, float]:
    """Return the P10, P50 and P90 of censored values that end at all, for a new one.

    With n that ended the k-th smallest and largest, k = (n + 1) / 10, hold a new one with
    probability .8 or more, whatever the distribution.
    """
    order = np.lexsort((~known, values))
    values, known, weight = values[order], known[order], weight[order]
    at_risk = np.cumsum(weight[::-1])[::-1]
    ended = 1 - np.cumprod(1 - np.where(known, weight / at_risk, 0.0))
    n = int(known.sum())
    k = max(1, int((n + 1) * OUTSIDE))
    shares = np.array([k / n, 0.5, 1 - (k - 1) / n]) * ended[-1]
    places = np.searchsorted(ended, shares - 1e-9)
    low, middle, high = values[np.minimum(places, len(values) - 1)].tolist()
    return low, middle, high
