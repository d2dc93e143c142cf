"""Weights of the parts of a mixture, by EM: a prior that follows the many and the few far out.

M. Stephens (2017), "False discovery rates: a new deal", Biostatistics 18, 275-294.
"""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from rakustats.stats.arrays import Floats


def mixture_weights(of_part: Floats, guess: Floats, worth: float, rounds: int) -> Floats:
    """Return the weights of the parts.

    Parameters
    ----------
    of_part : ndarray of float, shape (rows, parts)
        Log-likelihood of each row if it is of the part.
    guess : ndarray of float, shape (parts,)
        First guess, which counts like ``worth`` rows.
    worth : float
    rounds : int
        Rounds of EM.

    Examples
    --------
    >>> far = np.log(np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9]]))
    >>> mixture_weights(far, np.array([0.5, 0.5]), 1.0, 20).round(2).tolist()
    [0.61, 0.39]
    """
    weights = guess
    for _ in range(rounds):
        weights = softmax(np.log(weights) + of_part, axis=1).sum(axis=0) + worth * guess
        weights = weights / weights.sum()
    return weights
