"""Rates of many groups: the prior is estimated by g-modelling, without a parametric form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import expit, log_softmax, logit

from rakustats.stats.arrays import Floats
from rakustats.stats.betabinomial import Groups, mode
from rakustats.stats.newton import minimise
from rakustats.stats.posterior import Posterior, binomial_kernel

LOWEST, HIGHEST, POINTS = -9.5, 3.0, 251
STEP = (HIGHEST - LOWEST) / (POINTS - 1)
FREEDOM, PENALTY = 6, 1.0
# a likelihood narrower than two steps of the grid is read on a finer one
SHARP = (1 / (2 * STEP)) ** 2
# a start narrower than this would fall between the points of the grid
LARGEST_LOG = 5.0
TINY = 1e-300
RIDGE = 0.025
# Parameters nearly as likely as the best ones: antithetic pairs of normal draws, always the same.
# Where the likelihood is flat, their sd is held to 1 / sqrt(LEAST_CURVATURE).
DRAWS, LEAST_CURVATURE, MOST_DRAWN = 16, 3.0, 5_000
# so many pairs hold nearly all groups; with some of the rest they show where to begin with all
COMMON_PAIRS, EVERY = 500, 8


@dataclass(frozen=True)
class Prior:
    """The estimated distribution of logits of rates: log probabilities on a grid."""

    at: Floats
    log_mass: Floats
    parameters: Floats

    def masses(self, hessian: Floats) -> list[Floats]:
        """Return priors drawn around the estimated one, given the loss's Hessian."""
        sizes, axes = np.linalg.eigh(hessian)
        half = np.random.default_rng(0).standard_normal((DRAWS, FREEDOM))
        steps = np.concatenate([half, -half]) / np.sqrt(np.maximum(sizes, LEAST_CURVATURE)) @ axes.T
        splines = basis(self.at)
        return [np.exp(log_softmax(splines @ (self.parameters + step))) for step in steps]


def grid(groups: Groups) -> Floats:
    """Return the logits, continued beyond their usual ends if a group's own rate lies there."""
    own = logit((groups.events + 0.5) / (groups.n + 1)) - groups.shift
    below = max(0, int(np.ceil((LOWEST + 1 - own.min()) / STEP)))
    beyond = max(0, int(np.ceil((own.max() + 1 - HIGHEST) / STEP)))
    return np.asarray(LOWEST + STEP * np.arange(-below, POINTS + beyond), np.float64)


def basis(at: Floats) -> Floats:
    """Return natural cubic splines, linear beyond the usual grid.

    On that grid they are orthogonal with a mean square of 1.
    """
    knots = np.linspace(LOWEST, HIGHEST, FREEDOM + 1)
    spline = CubicSpline(knots, np.eye(FREEDOM + 1), bc_type="natural")
    usual: Floats = spline(np.linspace(LOWEST, HIGHEST, POINTS))
    within = np.clip(at, LOWEST, HIGHEST)
    values = spline(within) + (at - within)[:, None] * spline(within, 1)
    # together the splines hold the constant, which would not change the distribution
    centre = usual.mean(axis=0)
    _, sizes, axes = np.linalg.svd(usual - centre, full_matrices=False)
    turned: Floats = (values - centre) @ (axes[:FREEDOM].T / sizes[:FREEDOM]) * np.sqrt(POINTS)
    return turned


def fit_prior(groups: Groups) -> Prior:
    """Return the prior of the highest penalised likelihood."""
    at = grid(groups)
    return _fit(groups, mode(groups), at, _kernel(groups, at))


def _kernel(groups: Groups, at: Floats) -> Floats:
    """Likelihood of each pair (rows) at each logit, its highest value made 1."""
    logs = binomial_kernel(groups.events, groups.n, at, groups.shift)
    logs -= logs.max(axis=1, keepdims=True)
    kernel: Floats = np.exp(logs, out=logs)
    return kernel


def _fit(groups: Groups, beta: tuple[float, float], at: Floats, kernel: Floats) -> Prior:
    splines = basis(at)
    start = _start(*beta, at, splines)
    if len(kernel) > 4 * COMMON_PAIRS:
        order = np.argsort(-groups.count, kind="stable")
        some = np.concatenate([order[:COMMON_PAIRS], order[COMMON_PAIRS::EVERY]])
        weight = np.where(np.arange(len(some)) < COMMON_PAIRS, 1.0, EVERY)
        start = Loss(groups.count[some] * weight, kernel[some], splines).minimise(start)
    best = Loss(groups.count, kernel, splines).minimise(start)
    return Prior(at, log_softmax(splines @ best), best)


