"""Risk-adjusted cumulative sums (CUSUM) of outcomes, many groups at once."""

from __future__ import annotations

import numpy as np

from rakustats.stats.arrays import Floats, Ints

# A group longer than this goes alone. The choice rests on the group itself and not on its
# neighbours, so that the same group gives the same bits whoever stands beside it.
LONG = 1000


def increments(events: Floats, expected: Floats, odds_ratio: float) -> Floats:
    r"""Return what each outcome adds: the log-likelihood ratio of raised odds.

    Parameters
    ----------
    events : array of float
        1 where the bad outcome came, else 0.
    expected : array of float
        Probability of the bad outcome as long as nothing has changed, in (0, 1).
    odds_ratio : float
        The worsening to detect, above 1.

    Returns
    -------
    array of float
        :math:`W = y \log R - \log(1 - p + R p)`.

    Raises
    ------
    ValueError
        The odds ratio is not above 1, or a probability not inside (0, 1).

    References
    ----------
    Steiner, Cook, Farewell and Treasure (2000), Biostatistics 1, 441-452.

    Examples
    --------
    >>> import numpy as np
    >>> increments(np.array([0.0, 1.0]), np.array([0.1, 0.1]), 2.0).round(4)
    array([-0.0953,  0.5978])
    """
    if odds_ratio <= 1:
        raise ValueError("The odds ratio to detect must be above 1.")
    if not np.all((expected > 0) & (expected < 1)):
        raise ValueError("Expected probabilities must lie between 0 and 1.")
    added: Floats = events * np.log(odds_ratio) - np.log1p((odds_ratio - 1) * expected)
    return added


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


def first_alarms(path: Floats, lengths: Ints, limits: Floats) -> Ints:
    """Return the position in each group at which its sum first reached the limit, else -1.

    Examples
    --------
    >>> import numpy as np
    >>> first_alarms(np.array([1.0, 2.0, 0.5]), np.array([2, 1]), np.array([2.0, 2.0]))
    array([ 1, -1])
    """
    group = np.repeat(np.arange(lengths.size), lengths)
    over = np.flatnonzero(path >= limits[group])
    first = np.full(lengths.size, -1, dtype=np.int64)
    who, where = np.unique(group[over], return_index=True)
    first[who] = over[where] - (np.cumsum(lengths) - lengths)[who]
    return first


def change_points(path: Floats, lengths: Ints, alarms: Ints) -> Ints:
    """Return the position of the first unit after the sum last stood at zero before the alarm.

    That is where the worsening is dated to; -1 where there is no alarm.

    Examples
    --------
    >>> import numpy as np
    >>> change_points(np.array([1.0, 0.0, 1.0, 2.0]), np.array([4]), np.array([3]))
    array([2])
    """
    starts = np.cumsum(lengths) - lengths
    since = np.full(lengths.size, -1, dtype=np.int64)
    for group in np.flatnonzero(alarms >= 0):
        until = path[starts[group] : starts[group] + alarms[group] + 1]
        zeros = np.flatnonzero(until == 0.0)
        since[group] = zeros[-1] + 1 if zeros.size else 0
    return since
