"""Arrival windows: bounds by level, and none for what is like nothing that ever arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from rakustats.risk.columns import NAMES
from rakustats.risk.prediction_intervals import FEWEST, PredictionIntervals, covered, fit_intervals
from rakustats.risk.rest_model import RestModel
from rakustats.risk.rows import Rows, rows_of

ASKED = datetime(2026, 10, 1)
REST = RestModel(
    np.zeros(len(NAMES)), np.log(10.5), np.zeros(len(NAMES)), 0.0,
    np.array([-1.0, 1.0]), np.array([1.0, 0.0]), 0.0, 9.0, 9.0,
)  # fmt: skip


def rows(ages: list[float], methods: list[str], units: list[str] | None = None) -> Rows:
    """Questions about deliveries that had been on their way for so many days."""
    n = len(ages)
    moments = {
        name: pa.array([moment] * n, pa.timestamp("us"))
        for name, moment in (
            ("asked_at", ASKED), ("due_at", ASKED + timedelta(9)), ("arrived_at", None),
            ("ended_at", None), ("claimed_at", None), ("slice_until", ASKED),
            ("claims_until", ASKED),
        )
    }  # fmt: skip
    features = {name: np.zeros(n) for name in NAMES}
    features["age"] = np.log(np.array(ages) + 0.5)
    keys = {"route": ["r"] * n, "method": methods, "lane_mode": ["air"] * n}
    own = {"shipment_id": units or [f"S{i}" for i in range(n)], "failed": [False] * n,
           "late": [False] * n}  # fmt: skip
    return rows_of(pa.table({**own, **keys, **moments, **features}))


def told(intervals: PredictionIntervals, asked: Rows) -> tuple[list[list[float]], list[object]]:
    days, level = intervals.of(asked, REST, np.zeros((len(asked), len(NAMES))))
    return (days - asked.asked[:, None]).tolist(), level.tolist()


def test_bounds_are_those_of_the_nearest_level_with_enough_rows() -> None:
    seen = rows([5.0] * 29, ["air"] * 19 + ["sea"] * 10)
    off = np.concatenate([np.linspace(-1, 1, 19), np.full(10, 2.0)])
    off[-1] = np.nan
    found, level = told(fit_intervals(seen, off), rows([5.0, 5.0], ["air", "sea"]))
    # of 19 the second and the last but one bound nine tenths less one in ten; nine are too few
    assert level == ["lane", "mode"]
    low, middle, high = np.linspace(-1, 1, 19)[[1, 9, 17]]
    assert found[0] == pytest.approx(np.exp(np.log(10.5) + np.array([low, middle, high])) - 0.5)


def test_what_is_older_than_nearly_all_that_arrived_has_no_window() -> None:
    ages = [float(age) for age in range(1, 31)]
    made = fit_intervals(rows(ages, ["air"] * 30), np.zeros(30))
    # ten that arrived were 21 to 30 days old when they were asked about
    found, level = told(made, rows([20.0, 21.0, 22.0], ["air"] * 3))
    assert level == ["lane", "lane", None]
    assert np.isnan(found[2]).all()


def test_no_window_reaches_beyond_what_nearly_all_took() -> None:
    made = fit_intervals(rows([5.0] * 19, ["air"] * 19), np.linspace(-1, 9, 19))
    rest = replace(REST, most=np.log(60.5))
    days, _ = made.of(rows([5.0], ["air"]), rest, np.zeros((1, len(NAMES))))
    low, _, high = days[0] - rows([5.0], ["air"]).asked[0]
    assert high == pytest.approx(60)
    assert low < 10


def test_one_delivery_asked_about_often_is_one() -> None:
    ages = [1.0] * 20 + [90.0] * 20
    units = [f"S{i}" for i in range(20)] + ["OLD"] * 20
    made = fit_intervals(rows(ages, ["air"] * 40, units), np.zeros(40))
    assert made.oldest["age"] == pytest.approx(np.log(1.5))
    assert told(made, rows([2.0], ["air"]))[1] == [None]


def test_those_that_never_arrived_say_nothing_of_how_old_one_may_get() -> None:
    off = np.concatenate([np.zeros(FEWEST), np.full(30, np.nan)])
    made = fit_intervals(rows([5.0] * FEWEST + [200.0] * 30, ["air"] * 40), off)
    assert made.oldest["age"] == pytest.approx(np.log(5.5))


def test_the_bounds_are_within() -> None:
    window = np.array([[1.0, 2.0, 3.0]] * 3)
    assert covered(np.array([1.0, 3.0, 3.1]), window).tolist() == [True, True, False]