class Loss:
    """Minus log likelihood plus penalty, with its first two derivatives."""

    def __init__(self, count: Floats, kernel: Floats, splines: Floats) -> None:
        self._count, self._kernel, self._splines = count, kernel, splines
        self._total = float(count.sum())

    def minimise(self, start: Floats) -> Floats:
        """Return the parameters of the smallest loss."""
        return minimise(self.objective, start)

    def objective(self, parameters: Floats) -> tuple[float, Floats, Floats]:
        """Return the loss, its gradient and its second derivatives."""
        mass = np.exp(log_softmax(self._splines @ parameters))
        seen = np.maximum(self._kernel @ mass, TINY)
        splines, size = self._splines, max(float(np.linalg.norm(parameters)), 1e-12)
        along = parameters / size
        # posterior expected number of groups at each logit, less that of the prior
        surplus = mass * (self._kernel.T @ (self._count / seen)) - mass * self._total
        each = self._kernel @ (mass[:, None] * splines) / seen[:, None]
        mean = splines.T @ mass
        gradient: Floats = PENALTY * along - splines.T @ surplus
        hessian: Floats = (
            PENALTY / size * (np.eye(len(along)) - np.outer(along, along))
            - splines.T @ (surplus[:, None] * splines)
            + each.T @ (self._count[:, None] * each)
            - self._total * np.outer(mean, mean)
        )
        return PENALTY * size - float(self._count @ np.log(seen)), gradient, hessian


def _start(mean: float, strength: float, at: Floats, splines: Floats) -> Floats:
    """Return the parameters nearest to a beta distribution."""
    concentration = np.exp(min(strength, LARGEST_LOG))
    logs = concentration * expit(mean) * at - concentration * np.logaddexp(0, at)
    weight = np.exp(np.maximum(logs - logs.max(), -9.0))
    centred = splines - np.average(splines, axis=0, weights=weight)
    wanted = logs - np.average(logs, weights=weight)
    # the penalty keeps the parameters small where hardly any group lies
    square = centred.T @ (weight[:, None] * centred) + RIDGE * np.eye(FREEDOM)
    found: Floats = np.linalg.solve(square, centred.T @ (weight * wanted))
    return found


def posterior(groups: Groups, start: tuple[float, float]) -> Posterior:
    """Return the posterior of each pair's rate, given the beta distribution that fits best."""
    at = grid(groups)
    kernel = _kernel(groups, at)
    prior = _fit(groups, start, at, kernel)
    kernel = _averaged(groups, kernel, prior)
    places = at + groups.shift[:, None]
    return _refined(Posterior(places, kernel), groups, prior)


def _averaged(groups: Groups, kernel: Floats, prior: Prior) -> Floats:
    """Return the posterior masses, averaged over the priors drawn if the groups are few.

    The estimated prior alone (plug-in) would make the intervals of a few hundred groups too short.
    """
    masses = [np.exp(prior.log_mass)]
    if len(kernel) <= MOST_DRAWN:
        loss = Loss(groups.count, kernel, basis(prior.at))
        masses = prior.masses(loss.objective(prior.parameters)[2])
    shares = [mass / np.maximum(kernel @ mass, TINY)[:, None] for mass in masses]
    kernel *= sum(shares) / len(shares)
    return kernel


def _refined(coarse: Posterior, groups: Groups, prior: Prior) -> Posterior:
    """Put what falls between the points of the common grid on grids of its own."""
    p = (groups.events + 0.5) / (groups.n + 1)
    known = groups.n * p * (1 - p)
    sharp = known > SHARP
    if not sharp.any():
        return coarse
    own, k, n = logit(p[sharp]), groups.events[sharp], groups.n[sharp]
    reach = np.linspace(-8, 8, coarse.at.shape[1]) / np.sqrt(known[sharp])[:, None]
    fine = own[:, None] + reach
    log_prior = np.interp(fine - groups.shift[sharp, None], prior.at, prior.log_mass)
    found = Posterior.of(fine, binomial_kernel(k, n, fine) + log_prior)
    coarse.at[sharp], coarse.mass[sharp] = found.at, found.mass
    return coarse
