"""Rates of few units, drawn towards the common rate by a beta-binomial prior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv  # scipy.stats would cost every command a second

from rakustats.config import Shrinkage, settings

Floats = NDArray[np.float64]
# whole units, or fewer where they depend on each other or are not ripe
Counts = NDArray[np.int64] | NDArray[np.float64]
SMALLEST_RHO, LARGEST_RHO = 0.001, 0.9


@dataclass(frozen=True)
class Prior:
    """Beta prior of a group's rate; ``measured`` tells whether its strength came from the data."""

    mean: float
    strength: float
    measured: bool

    @property
    def a(self) -> float:
        """Prior events."""
        return self.mean * self.strength

    @property
    def b(self) -> float:
        """Prior units without an event."""
        return (1 - self.mean) * self.strength


def beta_prior(events: Counts, n: Counts, rules: Shrinkage | None = None) -> Prior:
    r"""Return the beta prior of the groups' rates by the moments of an analysis of variance.

    With :math:`\hat p = \sum x / \sum n`, :math:`n_0 = (N - \sum n^2 / N) / (k - 1)`, the mean
    squares between (:math:`MSB = \sum n (x/n - \hat p)^2 / (k - 1)`) and within groups
    (:math:`MSW = \sum x (1 - x/n) / (N - k)`), the intra-group correlation is
    :math:`\rho = (MSB - MSW) / (MSB + (n_0 - 1) MSW)`, held within [0.001, 0.9], and the prior is
    worth :math:`1 / \rho - 1` units.

    Parameters
    ----------
    events, n : arrays of int
        Events and units per group; groups without units are left out.
    rules : Shrinkage, optional
        Below how many groups or units the spread is not measured, and the strength taken then.

    Returns
    -------
    Prior

    Notes
    -----
    Ridout, Demétrio and Firth (1999), "Estimating intraclass correlation for binary data",
    Biometrics 55, 137-148. Where no or every unit has an event, half an event is added so that the
    prior stays proper.

    Examples
    --------
    >>> import numpy as np
    >>> beta_prior(np.array([1, 3]), np.array([10, 30])).mean
    0.1
    """
    rules = rules or settings().shrinkage
    x, m = events[n > 0].astype(float), n[n > 0].astype(float)
    groups, units = len(m), float(m.sum())
    if units == 0:
        return Prior(float("nan"), rules.fallback_strength, measured=False)
    mean = float(x.sum()) / units
    if mean in (0.0, 1.0):
        mean = (float(x.sum()) + 0.5) / (units + 1)
    if groups < rules.few_groups or units < rules.few_units or units == groups:
        return Prior(mean, rules.fallback_strength, measured=False)
    rho = float(np.clip(_correlation(x, m), SMALLEST_RHO, LARGEST_RHO))
    return Prior(mean, 1 / rho - 1, measured=True)


def _correlation(x: Floats, m: Floats) -> float:
    groups, units = len(m), m.sum()
    mean = x.sum() / units
    n0 = (units - (m**2).sum() / units) / (groups - 1)
    between = (m * (x / m - mean) ** 2).sum() / (groups - 1)
    within = (x * (1 - x / m)).sum() / (units - groups)
    spread = between + (n0 - 1) * within
    return float((between - within) / spread) if spread > 0 else 0.0


def posterior(
    events: Counts, n: Counts, prior: Prior, level: float
) -> tuple[Floats, Floats, Floats]:
    """Return posterior mean and equal-tailed interval of each rate, NaN where there are no units.

    Parameters
    ----------
    events, n : arrays of int
        Events and units per group.
    prior : Prior
        Of the groups' rates.
    level : float
        Probability that the interval holds.

    Examples
    --------
    >>> import numpy as np
    >>> mean, lo, hi = posterior(np.array([2]), np.array([20]), Prior(0.06, 20, True), 0.9)
    >>> round(float(mean[0]), 4), round(float(lo[0]), 4), round(float(hi[0]), 4)
    (0.08, 0.024, 0.1598)
    """
    # a million groups share about ten thousand pairs, and quantiles are the slow part
    pairs, back = np.unique(np.column_stack([events, n]), axis=0, return_inverse=True)
    a, b = prior.a + pairs[:, 0], prior.b + pairs[:, 1] - pairs[:, 0]
    tail = (1 - level) / 2
    empty = pairs[:, 1] == 0
    found = (a / (a + b), betaincinv(a, b, tail), betaincinv(a, b, 1 - tail))
    mean, lo, hi = (np.where(empty, np.nan, f)[back.ravel()] for f in found)
    return mean, lo, hi
