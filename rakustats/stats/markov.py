"""Run lengths of a cumulative sum until an alarm, from a Markov chain."""

from __future__ import annotations

import numpy as np

from rakustats.stats.arrays import Floats
from rakustats.stats.cusum import increments

STATES = 300


def transitions(
    limit: float, expected: Floats, shares: Floats, odds_ratio: float, true_ratio: float = 1.0
) -> Floats:
    """Return the transition probabilities between levels of the sum below the limit.

    Parameters
    ----------
    limit : float
        The sum at which there is an alarm, above 0.
    expected, shares : arrays of float, shape (risks,)
        The expected probabilities that units have, and the share of units with each.
    odds_ratio : float
        The worsening to detect.
    true_ratio : float
        The worsening that there is; 1 for none.

    Returns
    -------
    array of float, shape (300, 300)
        What a row lacks to 1 is the chance of an alarm. A jump between two levels is shared
        between both so that its mean is kept: rounding would shift it.

    References
    ----------
    Brook and Evans (1972), Biometrika 59, 539-549.
    """
    if limit <= 0:
        raise ValueError("The limit of a cumulative sum must be above 0.")
    levels = np.arange(STATES) * (limit / STATES)
    odds = true_ratio * expected / (1 - expected)
    bad = odds / (1 + odds)
    chain = np.zeros((STATES, STATES + 1))
    for event, chances in ((1.0, bad), (0.0, 1 - bad)):
        jumps = increments(np.full(expected.size, event), expected, odds_ratio)
        for jump, chance in zip(jumps, shares * chances, strict=True):
            _spread(chain, levels + jump, float(chance), limit)
    return chain[:, :STATES]


def _spread(chain: Floats, reached: Floats, chance: float, limit: float) -> None:
    place = np.clip(reached / (limit / STATES), 0, STATES)
    lower = np.minimum(place.astype(np.int64), STATES - 1)
    part = place - lower
    rows = np.arange(STATES)
    chain[rows, lower] += chance * (1 - part)
    chain[rows, lower + 1] += chance * part


def run_length(chain: Floats) -> float:
    """Return the expected number of units until the alarm, from a sum of zero."""
    return float(np.linalg.solve(np.eye(len(chain)) - chain, np.ones(len(chain)))[0])
