"""L1 to L3: damage rates of recent lines, whose claims are still to come, against a known truth.

Lines reach the warehouse, where some are found bad within days, and Japan a few weeks later, where
others are claimed up to two months after. The estimate sees what had been told by the as-of day.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from rakustats.engine.steps import with_steps
from rakustats.metrics.spec.claim_lag import maturity_steps
from rakustats.metrics.spec.final_rates import with_final_rates
from rakustats.metrics.spec.lag_cells import lagged
from rakustats.metrics.spec.pieces import weighing
from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.shrinkage import estimates
from validation.figures import Figure

IDS = ("L1", "L2", "L3")
HISTORY = 365
NEVER = 10_000


@dataclass(frozen=True)
class World:
    """Lines one element each: group, days since they came and were sent on, days of the claims."""

    group: Ints
    age: Ints
    way: Ints
    found: Ints
    claimed: Ints
    rate: Floats


def world(rng: np.random.Generator, groups: int, n: int) -> World:
    """Return ``n`` lines per group, received over a year; groups differ in their rate."""
    size = groups * n
    group = np.repeat(np.arange(groups), n)
    rate = rng.beta(3, 42, groups)
    # half of what is bad is seen in China
    bad = rng.random(size) < rate[group]
    seen = rng.random(size) < 0.5
    way = np.ceil(rng.lognormal(np.log(20), 0.5, size)).astype(np.int64)
    found = np.where(bad & seen, rng.integers(0, 4, size), NEVER)
    slow = np.minimum(np.ceil(rng.exponential(14, size)), 70).astype(np.int64)
    claimed = np.where(bad & ~seen, slow, NEVER)
    return World(group, rng.integers(0, HISTORY, size), way, found, claimed, rate)


def estimated(made: World, window: int) -> dict[str, Floats]:
    """Return per group the raw and the final rate of the last days, and what they rest on."""
    there = made.age >= made.way
    told_in_china = made.found <= made.age
    told_in_japan = there & (made.claimed <= made.age - made.way)
    japan_age = np.where(there, made.age - made.way, 0)
    lines = pa.table(
        {
            "g": made.group,
            "status": np.full(len(made.age), "matured"),
            "event": told_in_china | told_in_japan,
            "told": told_in_china | told_in_japan,
            "recent": made.age < 30,
            "waits": ~there,
            "told_early": told_in_china,
            "told_late": told_in_japan,
            "early_age": made.age,
            "early_lag": pa.array(made.found, mask=~told_in_china),
            "late_age": pa.array(japan_age, mask=~there),
            "late_lag": pa.array(made.claimed, mask=~told_in_japan),
            "in_period": made.age < window,
            "pieces": np.ones(len(made.age), dtype=np.int64),
            "hits": (told_in_china | told_in_japan).astype(np.int64),
            "told_hits": (told_in_china | told_in_japan).astype(np.int64),
            "stay": np.ones(len(made.age)),
            "stay_sd": np.zeros(len(made.age)),
            "gone_share": np.zeros(len(made.age)),
        }
    )
    how = lagged(weighing("line"), ("g",))
    sums = "".join(f", {sql} AS {name}" for name, sql in how.sums.items())
    figures = "".join(f", {sql} AS {name}" for name, sql in how.figures.items())
    counts = f"SELECT g, count(*) AS n, sum(hits) AS events{sums} FROM units GROUP BY g"
    steps = [
        *maturity_steps("lines", early="'china'", late="'japan'", together=True),
        ("units", "SELECT * FROM mature"),
        ("counts", counts),
        *how.steps,
    ]
    last = f"SELECT c.g, c.n, c.events{figures} FROM counts c{how.joins} ORDER BY c.g"
    with duckdb.connect() as con:
        con.register("lines", lines)
        found = with_final_rates(con.sql(with_steps(steps, last)).to_arrow_table())
    names = ("g", "n", "events", "final_rate", "n_effective")
    return {name: found.column(name).to_numpy().astype(float) for name in names}


def figures(quick: bool) -> list[Figure]:
    """Return L1 to L3; quick: fewer lines and seeds."""
    rng = np.random.default_rng(11)
    raw, final = [], []
    for window in (30, 60, 90, 180):
        made = world(rng, 40, 2_000 if quick else 20_000)
        found = estimated(made, window)
        truth = made.rate[found["g"].astype(int)]
        raw.append(float(np.mean(found["events"] / found["n"] - truth)))
        final.append(float(np.mean(found["final_rate"] - truth)))
    inside = _covered(rng, 3 if quick else 30)
    return [
        Figure("L1", "bias of the raw rate, last 30 days (truth 6.7 %)", raw[0], most=-0.02),
        Figure("L2", "largest bias of the final rate, last 30 to 180 days",
               max(map(abs, final)), most=0.006 if quick else 0.003, form=".4f"),
        Figure("L3", "coverage of 90 % intervals, small groups, last 60 days", inside, 0.87),
    ]  # fmt: skip


def _covered(rng: np.random.Generator, seeds: int) -> float:
    """Return how often the interval holds the true rate, for groups of some 10 recent lines."""
    held = []
    for _ in range(seeds):
        made = world(rng, 400, 60)
        found = estimated(made, 60)
        believed = estimates(found["final_rate"] * found["n_effective"], found["n_effective"])
        truth = made.rate[found["g"].astype(int)]
        held.append(np.mean((truth >= believed.lo) & (truth <= believed.hi)))
    return float(np.mean(held))
