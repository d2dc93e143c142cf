from __future__ import annotations

import numpy as np
import pytest

from rakustats.stats.cusum import change_points, first_alarms, increments
from rakustats.stats.markov import run_length, transitions
from validation.told_level import LONG, alarm_probability, cusum, limit_for


def by_loop(added: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    path, place = np.empty(len(added)), 0
    for length in lengths:
        level = 0.0
        for _ in range(length):
            level = max(0.0, level + added[place])
            path[place] = level
            place += 1
    return path


def test_an_outcome_adds_its_log_likelihood_ratio() -> None:
    added = increments(np.array([1.0, 0.0]), np.array([0.2, 0.2]), 2.0)
    worse = 0.4 / 1.2
    assert added[0] == pytest.approx(np.log(worse / 0.2))
    assert added[1] == pytest.approx(np.log((1 - worse) / 0.8))


@pytest.mark.parametrize("lengths", [[5, 1, 9], [0, 3], [LONG + 7, 4], [LONG + 1, LONG + 2]])
def test_the_sums_are_those_of_a_loop(lengths: list[int]) -> None:
    sizes = np.array(lengths)
    added = np.random.default_rng(1).normal(-0.05, 1.0, sizes.sum())
    np.testing.assert_allclose(cusum(added, sizes), by_loop(added, sizes), atol=1e-9)


def test_a_group_has_the_same_bits_whoever_stands_beside_it() -> None:
    added = np.random.default_rng(2).normal(0, 1, 60)
    alone = cusum(added[:20], np.array([20]))
    assert cusum(added, np.array([20, 40]))[:20].tobytes() == alone.tobytes()


def test_the_alarm_is_the_first_and_dates_back_to_the_last_zero() -> None:
    path = np.array([0.0, 1.0, 0.0, 1.0, 2.0, 3.0, 0.0, 5.0])
    lengths = np.array([6, 2])
    alarms = first_alarms(path, lengths, np.array([2.0, 9.0]))
    assert alarms.tolist() == [4, -1]
    assert change_points(path, lengths, alarms).tolist() == [3, -1]


@pytest.mark.parametrize(
    ("events", "expected", "odds", "said"),
    [([1.0], [0.2], 1.0, "odds ratio"), ([1.0], [1.0], 2.0, "between 0 and 1")],
)
def test_what_cannot_be_is_refused(
    events: list[float], expected: list[float], odds: float, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        increments(np.array(events), np.array(expected), odds)


def test_the_chain_has_the_run_length_of_simulation() -> None:
    risks, shares = np.array([0.1, 0.3]), np.array([0.5, 0.5])
    chance, level, steps = np.random.default_rng(3), np.zeros(4000), 0
    while level.size:
        risk = chance.choice(risks, level.size)
        event = (chance.random(level.size) < risk).astype(float)
        steps += level.size
        level = np.maximum(level + increments(event, risk, 2.0), 0)
        level = level[level < 2.5]
    told = run_length(transitions(2.5, risks, shares, 2.0))
    assert told == pytest.approx(steps / 4000, rel=0.06)


def test_a_limit_keeps_its_false_alarms() -> None:
    risks, shares = np.array([0.15]), np.array([1.0])
    limit = limit_for(0.05, 300, risks, shares, 2.5)
    chain = transitions(limit, risks, shares, 2.5)
    assert alarm_probability(chain, 300) == pytest.approx(0.05, abs=0.005)
    assert limit_for(0.01, 300, risks, shares, 2.5) > limit
    with pytest.raises(ValueError, match="false-alarm"):
        limit_for(0.0, 300, risks, shares, 2.5)
