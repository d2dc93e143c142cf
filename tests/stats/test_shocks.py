"""What all suffer is nobody's drift, and nobody tells himself what all suffered."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from rakustats.stats.risk_adjusted import Dated, watched_drifts
from rakustats.stats.shocks import shared_shocks

GROUPS, DAYS, UNITS = 25, 140, 2
GROUP = np.repeat(np.arange(GROUPS), DAYS)
DAY = np.tile(np.arange(DAYS), GROUPS) + 20_000
LANE = np.zeros(GROUPS * DAYS, dtype=np.int64)
N = np.full(GROUPS * DAYS, float(UNITS))


def drawn(odds: np.ndarray, seed: int = 1) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).binomial(UNITS, expit(odds)), dtype=float)


def test_a_week_that_all_suffer_is_found_and_quiet_weeks_are_left_alone() -> None:
    week = DAY // 7
    wave = week == week[50]
    odds = np.where(wave, logit(0.5), logit(0.1))
    found = shared_shocks(GROUP, DAY, LANE, np.full(len(DAY), logit(0.1)), drawn(odds), N)
    np.testing.assert_allclose(found.shift[wave], logit(0.5) - logit(0.1), atol=0.6)
    assert np.abs(found.shift[~wave]).mean() < 0.15
    assert found.of_week[~wave].mean() < 0.1


def test_a_group_tells_itself_nothing() -> None:
    quiet = drawn(np.full(len(DAY), logit(0.1)))
    worse = np.where((GROUP == 3) & (DAY > 20_070), UNITS, quiet)
    odds = np.full(len(DAY), logit(0.1))
    found = shared_shocks(GROUP, DAY, LANE, odds, worse, N)
    rest = shared_shocks(GROUP, DAY, LANE, odds, quiet, N)
    own = GROUP == 3
    assert np.abs(found.shift[own] - rest.shift[own]).mean() < 0.1
    alone = shared_shocks(LANE[own], DAY[own], LANE[own], odds[own], worse[own], N[own])
    assert np.abs(alone.shift).max() < 0.05


def test_a_first_closure_raises_no_alarm_and_a_worse_seller_does() -> None:
    closed = (DAY >= 20_040) & (DAY < 20_055)
    worse = (GROUP == 3) & (DAY >= 20_090)
    level = np.random.default_rng(2).normal(0, 0.4, GROUPS)[GROUP]
    odds = logit(0.1) + level + np.where(closed, 3.0, 0.0) + np.where(worse, 1.8, 0.0)
    none = np.zeros(len(DAY), dtype=np.intp)
    found = watched_drifts([GROUP, none, none], 0, Dated(DAY, LANE, drawn(odds, 3), N))
    assert found.alarm[3] >= 20_090
    assert np.flatnonzero(found.alarm >= 0).tolist() == [3]
