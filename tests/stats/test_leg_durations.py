from __future__ import annotations

import numpy as np
import pytest

from rakustats.stats.leg_durations import FINEST, Times, slowness


def drawn(seed: int, entities: int = 400, median: float = 4.5) -> tuple[np.ndarray, ...]:
    """True slowness of entities, the days taken with whose they are, and the hour of each start."""
    chance = np.random.default_rng(seed)
    slow = chance.normal(0, 0.3, entities)
    entity = np.repeat(np.arange(entities), chance.integers(1, 40, entities))
    took = median * np.exp(slow[entity] + 0.5 * chance.normal(size=len(entity)))
    return slow, took, entity, chance.random(len(entity))


def cut(took: np.ndarray, entity: np.ndarray, begun: np.ndarray, upto: int | None = None) -> Times:
    """The times as days tell them, looked at up to the end of a day after that of the start."""
    end = np.floor(begun + took)
    ended = np.ones(len(end), dtype=bool) if upto is None else end <= upto
    alike, days = np.zeros(len(took), dtype=np.intp), np.where(ended, end, upto or 0.0)
    return Times.of_days(entity, alike, np.ones(len(took)), days, begun, ended)


def test_spread_level_and_effects_are_found() -> None:
    slow, took, entity, begun = drawn(1)
    found = slowness(cut(took, entity, begun))
    assert found.spread == pytest.approx(0.3, abs=0.04)
    assert found.noise == pytest.approx(0.5, abs=0.02)
    assert found.level == pytest.approx(np.log(4.5) + slow.mean(), abs=0.05)
    off = np.abs(found.entities.mean - (slow - slow.mean()))
    assert 0.86 < np.mean(off < 1.645 * found.entities.sd) < 0.94


@pytest.mark.parametrize("told", [True, False])
def test_days_that_are_mostly_one_or_two_tell_the_same(told: bool) -> None:
    slow, took, entity, begun = drawn(5, median=1.0)
    found = slowness(cut(took, entity, begun) if told else unsaid(took, entity, begun))
    assert found.spread == pytest.approx(0.3, abs=0.05)
    assert found.noise == pytest.approx(0.5, abs=0.04)
    assert found.level == pytest.approx(slow.mean(), abs=0.05)
    off = np.abs(found.entities.mean - (slow - slow.mean()))
    assert 0.86 < np.mean(off < 1.645 * found.entities.sd) < 0.94
    # what is shrunken is as far from the mean as its truth is, on average
    slope = np.polyfit(found.entities.mean, slow - slow.mean(), 1)[0]
    assert slope == pytest.approx(1.0, abs=0.1)


def unsaid(took: np.ndarray, entity: np.ndarray, begun: np.ndarray) -> Times:
    """The same where nobody says at what hour anything began."""
    alike, end = np.zeros(len(took), dtype=np.intp), np.floor(begun + took)
    return Times.of_days(entity, alike, np.ones(len(took)), end, begun * np.nan, alike == 0)


def test_open_ones_are_not_taken_for_quick_ones() -> None:
    slow, took, entity, begun = drawn(2)
    upto = 4
    found = slowness(cut(took, entity, begun, upto))
    assert found.level == pytest.approx(np.log(4.5) + slow.mean(), abs=0.05)
    assert found.noise == pytest.approx(0.5, abs=0.03)
    closed = np.floor(begun + took) <= upto
    assert 0.4 < closed.mean() < 0.6
    only = slowness(cut(took[closed], entity[closed], begun[closed]))
    assert only.level < found.level - 0.2


def test_the_circumstances_are_taken_off() -> None:
    chance = np.random.default_rng(4)
    entity, level = np.repeat([0, 1], 300), np.zeros(600, dtype=np.intp)
    level[300:] = chance.random(300) < 0.9
    took, begun = np.exp(1 + 0.8 * level + 0.2 * chance.normal(size=600)), chance.random(600)
    ended = np.ones(600, dtype=bool)
    cells = Times.of_days(entity, level, np.ones(600), np.floor(begun + took), begun, ended)
    assert abs(np.diff(slowness(cells).entities.mean)[0]) < 0.1


def test_who_is_alone_in_its_circumstances_is_not_said_to_be_known() -> None:
    entity = np.arange(12)
    level, days = (entity == 11).astype(np.intp), np.where(entity == 11, 30.0, 4.0 + entity % 4)
    n, ended = np.full(12, 200.0), np.ones(12, dtype=bool)
    found = slowness(Times.of_days(entity, level, n, days, np.full(12, 0.5), ended)).entities
    assert found.sd[11] > 4 * found.sd[:11].max()
    assert abs(found.mean[11]) < found.sd[11]


def test_cells_that_are_counted_together_tell_the_same() -> None:
    entity, days = np.array([0, 0, 1, 1]), np.array([3.0, 5.0, 4.0, 9.0])
    ended = np.array([True, False, True, True])
    begun, n = np.array([0.5, np.nan, np.nan, 0.3]), np.array([2.0, 3.0, 1.0, 4.0])
    zeros = np.zeros(4, dtype=np.intp)
    together = slowness(Times.of_days(entity, zeros, n, days, begun, ended))
    rows = np.repeat(np.arange(4), n.astype(int))
    each = (entity[rows], zeros[rows], np.ones(len(rows)))
    apart = slowness(Times.of_days(*each, days[rows], begun[rows], ended[rows]))
    np.testing.assert_allclose(together.entities.mean, apart.entities.mean, atol=1e-4)


def test_no_time_at_all_is_a_short_one() -> None:
    alike = np.zeros(3, dtype=np.intp)
    late = np.full(3, 0.99)
    found = slowness(Times.of_days(alike, alike, np.ones(3), late * 0, late, alike == 0))
    assert np.isfinite(found.level)
    assert found.level < np.log(FINEST)
