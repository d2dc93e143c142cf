"""Arrival windows: of each leg and stage, and none for what is like nothing that ever arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from rakustats.risk.columns import NAMES
from rakustats.risk.prediction_intervals import (
    ENOUGH,
    PredictionIntervals,
    covered,
    fit_intervals,
)
from rakustats.risk.remaining_time import conformal_bounds
from rakustats.risk.rows import Rows, day_of, rows_of
from rakustats.stats.arrays import Floats

NOW = datetime(2026, 10, 1)
AT = day_of(NOW)


def rows(
    ages: Sequence[float],
    days: Sequence[float | None],
    *,
    stages: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
    ago: Sequence[float] | float = 300.0,
    starts: int = 1,
) -> Rows:
    """Questions of so many days ago about deliveries of some age, and how long they still took."""
    n = len(ages)
    asked = [NOW - timedelta(back) for back in np.broadcast_to(np.asarray(ago, float), n).tolist()]
    ends = [
        None if d is None else moment + timedelta(d) for moment, d in zip(asked, days, strict=True)
    ]
    times = {"asked_at": asked, "arrived_at": ends, "received_at": ends, "ended_at": ends}
    times |= {"due_at": [moment + timedelta(9) for moment in asked], "claimed_at": [None] * n}
    times |= {"slice_until": [NOW] * n, "claims_until": [NOW] * n}
    features = {name: np.zeros(n) for name in NAMES}
    features["age"] = np.log(np.array(ages) + 0.5)
    own = {
        "shipment_id": units or [f"S{i:04}" for i in range(n)], "failed": [False] * n,
        "late": [False] * n, "starts": [starts] * n, "method": ["2|air|EMS"] * n,
        "stage": stages or ["in_transit"] * n,
    }  # fmt: skip
    moments = {name: pa.array(values, pa.timestamp("us")) for name, values in times.items()}
    return rows_of(pa.table({**own, **moments, **features}))


def asked_now(ages: list[float], stages: list[str] | None = None, starts: int = 1) -> Rows:
    return rows(ages, [None] * len(ages), stages=stages, ago=0.0, starts=starts)


def told(intervals: PredictionIntervals, asked: Rows) -> tuple[list[list[float]], list[object]]:
    days, level = intervals.of(asked)
    return (days - asked.asked[:, None]).tolist(), level.tolist()


def test_a_stage_of_few_has_what_these_took_and_one_of_fewer_none() -> None:
    stages = ["in_transit"] * 19 + ["customs"] * 9
    seen = rows([5.0] * 28, list(range(1, 29)), stages=stages)
    found, level = told(fit_intervals(seen, AT), asked_now([5.0, 5.0], ["in_transit", "customs"]))
    # of 19 the second and the last but one hold eight of ten; nine are too few
    assert level == ["stage", None]
    assert found[0] == pytest.approx([2, 10, 18])
    assert np.isnan(found[1]).all()


def test_what_is_older_than_nearly_all_that_arrived_has_no_window() -> None:
    made = fit_intervals(rows([float(age) for age in range(1, 31)], [3.0] * 30), AT)
    # ten that arrived were 21 to 30 days old when they were asked about
    found, level = told(made, asked_now([20.0, 21.0, 22.0]))
    assert level == ["stage", "stage", None]
    assert np.isnan(found[2]).all()


def test_one_delivery_asked_about_often_is_one() -> None:
    units = [f"S{i}" for i in range(20)] + ["OLD"] * 20
    made = fit_intervals(rows([1.0] * 20 + [90.0] * 20, [3.0] * 40, units=units), AT)
    assert told(made, asked_now([2.0]))[1] == [None]
    often = fit_intervals(rows([1.0] * 40, [3.0] * 40, units=["S"] * 40), AT)
    assert told(often, asked_now([1.0]))[1] == [None]


def test_what_only_begins_is_no_measure_of_what_is_on_its_way() -> None:
    made = fit_intervals(rows([0.0] * 30, [9.0] * 30, starts=0), AT)
    assert told(made, asked_now([0.0]))[1] == [None]
    assert told(made, asked_now([0.0], starts=0))[0][0] == pytest.approx([9, 9, 9])


def test_recent_questions_that_have_seen_fast_endings_alone_bias_nothing() -> None:
    """Half took 2 days and half 20: of those asked about ten days ago only the fast ones ended."""
    took = [2.0, 20.0] * 100
    old, recent = rows([5.0] * 200, took), rows([5.0] * 200, took, ago=10.0)
    assert np.isnan(recent.remaining(AT)).sum() == 100
    both = pa.concat_tables([old.table, recent.table])
    ids = pa.array([f"S{i:04}" for i in range(400)])
    both = rows_of(both.set_column(both.column_names.index("shipment_id"), "shipment_id", ids))
    values = np.where(np.isnan(both.remaining(AT)), 10.0, both.remaining(AT))
    known = ~np.isnan(both.remaining(AT))
    low, middle, high = conformal_bounds(values, known, np.ones(400))
    assert (low, high) == pytest.approx((2, 20))
    assert np.quantile(values[known], 0.6) == pytest.approx(2)
    assert middle in (pytest.approx(2), pytest.approx(20))


def test_those_that_never_arrive_are_not_waited_for() -> None:
    took: list[float | None] = [float(d) for d in np.linspace(1, 9, 60)]
    alone = fit_intervals(rows([5.0] * 60, took), AT)
    beside = fit_intervals(rows([5.0] * 90, took + [None] * 30), AT)
    assert told(beside, asked_now([5.0])) == told(alone, asked_now([5.0]))


def planted(rng: np.random.Generator, n: int, ago: tuple[float, float]) -> Rows:
    """Two stages of which one is twice as slow and three times as uncertain for the old."""
    age = rng.uniform(0, 20, n)
    late = rng.integers(0, 2, n).astype(bool)
    mean = np.log(np.where(late, 1.5, 8.0)) + np.where(late, 0.0, 0.04 * age)
    spread = np.where(late, 0.2, 0.2 + 0.02 * age)
    days = np.exp(mean + spread * rng.standard_normal(n))
    stages = np.where(late, "last_mile", "in_transit").tolist()
    back = rng.uniform(*ago, n)
    return rows(age.tolist(), days.tolist(), stages=stages, ago=back.tolist())


def test_windows_hold_within_each_stage_for_the_young_and_the_old() -> None:
    rng = np.random.default_rng(1)
    made = fit_intervals(planted(rng, 4_000, (0.0, 500.0)), AT)
    asked = planted(rng, 4_000, (0.0, 0.5))
    days, level = made.of(asked)
    age = np.exp(asked.features["age"].to_numpy()) - 0.5
    assert (level == "model").mean() > 0.98
    stage = asked.names("stage")
    for name in ("last_mile", "in_transit"):
        for old in (False, True):
            here = (stage == name) & ((age > 10) == old) & (level == "model")
            assert 0.75 < covered(asked.received[here], days[here]).mean() < 0.86, (name, old)
            assert 0.42 < (asked.received[here] <= days[here, 1]).mean() < 0.58, (name, old)
    width = days[:, 2] - days[:, 0]
    assert np.nanmedian(width[stage == "last_mile"]) < 1.2
    on_its_way = stage == "in_transit"
    young, old_ones = (np.nanmedian(width[on_its_way & here]) for here in (age < 5, age > 15))
    assert 2 * young < old_ones


def test_windows_are_in_order_and_never_before_the_question() -> None:
    rng = np.random.default_rng(2)
    made = fit_intervals(planted(rng, 1_500, (0.0, 500.0)), AT)
    asked = planted(rng, 500, (0.0, 0.5))
    asked = replace(asked, features=asked.features * rng.normal(1, 3, asked.features.shape))
    days, _ = made.of(asked)
    days = days[~np.isnan(days[:, 0])]
    assert (np.diff(days, axis=1) >= 0).all()
    assert (days - AT >= -0.5).all()
    assert (days - AT < 60).all()


def test_what_came_later_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    seen = planted(rng, 1_000, (0.0, 300.0))
    later = seen.received > AT - 30
    moved = np.where(later, seen.received + 40, seen.received)
    other = replace(seen, arrived=moved, received=moved, ended=moved)
    asked = planted(rng, 50, (0.0, 0.5))
    assert later.sum() > 50
    before, after = (fit_intervals(one, AT - 30).of(asked)[0] for one in (seen, other))
    assert np.array_equal(before, after, equal_nan=True)


def test_a_delivery_is_received_when_it_is_handed_over() -> None:
    attempted = rows([5.0] * 30, [4.0] * 30)
    handed: Floats = attempted.arrived + 2
    found, _ = told(fit_intervals(replace(attempted, received=handed), AT), asked_now([5.0]))
    assert found[0] == pytest.approx([6, 6, 6])


def test_enough_for_a_model_is_counted_in_deliveries() -> None:
    for n, level in ((ENOUGH - 1, "stage"), (ENOUGH, "model")):
        made = fit_intervals(rows([5.0] * n, np.linspace(1, 9, n).tolist(), ago=50.0), AT)
        assert told(made, asked_now([5.0]))[1] == [level]


def test_the_bounds_are_within() -> None:
    window = np.array([[1.0, 2.0, 3.0]] * 3)
    assert covered(np.array([1.0, 3.0, 3.1]), window).tolist() == [True, True, False]
