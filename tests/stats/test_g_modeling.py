from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from rakustats.stats import g_modeling
from rakustats.stats.betabinomial import Groups


def drawn(size: int, seed: int = 2) -> Groups:
    chance = np.random.default_rng(seed)
    n = chance.poisson(30, size) + 1
    rates = np.where(chance.random(size) < 0.1, chance.beta(8, 32, size), chance.beta(3, 97, size))
    return rows(chance.binomial(n, rates), n)


def rows(events: np.ndarray, n: np.ndarray) -> Groups:
    return Groups(events.astype(float), n.astype(float), np.ones(len(n)), np.zeros(len(n)))


def test_splines_are_orthogonal_and_leave_out_the_constant() -> None:
    usual = np.linspace(g_modeling.LOWEST, g_modeling.HIGHEST, g_modeling.POINTS)
    splines = g_modeling.basis(usual)
    np.testing.assert_allclose(
        splines.T @ splines / g_modeling.POINTS, np.eye(g_modeling.FREEDOM), atol=1e-10
    )
    np.testing.assert_allclose(splines.sum(axis=0), 0, atol=1e-10)
    beyond = g_modeling.basis(np.array([3.0, 4.0, 5.0]))
    np.testing.assert_allclose(beyond[2] - beyond[1], beyond[1] - beyond[0], atol=1e-10)


def test_derivatives_are_those_of_the_loss() -> None:
    given = drawn(80)
    at = g_modeling.grid(given)
    loss = g_modeling.Loss(given.count, g_modeling._kernel(given, at), g_modeling.basis(at))
    place, step = np.array([0.3, -0.2, 0.1, 0.4, -0.5, 0.2]), 1e-4
    for i, side in enumerate(np.eye(6) * step):
        gradient = (loss.objective(place + side)[0] - loss.objective(place - side)[0]) / (2 * step)
        hessian = (loss.objective(place + side)[1] - loss.objective(place - side)[1]) / (2 * step)
        _, first, second = loss.objective(place)
        assert first[i] == pytest.approx(gradient, rel=1e-5, abs=1e-8)
        np.testing.assert_allclose(second[i], hessian, rtol=1e-4, atol=1e-8)


def test_the_fit_is_where_bfgs_finds_it() -> None:
    given = drawn(400)
    at = g_modeling.grid(given)
    loss = g_modeling.Loss(given.count, g_modeling._kernel(given, at), g_modeling.basis(at))
    found = g_modeling.fit_prior(given).parameters
    best = minimize(
        lambda at: loss.objective(at)[:2],
        found + 0.1,
        jac=True,
        method="BFGS",
        options={"gtol": 1e-5},
    )
    np.testing.assert_allclose(found, best.x, rtol=1e-3)


def test_both_kinds_of_a_mixture_are_found() -> None:
    prior = g_modeling.fit_prior(drawn(6000))
    mass, rates = np.exp(prior.log_mass), expit(prior.at)
    assert mass.sum() == pytest.approx(1)
    assert mass @ rates == pytest.approx(0.9 * 0.03 + 0.1 * 0.2, abs=0.003)
    assert mass[rates > 0.1].sum() == pytest.approx(0.1, abs=0.03)
