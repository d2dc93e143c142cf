from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from rakustats.stats.betabinomial import Groups, Hyper, log_posterior, mode, posterior

# Beta(1.2, 18.8), known for certain
PUBLISHED = Hyper(np.log([1.2 / 18.8]), np.log([20.0]), np.ones(1))


def groups(events: list[int], n: list[int]) -> Groups:
    k, m = np.array(events, float), np.array(n, float)
    return Groups(k, m, np.ones(len(k)), np.zeros(len(k)))


@pytest.mark.parametrize(
    ("events", "n", "mean", "lo", "hi"),
    [
        (0, 3, 0.0522, 0.0042, 0.1427),
        (1, 5, 0.0880, 0.0186, 0.1948),
        (0, 10, 0.0400, 0.0032, 0.1102),
        (2, 20, 0.0800, 0.0240, 0.1598),
        (2, 100, 0.0267, 0.0078, 0.0544),
        (5, 250, 0.0230, 0.0103, 0.0397),
    ],
)
def test_golden_posteriors(events: int, n: int, mean: float, lo: float, hi: float) -> None:
    found = posterior(groups([events], [n]), PUBLISHED)
    ends = found.quantiles([0.05, 0.95])[0]
    assert [found.mean[0], *ends] == pytest.approx([mean, lo, hi], abs=6e-5)


def test_the_mode_is_where_a_general_optimiser_finds_it() -> None:
    chance = np.random.default_rng(5)
    n = chance.integers(1, 80, 40)
    given = groups(list(chance.binomial(n, chance.beta(2, 30, 40))), list(n))
    best = minimize(
        lambda at: -log_posterior(given, at[:1], at[1:])[0], [-2.0, 2.0], method="Nelder-Mead"
    )
    assert mode(given) == pytest.approx(best.x, abs=1e-3)


@pytest.mark.parametrize(("events", "n"), [([0] * 10, [50] * 10), ([4, 9], [4, 9]), ([0], [1])])
def test_all_or_nothing_has_a_mode_too(events: list[int], n: list[int]) -> None:
    assert np.isfinite(mode(groups(events, n))).all()
