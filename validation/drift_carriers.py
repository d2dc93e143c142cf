"""D8: alarms of carriers and methods that do not change, in the sample's world.

Nobody but sellers gets worse there. A parcel is one unit of its carrier, each leg has a model of
its own, and methods, which the first leg has none of, are watched on the second.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rakustats.stats.cells import Codes
from rakustats.stats.drifts import Drifts
from rakustats.stats.risk_adjusted import Dated, watched_drifts
from validation.figures import Figure
from validation.sample_units import SHARING, shared_parcels

IDS = ("D8",)
# those of choosing: 601 to 604
ORDERS, SEEDS = 20_000, tuple(range(611, 619))
CIRCUMSTANCES = {"carrier": "method", "method": "carrier"}


def figures(quick: bool) -> list[Figure]:
    """Return D8; quick: two small worlds."""
    seeds, orders = (SEEDS[:2], 6_000) if quick else (SEEDS, ORDERS)
    worlds = [shared_parcels(seed, orders) for seed in seeds]
    return [_alarms(worlds, "carrier", "carriers"), _alarms(worlds, "method", "methods")]


def _alarms(worlds: list[pd.DataFrame], of: str, many: str) -> Figure:
    found = [_watched(cells, of) for cells in worlds]
    rang = sum(int((one.alarm >= 0).sum()) for one in found)
    years = sum(float(one.years.sum()) for one in found)
    size = sum(int((one.watched > 0).sum()) for one in found)
    what = f"alarms a year of {size} unchanged {many}, {years:.0f} years watched"
    return Figure("D8", what, rang / years, most=0.05)


def _watched(cells: pd.DataFrame, of: str) -> Drifts:
    if of == "method":
        cells = cells[cells["lane"] == 2]
    lane, day = (cells[name].to_numpy().astype(np.int64) for name in ("lane", "day"))
    codes = [_codes(cells, key) for key in ("seller", of, CIRCUMSTANCES[of], "month", "closure")]
    whole, events, sharing = (cells[k].to_numpy(float) for k in ("n", "events", SHARING))
    units = Dated(day, lane, events / sharing, whole / sharing, whole)
    return watched_drifts(codes, 1, units, lane.astype(np.intp))


def _codes(cells: pd.DataFrame, key: str) -> Codes:
    return np.unique(cells[key], return_inverse=True)[1].astype(np.intp)
