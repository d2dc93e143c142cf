"""The chart that is told each group's level: D2 is about it, and D7 is measured against it.

The watch of the package learns the level (:mod:`rakustats.stats.evidence`); nobody in practice is
told it.
"""

from __future__ import annotations

import numpy as np

from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.markov import transitions

# A group longer than this goes alone. The choice rests on the group itself and not on its
# neighbours, so that the same group gives the same bits whoever stands beside it.
LONG = 1000


def cusum(added: Floats, lengths: Ints) -> Floats:
    r"""Return the cumulative sums of groups that stand one after another.

    Parameters
    ----------
    added : array of float, shape (units,)
        Increments, each group's in the order of time.
    lengths : array of int, shape (groups,)
        Units of each group.

    Returns
    -------
    array of float, shape (units,)
        :math:`S_t = \max(0, S_{t-1} + W_t)`, from 0 in each group.

    Raises
    ------
    ValueError
        The lengths do not add up to the units.

    Examples
    --------
    >>> import numpy as np
    >>> cusum(np.array([1.0, -2.0, 1.0, 1.0]), np.array([3, 1]))
    array([1., 0., 1., 1.])
    """
    if lengths.sum() != added.size:
        raise ValueError("The lengths of the groups do not add up to the units.")
    starts = np.cumsum(lengths) - lengths
    path = np.empty(added.size)
    _together(added, path, starts, lengths)
    for start, length in zip(starts[lengths > LONG], lengths[lengths > LONG], strict=True):
        path[start : start + length] = _alone(added[start : start + length])
    return path


def _together(added: Floats, path: Floats, starts: Ints, lengths: Ints) -> None:
    short = np.flatnonzero(lengths <= LONG)
    short = short[np.argsort(-lengths[short], kind="stable")]
    begins, ends = starts[short], lengths[short]
    level = np.zeros(short.size)
    for step in range(int(ends[0]) if ends.size else 0):
        running = int(np.searchsorted(-ends, -step, side="left"))
        here = begins[:running] + step
        level = np.maximum(level[:running] + added[here], 0.0)
        path[here] = level


def _alone(added: Floats) -> Floats:
    total = np.cumsum(added)
    lowest = np.minimum.accumulate(np.minimum(total, 0.0))
    level: Floats = total - lowest
    return level


def alarm_probability(chain: Floats, horizon: int) -> float:
    """Return the probability of an alarm within so many units, from a sum of zero."""
    return float(1 - np.linalg.matrix_power(chain, horizon)[0].sum())


def limit_for(
    false_alarms: float, horizon: int, expected: Floats, shares: Floats, odds_ratio: float
) -> float:
    """Return the limit with the chosen probability of a false alarm within a horizon.

    Raises
    ------
    ValueError
        The probability does not lie between 0 and 1, or the horizon is below 1.
    """
    if not 0 < false_alarms < 1 or horizon < 1:
        raise ValueError("A false-alarm probability in (0, 1) and a horizon from 1 are needed.")
    low, high = 0.05, 20.0
    for _ in range(16):
        middle = (low + high) / 2
        chain = transitions(middle, expected, shares, odds_ratio)
        quiet = alarm_probability(chain, horizon) <= false_alarms
        low, high = (low, middle) if quiet else (middle, high)
    return high
