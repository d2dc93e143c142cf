"""Direct standardisation: rates that entities would have in the circumstances of all units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from rakustats.stats.arrays import Floats

# resolution of log odds, and the log odds beyond which no rate differs from 0 or 1
_STEP, _FAR = 0.01, 12.0
_BINS = np.arange(-_FAR, _FAR + _STEP / 2, _STEP)
_AT, _WEIGHT = np.polynomial.hermite_e.hermegauss(15)
_WEIGHT = _WEIGHT / _WEIGHT.sum()
_BLOCK = 200_000


@dataclass(frozen=True)
class Rates:
    """Standardised rates: posterior mean and interval of each."""

    mean: Floats
    lo: Floats
    hi: Floats


class ReferencePopulation:
    """The log odds of all units without the entity in question, weighted by their units.

    Parameters
    ----------
    log_odds, n : ndarray of float, shape (cells,)
        Without the entity's own effect, and the units that have them.
    sd : ndarray of float, shape (cells,), optional
        Uncertainty of the log odds (normal), where they rest on others' estimated effects.

    Examples
    --------
    >>> alike = ReferencePopulation(np.array([0.0]), np.array([10.0]))
    >>> alike.rates(np.array([0.0]), np.array([0.0]), 1.645).mean.round(3).tolist()
    [0.5]
    """

    def __init__(self, log_odds: Floats, n: Floats, sd: Floats | None = None) -> None:
        counts = np.zeros(len(_BINS))
        for start in range(0, len(n), _BLOCK):
            rows = slice(start, start + _BLOCK)
            around = log_odds[rows, None]
            weight = n[rows, None]
            if sd is not None:
                around, weight = around + sd[rows, None] * _AT, weight * _WEIGHT
            place = np.rint((np.clip(around, -_FAR, _FAR) + _FAR) / _STEP).astype(np.intp)
            counts += np.bincount(place.ravel(), np.ravel(weight), len(_BINS))
        used = counts > 0
        share = counts[used] / counts.sum()
        self._rate = np.array([share @ expit(_BINS[used] + shift) for shift in _BINS[::10]])

    def rate(self, effect: Floats) -> Floats:
        """Return the rate that an entity with such an effect (log odds) has."""
        return np.asarray(np.interp(effect, _BINS[::10], self._rate))

    def rates(self, effect: Floats, sd: Floats, wide: float) -> Rates:
        """Return the rates of effects that are known to within ``sd``.

        ``wide`` is how many standard deviations the interval has to each side.
        """
        mean = self.rate(effect[:, None] + sd[:, None] * _AT) @ _WEIGHT
        return Rates(mean, self.rate(effect - wide * sd), self.rate(effect + wide * sd))
