"""Confidence intervals of shares that were read from a curve with censored units."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, ndtri  # scipy.stats would cost every command a second

from rakustats.stats.arrays import Floats

# Below either of these the logarithm of a logarithm is far from normal.
ENOUGH_UNITS = 20
ENOUGH_EVENTS = 3


def effective_n(share: Floats, sd: Floats, known: Floats) -> Floats:
    r"""Return the effective sample size: how many uncensored units would give the same sd.

    :math:`p (1 - p) / sd^2`; where nothing or everything happened, the units whose outcome is
    known, which are also the most it can be but for the open ones' own part.

    Parameters
    ----------
    share, sd, known : ndarray of float, shape (n,)
        Shares with their standard deviations, and the units whose outcome is known.

    Examples
    --------
    >>> effective_n(np.array([0.5, 0.0]), np.array([0.1, 0.0]), np.array([30.0, 7.0]))
    array([25.,  7.])
    """
    informative = sd > 1e-9
    return np.where(informative, share * (1 - share) / np.where(informative, sd, 1.0) ** 2, known)


def share_interval(
    share: Floats, sd: Floats, n: Floats, known: Floats, level: float
) -> tuple[Floats, Floats]:
    r"""Return the two-sided interval of shares that did not end by a time.

    From 20 units of which 3 (in effect) lie on either side, complementary log-log:
    :math:`p^{\exp(\pm z\, sd / (p \ln p))}`. Below, the interval of Clopper and Pearson with the
    effective number of units :math:`m = p (1 - p) / sd^2 \le n` in the place of n (Korn and
    Graubard 1998): the quantiles of Beta(m p, m (1 - p) + 1) and Beta(m p + 1, m (1 - p)).

    Parameters
    ----------
    share, sd : ndarray of float, shape (n,)
        Shares with their standard deviations (0 where nothing or everything happened).
    n, known : ndarray of float, shape (n,)
        Units in all, and those whose outcome is known.
    level : float
        Of the interval, such as 0.9.

    Returns
    -------
    tuple of ndarray of float, shape (n,)
        Lower and upper bound; NaN where the share is.

    Examples
    --------
    >>> few = share_interval(*(np.array([v]) for v in (0.0, 0.0, 3.0, 3.0)), 0.9)
    >>> [float(bound.round(4)[0]) for bound in few]
    [0.0, 0.6316]
    """
    tail = (1 - level) / 2
    size = np.minimum(effective_n(share, sd, known), n)
    yes, no = size * share, size * (1 - share)
    lo, hi = _exact(yes, no, tail)
    many = (n >= ENOUGH_UNITS) & (np.minimum(yes, no) >= ENOUGH_EVENTS - 1e-9)
    p = np.where(many, share, 0.5)
    reach = ndtri(1 - tail) * np.where(many, sd, 0.0) / (p * np.log(p))
    return np.where(many, p ** np.exp(-reach), lo), np.where(many, p ** np.exp(reach), hi)


def _exact(yes: Floats, no: Floats, tail: float) -> tuple[Floats, Floats]:
    """Clopper and Pearson's bounds, which are 0 and 1 where one side is empty."""
    none, all_ = yes < 1e-9, no < 1e-9
    lo = np.where(none, 0.0, betaincinv(np.where(none, 1.0, yes), no + 1, tail))
    hi = np.where(all_, 1.0, betaincinv(yes + 1, np.where(all_, 1.0, no), 1 - tail))
    unknown = np.isnan(yes)
    return np.where(unknown, np.nan, lo), np.where(unknown, np.nan, hi)
