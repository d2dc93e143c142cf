"""Means of a few units each, drawn towards that of their kind as far as chance may explain them.

For means y with known variances v, within kinds of a common mean each,

    w = 1 / (v + τ²),   μ = Σ w y / Σ w,   shrunken = μ + (y - μ) τ² / (τ² + v)

τ², the variance between units of a kind, is that of all kinds together, by moments: over Σ (y - ȳ)²
/ v with the means ȳ weighted by 1 / v (DerSimonian and Laird 1986, Controlled Clinical Trials 7,
177-188; Efron and Morris 1975, JASA 70, 311-319).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rakustats.stats.arrays import Floats


def shrunken_means(values: Floats, variances: Floats, kinds: NDArray[np.intp]) -> Floats:
    """Return each mean drawn towards that of its kind.

    Parameters
    ----------
    values, variances : ndarray of float, shape (n,)
        The means of the units and their sampling variances, above 0.
    kinds : ndarray of int, shape (n,)
        The number of each unit's kind.

    Returns
    -------
    ndarray of float, shape (n,)
        Between a unit's own mean and its kind's; its own where it is the only one.

    Examples
    --------
    >>> means = shrunken_means(np.array([1.0, 9.0]), np.array([0.1, 4.0]), np.array([0, 0]))
    >>> bool(1 < means[0] < means[1] < 9)
    True
    """
    between = _between(values, variances, kinds)
    mean = _means(values, 1 / (variances + between), kinds)
    return mean + (values - mean) * between / (between + variances)


def _means(values: Floats, weights: Floats, kinds: NDArray[np.intp]) -> Floats:
    means: Floats = np.bincount(kinds, weights * values) / np.bincount(kinds, weights)
    return means[kinds]


def _between(values: Floats, variances: Floats, kinds: NDArray[np.intp]) -> float:
    weights = 1 / variances
    surplus = float(np.sum(weights * (values - _means(values, weights, kinds)) ** 2))
    total, squares = np.bincount(kinds, weights), np.bincount(kinds, weights**2)
    some = total > 0
    units = len(values) - int(some.sum())
    information = float((total[some] - squares[some] / total[some]).sum())
    return max((surplus - units) / information, 0.0) if information > 0 else 0.0
