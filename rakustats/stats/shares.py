"""Confidence intervals of shares that were read from a curve with censored units."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv  # scipy.stats would cost every command a second

from rakustats.stats.arrays import Floats

# The part of what was found that the tails leave out: nothing as Clopper and Pearson do, which
# covers too often, half of it as Jeffreys' interval, which covers small groups too rarely.
LEFT_OUT = 0.4


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
    # a share of all, and its sd, are sums that may miss 1 and 0 by the last digit
    variance = share * (1 - share)
    informative = (sd > 1e-9) & ~(variance < 1e-12)
    return np.where(informative, variance / np.where(informative, sd, 1.0) ** 2, known)


def share_interval(
    share: Floats, sd: Floats, n: Floats, known: Floats, level: float
) -> tuple[Floats, Floats]:
    r"""Return the two-sided interval of shares that did not end by a time.

    With the effective number of units :math:`m = p (1 - p) / sd^2 \le n` in the place of n, as Korn
    and Graubard (1998) do, and x = m p: quantiles of Beta(x + 0.4, m - x + 0.6) and
    Beta(x + 0.6, m - x + 0.4), between the intervals of Clopper and Pearson and of Jeffreys.

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
    [0.0, 0.4886]
    """
    tail = (1 - level) / 2
    size = np.minimum(effective_n(share, sd, known), n)
    yes, no = np.maximum(size * share, 0), np.maximum(size * (1 - share), 0)
    lo = np.where(yes < 1e-9, 0.0, betaincinv(yes + LEFT_OUT, no + 1 - LEFT_OUT, tail))
    hi = np.where(no < 1e-9, 1.0, betaincinv(yes + 1 - LEFT_OUT, no + LEFT_OUT, 1 - tail))
    unknown = np.isnan(yes)
    return np.where(unknown, np.nan, lo), np.where(unknown, np.nan, hi)
