"""Intervals of ratios of sums over orders, and the steps that bring their spread."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from rakustats.engine.steps import with_steps
from rakustats.metrics.spec.ratio_spread import spread_steps
from rakustats.stats.ratios import ratio_interval


def spread(cost: list[float], good: list[float], orders: list[int]) -> tuple[float, float]:
    paid = pa.table({"g": ["a"] * len(cost), "of_order": orders, "cost": cost, "good": good})
    with duckdb.connect() as con:
        con.register("paid", paid)
        text = with_steps(spread_steps(["g"], "paid"), "SELECT ratio_sd, clusters FROM spread")
        sd, clusters = con.sql(text).fetchall()[0]
    return (np.nan if sd is None else sd), (np.nan if clusters is None else clusters)


def test_the_spread_is_the_jackknife_over_orders() -> None:
    cost, good = np.array([300.0, 90, 700, 120]), np.array([3.0, 1, 5, 0])
    sd, clusters = spread(
        [200.0, 100.0, *cost[1:]], [1.0, 2.0, *good[1:]], [1, 1, 2, 3, 4]
    )  # the first order has two lines
    left_out = (cost.sum() - cost) / (good.sum() - good)
    whole = cost.sum() / good.sum()
    assert sd == pytest.approx(np.sqrt(3 / 4 * ((left_out - whole) ** 2).sum()))
    assert clusters == pytest.approx(81 / (9 + 1 + 25))


def test_one_order_tells_no_spread() -> None:
    for given in (([100.0], [2.0], [1]), ([100.0, 50.0], [2.0, 0.0], [1, 2])):
        sd, clusters = spread(*given)
        lo, hi = ratio_interval(*(np.array([x]) for x in (75.0, sd, clusters)), 0.9)
        assert np.isnan([lo[0], hi[0]]).all()


def test_few_orders_have_wide_intervals() -> None:
    few, many = (
        ratio_interval(np.array([100.0]), np.array([10.0]), np.array([k]), 0.9) for k in (3.0, 1e6)
    )
    assert few[0] < many[0] < 100 < many[1] < few[1]
    assert many[0][0] * many[1][0] == pytest.approx(100**2)
    assert np.isnan(ratio_interval(np.array([-5.0]), np.array([1.0]), np.array([9.0]), 0.9)).all()
