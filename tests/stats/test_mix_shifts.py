"""Case-mix shifts: nothing where mixes are alike, the planted effect where they differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from rakustats.stats.case_mix import mix_shifts
from rakustats.stats.shrinkage import estimates
from validation.adjusted_rates import world

SEEDS = st.integers(0, 2**32 - 1)


def cells(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return entity and stratum of the cells with units."""
    who, stratum = np.nonzero(n)
    return who, stratum


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 60) | st.sampled_from([301, 3000]), st.integers(1, 9), SEEDS, st.booleans())
@example(3, 1, 0, False)
@example(2, 1, 2, True)
@example(3000, 4, 1, True)
def test_with_the_same_mix_everywhere_adjusted_rates_are_the_shrunken_rates(
    entities: int, strata: int, seed: int, giant: bool
) -> None:
    chance = np.random.default_rng(seed)
    size = chance.geometric(0.02, entities)
    if giant:
        size[0] = 99 * size[1:].sum()
    n = np.outer(size, chance.integers(1, 9, strata)).astype(float)
    events = chance.binomial(n.astype(int), expit(chance.normal(-2, 1, n.shape))).astype(float)
    who, stratum = cells(n)
    order = chance.permutation(len(who))
    who, stratum = who[order], stratum[order]
    # a second variable that has one level, and a third that says the same as the first
    labels = [stratum, np.zeros_like(stratum), stratum * 7]
    mix = mix_shifts(who, labels, events[who, stratum], n[who, stratum], entities)
    total = events.sum(axis=1), n.sum(axis=1)
    plain, found = estimates(*total), estimates(*total, mix)
    for name in ("adjusted", "mean"):
        np.testing.assert_allclose(getattr(found, name), plain.mean, atol=1e-9, rtol=0)
    np.testing.assert_allclose(found.adjusted_lo, plain.lo, atol=1e-9, rtol=0)
    np.testing.assert_allclose(found.rank, plain.rank, atol=1e-9, rtol=0)


@settings(max_examples=12, deadline=None)
@given(st.integers(2, 40), SEEDS)
def test_a_label_that_nobody_uses_and_the_order_of_cells_change_nothing(
    entities: int, seed: int
) -> None:
    seen = world(entities, 2000, seed, differ=True)
    who, stratum = cells(seen.n)
    events, n = seen.events[who, stratum], seen.n[who, stratum]
    labels = [np.asarray(level)[stratum] for level in seen.levels]
    plain = mix_shifts(who, labels, events, n, entities)
    order = np.random.default_rng(seed).permutation(len(who))
    unused = [np.append(code, 99)[np.append(order, len(who))] for code in labels]
    more = mix_shifts(
        *(np.append(who, 0)[np.append(order, len(who))], unused),
        *(np.append(part, 0.0)[np.append(order, len(who))] for part in (events, n)),
        entities,
    )
    np.testing.assert_allclose(more.shift, plain.shift, atol=1e-9)
    np.testing.assert_allclose(more.sd, plain.sd, atol=1e-9)
    alike = mix_shifts(who, [*labels, np.zeros_like(who)], events, n, entities)
    np.testing.assert_array_equal(alike.shift, plain.shift)


def test_who_is_its_whole_stratum_is_told_and_widely_uncertain() -> None:
    # A alone sells glass; B to F sell cloth, and one of them some wood too
    who = np.array([0, 1, 2, 3, 4, 5, 5])
    kind = np.array([0, 1, 1, 1, 1, 1, 2])
    n = np.array([400.0, 300, 300, 300, 300, 200, 100])
    events = np.array([120.0, 30, 25, 35, 30, 20, 10])
    found = mix_shifts(who, [kind], events, n, 6)
    assert found.alone.tolist() == [400, 0, 0, 0, 0, 100]
    assert found.sd[0] > 0.5
    assert found.sd[1:5].max() < 0.2
    rates = estimates(np.bincount(who, events), np.bincount(who, n), found)
    plain = estimates(np.bincount(who, events), np.bincount(who, n))
    assert rates.adjusted_hi[0] - rates.adjusted_lo[0] > 1.3 * (plain.hi[0] - plain.lo[0])
    assert rates.adjusted[0] < plain.mean[0]


def test_one_that_is_most_of_a_stratum_is_not_its_own_measure() -> None:
    # glass is as hard as cloth for B, C and D, who sell both; A sells most of the glass, badly
    who, kind = np.repeat(np.arange(4), 2), np.tile([0, 1], 4)
    n = np.array([2000.0, 20, 60, 300, 60, 300, 60, 300])
    events = np.array([600.0, 6, 6, 30, 6, 30, 6, 30])
    found = mix_shifts(who, [kind], events, n, 4)
    rates = estimates(np.bincount(who, events), np.bincount(who, n), found)
    assert rates.adjusted[0] == pytest.approx(0.3, abs=0.03)
    assert rates.adjusted[1:] == pytest.approx([0.1] * 3, abs=0.02)


def test_planted_effects_of_the_mix_are_taken_out() -> None:
    runs = []
    for seed in range(30):
        seen = world(12, 4000, seed, differ=True)
        who, stratum = cells(seen.n)
        labels = [np.asarray(level)[stratum] for level in seen.levels]
        mix = mix_shifts(who, labels, seen.events[who, stratum], seen.n[who, stratum], 12)
        total = seen.events.sum(axis=1), seen.n.sum(axis=1)
        found, raw = estimates(*total, mix), estimates(*total)
        runs.append(
            [((e - seen.rate) ** 2).mean() for e in (found.adjusted, raw.mean)]
            + [((found.adjusted_lo <= seen.rate) & (seen.rate <= found.adjusted_hi)).mean()]
        )
    adjusted, plain, cover = np.mean(runs, axis=0)
    assert adjusted < 0.7 * plain
    assert cover > 0.84


@pytest.mark.parametrize("happened", [0.0, 1.0])
def test_where_nothing_or_everything_happened_there_is_no_shift_to_speak_of(
    happened: float,
) -> None:
    who, kind = np.repeat(np.arange(5), 2), np.tile([0, 1], 5)
    n = np.array([5.0, 50, 60, 3, 8, 8, 100, 1, 2, 40])
    found = mix_shifts(who, [kind], n * happened, n, 5)
    assert np.abs(found.shift).max() < 0.5
    assert np.isfinite(found.sd).all()


def test_flags_go_by_the_common_rate_whatever_the_mixes() -> None:
    seen = world(300, 20_000, 5, differ=True)
    who, stratum = cells(seen.n)
    levels = [level[stratum] for level in seen.levels]
    counts = seen.events[who, stratum], seen.n[who, stratum]
    found = estimates(
        seen.events.sum(axis=1), seen.n.sum(axis=1), mix_shifts(who, levels, *counts, 300)
    )
    common = seen.events.sum() / seen.n.sum()
    assert found.limit == pytest.approx(expit(logit(common) + np.log(2)), rel=1e-3)
    # the mean of the groups' logits is another, lower one
    assert expit(logit(seen.rate).mean()) < 0.97 * common
