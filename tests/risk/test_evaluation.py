"""Figures of probabilities: hand-computed rows, calibration, and what counts as better."""

from __future__ import annotations

import numpy as np
import pytest

from rakustats.errors import UsageError
from rakustats.risk.evaluation import beats, calibration, evaluate


def test_figures_by_hand() -> None:
    found = evaluate([1, 0, 1, 0], [0.9, 0.8, 0.4, 0.1], past_rate=0.5, capacity=2)
    assert (found.n, found.events, found.capacity, found.precision) == (4, 2, 2, 0.5)
    assert found.auc == 0.75
    assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert found.brier == pytest.approx((0.01 + 0.64 + 0.36 + 0.01) / 4)
    assert found.skill == pytest.approx(1 - found.brier / 0.25)
    assert found.mean_probability == pytest.approx(0.55)


def test_one_outcome_only_has_no_order_to_judge() -> None:
    found = evaluate([0, 0], [0.1, 0.2], past_rate=0.0, capacity=5)
    assert (found.auc, found.average_precision, found.skill, found.capacity) == (
        None,
        None,
        None,
        2,
    )


def test_true_probabilities_are_calibrated_and_shifted_ones_not() -> None:
    rng = np.random.default_rng(3)
    p = rng.uniform(0, 0.8, 20_000)
    late = rng.random(p.size) < p
    table = calibration(late, p)
    assert table.n.tolist() == [2000] * 10
    assert table.error < 0.015
    assert calibration(late, p + 0.1).error == pytest.approx(0.1, abs=0.01)


def test_the_true_rate_beats_and_noise_does_not() -> None:
    rng = np.random.default_rng(4)
    p = rng.uniform(0, 1, 2000)
    late = rng.random(p.size) < p
    base = np.full(p.size, 0.5)
    week = np.arange(p.size) // 50
    assert beats(late, p, base, week)
    assert not beats(late, base, p, week)
    assert not beats(late, p, p, week)


def test_rows_that_go_wrong_together_count_as_one() -> None:
    late = np.repeat([1, 1, 0], 100)
    better, base = np.where(late == 1, 0.6, 0.58), np.full(300, 0.5)
    assert beats(late, better, base, np.arange(300))
    assert not beats(late, better, base, np.repeat([1, 2, 3], 100))
    assert not beats(late, better, base, np.zeros(300))


@pytest.mark.parametrize(
    ("events", "p", "said"),
    [
        ([], [], "give one of each"),
        ([1], [0.1, 0.2], "give one of each"),
        ([1], [1.2], "outside 0 to 1"),
        ([1], [float("nan")], "outside 0 to 1"),
    ],
)
def test_what_cannot_be_judged_is_refused(events: list[int], p: list[float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        evaluate(events, p, past_rate=0.1, capacity=1)
