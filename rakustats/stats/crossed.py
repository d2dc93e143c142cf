r"""Crossed effects: sellers adjusted for their partners and the season, and the reverse.

For a unit of seller s with partner k in the circumstances x

    logit P(event) = a + b_k + x'c + w_s,    w_s = h_s'g + u_s

with h_s the seller's habits (:mod:`rakustats.stats.mundlak`) and b, c, g, u normal around 0, each
kind with a variance of its own, estimated from the data. The uncertainty about a seller's habits is
part of the variance of w_s, so that few units give wide intervals. Each seller's effect is
integrated by adaptive quadrature, the common effects by Laplace's approximation; the variances are
found by Fisher scoring. The partners are few, and so their variance is hardly known: what it could
be is part of theirs (Kass and Steffey 1989, J. Amer. Statist. Assoc. 84, 717-726).

A unit of several sellers stands in the cells of each with a share of it: a composite likelihood
(Varin, Reid and Firth 2011, Statistica Sinica 21, 5-42) that counts every unit once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import expit, logit

from rakustats.stats.arrays import Floats
from rakustats.stats.arrow_matrix import Arrowhead
from rakustats.stats.cells import Cells
from rakustats.stats.mundlak import Habits
from rakustats.stats.quadrature import Expected, expected
from rakustats.stats.variances import START, Variance

MOST_STEPS, CLOSE = 100, 1e-3
# precision of the level, which is as good as free
FREE = 1e-4
FIRST_STEPS = 4
LONGEST = 2.0


@dataclass(frozen=True)
class Effect:
    """Log odds of entities against their plain mean, with standard deviations."""

    mean: Floats
    sd: Floats


@dataclass(frozen=True)
class Crossed:
    """A fitted model.

    Attributes
    ----------
    sellers, partners : Effect
        Of the sellers (the part of their habits included), and of the levels of the first factor.
    base : ndarray of float, shape (cells,)
        Log odds of each cell with a mean seller.
    spread : float
        Standard deviation of the sellers' effects where their habits are known.
    spreads : ndarray of float
        The same of each factor's effects, then of the habits' if there are any.
    directions : int
        Along how many directions habits differ.
    effects : ndarray of float, shape (1 + columns,)
        The level, then the effect of every level of every factor.
    covariance : ndarray of float, shape (1 + columns, 1 + columns)
        Of these.
    """

    cells: Cells
    sellers: Effect
    partners: Effect
    base: Floats
    spread: float
    spreads: Floats
    directions: int
    effects: Floats
    covariance: Floats


def crossed(cells: Cells, *, habits: bool = True) -> Crossed:
    """Return the effects of sellers and of the levels of the first factor.

    Parameters
    ----------
    cells : Cells
        The first factor is the partner (the carrier), the others are circumstances.
    habits : bool
        Whether each seller's habits (Mundlak terms) are in the model; without them sorting is
        attributed to the partners.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> seller, carrier = rng.integers(0, 200, 9000), rng.integers(0, 4, 9000)
    >>> late = rng.random(9000) < np.where(carrier == 0, 0.4, 0.1)
    >>> found = crossed(Cells.of(seller, [carrier], late, np.ones(9000)))
    >>> int(found.partners.mean.argmax())
    0
    """
    return Fit(cells, habits).run()


class Fit:
    """The effects so far: column 0 is the level, then come the factors, then the habits."""

    def __init__(self, cells: Cells, habits: bool) -> None:
        self.cells = cells
        partners = cells.by_seller_and_level(cells.whole)[:, : cells.sizes[0]]
        self.habits = Habits.of(partners) if habits else Habits.none(cells.sellers)
        self.plain = 1 + cells.columns
        ends = 1 + np.cumsum([0, *cells.sizes, self.habits.expected.shape[1]])
        self.kinds = [slice(a, b) for a, b in pairwise(ends) if b > a]
        self.effects = np.zeros(ends[-1])
        self.effects[0] = logit((cells.events.sum() + 0.5) / (cells.n.sum() + 1))
        self.spread, self.spreads = Variance(), [Variance() for _ in self.kinds]
        self.mean, self.sd = np.zeros(cells.sellers), np.full(cells.sellers, START)

    def run(self) -> Crossed:
        """Return the model once its variances have settled."""
        self.find_modes(FIRST_STEPS)
        for _ in range(MOST_STEPS):
            seen = self._seen()
            arrow = self._arrowhead(seen)
            step = np.clip(arrow.solved(self._slope(seen)), -LONGEST, LONGEST)
            self.mean, self.sd = seen.mean + arrow.followed @ step, seen.sd
            self.effects += step
            if max(self._update_variances(arrow), float(np.abs(step).max())) < CLOSE:
                break
        return self._found()

    @property
    def _precision(self) -> Floats:
        each = zip(self.kinds, self.spreads, strict=True)
        parts = [np.full(kind.stop - kind.start, 1 / spread.value) for kind, spread in each]
        return np.concatenate([[FREE], *parts])

    @property
    def _base(self) -> Floats:
        return np.asarray(self.effects[0] + self.cells.predicted(self.effects[1 : self.plain]))

    @property
    def _of_habits(self) -> Floats:
        return np.asarray(self.habits.expected @ self.effects[self.plain :])

    @property
    def _own_variance(self) -> Floats:
        return self.spread.value + self.habits.unknown(self.effects[self.plain :])

    def _seen(self) -> Expected:
        fixed = self._base + self._of_habits[self.cells.seller]
        return expected(self.cells, fixed, self.mean, self.sd, np.sqrt(self._own_variance))

    def _slope(self, seen: Expected) -> Floats:
        own = self.cells.by_seller(seen.surplus)
        of_levels, of_habits = self.cells.by_level(seen.surplus), own @ self.habits.expected
        gradient = np.concatenate([[own.sum()], of_levels, of_habits])
        return np.asarray(gradient - self._precision * self.effects)

    def _arrowhead(self, seen: Expected) -> Arrowhead:
        habits, plain = self.habits.expected, self.plain
        own = self.cells.by_seller(seen.weight)
        levels = self.cells.by_seller_and_level(seen.weight)
        corner = np.hstack([own[:, None], levels, own[:, None] * habits])
        dense = np.empty((len(self.effects), len(self.effects)))
        dense[0, 0] = own.sum()
        dense[0, 1:plain] = dense[1:plain, 0] = levels.sum(axis=0)
        dense[1:plain, 1:plain] = self.cells.by_two_levels(seen.weight)
        dense[:plain, plain:] = corner[:, :plain].T @ habits
        dense[plain:, :plain] = dense[:plain, plain:].T
        dense[plain:, plain:] = habits.T @ (own[:, None] * habits)
        dense[np.diag_indices_from(dense)] += self._precision
        return Arrowhead(dense, corner, own + 1 / self._own_variance)

    def find_modes(self, steps: int) -> None:
        """Move all effects towards their joint mode, the variances given.

        The rule of integration is then laid around them. Many steps make it Laplace's approximation
        for the sellers too.
        """
        cells = self.cells
        for _ in range(steps):
            p = expit(self._base + (self._of_habits + self.mean)[cells.seller])
            surplus, weight = cells.events - cells.n * p, cells.n * p * (1 - p)
            seen = Expected(self.mean, self.sd, surplus, weight)
            arrow = self._arrowhead(seen)
            own = cells.by_seller(surplus) - self.mean / self._own_variance
            step = arrow.solved(self._slope(seen) - arrow.corner.T @ (own / arrow.own))
            moved = own / arrow.own + arrow.followed @ step
            self.effects += np.clip(step, -LONGEST, LONGEST)
            self.mean += np.clip(moved, -LONGEST, LONGEST)
            self.sd = 1 / np.sqrt(arrow.own)

    def _update_variances(self, arrow: Arrowhead) -> float:
        """Take a scoring step of the variances; return the longest."""
        own = self._own_variance
        drawn = (self.sd**2 + arrow.variances(arrow.followed)) / own
        share = self.spread.value / own
        surplus = float(share @ (self.mean**2 / own + drawn - 1))
        information = float((share * (1 - drawn.clip(max=1)) ** 2) @ share)
        moves = [self.spread.move(surplus, information)]
        for kind, spread in zip(self.kinds, self.spreads, strict=True):
            still = arrow.covariance[kind, kind] / spread.value
            square = (self.effects[kind] ** 2).sum() / spread.value + np.trace(still)
            information = float(((np.eye(len(still)) - still) ** 2).sum())
            moves.append(spread.move(float(square - len(still)), information))
        return max(moves)

    def _found(self) -> Crossed:
        seen = self._seen()
        arrow = self._arrowhead(seen)
        shown = arrow.followed
        shown[:, self.plain :] += self.habits.expected
        total = seen.mean + self._of_habits
        own = arrow.variances(shown - shown.mean(axis=0))
        partner = self.kinds[0]
        effects = self.effects[partner]
        contrast = np.eye(len(effects)) - 1 / len(effects)
        covariance, spread = arrow.covariance[partner, partner], self.spreads[0]
        # how the effects follow the logarithm of their variance (Kass and Steffey 1989)
        follow = contrast @ covariance @ effects / spread.value
        theirs = np.diag(contrast @ covariance @ contrast) + follow**2 * spread.unsure
        return Crossed(
            self.cells,
            Effect(total - total.mean(), np.sqrt(seen.sd**2 + own)),
            Effect(effects - effects.mean(), np.sqrt(theirs)),
            self._base + total.mean(),
            float(np.sqrt(self.spread.value)),
            np.sqrt([spread.value for spread in self.spreads]),
            self.habits.expected.shape[1],
            self.effects[: self.plain],
            arrow.covariance[: self.plain, : self.plain],
        )
