"""Rank distributions of a million scores, each of which is known as a distribution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rakustats.stats.arrays import Floats
from rakustats.stats.ranks import (
    EXACT_UP_TO,
    LEVELS,
    VALUES,
    among_from_moments,
    exact_among,
    moments,
)

# values are sorted into so many bins; no two scores that matter as different share one
BINS = 65_536
BLOCK = 16_384
Bins = NDArray[np.uint16]
Ascending = NDArray[np.floating]


def binned(values: Ascending, lowest: float, highest: float) -> Bins:
    """Return the bin of each value between two ends."""
    parts = np.clip((values - lowest) / (highest - lowest), 0, 1)
    bins: Bins = np.round(parts * (BINS - 1)).astype(np.uint16)
    return bins


class RankDistribution:
    """Ranks of independent scores; rank 1 has the highest.

    Each score is given by 64 values of equal probability, ascending, as bins (scores x 64). The
    method is that of :class:`rakustats.stats.ranks.Ranking`; values in one bin are ties.
    """

    def __init__(self, bins: Bins) -> None:
        self._bins = bins
        self._sums = [_above(bins, moment) for moment in moments()]

    @property
    def expected(self) -> Floats:
        """Expected rank of each score."""
        ranks: Floats = np.concatenate(
            [0.5 + self._sums[0][rows].mean(axis=1) for rows in _blocks(self._bins)]
            or [np.zeros(0)]
        )
        return ranks

    @property
    def deviation(self) -> Floats:
        """Standard deviation of each score's rank: of its own value, and of the others' around."""
        mean, variance, _ = self._sums
        parts = [
            np.sqrt(variance[rows].mean(axis=1) + mean[rows].var(axis=1))
            for rows in _blocks(self._bins)
        ]
        return np.concatenate(parts or [np.zeros(0)])

    def among_lowest(self, most: int) -> Floats:
        """Return the probability of each score to be among the ``most`` lowest."""
        if len(self._bins) <= EXACT_UP_TO:
            turned = -self._bins[:, ::-1].astype(float)
            return exact_among(turned, np.ones(len(turned)), most)
        mean, variance, third = self._below
        chances = [
            among_from_moments(mean[rows], variance[rows], third[rows], LEVELS, most).mean(axis=1)
            for rows in _blocks(self._bins)
        ]
        return np.concatenate(chances)

    @property
    def _below(self) -> tuple[Floats, Floats, Floats]:
        """Moments of the number of scores below each bin: those above, turned round."""
        mean, variance, third = self._sums
        return len(self._bins) - mean, variance, -third


def _blocks(bins: Bins) -> list[Bins]:
    return [bins[i : i + BLOCK] for i in range(0, len(bins), BLOCK)]


def _above(bins: Bins, moment: Callable[[Floats], Floats]) -> Floats:
    """Return, for each bin, the sum of a moment of the numbers of scores above it.

    Going down, a score's probability to lie above rises by one step at each of its values.
    """
    half = 0.5 / VALUES
    rise = moment(1 - LEVELS + half) - moment(1 - LEVELS - half)
    added = np.zeros(BINS)
    for place, by in enumerate(rise):
        added += by * np.bincount(bins[:, place], minlength=BINS)
    above: Floats = np.cumsum(added[::-1])[::-1] - 0.5 * added
    return above
