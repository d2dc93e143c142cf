"""Cancellations and refunds: who called off, what it cost, what came back and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakustats.simulate import orders as o
from rakustats.simulate.claims import Claims, currency_of
from rakustats.simulate.closures import DAY, in_hours
from rakustats.simulate.numbering import padded
from rakustats.simulate.orders import Lines, Orders, days
from rakustats.simulate.rows import Bools, Floats, Ints, Rows, Texts
from rakustats.simulate.world import World

PARTIES = ("customer", "agency", "seller", "system")
LEVELS = ("quote", "order", "line")
REASONS = {
    o.QUOTE_DROPPED: ("price", "想定より高いため"),
    o.QUOTE_EXPIRED: ("expired", "見積有効期限切れ"),
    o.QUOTE_FORBIDDEN: ("forbidden", "輸入禁制品のため"),
    o.BEFORE_BUYING: ("mistake", "注文内容の間違い"),
    o.AFTER_BUYING: ("no_need", "不要になったため"),
    o.REFUSED: ("too_slow", "到着が遅いため"),
    o.SELLER_OUT: ("stock_out", "店舗在庫切れ"),
    o.LINE_DROPPED: ("changed_mind", "商品変更のため"),
}
_WHO = {o.QUOTE_EXPIRED: 3, o.QUOTE_FORBIDDEN: 1, o.SELLER_OUT: 2}
# promised days until the money is there, by method: balance, card, paypal, bank, offset
_PROMISED = np.array([2.0, 30.0, 10.0, 7.0, 3.0])
_USUAL = np.array([0.4, 14.0, 4.0, 3.0, 0.8])


@dataclass
class Cancellations(Rows):
    """One element per cancellation; ``line`` is -1 for whole orders, ``fee`` in yen."""

    ids: Texts
    end: Ints
    order: Ints
    line: Ints
    asked: Floats
    accepted: Floats
    confirmed: Floats
    fee: Ints
    leak: Bools
    partial: Bools

    @property
    def level(self) -> Ints:
        """Position in LEVELS."""
        quote = np.isin(self.end, (o.QUOTE_DROPPED, o.QUOTE_EXPIRED, o.QUOTE_FORBIDDEN))
        return np.where(self.line >= 0, 2, np.where(quote, 0, 1))

    @property
    def party(self) -> Ints:
        """Position in PARTIES."""
        return np.array([_WHO.get(k, 0) for k in range(9)])[self.end]


@dataclass
class Refunds(Rows):
    """One element per refund; money in hundredths of its currency, -1 where a link is absent."""

    ids: Texts
    order: Ints
    claim: Ints
    cancellation: Ints
    method: Ints
    in_yuan: Bools
    requested: Floats
    approved: Floats
    expected_by: Floats
    paid: Floats
    confirmed: Floats
    expected: Ints
    amount: Ints
    fee: Ints
    short: Bools


# A refusal is told by mail, this many days after the cancellation was asked for.
ANSWER_DAYS = 2


def make_cancellations(
    rng: np.random.Generator, world: World, orders: Orders, lines: Lines
) -> Cancellations:
    """Return the chunk's cancellations in the sequence in which they were asked for."""
    whole = np.flatnonzero(orders.end != o.NONE)
    single = np.flatnonzero(lines.end != o.NONE)
    order = np.concatenate((whole, lines.order[single]))
    line = np.concatenate((np.full(len(whole), -1), single))
    asked = np.concatenate((orders.cancel_asked[whole], lines.cancel_asked[single]))
    by_time = np.lexsort((order, asked))
    order, line = order[by_time], line[by_time]
    end = np.where(line >= 0, lines.end[np.maximum(line, 0)], orders.end[order])
    accepted = np.where(
        line >= 0, lines.cancel_accepted[np.maximum(line, 0)], orders.cancel_accepted[order]
    )
    n = len(order)
    mail = accepted + rng.uniform(0.01, 0.5, n) * DAY
    refused = end == o.REFUSED
    mail = np.where(refused, asked[by_time] + ANSWER_DAYS * DAY, mail)
    charged = np.isin(end, (o.AFTER_BUYING, o.LINE_DROPPED)) & (rng.random(n) < 0.7)
    return Cancellations(
        ids="CN" + padded(world.serials.take("cancellation", n), 8),
        end=end,
        order=order,
        line=line,
        asked=asked[by_time],
        accepted=accepted,
        confirmed=np.floor(np.where((rng.random(n) < 0.03) & ~refused, np.inf, mail)),
        fee=np.where(charged, rng.integers(2, 20, n) * 100, 0),
        leak=np.where(line >= 0, lines.leak[np.maximum(line, 0)], orders.leak[order]),
        partial=(end == o.LINE_DROPPED) & (rng.random(n) < 0.05),
    )


