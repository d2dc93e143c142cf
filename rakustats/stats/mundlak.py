r"""Which partners a seller works with: the mix that tells sorting from fault.

Where bad sellers use bad carriers, the effects of sellers are no sample that is independent of the
carriers, and a model that takes them for one blames the carriers. With the seller's own mix among
the covariates only what differs *within* sellers tells about carriers (Mundlak 1978, "On the
pooling of time series and cross section data", Econometrica 46, 69-85).

A seller with one order has all of it with one carrier, which says little of its habits. So a mix
is seen as the seller's habit, the mix of very many orders, and multinomial chance. The habits'
covariance is what is left of the shares' when chance is taken off; its main directions, in units
in which chance is the same everywhere (those of correspondence analysis), describe a seller. Along
a direction with the variance v (chance having (1 - v) / n) the best linear guess at a habit is
v / (v + (1 - v) / n) times what was seen, and what stays unknown is in the seller's variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakustats.stats.posterior import Floats

# a seller counts for the pairs of its units, but for no more than some so many units tell
ENOUGH = 10.0


@dataclass(frozen=True)
class Habits:
    """What the units tell of each seller's habits, along the directions in which habits differ.

    Attributes
    ----------
    expected : ndarray of float, shape (sellers, directions)
        Expected places, in standard deviations of the habits of all.
    variance : ndarray of float, shape (sellers, directions)
        Of the places around the expected ones; near 1 where few units are.
    """

    expected: Floats
    variance: Floats

    @classmethod
    def of(cls, units: Floats) -> Habits:
        """Return the habits behind the units of each seller with each partner.

        Examples
        --------
        Alike sellers have no habits of their own; the more units, the surer those of the others.

        >>> Habits.of(np.full((9, 2), 5.0)).expected.shape
        (9, 0)
        >>> sorted_ones = Habits.of(np.array([[40.0, 0.0], [0.0, 40.0], [4.0, 0.0], [0.0, 4.0]]))
        >>> bool((sorted_ones.variance[0] < sorted_ones.variance[2]).all())
        True
        """
        n = units.sum(axis=1, keepdims=True)
        weight = (n / (n + ENOUGH)) ** 2
        common = (weight * units / n).sum(axis=0) / weight.sum()
        used = np.sqrt(common[common > 0])
        seen = units[:, common > 0] / n / used - used
        chance = np.eye(len(used)) - np.outer(used, used)
        pairs = (weight * (1 - 1 / n)).sum()
        spread = (seen * weight).T @ seen - (weight / n).sum() * chance
        if not pairs:
            return cls.none(len(units))
        variance, direction = np.linalg.eigh(spread / pairs)
        kept = variance > np.sqrt(len(used)) / len(units)
        variance = np.minimum(variance[kept], 0.99)
        told = variance / (variance + (1 - variance) / n)
        return cls(told * (seen @ direction[:, kept]) / np.sqrt(variance), 1 - told)

    @classmethod
    def none(cls, sellers: int) -> Habits:
        """Return no habits, of so many sellers."""
        return cls(np.zeros((sellers, 0)), np.zeros((sellers, 0)))

    def unknown(self, weights: Floats) -> Floats:
        """Return the variance of each seller's weighted sum of places, the weights given."""
        return np.asarray(self.variance @ weights**2)
