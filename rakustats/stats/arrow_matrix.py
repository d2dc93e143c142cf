r"""Hessian of a model with a few common effects and one of its own for each of many sellers.

The matrix of second derivatives is an arrowhead: dense among the common effects, diagonal among
the sellers. Eliminating the sellers leaves a small dense matrix (Schur complement) from which
all variances follow in O(cells + sellers q²).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from rakustats.stats.arrays import Floats


@dataclass(frozen=True)
class Arrowhead:
    """A symmetric positive matrix [[dense, corner'], [corner, diag(own)]].

    Attributes
    ----------
    dense : ndarray of float, shape (q, q)
    corner : ndarray of float, shape (sellers, q)
    own : ndarray of float, shape (sellers,)
    """

    dense: Floats
    corner: Floats
    own: Floats

    @cached_property
    def _factor(self) -> tuple[Floats, bool]:
        left = self.corner / self.own[:, None]
        factor, lower = cho_factor(self.dense - self.corner.T @ left)
        return np.asarray(factor), bool(lower)

    @cached_property
    def covariance(self) -> Floats:
        """Covariance of the common effects."""
        return np.asarray(cho_solve(self._factor, np.eye(len(self.dense))))

    def solved(self, gradient: Floats) -> Floats:
        """Return the common effects' part of the solution, sellers' right sides being 0."""
        return np.asarray(cho_solve(self._factor, gradient))

    @property
    def followed(self) -> Floats:
        """How each seller's effect moves with the common ones (sellers x q)."""
        return -self.corner / self.own[:, None]

    def variances(self, shown: Floats) -> Floats:
        """Return the variances of sums of common effects, one row of weights for each sum."""
        return np.asarray(np.einsum("ij,ij->i", shown @ self.covariance, shown))
