"""Normal variables of which an interval is known: their moments, given that they lie inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from rakustats.stats.arrays import Floats, Ints

_LOG_ROOT = 0.5 * np.log(2 * np.pi)
# intervals whose logarithm of probability is lower count as that unlikely
LEAST = -700.0
MOST_UNSURE = 0.999


@dataclass(frozen=True)
class Inside:
    """Of each unit: mean and variance of its standard normal value, and its mean square."""

    mean: Floats
    variance: Floats
    square: Floats


def inside(a: Floats, b: Floats, first: Ints) -> Inside:
    """Return the moments of a standard normal value that lies between ``a`` and ``b``.

    A unit whose interval is not known for certain has several rows, equally likely beforehand, one
    after another from ``first`` on.

    Examples
    --------
    >>> found = inside(np.array([0.0, -np.inf]), np.array([np.inf, np.inf]), np.arange(2))
    >>> found.mean.round(3).tolist(), found.square.round(3).tolist()
    ([0.798, 0.0], [1.0, 1.0])
    """
    # by symmetry nearer to the end that is further in, where differences keep their digits
    flip = a > -b
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    whole, less = log_ndtr(high), log_ndtr(low)
    size = np.maximum(whole + np.log1p(-np.exp(np.minimum(less - whole, -1e-16))), LEAST)
    left, right = _density(low, size), _density(high, size)
    with np.errstate(invalid="ignore"):
        mean = np.clip(left - right, low, high)
        ends = np.where(np.isfinite(low), low * left, 0.0)
        ends -= np.where(np.isfinite(high), high * right, 0.0)
    square = np.maximum(1.0 + ends, mean**2)
    mean = np.where(flip, -mean, mean)
    most = np.maximum.reduceat(size, first)
    rows = np.diff(np.append(first, len(a)))
    weight = np.exp(size - np.repeat(most, rows))
    total = np.add.reduceat(weight, first)
    mean = np.add.reduceat(weight * mean, first) / total
    square = np.add.reduceat(weight * square, first) / total
    return Inside(mean, np.clip(square - mean**2, 0.0, MOST_UNSURE), square)


def _density(at: Floats, size: Floats) -> Floats:
    """Return the density at a point, over the probability of the interval."""
    return np.where(np.isfinite(at), np.exp(-0.5 * at**2 - _LOG_ROOT - size), 0.0)
