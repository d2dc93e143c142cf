"""S3 to S5: the late share of all deliveries begun, with open ones, against a known truth.

Each delivery has a promise of its own (12 to 20 days). It takes a log-normal number of days that
depends on its promise and, when begun around the Lunar New Year, is slower by half; some are lost
or called off on the way. The estimate sees only what had happened by the as-of day.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rakustats.engine.steps import with_steps
from rakustats.metrics.spec.late_shares import late_steps
from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.shares import share_interval
from validation.figures import Figure

IDS = ("S3", "S4", "S5")
# log(promise / median) / sigma is the quantile below which deliveries are in time
SIGMA, SLACK, SLOWER = 0.35, 0.29, 1.5
LOST, CALLED_OFF = 0.015, 0.03
# slack and lost share of worlds with other late shares
OTHERS = ((0.95, 0.008), (0.7, 0.015), (-0.08, 0.015))
# of what began in the last 25 days most is not followed to its promise
FOLLOWED = {60: 100, 25: 135}
SIZES = (10, 20, 40, 100)
FIRST, LAST = -14, 14  # days from the Lunar New Year that are its season


@dataclass(frozen=True)
class World:
    """Deliveries one element each: group, day of the start, promise, day and kind of the end."""

    group: Ints
    start: Ints
    promise: Ints
    days: Ints
    kind: NDArray[np.str_]
    season: NDArray[np.str_]

    def late(self) -> Floats:
        """The true share of late ones among those not called off before their promise, by group."""
        off = (self.kind == "cancelled") & (self.days <= self.promise)
        late = ~off & ~((self.kind == "arrived") & (self.days <= self.promise))
        made = np.bincount(self.group, late) / np.bincount(self.group, ~off)
        return np.asarray(made, dtype=np.float64)


def world(
    rng: np.random.Generator,
    groups: int,
    n: int,
    first: int,
    last: int,
    slack: float = SLACK,
    lost: float = LOST,
) -> World:
    """Return ``n`` deliveries per group, begun from the first day to the last."""
    size = groups * n
    start = rng.integers(first, last + 1, size)
    promise = rng.integers(12, 21, size)
    slow = (start >= FIRST) & (start <= LAST)
    median = promise * np.exp(-slack) * np.where(slow, SLOWER, 1.0)
    days = np.ceil(median * np.exp(SIGMA * rng.standard_normal(size))).astype(np.int64)
    ends = {"lost": lost, "cancelled": CALLED_OFF}
    kind = np.full(size, "arrived", dtype="<U9")
    for name, share in ends.items():
        early = (rng.random(size) < share) & (kind == "arrived")
        kind[early] = name
        days[early] = rng.integers(1, 30, int(early.sum()))
    season = np.where(slow, "lunar_new_year", "none")
    return World(np.repeat(np.arange(groups), n), start, promise, days, kind, season)


def estimated(made: World, as_of: int, seasons: bool = True) -> pa.Table:
    """Return the late share of every group as it is known at the end of a day."""
    age = as_of - made.start
    over = np.minimum(made.days, made.promise)
    told = over <= age
    outcome = np.where(
        (made.kind == "arrived") & (made.days <= made.promise),
        "on_time",
        np.where((made.kind == "cancelled") & (made.days <= made.promise), "cancelled", "late"),
    )
    units = pa.table(
        {
            "g": made.group,
            "in_period": np.ones(len(age), bool),
            "begun": np.ones(len(age), bool),
            "exposure": made.season if seasons else np.full(len(age), "none"),
            "followed": age >= made.promise,
            "days": np.where(told, over, age).astype(np.int32),
            "ending": pa.array(outcome, mask=~told),
        }
    )
    with duckdb.connect() as con:
        con.register("units", units)
        text = with_steps(late_steps(["g"]), "SELECT * FROM late_shares ORDER BY g")
        return con.sql(text).to_arrow_table()


def figures(quick: bool) -> list[Figure]:
    """Return S3 to S5; quick: few groups."""
    return [*_quiet(40 if quick else 400), *_new_year(40 if quick else 400), *_covered(quick)]


def _bias(made: World, as_of: int, seasons: bool = True) -> tuple[float, float]:
    """Return the mean error over the groups not flagged short, and the share of those that are."""
    found = estimated(made, as_of, seasons)
    short = found.column("n_followed_short").to_numpy() > 0
    off = found.column("late_share").to_numpy()[~short] - made.late()[~short]
    return float(off.mean()) if len(off) else 0.0, float(short.mean())


def _quiet(groups: int) -> list[Figure]:
    rng = np.random.default_rng(3)
    worst, truths, closed = 0.0, [], []
    for window in (21, 30, 45, 60, 90):
        made = world(rng, groups, 2_000, 200 - window, 199)
        bias, _ = _bias(made, 200)
        worst = max(worst, abs(bias))
        truths.append(made.late().mean())
        ended = (made.days <= 200 - made.start) & (made.kind != "cancelled")
        late = (made.kind == "lost") | (made.days > made.promise)
        closed.append(late[ended].mean() - truths[-1])
    return [
        Figure(
            "S3",
            "true late rate of the simulations without seasons",
            float(np.mean(truths)),
            0.22,
            0.23,
        ),
        Figure(
            "S3", "largest bias, cohorts of the last 21 to 90 days", worst, most=0.003, form=".4f"
        ),
        Figure("S3", "bias of closed orders alone, last 21 days", closed[0], most=-0.045),
        Figure("S3", "bias of closed orders alone, last 90 days", closed[-1], most=-0.02),
    ]


def _new_year(groups: int) -> list[Figure]:
    rng = np.random.default_rng(4)
    worst, pooled, flagged = 0.0, 0.0, []
    for window in (45, 60, 90):
        for as_of in (2, 8, 15, 22, 30):
            made = world(rng, groups, 2_000, as_of - window, as_of - 1)
            bias, short = _bias(made, as_of)
            worst = max(worst, abs(bias))
            # its oldest ones are FIRST days from the New Year, the longest promise takes 20
            if as_of - FIRST < 20:
                flagged.append(short)
            pooled = max(pooled, _bias(made, as_of, seasons=False)[0])
    return [
        Figure("S4", "largest bias up to 30 days after the New Year, last 45 to 90 days", worst,
               most=0.003, form=".4f"),
        Figure("S4", "groups with too short a follow-up that are flagged",
               float(np.mean(flagged)), 1.0),
        Figure("S4", "largest bias with the seasons pooled", pooled, 0.01),
    ]  # fmt: skip


def _covered(quick: bool) -> list[Figure]:
    """Return S5: the usual share at each n, and others, of which the worse follow-up counts."""
    rng, groups = np.random.default_rng(5), 1_000 if quick else 10_000
    found = []
    for days, first in FOLLOWED.items():
        for n in SIZES:
            what = f"coverage of 90 % intervals, n = {n}, begun within {days} days"
            covered = _coverage(rng, groups, n, first, SLACK, LOST)
            found.append(Figure("S5", what, covered[0], 0.88, 0.93))
    for slack, lost in OTHERS:
        for n in SIZES:
            each = [_coverage(rng, groups // 2, n, d, slack, lost) for d in FOLLOWED.values()]
            what = f"the lower of both, true share {each[0][1]:.3f}, n = {n}"
            found.append(Figure("S5", what, min(c for c, _ in each), least=0.87))
    return found


def _coverage(
    rng: np.random.Generator, groups: int, n: int, first: int, slack: float, lost: float
) -> tuple[float, float]:
    """Return how often intervals hold the true share, and that share; flagged ones are left out."""
    truth = float(world(rng, 1, 4_000_000, first, 159, slack, lost).late()[0])
    table = estimated(world(rng, groups, n, first, 159, slack, lost), 160)
    kept = table.filter(pa.compute.equal(table.column("n_followed_short"), 0))
    share, sd, known = (kept.column(c).to_numpy() for c in ("late_share", "late_sd", "late_known"))
    lo, hi = share_interval(share, sd, np.full(len(share), float(n)), known, 0.9)
    return float(np.mean((lo <= truth) & (truth <= hi))), truth