def _order_value(orders: Orders, lines: Lines) -> Ints:
    value = lines.quoted_price * lines.qty
    goods = np.add.reduceat(value, orders.first_line) if len(lines) else value
    return goods + orders.freight


def make_refunds(
    rng: np.random.Generator,
    world: World,
    orders: Orders,
    lines: Lines,
    cancelled: Cancellations,
    claims: Claims,
) -> Refunds:
    """Return the refunds of paid cancellations and of claims granted in money."""
    paid_before = orders.paid[cancelled.order] < cancelled.accepted
    due = np.flatnonzero(paid_before & np.isfinite(cancelled.accepted))
    granted = np.flatnonzero((claims.granted > 0) & np.isfinite(claims.decided))
    line = cancelled.line[due]
    line_value = lines.quoted_price[np.maximum(line, 0)] * lines.qty[np.maximum(line, 0)]
    value = np.where(line >= 0, line_value, _order_value(orders, lines)[cancelled.order[due]])
    order = np.concatenate((cancelled.order[due], claims.found.order[granted]))
    asked = np.concatenate((cancelled.accepted[due], claims.decided[granted]))
    worth = np.concatenate((value, claims.granted[granted]))
    n = len(order)
    refused_claim = np.full(len(due), -1)
    kept_order = np.full(len(granted), -1)
    method = orders.pay[order]
    in_yuan = currency_of(method)
    yen = np.round(worth / 100 * orders.fx[order]).astype(np.int64) * 100
    expected = np.where(in_yuan, worth, yen)
    return _pay_out(
        rng,
        Refunds(
            ids="RF" + padded(world.serials.take("refund", n), 8),
            order=order,
            claim=np.concatenate((refused_claim, granted)),
            cancellation=np.concatenate((due, kept_order)),
            method=method,
            in_yuan=in_yuan,
            requested=asked,
            approved=in_hours(asked + days(rng, 0.8, 0.7, n) * DAY),
            expected_by=np.full(n, np.inf),
            paid=np.full(n, np.inf),
            confirmed=np.full(n, np.inf),
            expected=expected,
            amount=expected.copy(),
            fee=np.zeros(n, dtype=np.int64),
            short=np.zeros(n, dtype=bool),
        ),
    )


def _pay_out(rng: np.random.Generator, refunds: Refunds) -> Refunds:
    """Pay the refunds: most in time, some never, some less than was due."""
    n = len(refunds)
    method, approved = refunds.method, refunds.approved
    refunds.expected_by = np.floor(approved / DAY) * DAY + _PROMISED[method] * DAY
    paid = in_hours(approved + days(rng, _USUAL[method], 0.6, n) * DAY)
    refunds.paid = np.where(rng.random(n) < 0.02, np.inf, paid)
    seen = np.floor(paid + days(rng, 0.5, 0.8, n) * DAY)
    refunds.confirmed = np.where(np.isfinite(refunds.paid) & (rng.random(n) < 0.9), seen, np.inf)
    bank = (method == 3) & (rng.random(n) < 0.5) & (refunds.expected > 100_000)
    refunds.fee = np.where(bank, 33_000, 0)
    refunds.short = (rng.random(n) < 0.03) & (refunds.expected > 2_000)
    missing = np.round(refunds.expected * rng.uniform(0.1, 0.4, n) / 100).astype(np.int64) * 100
    less = np.where(refunds.short, np.maximum(missing, 200), 0)
    refunds.amount = refunds.expected - refunds.fee - less
    return refunds
