"""D5: false alarms a year of sellers that do not change, from 10 to 10,000 units a year.

Levels lie around 10 % late, and around 3 %, sd .4 on the logit. Units come on days of 5 and more,
250 days a year at most and up to 50 on one; those of a day are alike (beta-binomial, correlation
.05). The method is told neither the levels nor the correlation. Who sells little is followed for
longer, since 60 units are the baseline: what counts is alarms per year watched.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from rakustats.config.settings import settings
from rakustats.stats.arrays import Floats
from rakustats.stats.drifts import Days, drifts
from validation.figures import Figure

IDS = ("D5",)
# units a year, and years that such sellers are followed
VOLUMES = ((10, 12), (30, 6), (100, 3), (300, 3), (1_000, 3), (3_000, 3), (10_000, 3))
ALIKE, SPREAD, OF_DAY, MOST_OF_DAY, DAYS = 0.05, 0.4, 5, 50, 250


def figures(quick: bool) -> list[Figure]:
    """Return D5 by volume and rate; quick: a tenth of the sellers."""
    return [figure for rate in (0.10, 0.03) for figure in _of_rate(rate, 80 if quick else 800)]


def _of_rate(rate: float, sellers: int) -> list[Figure]:
    rng = np.random.default_rng(55)
    parts = [_sold(rng, rate, sellers, *volume) for volume in VOLUMES]
    rows = np.concatenate(
        [np.column_stack([p[:, 0] + i * sellers, p[:, 1:]]) for i, p in enumerate(parts)]
    )
    seller, group = np.unique(rows[:, 0], return_inverse=True)
    day, odds = rows[:, 1].astype(np.int64), np.full(len(rows), logit(rate))
    found = drifts(Days(group, day, odds, rows[:, 2], rows[:, 3]), settings().drift)
    made = []
    for place, (volume, _) in enumerate(VOLUMES):
        those = (seller // sellers == place) & (found.watched > 0)
        years = found.years[those].sum()
        what = f"false alarms a year, {volume:,} units a year, {rate:.0%} late, {years:,.0f} years"
        a_year = float((found.alarm[those] >= 0).sum() / max(years, 1.0))
        made.append(Figure("D5", what, a_year, most=0.05))
    return made


def _sold(rng: np.random.Generator, rate: float, sellers: int, volume: int, years: int) -> Floats:
    """Return seller, day, events and n of each batch; all end on the same day."""
    of_day = max(OF_DAY, volume / DAYS)
    there = rng.random((sellers, 365 * years)) < volume / of_day / 365
    seller, day = np.nonzero(there)
    n = np.clip(rng.poisson(of_day, len(day)), 1, MOST_OF_DAY)
    p = expit(logit(rate) + rng.normal(0, SPREAD, sellers))[seller]
    size = 1 / ALIKE - 1
    late = rng.binomial(n, rng.beta(p * size, (1 - p) * size))
    last = 365 * max(followed for _, followed in VOLUMES)
    return np.column_stack([seller, day + last - 365 * years, late, n]).astype(float)
