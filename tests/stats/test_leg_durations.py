from __future__ import annotations

import numpy as np
import pytest

from rakustats.stats.leg_durations import LEAST_DAYS, Times, slowness


def times(days: np.ndarray, entity: np.ndarray, still: np.ndarray | None = None) -> Times:
    alike = np.zeros(len(days), dtype=np.intp)
    is_open = alike == 1 if still is None else still
    return Times(entity, alike, days.astype(float), is_open, np.ones(len(days)))


def drawn(seed: int, entities: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True slowness of entities, and days with whose they are."""
    chance = np.random.default_rng(seed)
    slow = chance.normal(0, 0.3, entities)
    entity = np.repeat(np.arange(entities), chance.integers(1, 40, entities))
    return slow, np.exp(1.5 + slow[entity] + 0.5 * chance.normal(size=len(entity))), entity


def test_spread_level_and_effects_are_found() -> None:
    slow, days, entity = drawn(1)
    found = slowness(times(days, entity))
    assert found.spread == pytest.approx(0.3, abs=0.04)
    assert found.noise == pytest.approx(0.5, abs=0.02)
    assert found.level == pytest.approx(1.5 + slow.mean(), abs=0.05)
    off = np.abs(found.entities.mean - (slow - slow.mean()))
    assert 0.86 < np.mean(off < 1.645 * found.entities.sd) < 0.94


def test_open_ones_are_not_taken_for_quick_ones() -> None:
    slow, days, entity = drawn(2)
    seen = np.random.default_rng(3).uniform(1, 10, len(days))
    still = days > seen
    assert 0.3 < still.mean() < 0.6
    found = slowness(times(np.minimum(days, seen), entity, still))
    assert found.level == pytest.approx(1.5 + slow.mean(), abs=0.05)
    assert found.noise == pytest.approx(0.5, abs=0.03)
    closed_only = slowness(times(days[~still], entity[~still]))
    assert closed_only.level < found.level - 0.2


def test_the_circumstances_are_taken_off() -> None:
    chance = np.random.default_rng(4)
    entity, level = np.repeat([0, 1], 300), np.zeros(600, dtype=np.intp)
    level[300:] = chance.random(300) < 0.9
    days = np.exp(1 + 0.8 * level + 0.2 * chance.normal(size=600))
    open_ = np.zeros(600, dtype=bool)
    found = slowness(Times(entity, level, days, open_, np.ones(600)))
    assert abs(np.diff(found.entities.mean)[0]) < 0.1


def test_cells_that_are_counted_together_tell_the_same() -> None:
    entity, days = np.array([0, 0, 1, 1]), np.array([3.0, 5.0, 4.0, 9.0])
    still = np.array([False, True, False, False])
    zeros = np.zeros(4, dtype=np.intp)
    n = np.array([2.0, 3.0, 1.0, 4.0])
    together = slowness(Times(entity, zeros, days, still, n))
    rows = np.repeat(np.arange(4), n.astype(int))
    apart = slowness(times(days[rows], entity[rows], still[rows]))
    np.testing.assert_allclose(together.entities.mean, apart.entities.mean, atol=1e-4)


def test_no_time_at_all_is_half_a_day() -> None:
    found = slowness(times(np.array([0.0, 0.0, 0.5]), np.array([0, 0, 0])))
    assert found.level == pytest.approx(np.log(LEAST_DAYS))
