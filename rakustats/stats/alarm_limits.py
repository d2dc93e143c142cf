"""Limits of cumulative sums for a false-alarm probability per year, whatever the volume."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import logit

from rakustats.stats.arrays import Floats
from rakustats.stats.markov import run_length, transitions

# rates and heights for which run lengths are worked out; those between are interpolated, on the
# logit and on the log of the run length, in which both are nearly straight lines
RATES: Floats = np.array([0.005, 0.02, 0.06, 0.15, 0.3, 0.5, 0.8])
# by so much, at each rate, the sum of a group whose level is learnt stays below that of one whose
# level is known (simulated with 30 to 1,000 units a year); less where it moves by a few events
LEARNT: Floats = np.array([0.05, 0.05, 0.15, 0.3, 0.3, 0.3, 0.3])
LEAST = 0.2
HEIGHTS: Floats = np.array(
    [0.15, 0.4, 0.7, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 13.0]
)


def yearly_limits(
    rates: Floats, per_year: Floats, false_alarms: float, odds_ratio: float
) -> Floats:
    """Return the level that unchanged groups reach within a year with the given probability.

    Parameters
    ----------
    rates : ndarray of float
        Mean expected probability of each group's units, own level included.
    per_year : ndarray of float
        Independent units a year, or what units that are alike are worth.
    false_alarms : float
        Probability of an alarm within a year without any change.
    odds_ratio : float
        The worsening to detect.

    Notes
    -----
    With a mean run length of ARL units, 1 - exp(-units / ARL) of the unchanged have an alarm within
    so many units: the chance is the same in each year, and grows with the years.

    Examples
    --------
    >>> yearly_limits(np.array([0.1, 0.1]), np.array([100.0, 10_000.0]), 0.05, 2.5).round(1)
    array([4. , 8.6])
    """
    wanted = np.log(np.maximum(per_year, 1.0) / -np.log1p(-false_alarms))
    lengths = zip(_log_run_lengths(odds_ratio), LEARNT, strict=True)
    of_rates = np.stack([np.interp(wanted, row, HEIGHTS) - learnt for row, learnt in lengths])
    place = np.interp(
        logit(np.clip(rates, RATES[0], RATES[-1])), logit(RATES), np.arange(len(RATES))
    )
    below = np.minimum(place.astype(np.int64), len(RATES) - 2)
    part, each = place - below, np.arange(len(rates))
    limits = of_rates[below, each] * (1 - part) + of_rates[below + 1, each] * part
    return np.asarray(np.maximum(limits, LEAST))


@lru_cache(maxsize=8)
def _log_run_lengths(odds_ratio: float) -> Floats:
    """Return the logarithms of mean run lengths (rates x heights)."""
    one = np.ones(1)
    return np.log(
        [
            [run_length(transitions(h, np.array([rate]), one, odds_ratio)) for h in HEIGHTS]
            for rate in RATES
        ]
    )
