"""Worlds of claims with known truth, as published files that public functions are asked about.

Lines are bought evenly over a history, delivered some days later, and claimed with the rate of
their seller some days after that; part of the claims is withdrawn some weeks after they were
opened. The file holds what had been told by the day of the exports.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa

import rakustats as rs
from rakustats.stats.arrays import Floats, Ints
from validation.published import published

NOW = datetime(2026, 9, 1, 3)
WAY = 9


@dataclass(frozen=True)
class World:
    """Sellers with their lines, rates, and how claims come and go; times in days.

    ``lag`` is the mean of the days to a claim, which has a gamma distribution of shape ``shape``
    and ends at ``longest``; ``withdrawn`` the part of the claims that is given up, some
    ``weeks`` later.
    """

    sellers: Ints
    rates: Floats
    history: int = 420
    lag: float = 14.0
    shape: float = 1.0
    longest: int = 75
    withdrawn: float = 0.0
    weeks: float = 3.0


def told(rng: np.random.Generator, world: World) -> AbstractContextManager[rs.Database]:
    """Return the world as a database, as its exports of ``NOW`` told it."""
    size = len(world.sellers)
    bought = rng.integers(WAY, world.history + WAY, size)
    age = bought - WAY
    bad = rng.random(size) < world.rates[world.sellers]
    lag = np.floor(rng.gamma(world.shape, world.lag / world.shape, size))
    lag = np.minimum(lag, world.longest).astype(np.int64)
    gone = rng.random(size) < world.withdrawn
    stood = np.floor(rng.gamma(2.0, 3.5 * world.weeks, size)).astype(np.int64)
    claimed = bad & (lag <= age)
    given_up = claimed & gone & (stood <= age - lag)
    order = pa.array([f"A{i:06d}" for i in range(size)])
    parcel = pa.array([f"S{i:06d}" for i in range(size)])
    one = pa.array(["1"] * size)
    claims = pa.table(
        {
            "claim_id": pa.array([f"K{i:06d}" for i in range(size)]),
            "order_no": order,
            "line_no": one,
            "kind": pa.array(["damaged"] * size),
            "stage_found": pa.array(["delivery"] * size),
            "opened_at": _ago(age - lag),
            "decided_at": pa.array(_ago(age - lag - stood).to_numpy(), mask=~given_up),
            "resolution": pa.array(np.where(given_up, "withdrawn", ""), mask=~given_up),
        }
    ).filter(pa.array(claimed))
    given = {
        "orders": pa.table({"order_no": order, "purchased_at": _ago(bought)}),
        "order_lines": pa.table(
            {
                "order_no": order,
                "line_no": one,
                "seller_id": pa.array([f"g{s:03d}" for s in world.sellers]),
                "stored_at": _ago(age),
                "qty_ordered": pa.array(np.ones(size, dtype=np.int64)),
            }
        ),
        "shipments": pa.table(
            {
                "shipment_id": parcel,
                "leg": pa.array(np.full(size, 2)),
                "delivered_at": _ago(age),
            }
        ),
        "shipment_lines": pa.table({"shipment_id": parcel, "order_no": order, "line_no": one}),
        "claims": claims,
    }
    return published(given, NOW)


def since(days: int) -> date:
    """Return the day of purchase of what was delivered so many days before ``NOW``."""
    return (NOW - timedelta(days=days + WAY)).date()


def _ago(days: Ints) -> pa.Array:
    at = np.datetime64(NOW, "us") - days.astype("timedelta64[D]")
    return pa.array(at.astype("datetime64[us]"))
