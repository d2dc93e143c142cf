"""E1: carriers of parcels in which several sellers have goods, every effect known.

Each parcel to Japan holds goods of four sellers, which came to the warehouse in four parcels of
their own, by carriers of the first leg. A parcel is late by the effect of its carrier, of the month
and of its sellers (the mean of theirs). Of some parcels of the first leg nobody knows the carrier;
all of those are late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import expit

import rakustats as rs
from rakustats.stats.arrays import Bools, Floats, Ints
from validation.figures import Figure
from validation.published import published

IDS = ("E1",)
FIRST_SEED, SEEDS, QUICK_SEEDS = 50_000, 60, 4
PARCELS, SHARING, SELLERS, DAYS, UNNAMED = 2_000, 4, 300, 360, 80
CARRIERS = {1: 6, 2: 10}
# log odds: the level, and standard deviations of carriers, months and sellers
LEVEL, OF_CARRIERS, OF_MONTHS, OF_SELLERS = -1.8, 0.5, 0.3, 0.7
BEGIN, NOW = datetime(2025, 2, 1), datetime(2026, 4, 1, 3)


@dataclass(frozen=True)
class Leg:
    """Parcels of a leg, one element each: the carrier (-1: nobody knows), and whether late."""

    carrier: Ints
    late: Bools
    effects: Floats


@dataclass(frozen=True)
class World:
    """Parcels to Japan with their day and the sellers in them, and both of their legs."""

    day: Ints
    sellers: Ints
    legs: dict[int, Leg]


def world(seed: int) -> World:
    """Return parcels; a few sellers have a part in many of them."""
    chance = np.random.default_rng(seed)
    day = chance.integers(0, DAYS, PARCELS)
    months = chance.normal(0, OF_MONTHS, DAYS // 30 + 1)[day // 30]
    quality = chance.normal(0, OF_SELLERS, SELLERS)
    usual = np.log(chance.dirichlet(np.full(SELLERS, 0.7)) + 1e-5)
    drawn = usual + chance.gumbel(size=(PARCELS, SELLERS))
    sellers = np.argsort(-drawn, axis=1)[:, :SHARING].astype(np.int64)
    second = _leg(chance, 2, months + quality[sellers].mean(axis=1), 0)
    first = _leg(chance, 1, (months[:, None] + quality[sellers]).ravel(), UNNAMED)
    return World(day, sellers, {1: first, 2: second})


def _leg(chance: np.random.Generator, leg: int, odds: Floats, unnamed: int) -> Leg:
    effects = chance.normal(0, OF_CARRIERS, CARRIERS[leg])
    share = chance.dirichlet(np.full(CARRIERS[leg], 3.0))
    carrier = chance.choice(CARRIERS[leg], len(odds), p=share)
    late = chance.random(len(odds)) < expit(LEVEL + effects[carrier] + odds)
    nobody = chance.choice(len(odds), unnamed, replace=False)
    carrier[nobody], late[nobody] = -1, True
    return Leg(carrier.astype(np.int64), late, effects)


def exports(made: World) -> dict[str, pa.Table]:
    """Return the world as canonical tables."""
    parcel, place = np.divmod(np.arange(PARCELS * SHARING), SHARING)
    order, line = _names("A", parcel), pa.array((place + 1).astype(str))
    lines = {"order_no": order, "line_no": line}
    seller = _names("s", made.sellers.ravel())
    arrived = _shipments(_names("P", np.arange(PARCELS)), made.day, 2, made.legs[2])
    came = _shipments(_names("C", np.arange(len(parcel))), made.day[parcel], 1, made.legs[1])
    carried = [
        pa.table({"shipment_id": _names(letter, numbers), **lines})
        for letter, numbers in (("P", parcel), ("C", np.arange(len(parcel))))
    ]
    return {
        "orders": pa.table({"order_no": _names("A", np.arange(PARCELS))}),
        "order_lines": pa.table({**lines, "seller_id": seller}),
        "shipments": pa.concat_tables([arrived, came]),
        "shipment_lines": pa.concat_tables(carried),
    }


def _names(letter: str, numbers: Ints) -> pa.Array:
    return pa.array([f"{letter}{number:05d}" for number in numbers])


def _shipments(names: pa.Array, day: Ints, leg: int, made: Leg) -> pa.Table:
    carrier = [None if number < 0 else f"c{number:02d}" for number in made.carrier]
    return pa.table(
        {
            "shipment_id": names,
            "leg": pa.array(np.full(len(names), leg)),
            "carrier": pa.array(carrier, pa.string()),
            "requested_at": _at(day),
            "promised_at": _at(day + 10),
            "promised_at_original": _at(day + 10),
            "delivered_at": _at(day + np.where(made.late, 12, 8)),
            "state": pa.array(["delivered"] * len(names)),
        }
    )


def _at(day: Ints) -> pa.Array:
    return pa.array(np.datetime64(BEGIN, "us") + day.astype("timedelta64[D]"))


def figures(quick: bool) -> list[Figure]:
    """Return E1 over the worlds; quick: few of them."""
    seeds = range(FIRST_SEED, FIRST_SEED + (QUICK_SEEDS if quick else SEEDS))
    rows = pd.concat([_compared(world(seed)) for seed in seeds], ignore_index=True)
    first, second = (rows[rows["leg"] == leg] for leg in (1, 2))
    slope = np.polyfit(second["truth"], second["found"], 1)[0]
    told = f"{len(seeds)} worlds of {CARRIERS[2]} carriers"
    return [
        Figure("E1", f"cover of carriers, four sellers a parcel; {told}", second["held"].mean(),
               0.87),
        Figure("E1", "slope of their estimated on their true effects (shrunken)", slope, 0.8, 1.1),
        Figure("E1", f"cover of carriers of leg 1, one seller a parcel, {UNNAMED} parcels unnamed",
               first["held"].mean(), 0.87),
        Figure("E1", "n of leg 2's carriers over their parcels",
               second["n"].sum() / (PARCELS * len(seeds)), 1.0, 1.0),
        Figure("E1", "rows for carriers nobody knows", rows["unknown"].sum(), most=0, form=".0f"),
    ]  # fmt: skip


def _compared(made: World) -> pd.DataFrame:
    """Return each carrier's true and estimated log odds against the mean one of its leg."""
    with published(exports(made), NOW) as db:
        found = rs.crossed_effects(db, of="carrier").frame()
    named = found["carrier"].str.fullmatch(r"c\d\d").fillna(value=False).astype(bool)
    rows = found[named].assign(unknown=0.0)
    rows.loc[rows.index[:1], "unknown"] = float((~named).sum())
    truth = {
        (f"c{number:02d}", leg): effect - one.effects.mean()
        for leg, one in made.legs.items()
        for number, effect in enumerate(one.effects)
    }
    keys = zip(rows["carrier"], rows["leg"], strict=True)
    odds = np.log(rows[["odds_ratio", "odds_lo", "odds_hi"]])
    true = np.array([truth[key] for key in keys])
    held = (odds["odds_lo"] <= true) & (true <= odds["odds_hi"])
    return rows.assign(truth=true, found=odds["odds_ratio"], held=held.astype(float))
