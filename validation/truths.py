"""Sellers whose true rates are known: three shapes of the truth, and the rule that knows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import beta, norm

from rakustats.stats.arrays import Floats
from rakustats.stats.posterior import Posterior, binomial_kernel
from rakustats.stats.ranks import Ranking

SELLERS, ORDERS, ZIPF = 3_000, 60_000, 1.05
GRID = np.linspace(-14.0, 5.0, 600)
Draw = Callable[[np.random.Generator, int], Floats]


@dataclass(frozen=True)
class Truth:
    """How true rates are drawn, and their log density on the grid of logits."""

    name: str
    draw: Draw
    log_density: Floats


@dataclass(frozen=True)
class Market:
    """Sellers with their orders, the late ones among them, and what is true."""

    n: Floats
    events: Floats
    rate: Floats

    @property
    def raw(self) -> Floats:
        """Share of late orders."""
        return self.events / self.n


def _of_betas(*parts: tuple[float, float, float]) -> tuple[Draw, Floats]:
    weights = [weight for weight, _, _ in parts]

    def draw(chance: np.random.Generator, size: int) -> Floats:
        kind = chance.choice(len(parts), size, p=weights)
        drawn = np.stack([chance.beta(a, b, size) for _, a, b in parts])
        return np.asarray(drawn[kind, np.arange(size)])

    p = expit(GRID)
    density = sum(weight * beta.pdf(p, a, b) for weight, a, b in parts) * p * (1 - p)
    return draw, np.log(density)


def _logit_normal(mean: float, sd: float) -> tuple[Draw, Floats]:
    return (
        lambda chance, size: np.asarray(expit(chance.normal(mean, sd, size))),
        norm.logpdf(GRID, mean, sd),
    )


TRUTHS = (
    Truth("Beta(1.2, 28.8)", *_of_betas((1.0, 1.2, 28.8))),
    Truth("logit-normal(−3.5, 0.9)", *_logit_normal(-3.5, 0.9)),
    Truth("92 % Beta(2, 66), 8 % Beta(6, 54)", *_of_betas((0.92, 2, 66), (0.08, 6, 54))),
)


def market(truth: Truth, seed: int, sellers: int = SELLERS, orders: int = ORDERS) -> Market:
    """Return sellers that share the orders by Zipf's law, at least one each."""
    chance = np.random.default_rng(seed)
    share = 1 / np.arange(1, sellers + 1) ** ZIPF
    n = 1 + chance.multinomial(orders - sellers, share / share.sum())
    rate = truth.draw(chance, sellers)
    return Market(n.astype(float), chance.binomial(n, rate).astype(float), rate)


def known_among_worst(truth: Truth, seen: Market, most: int) -> Floats:
    """Return the probability to be among the worst for one who knows how rates are drawn."""
    logs = binomial_kernel(seen.events, seen.n, GRID) + truth.log_density
    at = np.broadcast_to(GRID, logs.shape)
    return Ranking(Posterior.of(at, logs), np.ones(len(seen.n))).among_worst(most)
