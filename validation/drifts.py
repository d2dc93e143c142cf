"""Getting worse (D1 to D4): run lengths, alarms at a known and at an estimated level, speed.

Sellers' levels lie around a late rate of 15 %, and of 10 %, which is harder, sd .4 on the logit;
the Lunar New Year triples the odds of 30 of the 300 orders, and the worsening begins with order
100. What alarms before that counts as a false alarm; detection and delay are of the others.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from rakustats.config.settings import DriftRules, settings
from rakustats.stats.arrays import Floats
from rakustats.stats.cusum import first_alarms, increments
from rakustats.stats.drifts import Days, drifts
from rakustats.stats.markov import run_length, transitions
from validation.figures import Figure
from validation.told_level import cusum, limit_for

IDS = ("D1", "D2", "D3", "D4")
SETTINGS = (
    (3.0, (0.05,), 2.0, 1.0),
    (3.5, (0.15,), 2.0, 1.0),
    (3.0, (0.03, 0.10, 0.30), 2.5, 1.0),
    (4.0, (0.10,), 2.5, 2.5),
)
RATIO, ORDERS, CHANGE, FALSE = 2.5, 300, 100, 0.05
WAVE_ODDS, SPREAD = 3.0, 0.4


def figures(quick: bool) -> list[Figure]:
    """Return the figures of the cumulative sums."""
    sellers = 500 if quick else 3000
    return [
        *_run_lengths(1000 if quick else 10_000),
        *_known(sellers, 0.15),
        *_known(sellers, 0.10)[:2],
        *_estimated(sellers, 0.15, settings().drift),
        *_estimated(sellers, 0.10, settings().drift)[:2],
        *_speed(),
    ]


def _run_lengths(runs: int) -> list[Figure]:
    worst = max(abs(_simulated(runs, *s) / _by_chain(*s) - 1) for s in SETTINGS)
    what = "run length, Markov chain against simulation: largest error"
    return [Figure("D1", what, worst, most=0.05)]


def _by_chain(limit: float, risks: tuple[float, ...], ratio: float, true: float) -> float:
    shares = np.full(len(risks), 1 / len(risks))
    return run_length(transitions(limit, np.array(risks), shares, ratio, true))


def _simulated(
    runs: int, limit: float, risks: tuple[float, ...], ratio: float, true: float
) -> float:
    rng = np.random.default_rng(1)
    level, steps, units = np.zeros(runs), 0, 0
    while level.size:
        risk = rng.choice(risks, level.size)
        late = (rng.random(level.size) < expit(logit(risk) + np.log(true))).astype(float)
        level = np.maximum(level + increments(late, risk, ratio), 0.0)
        units, steps = units + level.size, steps + 1
        level = level[level < limit]
    return units / runs


def _known(sellers: int, rate: float) -> list[Figure]:
    rng = np.random.default_rng(2)
    base, wave = rng.normal(logit(rate), SPREAD, sellers), _wave(np.arange(ORDERS))
    risk = expit(base[:, None] + np.log(WAVE_ODDS) * wave)
    quiet = rng.random(risk.shape) < risk
    worse = rng.random(risk.shape) < expit(
        logit(risk) + np.log(RATIO) * (np.arange(ORDERS) >= CHANGE)
    )
    limits = _limits(base, wave.mean())
    plain = np.broadcast_to(expit(base)[:, None], risk.shape)
    false = _alarms(quiet, risk, limits) >= 0
    found = _alarms(worse, risk, limits)
    after = found[(found >= CHANGE) | (found < 0)]
    delays = after[after >= 0] - CHANGE + 1
    delay = float(np.median(delays))
    told = f"baseline known, {rate:.0%} late"
    return [
        Figure("D2", f"false alarm rate, {told}", float(false.mean()), most=0.06),
        Figure(
            "D2",
            f"detection of an odds ratio of 2.5, {told}",
            float((after >= 0).mean()),
            least=0.93,
        ),
        Figure("D2", f"median detection delay in orders, {told}", delay, most=58, form=".0f"),
        Figure(
            "D2",
            "false alarm rate without adjusting for the New Year, for comparison",
            float((_alarms(quiet, plain, limits) >= 0).mean()),
            least=0.06,
        ),
    ]


def _wave(order: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray((order >= 40) & (order < 70))


def _estimated(sellers: int, rate: float, rules: DriftRules) -> list[Figure]:
    """Return D3: the first orders tell the level, those behind are watched."""
    rng = np.random.default_rng(4)
    order = np.arange(-rules.baseline, ORDERS)
    # days of alarm are told as numbers from 0 on
    own = rng.normal(0, SPREAD, (sellers, 1))
    odds = logit(rate) + np.log(WAVE_ODDS) * _wave(order)
    group, day = np.repeat(np.arange(sellers), len(order)), np.tile(order + rules.baseline, sellers)
    alarms = []
    for worse in (0.0, np.log(RATIO)):
        late = rng.random((sellers, len(order))) < expit(odds + own + worse * (order >= CHANGE))
        rows = Days(group, day, np.tile(odds, sellers), late.ravel() * 1.0, np.ones(late.size))
        found = drifts(rows, rules)
        alarms.append(np.where(found.alarm < 0, ORDERS, found.alarm - rules.baseline))
    quiet, found_at = alarms
    after = found_at[found_at >= CHANGE]
    held, late_by = after < ORDERS, after[after < ORDERS] - CHANGE + 1
    delay = float(np.median(late_by))
    told = f"baseline from {rules.baseline} orders, {rate:.0%} late"
    return [
        Figure("D3", f"false alarm rate, {told}", float((quiet < ORDERS).mean()), most=0.06),
        Figure("D3", f"detection of the same, {told}", float(held.mean()), 0.72),
        Figure("D3", f"median detection delay in orders, {told}", delay, most=65, form=".0f"),
    ]


def _limits(base: Floats, share: float) -> Floats:
    grid = np.linspace(base.min(), base.max(), 9)
    shares = np.array([1 - share, share])
    risks = [expit(np.array([g, g + np.log(WAVE_ODDS)])) for g in grid]
    limits = [limit_for(FALSE, ORDERS, r, shares, RATIO) for r in risks]
    return np.asarray(np.interp(base, grid, limits))


def _alarms(late: np.ndarray, risk: Floats, limits: Floats) -> np.ndarray:
    lengths = np.full(len(late), late.shape[1])
    added = increments(late.astype(float), risk, RATIO).ravel()
    return first_alarms(cusum(added, lengths), lengths, limits)


def _speed() -> list[Figure]:
    """Return seconds for the plain sum, and for the watch on a tenth of the sellers, times ten."""
    rng = np.random.default_rng(3)
    risk = rng.uniform(0.02, 0.3, 10_000_000)
    late = (rng.random(risk.size) < risk).astype(float)
    lengths = np.full(100_000, 100)
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        cusum(increments(late, risk, RATIO), lengths)
        best = min(best, time.perf_counter() - began)
    part = slice(0, risk.size // 10)
    sellers, units = len(lengths) // 10, int(lengths[0])
    day = np.tile(np.sort(rng.integers(0, 365, units)), sellers)
    group, n = np.repeat(np.arange(sellers), units), np.ones(sellers * units)
    days = Days(group, day, logit(risk[part]), late[part], n)
    began = time.perf_counter()
    drifts(days, settings().drift)
    watch = 10 * (time.perf_counter() - began)
    return [
        Figure("D4", "seconds for 10M updates over 100,000 sellers, level told", best, most=2),
        Figure("D4", "the same, level learnt (a tenth of the sellers, times ten)", watch, most=2),
    ]
