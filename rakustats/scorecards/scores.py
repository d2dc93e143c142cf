"""Scores from 0 to 100: utilities weighed and added up, with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from rakustats.config.scorecard import Policy
from rakustats.config.settings import settings
from rakustats.scorecards.utilities import Utilities, draw_order
from rakustats.stats.arrays import Floats
from rakustats.stats.rank_distribution import Bins, RankDistribution, binned
from rakustats.stats.ranks import LEVELS

# entities whose draws are held at a time by a processor: 256 x 2,000 draws fit into its cache
BLOCK = 256
# points are rounded to so many decimals, so that no rounding error decides a grade
DECIMALS = 4


@dataclass(frozen=True)
class Scores:
    """Scores of all entities, 0 to 100; NaN where nothing is known.

    Attributes
    ----------
    score, lo, hi, cautious : arrays of float
        Posterior mean, 5 % and 95 % quantile, and the quantile that grades go by.
    p_bad : array of float
        Probability that the score lies below the lower end of grade C.
    expected_rank, rank_lo, rank_hi, p_worst : arrays of float
        Expected rank, 1 for the highest score, with a 90 % interval (normal, within the places
        there are); probability to be among the lowest tenth, NaN where there is nobody to compare
        with.
    coverage : array of float
        Part of the weights for which there is data.
    weights : array of float
        Weights of the criteria with data, adding up to 1 (entities x criteria).
    means : array of float
        Mean utility by criterion (entities x criteria), NaN without data.
    """

    score: Floats
    lo: Floats
    hi: Floats
    cautious: Floats
    p_bad: Floats
    expected_rank: Floats
    rank_lo: Floats
    rank_hi: Floats
    p_worst: Floats
    coverage: Floats
    weights: Floats
    means: Floats


class Read(NamedTuple):
    """What is read from the draws of some entities."""

    tails: Floats
    bad: Floats
    bins: Bins


def scores(found: Sequence[Utilities], rules: Policy, every: float = 100.0) -> Scores:
    """Return the scores of all entities.

    Parameters
    ----------
    found : sequence of Utilities
        By criterion, all for the same entities.
    rules : Policy
        Weights, draws, quantiles and grades.
    every : float
        Sum of all weights of the card, also of criteria without data.
    """
    known = np.stack([f.known for f in found], axis=1)
    own = known * np.array([f.criterion.weight for f in found])
    total = own.sum(axis=1)
    weights = own / np.maximum(total, 1e-300)[:, None]
    means = np.stack([np.where(f.known, f.mean[f.place], np.nan) for f in found], axis=1)
    some = total > 0
    read = _drawn(found, weights[some], rules, np.flatnonzero(some))
    rank, rank_lo, rank_hi, worst = (_spread(values, some) for values in _places(read.bins))
    score = 100 * np.nansum(weights * means, axis=1)
    lo, hi, cautious = (_spread(tail, some) for tail in read.tails.T)
    return Scores(
        _spread(score[some], some),
        *(lo, hi, cautious),
        p_bad=_spread(read.bad, some),
        expected_rank=rank,
        rank_lo=rank_lo,
        rank_hi=rank_hi,
        p_worst=worst,
        coverage=total / every,
        weights=weights,
        means=means,
    )


def _drawn(
    found: Sequence[Utilities], weights: Floats, rules: Policy, who: NDArray[np.intp]
) -> Read:
    """Draw the scores of one block of entities after the other, on all processors."""
    orders = [draw_order(f.criterion.name, rules.rules) for f in found]

    def block(first: int) -> Read:
        rows = who[first : first + BLOCK]
        drawn = np.zeros((len(rows), rules.rules.draws), dtype=np.float32)
        each = np.empty_like(drawn)
        shares = 100 * weights[first : first + BLOCK].T.astype(np.float32)
        for f, order, share in zip(found, orders, shares, strict=True):
            own = f.values[f.place[rows]] * share[:, None]
            drawn += np.take(own, order, axis=1, out=each, mode="clip")
        drawn.sort(axis=1)
        return _looked(drawn, rules)

    with ThreadPoolExecutor() as pool:
        parts = list(pool.map(block, range(0, max(len(who), 1), BLOCK)))
    return Read(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _looked(drawn: NDArray[np.float32], rules: Policy) -> Read:
    """Return quantiles and what grades and ranks need from sorted draws."""
    level = settings().shrinkage.level
    wanted = [(1 - level) / 2, (1 + level) / 2, rules.rules.cautious]
    draws = drawn.shape[1]
    tails = drawn[:, [int(q * (draws - 1) + 0.5) for q in wanted]].astype(float)
    # what rounds to the end of the grade is not below it
    bad = (drawn < rules.grades[-1] - 0.5 * 10.0**-DECIMALS).mean(axis=1)
    return Read(tails, bad, binned(drawn[:, (LEVELS * draws).astype(int)], 0, 100))


def _places(bins: Bins) -> tuple[Floats, Floats, Floats, Floats]:
    """Return expected ranks, their intervals, and the probability to be among the lowest tenth."""
    places = RankDistribution(bins)
    rank, rules = places.expected, settings().shrinkage
    wide = float(norm.ppf(0.5 + rules.level / 2)) * places.deviation
    lo, hi = np.maximum(rank - wide, 1), np.minimum(rank + wide, len(bins))
    if len(bins) < 2:
        return rank, lo, hi, np.full(len(bins), np.nan)
    return rank, lo, hi, places.among_lowest(int(np.ceil(rules.worst_share * len(bins))))


def _spread(values: Floats, some: NDArray[np.bool_]) -> Floats:
    full = np.full(len(some), np.nan)
    full[some] = np.round(values, DECIMALS)
    return full
