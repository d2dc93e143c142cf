"""What an export shows of orders and lines on a given day, as canonical columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rakustats.simulate import orders as o
from rakustats.simulate import words
from rakustats.simulate.closures import DAY
from rakustats.simulate.columns import cents, choose, pick, plan, seen, where
from rakustats.simulate.numbering import padded, scattered
from rakustats.simulate.rows import Bools, Floats, Ints
from rakustats.simulate.trade import Trade
from rakustats.simulate.world import ITEMS_PER_SELLER


@dataclass(frozen=True)
class LineTimes:
    """When each line reached its stages; ``inf`` where it never does."""

    sent: Floats
    arrived: Floats
    stored: Floats
    requested: Floats
    shipped: Floats
    delivered: Floats


def line_times(trade: Trade) -> LineTimes:
    """Return the stages of each line; of several shipments the last one counts."""
    parcel = trade.goods.parcel
    pieces, ships = trade.pieces, trade.ships

    def leg1(when: Floats) -> Floats:
        out = np.full(len(parcel), np.inf)
        inside = parcel >= 0
        out[inside] = when[parcel[inside]]
        return out

    def leg2(when: Floats) -> Floats:
        out = np.full(len(parcel), -np.inf)
        np.maximum.at(out, pieces.line, when[pieces.ship])
        return np.where(np.isneginf(out), np.inf, out)

    parcels = trade.parcels
    return LineTimes(
        sent=leg1(parcels.shipped),
        arrived=leg1(parcels.arrived),
        stored=leg1(parcels.stored),
        requested=leg2(ships.requested),
        shipped=leg2(ships.shipped),
        delivered=leg2(ships.delivered),
    )


def _every_line(trade: Trade, when: Floats, at: float) -> Bools:
    """Return for which orders all lines that go on have reached ``when`` by ``at``."""
    reached = (when <= at) | ~trade.lines.alive
    every = np.logical_and.reduceat(reached, trade.orders.first_line)
    return every & np.logical_or.reduceat(trade.lines.alive, trade.orders.first_line)


def _any_line(trade: Trade, when: Floats, at: float) -> Bools:
    return np.logical_or.reduceat(when <= at, trade.orders.first_line)


def orders(trade: Trade, at: float) -> pl.DataFrame:
    """Return the orders handed in by ``at``."""
    own, lines, times = trade.orders, trade.lines, line_times(trade)
    goods = np.add.reduceat(lines.quoted_price * lines.qty, own.first_line)
    quoted = own.quoted <= at
    free = own.replaces.is_not_null().to_numpy()
    # A bank's transfer takes a day, or until the agency buys; other money is there at once.
    by_bank = np.asarray(own.pay) == words.PAY_WORDS.index("銀行振込")
    reached = np.where(by_bank, np.minimum(own.paid + DAY, own.purchased), own.paid)
    freight = np.where(free, 0, own.freight)
    fee = np.round(goods / 100 * own.fx * 0.05).astype(np.int64)
    total = np.round((goods + freight) / 100 * own.fx).astype(np.int64) + fee
    words_of = (
        ((own.cancel_accepted <= at), "キャンセル"),
        ((trade.completed <= at), "完了"),
        (_every_line(trade, times.requested, at), "配送依頼済"),
        (_every_line(trade, times.stored, at), "入庫済"),
        (_any_line(trade, times.arrived, at), "検品中"),
        (_any_line(trade, times.sent, at), "店舗発送済"),
        (own.purchased <= at, "買付済"),
        (own.paid <= at, "買付待ち"),
        (quoted, "入金待ち"),
    )
    table = pl.DataFrame(
        {
            "order_no": own.no,
            "agency": [words.AGENCY_NAME] * len(own),
            "member_id": pl.Series(own.member).cast(pl.String),
            "state_raw": choose(words_of, "見積待ち"),
            "submitted_at": seen(own.submitted, at),
            "quoted_at": seen(own.quoted, at),
            "paid_at": seen(own.paid, at),
            "payment_reached_at": seen(reached, at),
            "purchased_at": seen(own.purchased, at),
            "completed_at": seen(trade.completed, at),
            "payment_method": where(own.paid <= at, pick(words.PAY_WORDS, own.pay)),
            "fx_rate": where(quoted, pl.Series(own.fx)),
            "goods_total_cny": where(quoted, cents(goods)),
            "domestic_freight_cny": where(quoted, cents(freight)),
            "service_fee_jpy": where(quoted, pl.Series(fee)),
            "total_jpy": where(quoted, pl.Series(total)),
            "replacement_of": own.replaces,
        }
    )
    return table.filter(pl.Series(own.submitted <= at))


def item_ids(seller: Ints, item: Ints) -> pl.Series:
    """Return the platform's number of each item."""
    return padded(600_000_000_000 + scattered(seller * ITEMS_PER_SELLER + item, 11), 12)


