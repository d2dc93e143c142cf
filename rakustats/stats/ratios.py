"""Intervals of ratios of sums over clusters, such as the cost of a piece over orders."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from rakustats.stats.arrays import Floats


def ratio_interval(
    ratio: Floats, sd: Floats, clusters: Floats, level: float
) -> tuple[Floats, Floats]:
    r"""Return the two-sided interval of ratios that are positive.

    :math:`R \exp(\pm t\, sd / R)`, t the quantile of Student's distribution with one degree of
    freedom fewer than there are clusters in effect.

    Parameters
    ----------
    ratio, sd : ndarray of float, shape (n,)
        Ratios, and their standard deviations by the jackknife over clusters.
    clusters : ndarray of float, shape (n,)
        The effective number, 1 / Σ h² with h each cluster's share of the denominator.
    level : float
        Of the interval, such as 0.9.

    Returns
    -------
    tuple of ndarray of float, shape (n,)
        Lower and upper bound; NaN where the ratio is not positive or nothing tells its spread.

    Examples
    --------
    >>> made = ratio_interval(*(np.array([x]) for x in (100.0, 10.0, 5.0)), 0.9)
    >>> [float(bound.round(1)[0]) for bound in made]
    [80.8, 123.8]
    """
    t = stdtrit(np.maximum(clusters - 1, 1.0), 0.5 + level / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = np.where(ratio > 0, t * sd / ratio, np.nan)
    return ratio * np.exp(-reach), ratio * np.exp(reach)
