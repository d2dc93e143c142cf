from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm, spearmanr

from rakustats.stats.arrow_matrix import Arrowhead
from rakustats.stats.cells import Cells
from rakustats.stats.crossed import Fit, crossed
from rakustats.stats.mundlak import Habits
from rakustats.stats.quadrature import expected
from rakustats.stats.standardised import ReferencePopulation
from validation.sorting import sorted_market


def few_cells() -> Cells:
    """Three sellers, two carriers, two months."""
    rows = np.array(
        [
            # seller, carrier, month, events, n
            *[[0, 0, 0, 2, 5], [0, 1, 1, 1, 3], [1, 0, 1, 0, 4]],
            *[[1, 1, 0, 3, 6], [2, 1, 1, 1, 1], [0, 0, 0, 1, 2]],
        ]
    )
    seller, carrier, month, events, n = rows.T
    return Cells.of(seller, [carrier, month], events, n)


def test_rows_alike_become_one_cell() -> None:
    cells = few_cells()
    assert cells.seller.tolist() == [0, 0, 1, 1, 2]
    assert cells.events.tolist() == [3, 1, 0, 3, 1]
    assert cells.n.tolist() == [7, 3, 4, 6, 1]
    assert cells.sizes == (2, 2)


def test_sums_are_those_of_the_matrix_of_levels() -> None:
    cells = few_cells()
    matrix = np.hstack([np.eye(2)[cells.levels[0]], np.eye(2)[cells.levels[1]]])
    sellers = np.eye(3)[cells.seller]
    weight = np.array([0.3, 1.1, 0.7, 2.0, 0.1])
    effects = np.array([0.1, -0.2, 0.5, 0.3])
    np.testing.assert_allclose(cells.predicted(effects), matrix @ effects)
    np.testing.assert_allclose(cells.by_seller(weight), sellers.T @ weight)
    np.testing.assert_allclose(cells.by_level(weight), matrix.T @ weight)
    np.testing.assert_allclose(
        cells.by_seller_and_level(weight), sellers.T @ (weight[:, None] * matrix)
    )
    np.testing.assert_allclose(cells.by_two_levels(weight), matrix.T @ (weight[:, None] * matrix))


def test_an_arrowhead_is_inverted_as_the_dense_matrix_is() -> None:
    chance = np.random.default_rng(1)
    corner = chance.normal(size=(5, 3))
    dense = corner.T @ corner + 4 * np.eye(3)
    own = 3 + chance.random(5)
    whole = np.block([[dense, corner.T], [corner, np.diag(own)]])
    arrow = Arrowhead(dense, corner, own)
    inverse = np.linalg.inv(whole)
    np.testing.assert_allclose(arrow.covariance, inverse[:3, :3])
    of_sellers = 1 / own + arrow.variances(arrow.followed)
    np.testing.assert_allclose(of_sellers, np.diag(inverse)[3:])
    gradient = chance.normal(size=3)
    both = np.linalg.solve(whole, np.concatenate([gradient, np.zeros(5)]))
    np.testing.assert_allclose(arrow.solved(gradient), both[:3])
    np.testing.assert_allclose(arrow.followed @ arrow.solved(gradient), both[3:])


@pytest.mark.parametrize("spread", [0.4, 1.5])
def test_the_sellers_are_integrated_as_by_adaptive_quadrature(spread: float) -> None:
    cells = few_cells()
    fixed = np.array([-1.0, 0.2, -0.5, 0.4, 0.1])
    mean, sd = np.zeros(3), np.full(3, spread)
    for _ in range(6):
        found = expected(cells, fixed, mean, sd, np.full(3, spread))
        mean, sd = found.mean, found.sd
    for seller in range(3):
        own = cells.seller == seller
        k, n, at = cells.events[own], cells.n[own], fixed[own]

        def density(u: float, k=k, n=n, at=at) -> float:  # type: ignore[no-untyped-def]
            p = expit(at + u)
            likelihood = np.prod(p**k * (1 - p) ** (n - k))
            return float(likelihood * norm.pdf(u, scale=spread))

        mass = quad(density, -12, 12)[0]
        by_hand = quad(lambda u: u * density(u), -12, 12)[0] / mass
        square = quad(lambda u: u * u * density(u), -12, 12)[0] / mass
        assert found.mean[seller] == pytest.approx(by_hand, abs=2e-4)
        assert found.sd[seller] == pytest.approx(np.sqrt(square - by_hand**2), abs=2e-3)


def test_habits_are_told_from_chance() -> None:
    chance = np.random.default_rng(2)
    n = chance.integers(1, 40, 2_000)
    one_habit = chance.multinomial(n, [0.5, 0.3, 0.2]).astype(float)
    place = chance.normal(size=2_000)
    shares = np.column_stack([0.45 + 0.1 * place, 0.35 - 0.1 * place]).clip(0.02, 0.9)
    shares = np.column_stack([shares, 1 - shares.sum(axis=1)]).clip(0.02, 0.96)
    shares /= shares.sum(axis=1, keepdims=True)
    two = chance.multinomial(n, shares).astype(float)
    none, some = Habits.of(one_habit), Habits.of(two)
    assert none.variance.min(initial=1.0) > 0.5
    main = some.expected[:, -1]
    assert abs(np.corrcoef(main, place)[0, 1]) > 0.65
    # what was seen and what stays unknown add up to the habits' variance
    assert np.mean(main**2 + some.variance[:, -1]) == pytest.approx(1, abs=0.1)
    assert (np.diff(some.variance[np.argsort(n), -1]) <= 1e-12).all()


