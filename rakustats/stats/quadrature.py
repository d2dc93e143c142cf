"""Each seller's own effect, integrated by adaptive Gauss-Hermite quadrature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from rakustats.stats.arrays import Floats
from rakustats.stats.cells import Cells

_AT, _WEIGHT = np.polynomial.hermite_e.hermegauss(9)
AT: Floats = _AT
# weights for the integral of a function itself, not of one times the normal density
LOG_WEIGHT: Floats = np.log(_WEIGHT) + AT**2 / 2


@dataclass(frozen=True)
class Expected:
    """Expectations over the sellers' effects, given the effects of the levels.

    Attributes
    ----------
    mean, sd : arrays of float, shape (sellers,)
        Of each seller's effect.
    surplus : array of float, shape (cells,)
        Events less those expected.
    weight : array of float, shape (cells,)
        Expected variance of the events of a cell, n p (1 - p).
    """

    mean: Floats
    sd: Floats
    surplus: Floats
    weight: Floats


def expected(cells: Cells, fixed: Floats, mean: Floats, sd: Floats, spread: Floats) -> Expected:
    """Return what is expected, sellers' effects being normal around 0 with the sd of ``spread``.

    ``fixed`` is each cell's log odds without its seller; ``mean`` and ``sd`` say about where each
    seller's effect lies, and the closer they do the more exact is the integral.
    """
    new_mean, new_sd = np.empty_like(mean), np.empty_like(sd)
    surplus, weight = np.empty(len(cells.n)), np.empty(len(cells.n))
    for sellers, rows in cells.blocks():
        nodes = mean[sellers, None] + sd[sellers, None] * AT
        own = cells.seller[rows] - sellers.start
        n, events = cells.n[rows, None], cells.events[rows, None]
        at = fixed[rows, None] + nodes[own]
        p = expit(at)
        logs = events * at - n * _log_one_plus_exp(at, p)
        likely = np.add.reduceat(logs, cells.starts[sellers] - rows.start, axis=0)
        likely += LOG_WEIGHT - 0.5 * (nodes / spread[sellers, None]) ** 2
        most = likely.max(axis=1, keepdims=True)
        mass = np.exp(likely - most)
        size = mass.sum(axis=1, keepdims=True)
        mass /= size
        new_mean[sellers] = (mass * nodes).sum(axis=1)
        new_sd[sellers] = np.sqrt((mass * (nodes - new_mean[sellers, None]) ** 2).sum(axis=1))
        share = mass[own]
        surplus[rows] = cells.events[rows] - cells.n[rows] * np.einsum("ij,ij->i", share, p)
        weight[rows] = cells.n[rows] * np.einsum("ij,ij,ij->i", share, p, 1 - p)
    return Expected(new_mean, new_sd, surplus, weight)


def _log_one_plus_exp(at: Floats, p: Floats) -> Floats:
    """Return log(1 + exp(at)), p being its derivative, with one logarithm more."""
    return np.maximum(at, 0.0) - np.log(np.maximum(p, 1 - p))
