"""Claims: what is found wrong, when it is reported, whose fault it is and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rakustats.simulate import words
from rakustats.simulate.closures import DAY, in_hours
from rakustats.simulate.leg1 import Goods, Parcels
from rakustats.simulate.leg2 import Pieces, Shipments
from rakustats.simulate.numbering import padded
from rakustats.simulate.orders import SELLER_OUT, Lines, Orders, days
from rakustats.simulate.world import Bools, Floats, Ints, Resends, World

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
BLAMES = (
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
RESOLUTIONS = (
    "refund_full",
    "refund_partial",
    "exchange",
    "resend",
    "discard",
    "accepted_as_is",
    "rejected",
    "withdrawn",
)
_ENDS = {
    "non_arrival": (0.55, 0.1, 0.0, 0.25, 0.0, 0.0, 0.06, 0.04),
    "damaged": (0.25, 0.35, 0.03, 0.12, 0.03, 0.05, 0.12, 0.05),
    "defective": (0.25, 0.2, 0.2, 0.1, 0.05, 0.1, 0.06, 0.04),
    "wrong_item": (0.2, 0.15, 0.35, 0.15, 0.0, 0.08, 0.03, 0.04),
    "short": (0.3, 0.3, 0.0, 0.32, 0.0, 0.02, 0.03, 0.03),
}
_OTHER_END = (0.02, 0.18, 0.0, 0.0, 0.0, 0.5, 0.2, 0.1)


@dataclass
class Found:
    """One element per trouble that came to light; -1 where line, shipment or parcel is unknown."""

    kind: Ints
    stage: Ints
    blame: Ints
    order: Ints
    line: Ints
    ship: Ints
    parcel: Ints
    qty: Ints
    detected: Floats


@dataclass
class Claims:
    """One element per claim; money in hundredths of a yuan."""

    ids: pl.Series
    found: Found
    opened: Floats
    answered: Floats
    decided: Floats
    closed: Floats
    resolution: Ints
    claimed: Ints
    granted: Ints
    return_cost: Ints

    def __len__(self) -> int:
        return len(self.opened)


def _of_lines(
    lines: Lines,
    pick: Ints,
    kind: str,
    stage: str,
    blame: str,
    qty: Ints,
    at: Floats,
    parcel: Ints | None = None,
) -> Found:
    n = len(pick)
    none = np.full(n, -1)
    return Found(
        kind=np.full(n, KINDS.index(kind)),
        stage=np.full(n, STAGES.index(stage)),
        blame=np.full(n, BLAMES.index(blame)),
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
    for kind, blame, qty, share in sources:
        told = (qty > 0) & np.isfinite(stored) & (rng.random(len(lines)) < share)
        pick = np.flatnonzero(told)
        parcel = goods.parcel if kind == "damaged" else None
        found.append(_of_lines(lines, pick, kind, "warehouse", blame, qty, stored[pick], parcel))
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
    damage.blame = np.where(doubtful, BLAMES.index("undetermined"), damage.blame)
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
    never.blame = np.where(ghost, BLAMES.index("seller"), never.blame)
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
    for kind, stage, blame, where in sources:
        pick = np.flatnonzero(where & (lines.end != SELLER_OUT))
        lag = rng.uniform(0.1, 2.0, len(pick)) * DAY
        found.append(_of_lines(lines, pick, kind, stage, blame, lines.qty, bought[pick] + lag))
    return found


def _together(parts: list[Found]) -> Found:
    names = Found.__dataclass_fields__
    merged = Found(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))
    order = np.lexsort((merged.line, merged.kind, merged.detected))
    return Found(*(getattr(merged, name)[order] for name in names))


def _resolutions(rng: np.random.Generator, kind: Ints) -> Ints:
    table = np.cumsum([_ENDS.get(k, _OTHER_END) for k in KINDS], axis=1)[:, :-1]
    above = rng.random(len(kind))[:, None] > table[kind]
    return np.asarray(np.count_nonzero(above, axis=1), dtype=np.int64)


def make_claims(
    rng: np.random.Generator,
    world: World,
    orders: Orders,
    lines: Lines,
    parcels: Parcels,
    goods: Goods,
    ships: Shipments,
    pieces: Pieces,
) -> Claims:
    """Return the chunk's claims in the sequence in which the troubles come to light."""
    found = _together(
        [
            *_at_warehouse(rng, lines, parcels, goods),
            *_in_japan(rng, lines, goods, ships, pieces),
            *_not_there(rng, lines, parcels, goods, ships, pieces),
            *_commercial(rng, orders, lines),
        ]
    )
    n = len(found.kind)
    opened = np.floor(found.detected + days(rng, 0.5, 0.9, n) * DAY)
    answered = in_hours(opened + days(rng, 0.8, 0.8, n) * DAY)
    answered = np.where(rng.random(n) < 0.03, np.inf, answered)
    decided = np.where(np.isfinite(answered), answered, opened)
    decided = in_hours(decided + days(rng, 5, 0.7, n) * DAY)
    decided = np.where(rng.random(n) < 0.03, np.inf, decided)
    resolution = _resolutions(rng, found.kind)
    value = lines.price[found.line] * found.qty
    share = np.select([resolution == 0, resolution == 1], [1.0, rng.uniform(0.2, 0.7, n)], 0.0)
    back = np.isin(resolution, (0, 2)) & np.isin(found.kind, (1, 2, 3)) & (rng.random(n) < 0.3)
    return Claims(
        ids="QC" + padded(world.serials.take("claim", n), 8),
        found=found,
        opened=opened,
        answered=answered,
        decided=decided,
        closed=in_hours(decided + days(rng, 1.5, 0.8, n) * DAY),
        resolution=resolution,
        claimed=value,
        granted=np.round(value * share).astype(np.int64),
        return_cost=np.where(back, rng.integers(600, 3000, n), 0),
    )


def send_again(world: World, orders: Orders, lines: Lines, claims: Claims) -> None:
    """Queue the claims that end in a resend as orders of later chunks."""
    line = claims.found.line
    due = (claims.resolution == RESOLUTIONS.index("resend")) & np.isfinite(claims.decided)
    due &= (claims.decided < world.as_of) & _first_of(claims.found.order)
    pick = np.flatnonzero(due)
    world.resends = world.resends.plus(
        Resends(
            decided=claims.decided[pick],
            member=orders.member[lines.order[line[pick]]],
            seller=lines.seller[line[pick]],
            item=lines.item[line[pick]],
            sku=lines.sku[line[pick]],
            qty=claims.found.qty[pick],
            order_no=orders.no.gather(claims.found.order[pick]),
        )
    )


def _first_of(values: Ints) -> Bools:
    first = np.zeros(len(values), dtype=bool)
    first[np.unique(values, return_index=True)[1]] = True
    return first


def kind_words() -> pl.Series:
    """Return the Japanese words of the claim kinds, in the sequence of ``KINDS``."""
    return pl.Series(list(KIND_WORDS.values()), dtype=pl.String)


def currency_of(method: Ints) -> Bools:
    """Return whether a refund by each method is counted in yuan."""
    yuan = [words.PAY_METHODS.index(name) for name in ("balance", "offset")]
    return np.isin(method, yuan)
