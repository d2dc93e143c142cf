"""Cumulative sums (CUSUM): what an outcome adds, the first alarm, and since when it was so."""

from __future__ import annotations

import numpy as np

from rakustats.stats.arrays import Floats, Ints


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
