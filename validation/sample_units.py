"""The units that drift counts, straight from the simulator of the sample: no files, no loading.

Beside each world stand replicates of it in which no seller gets worse, from the same sellers: they
tell each seller's true level, and what a change did to its odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from rakustats.config.settings import settings
from rakustats.simulate.closures import DAY, national_days, spring_festivals
from rakustats.simulate.findings import KINDS
from rakustats.simulate.leg2 import TOKYO
from rakustats.simulate.trade import Trade, simulate
from rakustats.simulate.world import local_seconds, make_world, plan
from rakustats.stats.arrays import Floats

AS_OF = local_seconds(datetime(2026, 5, 31, 23, 59, 59))
SHARING = "sharing"
KEYS = ["seller", "carrier", "method", "lane", "month", "closure", "day"]
OUTCOMES = ("late", "damage")
# carriers of leg 2 are numbered from here on
LEG2 = 100
NEW_YEARS = np.array([int(at // DAY) for at in spring_festivals()])


@dataclass(frozen=True)
class Units:
    """Counts of one outcome by the keys, and when each seller of the world gets worse (inf)."""

    cells: pd.DataFrame
    worse_from: np.ndarray


def units(seed: int, orders: int, replicate: int = 0, *, calm: bool = False) -> dict[str, Units]:
    """Return the units of both outcomes as an export of the world shows them.

    ``replicate`` draws other orders of the same sellers; in a ``calm`` one nobody gets worse.
    """
    world = make_world(seed, orders, AS_OF)
    days = np.floor(world.sellers.worse_from / DAY)
    if calm:
        world.sellers.worse_factor = np.ones(len(world.sellers))
    if replicate:
        world = replace(world, seed=seed * 1000 + replicate)
    trades = [_rows(simulate(world, chunk)) for chunk in plan(world)]
    return {
        outcome: Units(_counted(pd.concat(parts)), days)
        for outcome, parts in zip(OUTCOMES, zip(*trades, strict=True), strict=True)
    }


def shared_parcels(seed: int, orders: int) -> pd.DataFrame:
    """Return late parcels counted by the keys, and by how many sellers share each (``sharing``)."""
    world = make_world(seed, orders, AS_OF)
    parts = [_rows(simulate(world, chunk))[0] for chunk in plan(world)]
    return _counted(pd.concat(parts), [*KEYS, SHARING])


def _day(at: Floats) -> Floats:
    return np.floor(at / DAY)


def _rows(trade: Trade) -> tuple[pd.DataFrame, pd.DataFrame]:
    late = pd.concat([_leg1(trade), _leg2(trade)])
    return late[late["day"] <= AS_OF // DAY], _damage(trade)


def _leg1(trade: Trade) -> pd.DataFrame:
    parcels = trade.parcels
    rows = pd.DataFrame(
        {
            "seller": parcels.seller,
            "carrier": parcels.carrier,
            "method": -1,
            "lane": 1,
            SHARING: 1,
            "began": _day(parcels.requested),
            "day": _day(parcels.promised),
            "event": ~(_day(parcels.arrived) <= _day(parcels.promised)),
        }
    )
    return rows[parcels.requested <= AS_OF]


def _leg2(trade: Trade) -> pd.DataFrame:
    """Return a row per shipment and seller in it."""
    both = np.stack([trade.pieces.ship, trade.lines.seller[trade.pieces.line]])
    ship, seller = np.unique(both, axis=1)
    ships = trade.ships.at(ship)
    promised = np.where(np.isfinite(ships.promised_first), ships.promised_first, AS_OF + 2 * DAY)
    rows = pd.DataFrame(
        {
            "seller": seller,
            "carrier": LEG2 + ships.carrier,
            "method": ships.method,
            "lane": 2,
            SHARING: np.bincount(ship)[ship],
            "began": _day(ships.requested),
            "day": _day(promised),
            "event": ~(_day(ships.attempt + TOKYO) <= _day(promised)),
        }
    )
    return rows[ships.requested <= AS_OF]


def _damage(trade: Trade) -> pd.DataFrame:
    lines, goods, pieces, found = trade.lines, trade.goods, trade.pieces, trade.claims.found
    bad = goods.defective > 0
    claimed = np.isin(found.kind, [KINDS.index("damaged"), KINDS.index("defective")])
    bad[found.line[claimed]] = True
    parcel = np.maximum(goods.parcel, 0)
    stored = np.where(goods.parcel >= 0, trade.parcels.stored[parcel], np.inf)
    home = trade.ships.delivered[pieces.ship]
    np.maximum.at(stored, pieces.line, np.where(home <= AS_OF, home, -np.inf))
    carrier = trade.parcels.carrier[parcel]
    carrier[pieces.line] = LEG2 + trade.ships.carrier[pieces.ship]
    ripe = AS_OF - settings().claim_lag_days * DAY
    rows = pd.DataFrame(
        {
            "seller": lines.seller,
            "carrier": carrier,
            "method": trade.world.sellers.category[lines.seller],
            "lane": 0,
            "began": _day(trade.orders.submitted[lines.order]),
            "day": _day(stored),
            "event": bad,
        }
    )
    return rows[(stored <= ripe) & (goods.received > 0)]


def _counted(rows: pd.DataFrame, keys: Sequence[str] = KEYS) -> pd.DataFrame:
    day = rows["began"].to_numpy().astype("datetime64[D]")
    around = np.abs(rows["began"].to_numpy()[:, None] - NEW_YEARS).min(axis=1) <= 14
    golden = np.array([int(at // DAY) for at in national_days()])
    after = rows["began"].to_numpy()[:, None] - golden
    closure = np.where(around, 1, np.where(((after >= -3) & (after <= 7)).any(axis=1), 2, 0))
    rows = rows.assign(month=day.astype("datetime64[M]").astype(int), closure=closure)
    counted = rows.groupby(list(keys), as_index=False)["event"].agg(["size", "sum"])
    return counted.rename(columns={"size": "n", "sum": "events"})
