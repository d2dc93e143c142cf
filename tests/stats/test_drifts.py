from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from rakustats.config.settings import settings
from rakustats.stats.baselines import own_odds
from rakustats.stats.drifts import Days, Drifts, drifts

RULES = settings().drift


def watched(late: np.ndarray, odds: np.ndarray | float, per_day: int = 1) -> Drifts:
    """Watch groups (rows) of units in order; ``per_day`` of them share a day."""
    groups, units = late.shape
    group, day = np.repeat(np.arange(groups), units), np.tile(np.arange(units) // per_day, groups)
    every = np.broadcast_to(odds, late.shape).ravel()
    days = Days(group, day, every, late.ravel().astype(float), np.ones(late.size))
    return drifts(days, RULES)


def drawn(seed: int, odds: np.ndarray | float, groups: int = 200, units: int = 360) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.random((groups, units)) < expit(np.broadcast_to(odds, (groups, units)))


def test_a_change_is_found_and_dated() -> None:
    odds = np.where(np.arange(360) < 200, logit(0.1), logit(0.4))
    found = watched(drawn(1, odds), logit(0.1))
    rang = found.alarm >= 200
    assert rang.mean() > 0.9
    assert np.median(found.alarm[rang]) < 240
    assert abs(np.median(found.since[rang]) - 200) < 8
    assert np.median(found.odds_ratio[rang]) == pytest.approx(6, rel=0.3)
    assert (found.before[rang, 0] + found.after[rang, 0] == 360).all()


def test_one_that_was_always_bad_raises_no_alarm() -> None:
    found = watched(drawn(2, logit(0.22)), logit(0.1))
    assert np.mean(found.alarm >= 0) <= 0.1
    assert found.expected.mean() == pytest.approx(0.22 * 300, rel=0.1)


def test_a_wave_that_was_expected_raises_no_alarm() -> None:
    wave = np.where((np.arange(360) >= 100) & (np.arange(360) < 140), logit(0.35), logit(0.1))
    late = drawn(3, wave)
    assert np.mean(watched(late, wave).alarm >= 0) <= 0.07
    assert np.mean(watched(late, logit(0.1)).alarm >= 0) > 0.3


def test_too_few_units_are_not_watched() -> None:
    found = watched(drawn(4, logit(0.2), groups=3, units=RULES.baseline), logit(0.2))
    assert found.watched.tolist() == [0, 0, 0]
    assert np.isnan(found.limit).all()
    assert np.isnan(found.path).all()
    assert (found.alarm == -1).all()


def test_the_path_hangs_on_later_units_only_by_how_alike_units_are() -> None:
    late = drawn(5, logit(0.2), groups=200)
    whole, part = watched(late, logit(0.2)), watched(late[:, :200], logit(0.2))
    early = whole.path.reshape(200, 360)[:, 60:200]
    np.testing.assert_allclose(early, part.path.reshape(200, 200)[:, 60:], atol=0.25)


def test_units_of_a_day_count_together() -> None:
    worse = np.arange(360) >= np.where(np.arange(200) < 20, 200, 360)[:, None]
    late = drawn(6, np.where(worse, logit(0.5), logit(0.1)), groups=200)
    each, together = watched(late, logit(0.1)), watched(late, logit(0.1), per_day=5)
    assert len(together.path) == len(each.path) / 5
    both = (each.alarm >= 200) & (together.alarm >= 40)
    assert both[:20].mean() > 0.9
    assert np.abs(each.alarm[both] - 5 * together.alarm[both]).max() <= 40


def test_the_order_of_the_units_of_a_day_changes_nothing() -> None:
    late = drawn(10, logit(0.2), groups=50)
    days = late.reshape(50, 36, 10)
    turned = np.random.default_rng(1).permuted(days, axis=2).reshape(late.shape)
    one, other = (watched(units, logit(0.2), per_day=10) for units in (late, turned))
    np.testing.assert_array_equal(one.path, other.path)
    np.testing.assert_array_equal(one.alarm, other.alarm)


def test_circumstances_of_one_day_stand_in_rows_of_their_own() -> None:
    group, day = np.zeros(200, dtype=np.int64), np.repeat(np.arange(100), 2)
    odds = np.tile([logit(0.1), logit(0.5)], 100)
    chance = np.random.default_rng(7)
    late = (chance.random(200) < expit(odds)).astype(float)
    found = drifts(Days(group, day, odds, late, np.ones(200)), RULES)
    assert found.watched.tolist() == [140]
    assert found.expected[0] == pytest.approx(140 * 0.3, rel=0.25)


@pytest.mark.parametrize("alike", [0.0, 0.05])
def test_unchanged_groups_of_any_volume_raise_few_alarms(alike: float) -> None:
    chance = np.random.default_rng(11)
    rows = []
    for group, volume in enumerate(np.repeat([100, 1000, 5000], 40)):
        days = np.arange(730) if volume > 500 else np.sort(chance.choice(730, 2 * volume, False))
        n = chance.poisson(2 * volume / len(days), len(days)) if volume > 500 else np.ones(200)
        p = np.full(len(days), expit(logit(0.1) + chance.normal(0, 0.4)))
        if alike:
            p = chance.beta(p * (1 / alike - 1), (1 - p) * (1 / alike - 1))
        rows.append(
            np.column_stack([np.full(len(days), group), days, chance.binomial(n.astype(int), p), n])
        )
    group, day, events, n = np.concatenate(rows).T
    some = n > 0
    group, day = group[some].astype(np.int64), day[some].astype(np.int64)
    found = drifts(Days(group, day, np.full(len(day), logit(0.1)), events[some], n[some]), RULES)
    assert found.alike.batch == pytest.approx(alike, abs=0.01)
    for volume in range(3):
        those = slice(40 * volume, 40 * volume + 40)
        assert np.sum(found.alarm[those] >= 0) <= 0.05 * found.years[those].sum() + 5


def test_what_is_unsure_for_all_counts_for_less() -> None:
    late = drawn(12, np.where(np.arange(360) < 200, logit(0.1), logit(0.3)), groups=30)
    group, day = np.repeat(np.arange(30), 360), np.tile(np.arange(360) // 6, 30)
    odds, n = np.full(late.size, logit(0.1)), np.ones(late.size)
    sure, unsure = (
        drifts(
            Days(group, day, odds, late.ravel() * 1.0, n, of_week=np.full(late.size, variance)),
            RULES,
        )
        for variance in (0.0, 1.0)
    )
    assert (sure.alarm >= 0).sum() > 2 * (unsure.alarm >= 0).sum()
    assert np.nanmax(unsure.path) < np.nanmax(sure.path)


def test_the_own_odds_are_those_that_made_the_outcomes() -> None:
    p = np.random.default_rng(8).uniform(0.05, 0.5, 200_000)
    late = np.random.default_rng(9).random(len(p)) < expit(logit(p) + np.log(2))
    worse, better = (late * (1 - p)).sum(), (~late * p).sum()
    assert own_odds(worse, better, 1.0) == pytest.approx(2, abs=0.05)
