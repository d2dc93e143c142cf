"""Posterior ranks: expected ranks, the worst few, and a list with few false discoveries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy.special import ndtr

from rakustats.stats.arrays import Bools, Floats
from rakustats.stats.posterior import Posterior

# each posterior is represented by this many values of equal probability
VALUES = 64
# for so few groups three moments of the number above are too coarse
EXACT_UP_TO = 60
SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
LEVELS = (np.arange(VALUES) + 0.5) / VALUES


class Ranking:
    """Ranks of independent posteriors; rank 1 has the highest rate, ties share ranks.

    With S(x) the expected number of rates above x, the expected rank of a rate is 1 plus the mean
    of S over its posterior, without its own part (Lin, Louis, Paddock and Ridgeway 2006). The
    number above x is a sum of independent Bernoulli variables; its first three moments give the
    probability that fewer than K others lie above.
    """

    def __init__(self, rates: Posterior, count: Floats) -> None:
        self._values, self._count = rates.quantiles(LEVELS), count
        self._moments = _moments_above(self._values, count)

    @property
    def expected(self) -> Floats:
        """Expected rank of each pair's rate among all."""
        ranks: Floats = 0.5 + self._moments[0].mean(axis=1)
        return ranks

    def among_worst(self, most: int) -> Floats:
        """Return the probability of each rate to be among the ``most`` highest."""
        if self._count.sum() <= EXACT_UP_TO:
            return exact_among(self._values, self._count, most)
        chance: Floats = among_from_moments(*self._moments, 1 - LEVELS, most).mean(axis=1)
        return chance


def among_from_moments(
    mean: Floats, variance: Floats, third: Floats, own: Floats, most: int
) -> Floats:
    """Return the approximate probability that fewer than ``most`` others lie above each value.

    Edgeworth's expansion of the number above, less each rate's own part (probability ``own``).
    """
    sd = np.sqrt(np.maximum(variance - _variance(own), 1e-9))
    skew = (third - _third(own)) / sd**3
    z = (most - 0.5 - (mean - own)) / sd
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    chance: Floats = np.clip(ndtr(z) + skew * (1 - z**2) * density / 6, 0.0, 1.0)
    return chance


def moments() -> tuple[Callable[[Floats], Floats], ...]:
    """Return mean, variance and third moment of one draw with a given probability."""
    return _mean, _variance, _third


def _moments_above(values: Floats, count: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, variance and third moment of the number of rates above each value.

    Going down through all values, a rate's probability to lie above rises by one step at each of
    its own; the sums over all rates rise by what that step adds.
    """
    order = np.argsort(-values, axis=None, kind="stable")
    weight = np.repeat(count, VALUES)[order]
    level = np.tile(1 - LEVELS, len(values))[order]
    half = 0.5 / VALUES
    sums = []
    for moment in moments():
        before, at, after = (moment(level + by) for by in (-half, 0.0, half))
        passed = np.cumsum(weight * (after - before)) - weight * (after - before)
        there = np.empty(len(order))
        there[order] = passed + weight * (at - before)
        sums.append(there.reshape(values.shape))
    return sums[0], sums[1], sums[2]


def exact_among(values: Floats, count: Floats, most: int) -> Floats:
    """Return the exact probability that fewer than ``most`` others lie above each value.

    ``values`` (pairs x 64) represent each pair's posterior, ascending.
    """
    of_group = np.repeat(np.arange(len(values)), count.astype(int))
    found = []
    for pair, own in enumerate(values):
        above = np.stack([_part_above(other, own) for other in values])
        others = np.delete(of_group, np.flatnonzero(of_group == pair)[0])
        chance = np.zeros((most, VALUES))
        chance[0] = 1.0
        for p in above[others]:
            passed = chance[:-1] * p
            chance *= 1 - p
            chance[1:] += passed
        found.append(float(chance.sum(axis=0).mean()))
    return np.array(found)


def _part_above(values: Floats, limits: Floats) -> Floats:
    """Return the part of ascending values above each limit, equal ones by half."""
    below = [np.searchsorted(values, limits, side=side) for side in SIDES]
    part: Floats = 1 - (below[0] + below[1]) / (2 * VALUES)
    return part


def _mean(p: Floats) -> Floats:
    return p


def _variance(p: Floats) -> Floats:
    return p * (1 - p)


def _third(p: Floats) -> Floats:
    return p * (1 - p) * (1 - 2 * p)


def largest_list(worse: Floats, count: Floats, share: float) -> Bools:
    """Return who is on the largest list of which at most ``share`` are expected to be false.

    ``worse`` is the probability of each to be worse than the limit; who is likelier comes first.
    """
    order = np.argsort(-worse, kind="stable")
    false = np.cumsum((count * (1 - worse))[order]) / np.cumsum(count[order])
    listed = np.zeros(len(worse), dtype=bool)
    listed[order] = false <= share
    return listed
