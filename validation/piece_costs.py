"""M1: intervals of the cost of a good piece, against a known truth.

Orders of one seller: log-normal unit prices, one to many pieces, fees and freight beside them, one
order in twenty lost. The true cost of a piece is that of very many such orders.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from rakustats.engine.steps import with_steps
from rakustats.metrics.spec.ratio_spread import spread_steps
from rakustats.stats.arrays import Floats
from rakustats.stats.ratios import ratio_interval
from validation.figures import Figure

IDS = ("M1",)
LOST = 0.05
SIZES = (3, 5, 10, 30, 100)
#: sd of the logarithm of prices, and of pieces.
WORLDS = {"prices and pieces alike": (0.3, 0.5), "both very unlike": (0.7, 1.0)}


def figures(quick: bool) -> list[Figure]:
    """Return M1; quick: few sellers."""
    rng, sellers, found = np.random.default_rng(23), 500 if quick else 5_000, []
    for what, (prices, pieces) in WORLDS.items():
        cost, good = _orders(rng, 4_000_000, prices, pieces)
        truth = float(cost.sum() / good.sum())
        for orders in SIZES:
            covered = _coverage(rng, sellers, orders, prices, pieces, truth)
            told = f"{what}: coverage of 90 % intervals, {orders} orders"
            # of so few orders a wider one is the honest one
            found.append(Figure("M1", told, covered, 0.87, 0.93 if orders > 5 else 0.95))
    return found


def _orders(
    rng: np.random.Generator, size: int, prices: float, pieces: float
) -> tuple[Floats, Floats]:
    """Return what each order cost, and its good pieces."""
    price = np.exp(6 + prices * rng.standard_normal(size))
    bought = np.maximum(1, np.round(np.exp(1 + pieces * rng.standard_normal(size))))
    cost = price * bought + 500 + 200 * bought * rng.random(size)
    return cost, np.where(rng.random(size) < LOST, 0.0, bought)


def _coverage(
    rng: np.random.Generator, sellers: int, orders: int, prices: float, pieces: float, truth: float
) -> float:
    """Return how often the interval holds the truth, where there is one."""
    cost, good = _orders(rng, sellers * orders, prices, pieces)
    seller = np.repeat(np.arange(sellers), orders)
    paid = pa.table({"g": seller, "of_order": np.arange(len(cost)), "cost": cost, "good": good})
    with duckdb.connect() as con:
        con.register("paid", paid)
        text = with_steps(spread_steps(["g"], "paid"), "SELECT * FROM spread ORDER BY g")
        spread = con.sql(text).df()
    pieces_of = np.bincount(seller, good)
    ratio = np.bincount(seller, cost) / np.where(pieces_of > 0, pieces_of, np.nan)
    sd, clusters = (spread[name].to_numpy(dtype=float) for name in ("ratio_sd", "clusters"))
    lo, hi = ratio_interval(ratio, sd, clusters, 0.9)
    told = np.isfinite(lo)
    return float(np.mean((lo <= truth)[told] & (truth <= hi)[told]))
