"""Rates of few groups: a beta-binomial model whose own parameters are integrated out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaln, digamma, expit, logit, zeta

from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.newton import minimise
from rakustats.stats.posterior import Posterior

# log of the number of units that the prior is worth
USUAL_LOG, USUAL_SD = np.log(20.0), 2.0
MEAN_NODES = np.linspace(-3.5, 3.5, 9)
STRENGTH_NODES, POINTS = 25, 301
# rates under 1 of 10 million, or as near to 1, are all alike
FARTHEST = 16.0
MOST_STEPS = 60


@dataclass(frozen=True)
class Groups:
    """Events of n, each pair ``count`` times; ``shift`` moves the logit of the prior mean."""

    events: Floats
    n: Floats
    count: Floats
    shift: Floats

    @classmethod
    def counted(cls, events: Floats, n: Floats, shift: Floats) -> tuple[Groups, Ints]:
        """Return distinct groups with how many there are of each, and each group's index there.

        A million groups share about ten thousand pairs of events and n.
        """
        key = np.zeros(len(n), dtype=np.int64)
        for part in (shift, n, events):
            numbers = _numbered(part)
            key = key * (int(numbers.max()) + 1) + numbers
        _, back, count = np.unique(key, return_inverse=True, return_counts=True)
        one = np.empty(len(count), dtype=np.int64)
        one[back] = np.arange(len(n))
        return cls(events[one], n[one], count.astype(float), shift[one]), back

    def mirrored(self) -> Groups:
        """Return the groups with everything but the events counted."""
        return Groups(self.n - self.events, self.n, self.count, -self.shift)

    @property
    def own_shift(self) -> Floats:
        """The shifts, only one where all are the same: then a prior is worked out only once."""
        return self.shift if np.ptp(self.shift) > 0 else self.shift[:1]

    @property
    def common(self) -> float:
        """Logit of the rate of all units together, kept finite."""
        events, n = (float((self.count * x).sum()) for x in (self.events, self.n))
        return float(logit((events + 0.5) / (n + 1)))


def _numbered(values: Floats) -> Ints:
    """Return whole numbers in the values' own order: themselves, if they are whole."""
    whole = values.astype(np.int64)
    if (whole == values).all() and whole.min() >= 0:
        return whole
    numbers: Ints = np.unique(values, return_inverse=True)[1].astype(np.int64)
    return numbers


@dataclass(frozen=True)
class Hyper:
    """Logit of the prior mean and log of the prior's concentration, with their weights."""

    mean: Floats
    strength: Floats
    weight: Floats

    def reliability(self, n: Floats) -> Floats:
        """Return the weight n / (n + M) of a group's own units in its estimate."""
        shares: Floats = (self.weight * (n[:, None] / (n[:, None] + np.exp(self.strength)))).sum(1)
        return shares


#: One group alone is compared with nothing: Jeffreys' prior, half an event and half of none.
ALONE = Hyper(np.zeros(1), np.zeros(1), np.ones(1))


def log_posterior(groups: Groups, mean: Floats, strength: Floats) -> Floats:
    """Return the log density of (logit of the mean, log strength) but for a constant.

    Likelihood of the beta-binomial, times a normal prior of the log strength around 20 units and
    Jeffreys' prior of the mean (half an event and half a unit without one).
    """
    m = expit(mean[:, None] + groups.own_shift)
    a, b = m * np.exp(strength)[:, None], (1 - m) * np.exp(strength)[:, None]
    terms = betaln(a + groups.events, b + groups.n - groups.events) - betaln(a, b)
    density: Floats = (groups.count * terms).sum(axis=1) + _log_prior(mean, strength)
    return density


def _log_prior(mean: Floats, strength: Floats) -> Floats:
    jeffreys = -0.5 * (np.logaddexp(0, mean) + np.logaddexp(0, -mean))
    prior: Floats = jeffreys - 0.5 * ((strength - USUAL_LOG) / USUAL_SD) ** 2
    return prior


def _derivatives(groups: Groups, mean: Floats, strength: Floats) -> tuple[Floats, Floats]:
    """First and second derivatives of the log posterior: (2, nodes) and (2, 2, nodes)."""
    m, concentration = expit(mean[:, None] + groups.own_shift), np.exp(strength)[:, None]
    a, b, k, rest = (
        m * concentration,
        (1 - m) * concentration,
        groups.events,
        groups.n - groups.events,
    )
    da, db = digamma(a + k) - digamma(a), digamma(b + rest) - digamma(b)
    dn = digamma(concentration + groups.n) - digamma(concentration)
    # zeta(2, x) is the trigamma function
    da2, db2 = zeta(2, a + k) - zeta(2, a), zeta(2, b + rest) - zeta(2, b)
    dn2 = zeta(2, concentration + groups.n) - zeta(2, concentration)
    v = concentration * m * (1 - m)
    by_mean, by_strength = v * (da - db), a * da + b * db - concentration * dn
    second = {
        (0, 0): (1 - 2 * m) * by_mean + v**2 * (da2 + db2),
        (0, 1): by_mean + v * (a * da2 - b * db2),
        (1, 1): by_strength + a**2 * da2 + b**2 * db2 - concentration**2 * dn2,
    }
    p = expit(mean)
    first = np.stack([(groups.count * t).sum(1) for t in (by_mean, by_strength)])
    first += np.stack([0.5 - p, (USUAL_LOG - strength) / USUAL_SD**2])
    bends = {place: (groups.count * t).sum(1) for place, t in second.items()}
    bends[0, 0] -= p * (1 - p)
    bends[1, 1] -= 1 / USUAL_SD**2
    return first, np.array([[bends[0, 0], bends[0, 1]], [bends[0, 1], bends[1, 1]]])


