"""The remaining time of a delivery: its expectation on the log scale, and its distribution.

log(days + 1/2) = mu(x) + s(x) e: mu by ridge regression, log s by that of the log of the absolute
residual, e by the Kaplan-Meier curve of what is left. Deliveries still open are censored: their
time is imputed by its expectation beyond the censoring (Buckley and James 1979, Biometrika 66,
429-436). Those that never arrive are a share of their own, and take for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import Ridge

from rakustats.risk.facts import HALF_A_DAY
from rakustats.stats.arrays import Bools, Floats

ROUNDS = 2
GRID = 401
# rows unlike any of the training data are not expected to take longer than nearly all did
HIGHEST = 0.995
# residuals below this say nothing of the scale
TINY = 0.02


def log_time(days: Floats) -> Floats:
    """Return log(days + 1/2), days below 0 taken as 0.

    >>> log_time(np.array([0.5])).tolist()
    [0.0]
    """
    made: Floats = np.log(np.maximum(days, 0.0) + HALF_A_DAY)
    return made


@dataclass(frozen=True)
class RestModel:
    """Expected log time, log scale, and the distribution of scaled residuals.

    ``level`` and ``spread`` are linear on standardised features; ``points`` are the residuals at
    the survival probabilities ``chances``, falling from 1 to 0; ``never`` is the share that never
    arrives; ``most`` and ``widest`` bound the expected log time and the log scale.
    """

    level: Floats
    level_0: float
    spread: Floats
    spread_0: float
    points: Floats
    chances: Floats
    never: float
    most: float
    widest: float

    def expected(self, x: Floats) -> tuple[Floats, Floats]:
        """Return mu and s of standardised rows, none beyond what was ever seen."""
        return self.bounded(x @ self.level + self.level_0, x @ self.spread + self.spread_0)

    def bounded(self, mu: Floats, log_scale: Floats) -> tuple[Floats, Floats]:
        """Return mu and s from their sums."""
        return np.minimum(mu, self.most), np.exp(np.minimum(log_scale, self.widest))

    def surviving(self, z: Floats) -> Floats:
        """Return P(not there yet) at scaled residuals, those that never arrive among it."""
        alive = np.interp(z, self.points, self.chances)
        made: Floats = self.never + (1 - self.never) * alive
        return made


def fit_rest(
    x: Floats, days: Floats, seen: Floats, failed: Bools, weight: Floats, alpha: float
) -> RestModel:
    """Fit the time that is left.

    Parameters
    ----------
    x : array, rows x features
        Standardised.
    days : array
        Days from the question to the arrival; NaN while unknown.
    seen : array
        Days from the question to the censoring.
    failed : array of bool
        Lost or returned: never arrives.
    weight : array
        Of the rows.
    alpha : float
        Ridge penalty.
    """
    there = ~np.isnan(days) & ~failed
    open_ = np.isnan(days) & ~failed & (seen > 0)
    used = there | open_
    rows, w = x[used], weight[used]
    known, logs = there[used], log_time(np.where(there, days, seen)[used])
    level, spread = _line(rows[known], logs[known], w[known], alpha), None
    for _ in range(ROUNDS if open_.any() else 1):
        mu = level.predict(rows)
        off = np.log(np.maximum(np.abs(logs - mu), TINY))
        spread = _line(rows[known], off[known], w[known], alpha)
        scale = np.exp(spread.predict(rows))
        points, chances = _curve((logs - mu) / scale, known, w)
        if open_.any():
            longer = mu + scale * _beyond((logs - mu) / scale, points, chances)
            target = np.where(known, logs, longer)
            level = _line(rows, target, w, alpha)
    assert spread is not None
    share = float(weight[failed].sum() + 0.5) / float(weight.sum() + 1.0)
    return RestModel(
        level.coef_, float(level.intercept_), spread.coef_, float(spread.intercept_),
        points, chances, share,
        float(np.quantile(logs[known], HIGHEST)), float(np.quantile(np.log(scale), HIGHEST)),
    )  # fmt: skip


def _line(x: Floats, y: Floats, weight: Floats, alpha: float) -> Ridge:
    return Ridge(alpha=alpha, solver="cholesky").fit(x, y, sample_weight=weight)


def _curve(z: Floats, known: Bools, weight: Floats) -> tuple[Floats, Floats]:
    """Return the Kaplan-Meier curve of weighted residuals, thinned to a grid of its chances."""
    order = np.lexsort((~known, z))
    z, known, weight = z[order], known[order], weight[order]
    at_risk = np.cumsum(weight[::-1])[::-1]
    alive = np.cumprod(1 - np.where(known, weight / at_risk, 0.0))
    ends, left = z[known], np.minimum(alive[known], 1.0)
    grid = np.linspace(1.0, 0.0, GRID)
    # what is never seen to end is left to the largest residual
    places = np.interp(grid[::-1], np.append(left[::-1], 1.0), np.append(ends[::-1], ends[0]))
    return places[::-1].copy(), grid


def _beyond(z: Floats, points: Floats, chances: Floats) -> Floats:
    """Return the mean residual of those that lie beyond z."""
    middle = (points[1:] + points[:-1]) / 2
    mass = -np.diff(chances)
    above = np.append(np.cumsum((middle * mass)[::-1])[::-1], 0.0)
    left = np.append(np.cumsum(mass[::-1])[::-1], 0.0)
    place = np.searchsorted(middle, z)
    mean = np.where(left[place] > 0, above[place] / np.maximum(left[place], 1e-12), z)
    made: Floats = np.maximum(mean, z)
    return made
