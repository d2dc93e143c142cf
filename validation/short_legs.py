"""E2: legs of one day, of two and of five, every entity's slowness known.

Times are log-normal without steps: of sellers in working time, which stands still on days off, from
the purchase to the arrival at the warehouse, of carriers from the handover to the delivery. Legs
begin at any hour up to the as-of, whose own hour differs. Exports tell instants; what is not there
at the as-of is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa

import rakustats as rs
from rakustats.calendar.workdays import is_workday
from rakustats.metrics.spec.entities import OF, Of
from rakustats.stats.arrays import Floats, Ints
from validation.figures import Figure
from validation.published import published

IDS = ("E2",)
FIRST_SEED, SEEDS, QUICK_SEEDS = 60_000, 8, 1
MEDIANS, HOURS = (1.0, 2.0, 5.0), (0.2, 12.0, 23.9)
ENTITIES, UNITS, WINDOW = 40, 80, 60
# standard deviations of log times: of entities, and within each; of the log of their sizes
OF_ENTITIES, WITHIN, OF_SIZES = 0.35, 0.5, 0.7
# the first day, by the clock of the entities' place: no closure of the trade is near
FIRST = date(2025, 6, 9)
CLOCKS: dict[Of, int] = {"seller": 8, "carrier": 9}


@dataclass(frozen=True)
class World:
    """Legs by entity: days from the first day's midnight to their beginning and end, and truth."""

    entity: Ints
    begun: Floats
    ended: Floats
    slow: Floats


def world(seed: int, of: Of, median: float, hour: float) -> World:
    """Return the legs begun up to an hour of the last day."""
    chance = np.random.default_rng(seed)
    slow = chance.normal(0, OF_ENTITIES, ENTITIES)
    size = chance.poisson(UNITS * chance.lognormal(-(OF_SIZES**2) / 2, OF_SIZES, ENTITIES)) + 3
    entity = np.repeat(np.arange(ENTITIES), size)
    begun = chance.uniform(0, WINDOW + hour / 24, len(entity))
    took = median * np.exp(slow[entity] + WITHIN * chance.normal(size=len(entity)))
    ended = _worked(begun, took) if of == "seller" else begun + took
    return World(entity, begun, ended, slow - slow.mean())


def _worked(begun: Floats, took: Floats) -> Floats:
    """Return when so much working time is over."""
    days = [FIRST + timedelta(days=n) for n in range(4 * WINDOW)]
    works = np.array([is_workday(day, "cn") for day in days], dtype=float)
    upto = np.concatenate([[0.0], np.cumsum(works)])
    # a day off takes no time of work, and next to none lest two instants were one
    clock = upto + 1e-9 * np.arange(len(upto))
    at = np.arange(len(upto), dtype=float)
    return np.asarray(np.interp(np.interp(begun, at, clock) + took, clock, at))


def exports(made: World, of: Of, hour: float) -> tuple[dict[str, pa.Table], datetime]:
    """Return the world as canonical tables, and the instant at which they were exported."""
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day) - timedelta(hours=CLOCKS[of])
    now = WINDOW + hour / 24
    names = pa.array([f"U{number:05d}" for number in range(len(made.entity))])
    who = pa.array([f"e{number:02d}" for number in made.entity])

    def at(days: Floats) -> pa.Array:
        instants = np.datetime64(midnight, "us") + (days * 86_400e6).astype("timedelta64[us]")
        return pa.array(instants, mask=days > now)

    exported = midnight + timedelta(days=now)
    if of == "carrier":
        state = np.where(made.ended <= now, "delivered", "shipped")
        sent = {"shipment_id": names, "leg": pa.array(np.full(len(names), 2)), "carrier": who}
        times = {"shipped_at": at(made.begun), "delivered_at": at(made.ended), "state": state}
        return {"shipments": pa.table({**sent, **times})}, exported
    line = {"order_no": names, "line_no": pa.array(["1"] * len(names)), "seller_id": who}
    return {
        "orders": pa.table({"order_no": names, "purchased_at": at(made.begun)}),
        "order_lines": pa.table({**line, "arrived_at": at(made.ended)}),
    }, exported


def figures(quick: bool) -> list[Figure]:
    """Return E2 by median, hours and entities together; quick: a world of each kind."""
    seeds = range(QUICK_SEEDS if quick else SEEDS)
    found = []
    for median in MEDIANS:
        rows = pd.concat(_measured(median, seeds), ignore_index=True)
        who = f"median of {median:g} {'day' if median == 1 else 'days'}"
        slope = np.polyfit(rows["truth"], rows["found"], 1)[0]
        back = np.polyfit(rows["found"], rows["truth"], 1)[0]
        worlds = f"{len(seeds) * len(HOURS) * len(CLOCKS)} worlds"
        cover = rows.groupby("hour")["held"].mean()
        found += [
            Figure("E2", f"{who}: slope of estimated on true slowness; {worlds}", slope, 0.9, 1.1),
            Figure("E2", f"{who}: slope of true on estimated slowness", back, 0.9, 1.1),
            Figure("E2", f"{who}: cover of 90 % intervals", rows["held"].mean(), 0.85),
            Figure("E2", f"{who}: the same at the worst of the as-of's three hours",
                   float(cover.min()), 0.85),
        ]  # fmt: skip
    return found


def _measured(median: float, seeds: range) -> Iterator[pd.DataFrame]:
    """Yield each entity's true and estimated log slowness, world by world."""
    for number, (of, hour, _seed) in enumerate(product(CLOCKS, HOURS, seeds)):
        made = world(FIRST_SEED + int(1_000 * median) + number, of, median, hour)
        given, exported = exports(made, of, hour)
        with published(given, exported) as db:
            rows = rs.leg_times(db, of=of).frame()
        true = made.slow[rows[OF[of]].str[1:].astype(int)]
        logs = np.log(rows[["slowness", "lo", "hi"]])
        held = (logs["lo"] <= true) & (true <= logs["hi"])
        columns = {"truth": true, "found": logs["slowness"], "held": held.astype(float)}
        yield pd.DataFrame({**columns, "hour": hour, "of": of})