def mode(groups: Groups) -> tuple[float, float]:
    """Return the likeliest logit of the mean and log strength."""

    def objective(at: Floats) -> tuple[float, Floats, Floats]:
        value = log_posterior(groups, at[:1], at[1:])[0]
        first, second = _derivatives(groups, at[:1], at[1:])
        return -float(value), -first[:, 0], -second[:, :, 0]

    mean, strength = minimise(objective, np.array([groups.common, USUAL_LOG]))
    return float(mean), float(strength)


def hyper_parameters(groups: Groups) -> Hyper:
    """Return a grid of parameters with their posterior weights."""
    if groups.count.sum() == 1:
        return ALONE
    _, best = mode(groups)
    coarse = np.linspace(best - 5 * USUAL_SD, best + 5 * USUAL_SD, 61)
    level = _by_mean(groups, coarse)[2]
    likely = np.flatnonzero(level > level.max() - 12)
    step = coarse[1] - coarse[0]
    span = coarse[likely[0]] - step, coarse[likely[-1]] + step
    strength = np.linspace(*span, STRENGTH_NODES)
    mean, sd, _ = _by_mean(groups, strength)
    means = mean[:, None] + sd[:, None] * MEAN_NODES
    flat = np.repeat(strength, len(MEAN_NODES))
    logs = log_posterior(groups, means.ravel(), flat) + np.repeat(np.log(sd), len(MEAN_NODES))
    weight = np.exp(logs - logs.max())
    kept = weight > 1e-7
    return Hyper(means.ravel()[kept], flat[kept], weight[kept] / weight[kept].sum())


def _by_mean(groups: Groups, strength: Floats) -> tuple[Floats, Floats, Floats]:
    """For given strengths: conditional mode of the mean, its sd, and the marginal density."""
    mean = np.full(len(strength), groups.common)
    for _ in range(MOST_STEPS):
        first, second = _derivatives(groups, mean, strength)
        step = np.clip(first[0] / np.maximum(np.abs(second[0, 0]), 1e-6), -2, 2)
        mean = mean + step
        if np.abs(step).max() < 1e-6:
            break
    sd = 1 / np.sqrt(np.maximum(-_derivatives(groups, mean, strength)[1][0, 0], 1e-6))
    return mean, sd, log_posterior(groups, mean, strength) + np.log(sd)


def posterior(groups: Groups, hyper: Hyper) -> Posterior:
    """Return the posterior of each pair's rate: a mixture of betas over the parameters."""
    m = expit(hyper.mean + groups.shift[:, None])
    concentration = np.exp(hyper.strength)
    a = m * concentration + groups.events[:, None]
    b = (1 - m) * concentration + (groups.n - groups.events)[:, None]
    at = _around(a, b, hyper.weight)
    mass = np.stack([_mixed(*row, hyper.weight) for row in zip(at, a, b, strict=True)])
    return Posterior(at, mass / mass.sum(axis=1, keepdims=True))


def _around(a: Floats, b: Floats, weight: Floats) -> Floats:
    """Logits that span each mixture of betas, as far as it matters."""
    centre = digamma(a) - digamma(b)
    middle = (weight * centre).sum(1)
    spread = zeta(2, a) + zeta(2, b) + (centre - middle[:, None]) ** 2
    reach = 8 * np.sqrt((weight * spread).sum(1))
    first = np.clip(middle - reach, -FARTHEST, FARTHEST)
    last = np.clip(middle + reach, -FARTHEST, FARTHEST)
    return np.linspace(first, last, POINTS, axis=1)


def _mixed(at: Floats, a: Floats, b: Floats, weight: Floats) -> Floats:
    """Probability of each logit under one mixture of betas; the ends hold what lies beyond."""
    logs = np.outer(a, at) - np.outer(a + b, np.logaddexp(0, at)) - betaln(a, b)[:, None]
    mass: Floats = weight @ np.exp(logs) * (at[1] - at[0])
    mass[0] += weight @ betainc(a, b, expit(at[0]))
    mass[-1] += weight @ betainc(b, a, expit(-at[-1]))
    return mass