def item_titles(category: Ints, item: Ints) -> pl.Series:
    """Return the title of each item."""
    flat = [good for kind in words.GOODS for good in kind]
    good = pick(flat, category * 4 + item % 4)
    flavour = pick(words.FLAVOURS, (item * 3 + category) % len(words.FLAVOURS))
    return flavour + good + " " + pl.Series(item + 1).cast(pl.String) + "型"


def sku_words(category: Ints, sku: Ints) -> pl.Series:
    """Return the variant in words."""
    flat = [word for kind in words.SKUS for word in kind]
    return pick(flat, category * len(words.SKUS[0]) + sku)


def shipped_pieces(trade: Trade, at: float) -> Ints:
    """Return how many pieces of each line have left for Japan by ``at``."""
    gone = trade.ships.shipped[trade.pieces.ship] <= at
    out = np.zeros(len(trade.lines), dtype=np.int64)
    np.add.at(out, trade.pieces.line[gone], trade.pieces.qty[gone])
    return out


def _line_states(trade: Trade, times: LineTimes, at: float) -> pl.Series:
    lines, own = trade.lines, trade.orders
    bought = own.purchased[lines.order]
    called_off = np.minimum(lines.cancel_accepted, own.cancel_accepted[lines.order])
    called_off = np.where(own.end[lines.order] == o.REFUSED, lines.cancel_accepted, called_off)
    conditions = (
        (called_off <= at, "キャンセル"),
        (times.delivered <= at, "完了"),
        (times.shipped <= at, "発送済"),
        (times.requested <= at, "配送依頼済"),
        ((times.stored <= at) & (trade.goods.shippable == 0), "問題商品"),
        (times.stored <= at, "入庫済"),
        (times.arrived <= at, "検品中"),
        (times.sent <= at, "店舗発送済"),
        (bought <= at, "買付済"),
        (own.paid[lines.order] <= at, "買付待ち"),
        (own.quoted[lines.order] <= at, "入金待ち"),
    )
    return choose(conditions, "見積待ち")


def order_lines(trade: Trade, at: float) -> pl.DataFrame:
    """Return the lines of orders handed in by ``at``."""
    lines, goods, sellers, own = trade.lines, trade.goods, trade.world.sellers, trade.orders
    times = line_times(trade)
    category = sellers.category[lines.seller]
    bought = np.where(goods.parcel >= 0, own.purchased[lines.order], np.inf)
    promised = np.where(bought <= at, np.floor(bought / DAY) * DAY + 3 * DAY, np.inf)
    arrived, stored = times.arrived <= at, times.stored <= at
    sent = shipped_pieces(trade, at)
    serial = scattered((lines.order + 1) * 8 + lines.no + trade.chunk.index * 10**6, 12)

    def counted(known: Bools, qty: Ints) -> pl.Series:
        return where(known, pl.Series(qty))

    table = pl.DataFrame(
        {
            "order_no": own.no.gather(lines.order),
            "line_no": pl.Series(lines.no).cast(pl.String),
            "seller_id": sellers.ids.gather(lines.seller),
            "seller_name": sellers.names.gather(lines.seller),
            "platform": pick(words.PLATFORMS, sellers.platform[lines.seller]),
            "item_id": item_ids(lines.seller, lines.item),
            "item_title": item_titles(category, lines.item),
            "category": pick(words.CATEGORIES, category),
            "sku": sku_words(category, lines.sku),
            "unit_price_cny_quoted": where(
                own.quoted[lines.order] <= at, cents(lines.quoted_price)
            ),
            "unit_price_cny": where(bought <= at, cents(lines.price)),
            "qty_ordered": pl.Series(lines.qty),
            "qty_purchased": counted(bought <= at, goods.purchased),
            "qty_received": counted(arrived, goods.received),
            "qty_inspected": counted(stored, goods.received),
            "qty_defective": counted(stored, goods.defective),
            "qty_short": counted(stored, goods.short),
            "qty_wrong": counted(stored, goods.wrong),
            "qty_shipped": counted(sent > 0, sent),
            "inspection_level": pick(words.INSPECTIONS, lines.inspection),
            "state_raw": _line_states(trade, times, at),
            "purchase_no": where(bought <= at, "27" + padded(serial, 12) + "8843"),
            "dispatch_promised_at": plan(promised),
            "seller_shipped_at": seen(times.sent, at),
            "arrived_at": seen(times.arrived, at),
            "stored_at": seen(times.stored, at),
        }
    )
    return table.filter(pl.Series(own.submitted[lines.order] <= at))
