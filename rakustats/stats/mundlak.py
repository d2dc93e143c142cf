r"""Mundlak terms: which partners a seller works with, so that sorting is not taken for fault.

Where bad sellers use bad carriers, the effects of sellers are no sample that is independent of the
carriers, and a model that takes them for one attributes the difference to the carriers. With the
seller's own mix of carriers among the covariates only contrasts *within* sellers identify carriers
(Mundlak 1978, "On the pooling of time series and cross section data", Econometrica 46, 69-85).

A seller with one order has all of it with one carrier, which says little of its habits. So observed
shares are modelled as the seller's habit, the shares of very many orders, and multinomial sampling.
The habits' covariance is that of the shares less the sampling covariance; its main directions, in
units in which sampling variance is the same everywhere (those of correspondence analysis), describe
a seller. Along a direction with the variance v (sampling having (1 - v) / n) the best linear
predictor of a habit is v / (v + (1 - v) / n) times what was observed, and its prediction variance
is in the seller's variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakustats.stats.arrays import Floats

# a seller counts for the pairs of its units, but for no more than some so many units would
ENOUGH = 10.0


@dataclass(frozen=True)
class Habits:
    """Predicted habits of each seller, along the directions in which habits differ.

    Attributes
    ----------
    expected : ndarray of float, shape (sellers, directions)
        Best linear predictors, in standard deviations of the habits of all.
    variance : ndarray of float, shape (sellers, directions)
        Prediction variance; near 1 where few units are.
    """

    expected: Floats
    variance: Floats

    @classmethod
    def of(cls, units: Floats) -> Habits:
        """Return the habits behind the units of each seller with each partner.

        Examples
        --------
        Equal sellers have no habits of their own; the more units, the smaller the variance.

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
        large = variance > np.sqrt(len(used)) / len(units)
        variance = np.minimum(variance[large], 0.99)
        reliability = variance / (variance + (1 - variance) / n)
        return cls(reliability * (seen @ direction[:, large]) / np.sqrt(variance), 1 - reliability)

    @classmethod
    def none(cls, sellers: int) -> Habits:
        """Return no habits, of so many sellers."""
        return cls(np.zeros((sellers, 0)), np.zeros((sellers, 0)))

    def unknown(self, weights: Floats) -> Floats:
        """Return the prediction variance of each seller's weighted sum of habits."""
        return np.asarray(self.variance @ weights**2)