def test_sellers_with_one_partner_have_no_habits() -> None:
    assert Habits.of(np.array([[3.0], [1.0]])).expected.shape == (2, 0)
    assert Habits.of(np.ones((4, 1))).expected.shape == (4, 0)


def test_fault_is_told_from_company_where_bad_sellers_use_bad_carriers() -> None:
    market = sorted_market(1.5, 5, 600, 15_000)
    true = market.carriers - market.carriers.mean()
    slopes, ranks = {}, {}
    for habits in (True, False):
        found = crossed(market.cells, habits=habits)
        slopes[habits] = np.polyfit(true, found.partners.mean, 1)[0]
        ranks[habits] = spearmanr(market.sellers, found.sellers.mean).statistic
    assert slopes[True] == pytest.approx(1, abs=0.15)
    assert slopes[False] > 1.4
    assert ranks[True] > ranks[False] + 0.2


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = []
    for seed in range(4):
        market = sorted_market(0.5, seed, 500, 10_000)
        found = crossed(market.cells).sellers
        off = found.mean - (market.sellers - market.sellers.mean())
        held.append(np.mean(np.abs(off) < 1.645 * found.sd))
    assert 0.85 < np.mean(held) < 0.94


def test_the_order_of_rows_changes_nothing() -> None:
    market = sorted_market(0.5, 1, 100, 2_000)
    mixed = np.random.default_rng(0).permutation(len(market.seller))
    levels = [market.carrier, market.month, market.category]
    shuffled = Cells.of(
        market.seller[mixed], [x[mixed] for x in levels], market.event[mixed], np.ones(len(mixed))
    )
    first, second = crossed(market.cells), crossed(shuffled)
    assert first.sellers.mean.tobytes() == second.sellers.mean.tobytes()
    assert first.partners.sd.tobytes() == second.partners.sd.tobytes()


@pytest.mark.parametrize("events", [0, 1])
def test_where_all_or_nothing_happens_effects_are_finite_and_unsure(events: int) -> None:
    seller = np.arange(6) % 3
    n = np.full(6, 4.0)
    found = crossed(Cells.of(seller, [np.arange(6) // 3], n * events, n))
    assert np.isfinite(found.sellers.mean).all()
    assert np.isfinite(found.base).all()
    assert (found.sellers.sd > 0.01).all()


def test_a_single_seller_has_no_one_to_be_compared_with() -> None:
    found = crossed(Cells.of(np.zeros(2, int), [np.array([0, 1])], np.array([1, 5]), np.full(2, 9)))
    assert found.sellers.mean.tolist() == [0.0]
    assert found.partners.mean[1] > found.partners.mean[0]


def test_the_likeliest_effects_have_no_slope_left() -> None:
    cells = few_cells()
    fit = Fit(cells, habits=False)
    fit.find_modes(60)
    p = expit(fit.effects[0] + cells.predicted(fit.effects[1 : fit.plain]) + fit.mean[cells.seller])
    surplus = cells.events - cells.n * p
    np.testing.assert_allclose(cells.by_seller(surplus), fit.mean / fit.spread.value, atol=1e-8)
    by_level = cells.by_level(surplus)[:2]
    np.testing.assert_allclose(by_level, fit.effects[1:3] / fit.spreads[0].value, atol=1e-8)


def test_rates_in_common_circumstances_are_means_over_all_units() -> None:
    log_odds, n = np.array([-2.0, 0.5]), np.array([30.0, 10.0])
    found = ReferencePopulation(log_odds, n).rates(
        np.array([0.0, 1.0]), np.array([0.0, 0.3]), 1.645
    )
    at = lambda effect: float(n @ expit(log_odds + effect) / 40)  # noqa: E731 - one line of algebra
    assert found.mean[0] == pytest.approx(at(0.0), abs=1e-3)
    assert found.lo[1] == pytest.approx(at(1 - 1.645 * 0.3), abs=1e-3)
    assert found.hi[1] == pytest.approx(at(1 + 1.645 * 0.3), abs=1e-3)
    drawn = 1 + 0.3 * np.random.default_rng(1).normal(size=20_000)
    assert found.mean[1] == pytest.approx(np.mean([at(x) for x in drawn]), abs=3e-3)


def test_unsure_log_odds_are_spread_out() -> None:
    found = ReferencePopulation(np.array([-3.0]), np.array([1.0]), np.array([1.0]))
    drawn = expit(-3 + np.random.default_rng(1).normal(size=100_000)).mean()
    assert float(found.rate(np.zeros(1))[0]) == pytest.approx(drawn, abs=1e-3)
