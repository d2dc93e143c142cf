from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rakustats.stats.case_mix import MixShifts
from rakustats.stats.shrinkage import Estimates, estimates

BY_GROUP = [f.name for f in fields(Estimates) if f.name not in ("limit", "groups")]


def drawn(groups: int, units: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    n = chance.poisson(units, groups)
    rates = chance.beta(1.2, 18.8, groups)
    return chance.binomial(n, rates), n, rates


@pytest.mark.parametrize("groups", [1, 2, 12, 299, 300, 900])
def test_a_group_without_units_stays_unknown_and_changes_nothing(groups: int) -> None:
    events, n, _ = drawn(groups, 30)
    n = np.maximum(n, 1)
    alone = estimates(events, n)
    beside = estimates(np.append(events, 0), np.append(n, 0))
    for name in BY_GROUP:
        np.testing.assert_array_equal(getattr(alone, name), getattr(beside, name)[:-1])
    assert np.isnan([beside.mean[-1], beside.lo[-1], beside.rank[-1], beside.reliability[-1]]).all()
    assert not beside.flagged[-1]


@pytest.mark.parametrize("groups", [40, 700])
def test_neither_order_nor_repetition_changes_a_byte(groups: int) -> None:
    events, n, _ = drawn(groups, 20)
    order = np.random.default_rng(1).permutation(groups)
    first, again = estimates(events, n), estimates(events[order], n[order])
    for name in BY_GROUP:
        assert getattr(first, name)[order].tobytes() == getattr(again, name).tobytes()


@pytest.mark.parametrize(("groups", "units"), [(8, 60), (60, 12), (1000, 12)])
def test_what_is_believed_hangs_together(groups: int, units: int) -> None:
    events, n, _ = drawn(groups, units)
    n = np.maximum(n, 1)
    found = estimates(events, n)
    assert ((found.lo < found.mean) & (found.mean < found.hi)).all()
    assert found.rank.sum() == pytest.approx(groups * (groups + 1) / 2)
    assert found.p_worst.sum() == pytest.approx(np.ceil(groups / 10), abs=0.03)
    assert ((found.worse >= 0) & (found.worse <= 1)).all()
    assert (np.diff(found.reliability[np.argsort(n, kind="stable")]) >= 0).all()
    # the estimate lies between the group's own rate and what all have in common
    far = np.abs(events / n - events.sum() / n.sum()) > 0.1
    assert (np.abs(found.mean - events / n) < np.abs(events / n - events.sum() / n.sum()))[
        far
    ].all()


def test_ten_late_of_ten_outrank_one_of_one_and_none_of_three_hundred_is_best() -> None:
    events, n, _ = drawn(60, 50)
    found = estimates(np.append(events, [10, 1, 0]), np.append(n, [10, 1, 300]))
    assert found.rank[-3] < found.rank[-2] < found.rank[-1]
    assert found.flagged[-3]
    assert not found.flagged[-2]


def test_a_false_list_is_as_false_as_it_says() -> None:
    false = listed = 0
    for seed in range(12):
        events, n, rates = drawn(400, 40, seed)
        found = estimates(events, n)
        listed += int(found.flagged.sum())
        false += int((rates[found.flagged] <= found.limit).sum())
    assert listed > 100
    assert 0.02 < false / listed < 0.16


def test_rates_near_one_are_those_near_zero_seen_from_the_other_side() -> None:
    events, n, _ = drawn(500, 20)
    n = np.maximum(n, 1)
    low, high = estimates(events, n), estimates(n - events, n)
    np.testing.assert_allclose(high.mean, 1 - low.mean, atol=1e-6)
    np.testing.assert_allclose(high.lo, 1 - low.hi, atol=1e-6)


def test_large_groups_keep_their_own_rate_in_both_models() -> None:
    for groups in (20, 320):
        n = np.full(groups, 200_000)
        events = np.linspace(2_000, 30_000, groups).astype(int)
        found = estimates(events, n)
        half = 1.645 * np.sqrt(events / n * (1 - events / n) / n)
        np.testing.assert_allclose(found.mean, events / n, rtol=0.002)
        np.testing.assert_allclose(found.hi - found.lo, 2 * half, rtol=0.02)


def test_the_models_meet_where_one_takes_over_from_the_other() -> None:
    events, n, _ = drawn(300, 40)
    n = np.maximum(n, 1)
    many, few = estimates(events, n), estimates(events[:-1], n[:-1])
    assert np.abs(many.mean[:-1] - few.mean).mean() < 0.004
    assert np.corrcoef(many.rank[:-1], few.rank)[0, 1] > 0.99


def test_a_mix_moves_the_prior_and_ranks_go_by_the_rates_at_the_common_mix() -> None:
    events, n, _ = drawn(50, 40)
    n = np.maximum(n, 1)
    shift = np.where(np.arange(50) < 25, -0.7, 0.7)
    mix = MixShifts(shift, np.zeros(50), np.zeros(50))
    events[[0, 49]], n[[0, 49]] = 1, 10
    plain, moved = estimates(events, n), estimates(events, n, mix)
    assert plain.mean[0] == plain.mean[49]
    assert moved.mean[0] < moved.mean[49]
    assert moved.rank[0] < moved.rank[49]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
        max_size=12,
    )
)
def test_any_counts_give_probabilities(pairs: list[tuple[int, int]]) -> None:
    events, n = np.array(pairs).T
    found = estimates(events, n)
    known = n > 0
    for values in (found.mean, found.lo, found.hi, found.reliability):
        assert ((values[known] >= 0) & (values[known] <= 1)).all()
        assert np.isnan(values[~known]).all()
    assert (found.lo[known] <= found.hi[known]).all()
    assert ((found.rank[known] >= 1) & (found.rank[known] <= known.sum())).all()
