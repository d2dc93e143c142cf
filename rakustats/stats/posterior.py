"""Posteriors of rates, each on a grid of logits of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit, logit

from rakustats.stats.arrays import Floats


@dataclass(frozen=True)
class Posterior:
    """Probability of each rate on evenly spaced logits; one row per rate.

    ``at`` holds the logits (rates x points, ascending) and ``mass`` their probabilities, which add
    up to 1 in each row.
    """

    at: Floats
    mass: Floats

    @classmethod
    def of(cls, at: Floats, log_mass: Floats) -> Posterior:
        """Return the posterior with masses known but for a factor of each row."""
        mass = np.exp(log_mass - log_mass.max(axis=1, keepdims=True))
        return cls(at, mass / mass.sum(axis=1, keepdims=True))

    @property
    def mean(self) -> Floats:
        """Mean of each rate."""
        mean: Floats = np.einsum("ij,ij->i", self.mass, expit(self.at))
        return mean

    @cached_property
    def _below(self) -> Floats:
        """Probability below the end of each point's cell; row i lies within [2 i, 2 i + 1]."""
        below = np.zeros((len(self.mass), self.mass.shape[1] + 1))
        np.cumsum(self.mass, axis=1, out=below[:, 1:])
        below += 2.0 * np.arange(len(below))[:, None]
        return below

    @property
    def _cells(self) -> tuple[Floats, Floats]:
        """Where the first cell of each row begins, and how wide the row's cells are."""
        step = self.at[:, 1] - self.at[:, 0]
        return self.at[:, 0] - step / 2, step

    def quantiles(self, levels: Sequence[float] | Floats) -> Floats:
        """Return quantiles of each rate (rates x levels)."""
        rows, below = np.arange(len(self.mass))[:, None], self._below
        wanted = np.asarray(levels) + 2.0 * rows
        # one search for all rows
        place = np.searchsorted(below.ravel(), wanted.ravel()).reshape(wanted.shape)
        cell = np.clip(place - 1 - rows * below.shape[1], 0, self.mass.shape[1] - 1)
        part = (wanted - below[rows, cell]) / np.maximum(self.mass[rows, cell], 1e-300)
        first, step = self._cells
        rates: Floats = expit(first[:, None] + (cell + np.clip(part, 0, 1)) * step[:, None])
        return rates

    def above(self, rate: float) -> Floats:
        """Return the probability that each rate lies above a given one."""
        rows, points = np.arange(len(self.mass)), self.mass.shape[1]
        first, step = self._cells
        place = np.clip((logit(rate) - first) / step, 0, points)
        cell = np.minimum(place.astype(int), points - 1)
        below = self._below[rows, cell] - 2.0 * rows
        above: Floats = 1 - below - (place - cell) * self.mass[rows, cell]
        return np.clip(above, 0.0, 1.0)

    def mirrored(self) -> Posterior:
        """Return the posterior of 1 minus each rate."""
        return Posterior(-self.at[:, ::-1], self.mass[:, ::-1])

    def shifted(self, by: Floats) -> Posterior:
        """Return the posterior with every logit of a row moved."""
        if not by.any():
            return self
        return Posterior(self.at + by[:, None], self.mass)

    def widened(self, sd: Floats) -> Posterior:
        """Return the posterior of each logit plus an error of its own around 0.

        Stretched around the mean, which is exact where the posterior is normal; rows without an
        error stay as they are.
        """
        if not sd.any():
            return self
        mean = np.einsum("ij,ij->i", self.mass, self.at)
        variance = np.einsum("ij,ij->i", self.mass, (self.at - mean[:, None]) ** 2)
        by = np.sqrt(1 + sd**2 / np.maximum(variance, 1e-12))
        at = mean[:, None] + (self.at - mean[:, None]) * by[:, None]
        return Posterior(np.where(sd[:, None] > 0, at, self.at), self.mass)


def binomial_kernel(events: Floats, n: Floats, at: Floats, shift: Floats | None = None) -> Floats:
    """Return the log likelihood of events of n at logits (rates x points, or points for all)."""
    if shift is not None and shift.any():
        at = at + shift[:, None]
    kernel: Floats = events[:, None] * at
    kernel -= n[:, None] * np.logaddexp(0, at)
    return kernel
