"""Newton's method for a handful of parameters, with steps that always descend."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rakustats.stats.arrays import Floats

Objective = Callable[[Floats], tuple[float, Floats, Floats]]
MOST_STEPS, LONGEST = 100, 2.0
# the error after a step is some square of the step
CLOSE = 1e-5
# a shorter step than this part of Newton's finds only rounding errors
SHORTEST, ROUNDING = 1e-5, 1e-12


def minimise(objective: Objective, start: Floats) -> Floats:
    """Return the minimiser of a smooth function.

    ``objective`` returns value, gradient and the matrix of second derivatives. Where it bends down,
    the step is turned downhill; a step that does not lead down is halved.
    """
    at, (here, gradient, hessian) = start, objective(start)
    for _ in range(MOST_STEPS):
        step, size = _downhill(gradient, hessian), 1.0
        there, gradient, hessian = objective(at + step)
        while there > here + ROUNDING * abs(here) and size > SHORTEST:
            size /= 2
            there, gradient, hessian = objective(at + size * step)
        at, here = at + size * step, there
        if size * np.abs(step).max() < CLOSE:
            break
    return at


def _downhill(gradient: Floats, hessian: Floats) -> Floats:
    sizes, axes = np.linalg.eigh(hessian)
    steepness = np.maximum(np.abs(sizes), 1e-12 * np.abs(sizes).max())
    step: Floats = -axes @ ((axes.T @ gradient) / steepness)
    return step * min(1.0, LONGEST / max(float(np.abs(step).max()), 1e-300))
