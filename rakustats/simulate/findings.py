"""Troubles that come to light: what is found wrong, where, when, and whose fault it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rakustats.simulate.closures import DAY
from rakustats.simulate.leg1 import Goods, Parcels
from rakustats.simulate.leg2 import Shipments
from rakustats.simulate.orders import SELLER_OUT, Lines, Orders
from rakustats.simulate.packing import Pieces
from rakustats.simulate.rows import Floats, Ints, Rows

KIND_WORDS = {
    "non_arrival": "未着",
    "damaged": "破損",
    "defective": "不良品",
    "wrong_item": "誤品",
    "short": "不足",
    "excess": "数量過多",
    "late": "遅延",
    "price_change": "価格変更",
    "freight_change": "送料変更",
    "option_change": "仕様変更",
    "customs": "通関",
    "customer_reason": "お客様都合",
    "other": "その他",
}
KINDS = tuple(KIND_WORDS)
STAGES = ("quote", "purchase", "warehouse", "transit", "delivery", "after_use")
PARTIES = (
    "seller",
    "agency",
    "leg1_carrier",
    "leg2_carrier",
    "customs",
    "customer",
    "force_majeure",
    "undetermined",
)
REASONS = (
    "検品時に店舗側の不備を確認（担当 髙橋）",
    "倉庫での取り違えを確認",
    "中国国内配送中の外箱つぶれ①",
    "国際配送中の破損・紛失（運送会社報告あり）",
    "税関検査による",
    "お客様都合",
    "春節・国慶節の休業期間",
    "原因を特定できず（担当 岩﨑）",
)


@dataclass
class Found(Rows):
    """One element per trouble that came to light; -1 where line, shipment or parcel is unknown."""

    kind: Ints
    stage: Ints
    fault: Ints
    order: Ints
    line: Ints
    ship: Ints
    parcel: Ints
    qty: Ints
    detected: Floats


def _of_lines(
    lines: Lines,
    pick: Ints,
    kind: str,
    stage: str,
    fault: str,
    qty: Ints,
    at: Floats,
    parcel: Ints | None = None,
) -> Found:
    n = len(pick)
    none = np.full(n, -1)
    return Found(
        kind=np.full(n, KINDS.index(kind)),
        stage=np.full(n, STAGES.index(stage)),
        fault=np.full(n, PARTIES.index(fault)),
        order=lines.order[pick],
        line=pick,
        ship=none,
        parcel=none if parcel is None else parcel[pick],
        qty=qty[pick],
        detected=at,
    )


def _at_warehouse(
    rng: np.random.Generator, lines: Lines, parcels: Parcels, goods: Goods
) -> list[Found]:
    """Defects, wrong items, shortages and crushed boxes that inspection finds."""
    here = np.flatnonzero(goods.parcel >= 0)
    stored = np.full(len(lines), np.inf)
    stored[here] = parcels.stored[goods.parcel[here]]
    own = goods.defective - goods.crushed
    sources = (
        ("defective", "seller", own, 0.85),
        ("wrong_item", "seller", goods.wrong, 0.95),
        ("short", "seller", goods.short, 0.95),
        ("damaged", "leg1_carrier", goods.crushed, 0.8),
        ("excess", "seller", goods.excess, 0.6),
    )
    found = []
    for kind, fault, qty, share in sources:
        reported = (qty > 0) & np.isfinite(stored) & (rng.random(len(lines)) < share)
        pick = np.flatnonzero(reported)
        parcel = goods.parcel if kind == "damaged" else None
        found.append(_of_lines(lines, pick, kind, "warehouse", fault, qty, stored[pick], parcel))
    return found


def _in_japan(
    rng: np.random.Generator, lines: Lines, goods: Goods, ships: Shipments, pieces: Pieces
) -> list[Found]:
    """Damage in transit, and defects that slipped through inspection."""
    at = ships.delivered[pieces.ship]
    n = len(pieces.line)
    broken = np.flatnonzero((pieces.damaged > 0) & (rng.random(n) < 0.9))
    lag = rng.uniform(0, 4, len(broken)) * DAY
    damage = _of_lines(
        lines,
        pieces.line[broken],
        "damaged",
        "delivery",
        "leg2_carrier",
        lines.qty,
        at[broken] + lag,
    )
    damage.qty, damage.ship = pieces.damaged[broken], pieces.ship[broken]
    doubtful = rng.random(len(broken)) < 0.15
    damage.fault = np.where(doubtful, PARTIES.index("undetermined"), damage.fault)
    first = np.unique(pieces.line, return_index=True)[1]
    hidden = goods.hidden[pieces.line[first]] > 0
    slipped = first[hidden & np.isfinite(at[first]) & (rng.random(len(first)) < 0.6)]
    late = rng.random(len(slipped)) < 0.25
    lag = np.where(late, rng.uniform(8, 40, len(slipped)), rng.uniform(0, 7, len(slipped))) * DAY
    escape = _of_lines(
        lines,
        pieces.line[slipped],
        "defective",
        "delivery",
        "seller",
        goods.hidden,
        at[slipped] + lag,
    )
    escape.stage = np.where(late, STAGES.index("after_use"), escape.stage)
    escape.ship = pieces.ship[slipped]
    escape.qty = np.minimum(escape.qty, pieces.qty[slipped])
    return [damage, escape]


def _not_there(
    rng: np.random.Generator,
    lines: Lines,
    parcels: Parcels,
    goods: Goods,
    ships: Shipments,
    pieces: Pieces,
) -> list[Found]:
    """Parcels that never came on either leg, and parcels that came too late."""
    gone = ships.vanished[pieces.ship] & np.isfinite(ships.promised[pieces.ship])
    first = np.unique(np.stack((pieces.ship, pieces.line)), axis=1, return_index=True)[1]
    pick = first[gone[first] & (rng.random(len(first)) < 0.9)]
    day = ships.promised[pieces.ship[pick]] + rng.uniform(2, 14, len(pick)) * DAY
    lost = _of_lines(
        lines, pieces.line[pick], "non_arrival", "transit", "leg2_carrier", lines.qty, day
    )
    lost.ship, lost.qty = pieces.ship[pick], pieces.qty[pick]
    parcel = np.maximum(goods.parcel, 0)
    missing = np.zeros(len(lines), dtype=bool)
    if len(parcels):
        missing = (goods.parcel >= 0) & (parcels.gone | parcels.ghost)[parcel]
    pick = np.flatnonzero(missing & (rng.random(len(lines)) < 0.8))
    day = parcels.promised[parcel[pick]] + rng.uniform(6, 20, len(pick)) * DAY
    never = _of_lines(
        lines, pick, "non_arrival", "purchase", "leg1_carrier", lines.qty, day, goods.parcel
    )
    ghost = parcels.ghost[parcel[pick]]
    never.fault = np.where(ghost, PARTIES.index("seller"), never.fault)
    at = ships.delivered[pieces.ship]
    late = np.isfinite(at) & (at > ships.promised[pieces.ship] + 3 * DAY)
    pick = first[late[first] & (rng.random(len(first)) < 0.05)]
    day = ships.promised[pieces.ship[pick]] + rng.uniform(1.2, 3, len(pick)) * DAY
    slow = _of_lines(lines, pieces.line[pick], "late", "transit", "leg2_carrier", lines.qty, day)
    slow.ship, slow.qty = pieces.ship[pick], pieces.qty[pick]
    return [lost, never, slow]


def _commercial(rng: np.random.Generator, orders: Orders, lines: Lines) -> list[Found]:
    """Return changes of price, freight and options, and reasons that are the buyer's own."""
    bought = orders.purchased[lines.order]
    n = len(lines)
    usual = lines.alive & np.isfinite(bought)
    dearer = usual & (lines.price > lines.quoted_price) & (rng.random(n) < 0.5)
    draw = rng.random(n)
    sources = (
        ("price_change", "purchase", "seller", dearer),
        ("freight_change", "purchase", "seller", usual & (draw < 0.004)),
        ("option_change", "purchase", "seller", usual & (draw > 0.997)),
        ("customer_reason", "warehouse", "customer", usual & (draw > 0.5) & (draw < 0.503)),
        ("other", "purchase", "undetermined", usual & (draw > 0.6) & (draw < 0.6015)),
        ("customs", "transit", "customs", usual & (draw > 0.7) & (draw < 0.701)),
    )
    found = []
    for kind, stage, fault, where in sources:
        pick = np.flatnonzero(where & (lines.end != SELLER_OUT))
        lag = rng.uniform(0.1, 2.0, len(pick)) * DAY
        found.append(_of_lines(lines, pick, kind, stage, fault, lines.qty, bought[pick] + lag))
    return found


def find_troubles(
    rng: np.random.Generator,
    orders: Orders,
    lines: Lines,
    parcels: Parcels,
    goods: Goods,
    ships: Shipments,
    pieces: Pieces,
) -> Found:
    """Return the chunk's troubles in the sequence in which they come to light."""
    parts = [
        *_at_warehouse(rng, lines, parcels, goods),
        *_in_japan(rng, lines, goods, ships, pieces),
        *_not_there(rng, lines, parcels, goods, ships, pieces),
        *_commercial(rng, orders, lines),
    ]
    merged = Found.together(parts)
    return merged.at(np.lexsort((merged.line, merged.kind, merged.detected)))


def kind_words() -> pl.Series:
    """Return the Japanese words of the claim kinds, in the sequence of ``KINDS``."""
    return pl.Series(list(KIND_WORDS.values()), dtype=pl.String)
