"""H1: deliveries exported in slices of different ages, against a known truth.

Parcels begin on each of 150 days; each has a promise of its own and takes a log-normal number of
days, some are lost. They lie in a database as exports would have left them. Either each month was
exported once, at some instant within 45 days before the as-of, with all that was known by then; or
each month was exported when it ended, and after that a list of its open parcels every week, from
which those that arrived are gone. Beside what is estimated stands what "one as-of for all" makes
of the same rows, where what is open counts as open up to the as-of.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

import rakustats as rs
from rakustats.stats.arrays import Bools, Floats, Ints
from rakustats.store import layout
from validation.figures import Figure

IDS = ("H1",)
AS_OF = datetime(2025, 9, 15, 15)  # midnight in Japan, and no closure in the 150 days before
WINDOW, MONTH, OLDEST = 150, 30, 45
SIGMA, SLACK, LOST = 0.35, 0.29, 0.015
NEVER = 10_000
NOON = 0.5  # what happens on a day happens at its noon


@dataclass(frozen=True)
class World:
    """Parcels one element each: days before the as-of on which they began, promise, days taken."""

    age: Ints
    promise: Ints
    days: Ints
    lost: Bools

    @property
    def month(self) -> Ints:
        """Which slice a parcel stands in, 0 the youngest."""
        return self.age // MONTH

    def part(self, which: Bools) -> World:
        """Return some of the parcels."""
        return World(self.age[which], self.promise[which], self.days[which], self.lost[which])

    def late(self) -> float:
        """The true share of late ones."""
        return float(np.mean(self.lost | (self.days > self.promise)))

    def quantile(self, p: float) -> float:
        """The days within which a share of all has arrived."""
        days = np.sort(np.where(self.lost, NEVER, self.days))
        return float(days[int(np.ceil(p * len(days))) - 1])


@dataclass(frozen=True)
class Found:
    """What the estimates say: late share with its range, P50 and P90 with theirs."""

    late: float
    least: float
    most: float
    p50: tuple[float, float]
    p90: tuple[float, float]


def world(rng: np.random.Generator, n: int) -> World:
    """Return parcels that began on the days before the as-of."""
    promise = rng.integers(12, 21, n)
    days = np.ceil(promise * np.exp(-SLACK + SIGMA * rng.standard_normal(n))).astype(np.int64)
    lost = rng.random(n) < LOST
    days[lost] = rng.integers(1, 30, int(lost.sum()))
    return World(rng.integers(1, WINDOW, n), promise, days, lost)


def figures(quick: bool) -> list[Figure]:
    """Return H1; quick: few runs."""
    runs, n = (3, 4_000) if quick else (24, 8_000)
    rng = np.random.default_rng(15)
    return [*_full(rng, runs, n), *_open_only(rng, runs, n)]


def _full(rng: np.random.Generator, runs: int, n: int) -> list[Figure]:
    """Slices that show all that was known when they were made."""
    errors: dict[bool, list[list[float]]] = {True: [], False: []}
    for _ in range(runs):
        made = world(rng, n)
        looked = rng.uniform(0, OLDEST, WINDOW // MONTH)[made.month]
        inside = made.age + NOON > looked
        made, looked = made.part(inside), looked[inside]
        truth = (made.late(), made.quantile(0.5), made.quantile(0.9))
        for aged in errors:
            found = estimated([_rows(made, looked, looked if aged else np.zeros_like(looked))])
            got = (found.late, found.p50[1], found.p90[1])
            errors[aged].append([g - t for g, t in zip(got, truth, strict=True)])
    ours = np.mean(errors[True], axis=0)
    # a quantile that the curve never reaches is off by more than any day
    before = np.mean(np.nan_to_num(errors[False], nan=WINDOW), axis=0)
    names, goals = ("late share", "P50 (days)", "P90 (days)"), (0.003, 0.3, 0.3)
    made_figures = []
    for name, goal, own, other in zip(names, goals, ours, before, strict=True):
        never = f" ({WINDOW}: never reached)" if name.startswith("P") else ""
        made_figures += [
            Figure("H1", f"mean error of the {name}, slices up to 45 days old", abs(own),
                   most=goal, form=".4f"),
            Figure("H1", f"{name}: the error of one as-of for all{never}", other, least=goal),
        ]  # fmt: skip
    return made_figures


def _open_only(rng: np.random.Generator, runs: int, n: int) -> list[Figure]:
    """Months exported once, and then their open parcels alone, every week."""
    held, widths, before = [], [], []
    for _ in range(runs):
        made = world(rng, n)
        first = np.maximum(made.month * MONTH, 0).astype(float)
        inside = made.age > first
        made, first = made.part(inside), first[inside]
        slices = [_rows(made, first, first)]
        for week in np.arange(WINDOW - 7, -1, -7.0) + rng.uniform(0, 6):
            waiting = (week < first) & (made.age - made.days + NOON < week)
            looked = np.full(int(waiting.sum()), week)
            slices.append(_rows(made.part(waiting), looked, looked, np.flatnonzero(waiting)))
        found, truth = estimated(slices), made.late()
        spans = [(found.least, truth, found.most)]
        spans += [
            (span[0], made.quantile(p), span[1]) for p, span in ((0.5, found.p50), (0.9, found.p90))
        ]
        held.append([low - 1e-9 <= true <= high + 1e-9 for low, true, high in spans])
        widths.append(found.most - found.least)
        before.append(estimated(slices, one_as_of=True).late - truth)
    names = ("late share", "P50", "P90")
    return [
        *(
            Figure("H1", f"open parcels alone exported again: ranges that hold the {name}",
                   float(np.mean([row[i] for row in held])), least=1.0)
            for i, name in enumerate(names)
        ),
        Figure("H1", "and how wide that of the late share is", float(np.mean(widths)), most=0.25),
        Figure("H1", "late share of one as-of for all: its error there", float(np.mean(before)),
               least=0.003),
    ]  # fmt: skip


def _rows(made: World, looked: Floats, stamped: Floats, ids: Ints | None = None) -> pa.Table:
    """Return shipments as known so many days before the as-of, and stamped as exported then."""
    end = made.age - made.days  # days before the as-of, as are the others
    told = end + NOON >= looked
    arrived, lost = told & ~made.lost, told & made.lost
    due = made.age - made.promise
    number = np.arange(len(made.age)) if ids is None else ids

    def instants(days: ArrayLike, which: Bools | None = None) -> pa.Array:
        moments = (np.asarray(days, float) * 86_400_000_000).astype("timedelta64[us]")
        at = np.datetime64(AS_OF) - moments
        return pa.array(at, mask=None if which is None else ~which)

    return pa.table({
        "shipment_id": [f"P{i}" for i in number],
        "leg": np.full(len(number), 2, np.int32),
        "requested_at": instants(made.age + NOON),
        "requested_day": _days(made.age),
        "promised_at": instants(due), "promised_day": _days(made.age - made.promise),
        "promised_until": instants(due),
        "delivered_at": instants(end + NOON, arrived), "delivered_day": _days(end, arrived),
        "lost_at": instants(end + NOON, lost),
        "state": np.where(arrived, "delivered", np.where(lost, "lost", "shipped")),
        "exported_at": instants(stamped),
    })  # fmt: skip


def _days(before: Ints, which: Bools | None = None) -> pa.Array:
    # the as-of is the midnight that ends its day in Japan
    last = np.datetime64((AS_OF + timedelta(hours=9)).date()) - np.timedelta64(1, "D")
    return pa.array(last - before.astype("timedelta64[D]"), mask=None if which is None else ~which)


def estimated(slices: list[pa.Table], one_as_of: bool = False) -> Found:
    """Return what the late rates and lead times say of exports."""
    with _database(slices, one_as_of) as path, rs.connect(path, as_of=AS_OF) as db:
        late = rs.delay_rates(db).frame().iloc[0]
        times = rs.lead_times(db).frame().iloc[0]
    return Found(
        float(late["late_share"]), float(late["late_share_least"]), float(late["late_share_most"]),
        (float(times["p50_least"]), float(times["p50"])),
        (float(times["p90_least"]), float(times["p90"])),
    )  # fmt: skip


@contextmanager
def _database(slices: list[pa.Table], one_as_of: bool) -> Iterator[Path]:
    """Yield a published file with the slices as versions; one as-of: the newest rows, all of it."""
    names = ", ".join(slices[0].column_names)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "slices.duckdb"
        with duckdb.connect(str(path)) as con:
            layout.create(con)
            for rows in slices:
                con.register("rows_given", rows)
                con.execute(
                    f"INSERT INTO versions.shipments BY NAME SELECT {names} FROM rows_given"
                )
            con.execute(f"""
                CREATE TEMP TABLE counted AS SELECT {names},
                    count(*) OVER (PARTITION BY shipment_id) AS n_versions,
                    row_number() OVER (PARTITION BY shipment_id ORDER BY exported_at DESC) AS newest
                FROM versions.shipments
            """)
            stamp = f"TIMESTAMP '{AS_OF}'" if one_as_of else "exported_at"
            con.execute(f"""
                INSERT INTO main.shipments BY NAME
                SELECT * REPLACE ({stamp} AS exported_at,
                    {"1" if one_as_of else "n_versions"} AS n_versions)
                FROM (SELECT * EXCLUDE (newest) FROM counted WHERE newest = 1)
            """)
            con.execute(f"""
                DELETE FROM versions.shipments WHERE {
                "true"
                if one_as_of
                else '''shipment_id IN
                (SELECT shipment_id FROM main.shipments WHERE n_versions = 1)'''
            }
            """)
        yield path
