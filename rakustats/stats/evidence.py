r"""Evidence for a change against none, where the level before it is known from data only.

With the likelihood of a group's own log odds u on a grid, the evidence of the days since tau is

    S = log ∫ L(days since tau | u + log R) pi(u) du - log ∫ L(days since tau | u) pi(u) du,

pi the posterior of u given all days before tau. As soon as S is not above zero, the days since tau
count as unchanged: tau moves on and pi with it. It is a cumulative sum whose level is learnt for as
long as nothing speaks for a change, and not a day longer. Averaged over what u may be, exp S has
the mean 1 without a change: a level that is hardly known costs power, not false alarms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln

from rakustats.stats.arrays import Bools, Floats, Ints
from rakustats.stats.mixtures import mixture_weights

# steps of the grid of levels between a level and the one it is changed to, and on either side of 0
STEPS, SIDE = 7, 32
# standard deviations of the parts of the prior; the first guess weighs as much as so many groups
SPREADS = (0.15, 0.3, 0.6, 1.2, 2.4)
GUESS: Floats = np.array([0.1, 0.2, 0.4, 0.25, 0.05])
GUESS_GROUPS, ROUNDS = 4.0, 60
# below, a batch counts as independent units
LITTLE, LEAST_ALIKE = 1e-3, 1e-4


@dataclass(frozen=True)
class Batches:
    """Units of a group on one day in one lane: the log odds expected, and how much alike they are.

    ``weight`` tempers their log-likelihood for what they have in common with the days before.
    """

    log_odds: Floats
    events: Floats
    n: Floats
    alike: Floats
    weight: Floats

    def likelihoods(self, levels: Floats, first: Ints) -> Floats:
        """Return log-likelihoods (runs of batches x levels), each run from ``first`` on summed up.

        Beta-binomial with the batch's intraclass correlation, at own log odds of ``levels``.
        """
        at = self.log_odds[:, None] + levels
        # log odds are within some twenty of 0 here, where this is as exact as logaddexp, and faster
        made = self.events[:, None] * at - self.n[:, None] * np.log(1.0 + np.exp(at))
        rows = np.flatnonzero(self.alike * (self.n - 1) > LITTLE)
        made[rows] = self._together(rows, at[rows])
        return np.add.reduceat(made * self.weight[:, None], first, axis=0)

    def _together(self, rows: Ints, at: Floats) -> Floats:
        alike = np.maximum(self.alike[rows], LEAST_ALIKE)[:, None]
        events, n = self.events[rows][:, None], self.n[rows][:, None]
        size = (1 - alike) / alike
        bad, good = size * expit(at), size * expit(-at)
        total = gammaln(size) - gammaln(size + n)
        made: Floats = gammaln(bad + events) - gammaln(bad) + total
        made += gammaln(good + n - events) - gammaln(good)
        return made


def levels_for(odds_ratio: float) -> Floats:
    """Return own log odds against what is expected, the last STEPS only to be changed to.

    The likelihood after a change from level i is that of level i + STEPS without one.
    """
    levels: Floats = np.log(odds_ratio) / STEPS * np.arange(-SIDE, SIDE + STEPS + 1)
    return levels


def prior_of(levels: Floats, seen: Floats) -> Floats:
    """Return the log density of levels, given the groups' likelihoods (groups x levels).

    A mixture of normals around a common mean with several spreads, its weights by EM (Stephens
    2017): it follows groups that are much alike as well as a few that lie far out.
    """
    made = _mixture(levels, seen, 0.0)
    mean = float(_means(levels, seen + made).sum() / (len(seen) + GUESS_GROUPS))
    return _mixture(levels, seen, mean)


def _mixture(levels: Floats, seen: Floats, mean: float) -> Floats:
    parts = np.stack([-0.5 * ((levels - mean) / spread) ** 2 for spread in SPREADS])
    parts -= log_sums(parts)[:, None]
    of_part = np.column_stack([log_sums(seen + part) for part in parts])
    weights = mixture_weights(of_part, GUESS, GUESS_GROUPS, ROUNDS)
    return log_sums(np.log(weights) + parts.T)


@dataclass(frozen=True)
class Runs:
    """By day: the evidence at its end, and the mean own log odds known before the run it is in."""

    level: Floats
    own: Floats


def runs_of(
    levels: Floats, likelihoods: Floats, prior: Floats, watched: Bools, lengths: Ints
) -> Runs:
    """Return the evidence day by day.

    Parameters
    ----------
    levels : ndarray of float, shape (levels + STEPS,)
        Those of :func:`levels_for`.
    likelihoods : ndarray of float, shape (days, levels + STEPS)
        Log-likelihoods of the days, groups one after another.
    prior : ndarray of float, shape (levels,)
        Log density of the levels without a change.
    watched : ndarray of bool, shape (days,)
        Whether a day lies behind the baseline.
    lengths : ndarray of int, shape (groups,)
        Days of each group.
    """
    order = np.argsort(-lengths, kind="stable")
    begins, long = (np.cumsum(lengths) - lengths)[order], lengths[order]
    level, own = np.zeros(len(watched)), np.zeros(len(watched))
    before = levels[:-STEPS]
    known = np.tile(prior - prior.max(), (len(order), 1))
    since = np.zeros((len(order), len(levels)))
    for step in range(int(long[0]) if long.size else 0):
        running = int(np.searchsorted(-long, -step, side="left"))
        here = begins[:running] + step
        own[here] = _means(before, known[:running])
        since[:running] += likelihoods[here]
        posterior = known[:running] + since[:running, :-STEPS]
        evidence = log_sums(known[:running] + since[:running, STEPS:]) - log_sums(posterior)
        over = np.flatnonzero((evidence <= 0) | ~watched[here])
        known[over] = posterior[over] - posterior[over].max(axis=1, keepdims=True)
        since[over] = 0.0
        evidence[over] = 0.0
        level[here] = evidence
    return Runs(level, own)


def log_sums(rows: Floats) -> Floats:
    """Return the logarithm of each row's sum of exponentials."""
    top = rows.max(axis=1)
    return np.asarray(top + np.log(np.exp(rows - top[:, None]).sum(axis=1)))


def _means(levels: Floats, known: Floats) -> Floats:
    density = np.exp(known - known.max(axis=1, keepdims=True))
    return np.asarray(density @ levels / density.sum(axis=1))
