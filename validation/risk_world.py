"""Deliveries with a known probability to be late, as canonical tables in a DuckDB file.

Three years of orders of sellers, carriers, services and regions that differ in speed; some sellers
change for the worse, services are congested for weeks, closures slow everything down. Promises are
a service's own days and a cushion that varies from order to order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import norm

from rakustats.config.settings import settings
from rakustats.stats.arrays import Floats, Ints
from rakustats.store.layout import create

FIRST, DAYS = date(2023, 1, 1), 3 * 365
SELLERS, CARRIERS, REGIONS, ITEMS = 1500, 12, 12, 4
# median days of each service, and how much its times scatter on the log scale
SERVICES = np.array([6.0, 7.0, 8.0, 9.0, 12.0, 20.0, 24.0, 28.0])
SCATTER = np.array([0.36, 0.36, 0.38, 0.42, 0.42, 0.32, 0.34, 0.36])
AT_SEA = SERVICES >= 20
NEVER = 0.015
CUSHION, CUSHION_SD = 0.4, 0.12
CLOSED = {"lunar_new_year": np.log(1.6), "national_day": np.log(1.3)}
CHANGED, SLOWER = 0.15, 0.3
SECOND = 1_000_000
DAY = 86_400 * SECOND


@dataclass(frozen=True)
class World:
    """One element per delivery; days count from :data:`FIRST`, arrivals that never come are NaN."""

    begun: Floats
    due: Ints
    arrival: Floats
    p_late: Floats
    late: NDArray[np.bool_]
    seller: Ints
    carrier: Ints
    service: Ints
    region: Ints
    item: Ints
    qty: Ints
    lost: Floats
    marks: Floats


def world(orders: int = 150_000, seed: int = 0, rush: int = 0) -> World:
    """Return deliveries in the order in which they begin; ``rush`` more begin in the last week."""
    rng = np.random.default_rng(seed)
    begun = np.sort(
        np.concatenate([rng.uniform(0, DAYS, orders), rng.uniform(DAYS - 7, DAYS, rush)])
    )
    orders += rush
    zipf = 1 / np.arange(1, SELLERS + 1) ** 1.05
    seller = rng.choice(SELLERS, orders, p=zipf / zipf.sum())
    carrier = rng.integers(0, CARRIERS, orders)
    service = rng.choice(len(SERVICES), orders, p=[0.2, 0.16, 0.14, 0.1, 0.1, 0.12, 0.1, 0.08])
    region, item = rng.integers(0, REGIONS, orders), rng.integers(0, ITEMS, orders)
    qty = np.ceil(rng.lognormal(2.5, 1.0, orders)).astype(np.int64)
    turn = np.where(rng.random(SELLERS) < CHANGED, rng.uniform(200, DAYS, SELLERS), np.inf)
    slow = (
        rng.normal(0, 0.22, SELLERS)[seller]
        + np.where(begun > turn[seller], SLOWER, 0.0)
        + rng.normal(0, 0.12, CARRIERS)[carrier]
        + rng.normal(0, 0.08, REGIONS)[region]
        + rng.normal(0, 0.05, (SELLERS, ITEMS))[seller, item]
        + 0.03 * (np.log(qty) - 2.5)
        + _congestion(rng)[AT_SEA[service].astype(int), (begun // 7).astype(int)]
        + _closed(begun)
    )
    mu, sigma = np.log(SERVICES[service]) + slow, SCATTER[service]
    cushion = CUSHION + CUSHION_SD * rng.standard_normal(orders)
    due = np.ceil(begun + SERVICES[service] * np.exp(cushion)).astype(np.int64)
    days = np.exp(mu + sigma * rng.standard_normal(orders))
    never = rng.random(orders) < NEVER
    arrival = np.where(never, np.nan, begun + days)
    in_time = norm.cdf((np.log(due - begun) - mu) / sigma)
    lost = np.where(never & (rng.random(orders) < 0.5), begun + rng.uniform(40, 70, orders), np.nan)
    return World(
        begun, due, arrival, 1 - (1 - NEVER) * in_time, never | (arrival >= due), seller, carrier,
        service, region, item, qty, lost,
        np.sort(rng.dirichlet([4, 3, 8, 3, 3], orders)[:, :4].cumsum(axis=1), axis=1),
    )  # fmt: skip


def _congestion(rng: np.random.Generator) -> Floats:
    """Return how much slower each week is, by air and by sea: it drifts, and comes back."""
    weeks = DAYS // 7 + 1
    made = np.zeros((2, weeks))
    for week in range(1, weeks):
        made[:, week] = 0.9 * made[:, week - 1] + rng.normal(0, 0.06 * np.sqrt(1 - 0.81), 2)
    return made


def _closed(begun: Floats) -> Floats:
    """Return how much slower what begins within a closure is."""
    made = np.zeros(len(begun))
    for closure in settings().closures:
        first = (closure.first - FIRST).days
        inside = (begun >= first) & (begun < (closure.last - FIRST).days + 1)
        made[inside] = CLOSED[closure.name]
    return made


def write(made: World, path: Path) -> Path:
    """Write a world as canonical tables, exported when all of it was over."""
    names = [f"O{n:07}" for n in range(len(made.begun))]
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone='UTC'")
        create(con)
        con.register("made", _rows(made, names))
        end = f"TIMESTAMP '{FIRST}' + INTERVAL {DAYS + 400} DAYS"
        told = f"'made.csv' AS source_file, n AS source_row, {end} AS exported_at, 1 AS n_versions"
        for table, columns in _TABLES.items():
            con.execute(f"INSERT INTO {table} BY NAME SELECT {columns}, {told} FROM made")
        con.execute(
            f"INSERT INTO imports BY NAME SELECT 'made.csv' AS file, 'orders' AS table_name, {end}"
            " AS exported_at, 'loaded' AS status"
        )
    return path


def _rows(made: World, names: list[str]) -> pa.Table:
    # days of a world are those of Tokyo
    start = np.datetime64(FIRST, "us") - np.timedelta64(9, "h")

    def moment(day: Floats) -> pa.Array:
        whole = np.where(np.isnan(day), 0, np.floor(day * 86_400)).astype(np.int64) * SECOND
        return pa.array(start + whole.astype("timedelta64[us]"), mask=np.isnan(day))

    spent = np.where(np.isnan(made.arrival), 30.0, made.arrival - made.begun)
    marks = {
        name: moment(np.where(np.isnan(made.lost) | (made.begun + spent * part < made.lost),
                              made.begun + spent * part, np.nan))
        for name, part in zip(("packed", "shipped", "customs_in", "customs_out"), made.marks.T,
                              strict=True)
    }  # fmt: skip
    state = np.where(np.isnan(made.lost), np.where(np.isnan(made.arrival), "shipped", "delivered"),
                     "lost")  # fmt: skip
    return pa.table(
        {
            "n": np.arange(1, len(names) + 1), "order_no": names, "begun": moment(made.begun),
            "due": moment(made.due.astype(float)), "arrival": moment(made.arrival),
            "lost": moment(made.lost), "seller": made.seller, "carrier": made.carrier,
            "service": made.service, "region": made.region, "item": made.item, "qty": made.qty,
            "sea": AT_SEA[made.service], "state": state, **marks,
        }
    )  # fmt: skip


# The promised day is the local one that ends when a delivery is due.
_LOCAL = "INTERVAL 9 HOURS"
_TABLES = {
    "orders": f"""order_no, 'made' AS agency, 'purchased' AS state, begun AS submitted_at,
        CAST(begun + {_LOCAL} AS DATE) AS submitted_day, begun AS purchased_at,
        CAST(begun + INTERVAL 8 HOURS AS DATE) AS purchased_day""",
    "order_lines": """order_no, '1' AS line_no, 'S' || seller AS seller_id,
        'S' || seller AS seller_name, 'I' || seller || '-' || item AS item_id,
        'goods ' || item AS item_title, qty AS qty_ordered, 10.0 AS unit_price_cny_quoted""",
    "shipments": f"""'P' || order_no AS shipment_id, order_no, 2 AS leg, 'warehouse' AS
        origin_region, 'R' || region AS dest_region, 'C' || carrier AS carrier,
        'M' || service AS ship_method, CASE WHEN sea THEN 'sea' ELSE 'air' END AS mode,
        'T' || order_no AS tracking_no, state, begun AS requested_at,
        CAST(begun + {_LOCAL} AS DATE) AS requested_day, packed AS packed_at,
        shipped AS shipped_at, CAST(shipped + INTERVAL 8 HOURS AS DATE) AS shipped_day,
        customs_in AS customs_in_at, customs_out AS customs_out_at,
        due - INTERVAL 1 SECOND AS promised_at,
        CAST(due - INTERVAL 1 SECOND + {_LOCAL} AS DATE) AS promised_day, due AS promised_until,
        arrival AS delivered_at, CAST(arrival + {_LOCAL} AS DATE) AS delivered_day,
        lost AS lost_at""",
    "shipment_lines": """'P' || order_no AS shipment_id, order_no, '1' AS line_no, 'B1' AS box_no,
        qty, 'stated' AS allocation""",
}
