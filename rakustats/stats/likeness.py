r"""How much alike units of a group are on one day and within a week.

Parcels on one truck are late together: m units of a day with the intraclass correlation rho tell as
much as m / (1 + (m - 1) rho) independent ones. rho is estimated over all groups by the products of
the residuals of two units: of one batch (a group's units of one day and lane), of days less than a
week apart, and of days one to three weeks apart. What the last have in common is the group's level,
or its drift, and no likeness; it is subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakustats.stats.arrays import Floats, Ints

#: Days apart, least and most.
NEAR, LATER = (1, 6), (8, 20)
# Correlation of a batch that is taken for usual (none of near days is), and how many pairs of units
# are taken to have shown that.
USUAL, KNOWN_PAIRS = 0.01, 2000.0
# A group's pairs count in full up to as many, or up to the mean group's: none decides alone.
PAIRS_OF_GROUP = 50_000.0
MOST = 0.5


@dataclass(frozen=True)
class Sums:
    """Sums over the units of a batch or a day, sorted by group and day.

    ``residual`` is that of y - p, ``squares`` that of its squares, ``root`` that of the units'
    standard deviations √(p (1 - p)), ``variance`` that of their variances.
    """

    group: Ints
    day: Ints
    n: Floats
    residual: Floats
    squares: Floats
    root: Floats
    variance: Floats

    def by_group(self, products: Floats, pairs: Floats) -> tuple[Floats, Floats]:
        """Return the sums of products and of pairs by group."""
        both = (np.bincount(self.group, values) for values in (products, np.maximum(pairs, 0.0)))
        of_products, of_pairs = both
        return of_products.astype(float), of_pairs.astype(float)

    def apart(self, lane: Ints) -> Sums:
        """Return the same, each group's lanes as groups of their own: their levels may differ."""
        group = np.unique(np.stack([self.group, lane]), axis=1, return_inverse=True)[1].reshape(-1)
        order = np.lexsort((self.day, group))
        kept = (self.n, self.residual, self.squares, self.root, self.variance)
        return Sums(group[order], self.day[order], *(values[order] for values in kept))

    def lagged(self, values: Floats, lags: tuple[int, int]) -> Floats:
        """Return the sums of values over the group's days that lie so many days before each day."""
        nearest, farthest = lags
        day = self.day - self.day.min()
        wide = int(day.max()) + farthest + 1
        # one ascending sequence for all groups; a gap of `farthest` days keeps them apart
        key = self.group * wide + day
        total = np.concatenate([[0.0], np.cumsum(values)])
        first = np.searchsorted(key, key - farthest)
        behind = np.searchsorted(key, key - nearest, side="right")
        return np.asarray(total[np.maximum(first, behind)] - total[first])


@dataclass(frozen=True)
class Likeness:
    """Correlation of two units of a group within a week, and what those of a batch have more."""

    batch: float
    near: float


def likeness(batches: Sums) -> Likeness:
    """Return how much alike units of the same group are.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> day, n = np.tile(np.arange(400), 5), np.full(2000, 20.0)
    >>> p = rng.beta(0.1 * 19, 0.9 * 19, 2000)
    >>> events = rng.binomial(20, p).astype(float)
    >>> squares, variance = events * 0.81 + (20 - events) * 0.01, n * 0.09
    >>> sums = Sums(np.repeat(np.arange(5), 400), day, n, events - 2, squares, n * 0.3, variance)
    >>> bool(0.03 < likeness(sums).batch < 0.07)
    True
    """
    of_batch = batches.by_group(
        batches.residual**2 - batches.squares, batches.root**2 - batches.variance
    )
    of_near, of_later = (
        batches.by_group(
            batches.residual * batches.lagged(batches.residual, lags),
            batches.root * batches.lagged(batches.root, lags),
        )
        for lags in (NEAR, LATER)
    )
    # each group's own level: one that drifts would else make all look alike
    pooled = of_later[0].sum() / (of_later[1].sum() + KNOWN_PAIRS)
    level = (of_later[0] + pooled * KNOWN_PAIRS) / (of_later[1] + KNOWN_PAIRS)
    near = max(_middle(*of_near, level), 0.0)
    batch = max(_pooled(*of_batch, level + near), 0.0)
    return Likeness(min(batch, MOST), min(near, MOST))


def _middle(products: Floats, pairs: Floats, common: Floats) -> float:
    """Return the median over groups, by pairs: a jump of one group looks like likeness, too."""
    order = np.argsort(products / np.maximum(pairs, 1.0) - common)
    upto = np.cumsum((pairs * _weights(pairs))[order])
    middle = order[np.searchsorted(upto, upto[-1] / 2)]
    own = float(products[middle] / max(pairs[middle], 1.0) - common[middle])
    return own * float(upto[-1] / (upto[-1] + KNOWN_PAIRS))


def _pooled(products: Floats, pairs: Floats, common: Floats) -> float:
    weight = _weights(pairs)
    more = float((products - common * pairs) @ weight)
    return (more + USUAL * KNOWN_PAIRS) / (float(pairs @ weight) + KNOWN_PAIRS)


def _weights(pairs: Floats) -> Floats:
    return np.asarray(1 / (1 + pairs / max(PAIRS_OF_GROUP, float(pairs.mean()))))
