r"""The odds ratio of a group against what is expected of its units.

From sums over the units (Mantel and Haenszel 1959, J. Natl. Cancer Inst. 22, 719-748):

    R = (a + Σ y (1 - p)) / (a + Σ (1 - y) p),   a = 1 / variance of log R
"""

from __future__ import annotations

from rakustats.stats.arrays import Floats


def own_odds(worse: Floats, better: Floats, strength: float) -> Floats:
    """Return the odds ratio of a group, given Σ y (1 - p) and Σ (1 - y) p over its units.

    Examples
    --------
    >>> import numpy as np
    >>> own_odds(np.array([6.0]), np.array([2.0]), 2.0).tolist()
    [2.0]
    """
    ratio: Floats = (strength + worse) / (strength + better)
    return ratio
