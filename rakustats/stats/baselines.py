r"""The baseline of a group: its own level before any change, estimated from its first units.

A seller's true level is unknown. It is estimated from its first units, updated with those that
lie some way back (later ones may have got worse already), and shrunken to the common one. The
limit of the cumulative sum has to allow for that: it is found by drawing true levels given the
first units, and running the whole procedure on each (parametric bootstrap).

The odds ratio R of a group against what is expected, from sums over its units (Mantel and Haenszel
1959, J. Natl. Cancer Inst. 22, 719-748):

    R = (a + Σ y (1 - p)) / (a + Σ (1 - y) p),   a = 1 / variance of log R
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import expit, logit

from rakustats.config.settings import DriftRules
from rakustats.stats.arrays import Floats
from rakustats.stats.cusum import increments

# rates for which a limit is drawn; those between are interpolated on the logit
RATES = (0.01, 0.03, 0.06, 0.1, 0.15, 0.22, 0.32, 0.45, 0.6)
PATHS, SEED = 2_000, 20_260_101


def own_odds(worse: Floats, better: Floats, strength: float) -> Floats:
    """Return the odds ratio of a group, given Σ y (1 - p) and Σ (1 - y) p over its units.

    Examples
    --------
    >>> own_odds(np.array([6.0]), np.array([2.0]), 2.0).tolist()
    [2.0]
    """
    ratio: Floats = (strength + worse) / (strength + better)
    return ratio


def limits(rates: Floats, rules: DriftRules) -> Floats:
    """Return the limit for groups whose units have such expected rates, own level included.

    Parameters
    ----------
    rates : ndarray of float
        Mean expected probability of each group's units.
    rules : DriftRules

    Returns
    -------
    ndarray of float
        The level of the cumulative sum at which there is an alarm.
    """
    drawn = _drawn(rules)
    inside = np.clip(rates, RATES[0], RATES[-1])
    return np.asarray(np.interp(logit(inside), logit(np.array(RATES)), drawn))


@lru_cache(maxsize=16)
def _drawn(rules: DriftRules) -> tuple[float, ...]:
    return tuple(_limit(rate, rules) for rate in RATES)


def _limit(rate: float, rules: DriftRules) -> float:
    """Draw true levels around an estimated one, and runs from each without any change."""
    chance = np.random.default_rng(SEED)
    information = rules.baseline * rate * (1 - rate)
    true = chance.normal(0.0, 1 / np.sqrt(information + rules.strength), PATHS)
    happened = chance.random((rules.horizon, PATHS)) < expit(logit(rate) + true)
    worse = information + _late(happened * (1 - rate), rules.lag)
    better = information + _late(~happened * rate, rules.lag)
    shift = np.log(own_odds(worse, better, rules.strength))
    expected = expit(logit(rate) + shift)
    added = increments(happened.astype(float), expected, rules.odds_ratio)
    level, highest = np.zeros(PATHS), np.zeros(PATHS)
    for row in added:
        level = np.maximum(level + row, 0.0)
        highest = np.maximum(highest, level)
    return float(np.quantile(highest, 1 - rules.false_alarms))


def _late(values: Floats, lag: int) -> Floats:
    """Return the sums of the rows that lie more than ``lag`` rows before each row."""
    sums = np.cumsum(values, axis=0)
    before = np.zeros_like(sums)
    before[lag + 1 :] = sums[: -lag - 1]
    return before
