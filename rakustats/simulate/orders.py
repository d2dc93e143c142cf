"""Orders and their lines: what members ask for, what it costs, what is called off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rakustats.simulate import words
from rakustats.simulate.closures import AGENCY, DAY
from rakustats.simulate.numbering import document_numbers, unique_seconds
from rakustats.simulate.rows import Bools, Floats, Ints, Rows, Texts
from rakustats.simulate.world import FIRST_MEMBER, ITEMS_PER_SELLER, Chunk, Resends, World

# ways an order or a line ends early, or nearly
NONE, QUOTE_DROPPED, QUOTE_EXPIRED, QUOTE_FORBIDDEN, BEFORE_BUYING, AFTER_BUYING, REFUSED = range(7)
SELLER_OUT, LINE_DROPPED = 7, 8

_HOURS = np.array(
    [6, 4, 2, 1, 1, 2, 5, 12, 22, 34, 38, 36, 33, 34, 35, 34, 33, 34, 38, 44, 50, 46, 30, 14.0]
)


@dataclass
class Orders(Rows):
    """One element per order; instants are local seconds, ``inf`` where it never happens."""

    no: Texts
    member: Ints
    replaces: Texts
    submitted: Floats
    quoted: Floats
    paid: Floats
    purchased: Floats
    end: Ints
    cancel_asked: Floats
    cancel_accepted: Floats
    leak: Bools
    pay: Ints
    fx: Floats
    freight: Ints
    first_line: Ints

    @property
    def goes_on(self) -> Bools:
        """Whether goods of the order are bought and sent."""
        return np.isin(self.end, (NONE, REFUSED)) | self.leak


@dataclass
class Lines(Rows):
    """One element per order line; prices in hundredths of a yuan."""

    order: Ints
    no: Ints
    seller: Ints
    item: Ints
    sku: Ints
    qty: Ints
    quoted_price: Ints
    price: Ints
    inspection: Ints
    end: Ints
    cancel_asked: Floats
    cancel_accepted: Floats
    leak: Bools
    alive: Bools


def days(
    rng: np.random.Generator, median: float | Floats, spread: float | Floats, n: int
) -> Floats:
    """Return lognormal durations in days."""
    return rng.lognormal(np.log(median), spread, n)


def _submitted(rng: np.random.Generator, chunk: Chunk, n: int) -> Floats:
    n_days = int(np.ceil((chunk.end - chunk.start) / DAY))
    hour = rng.choice(24, n, p=_HOURS / _HOURS.sum())
    at = chunk.start + rng.integers(0, n_days, n) * DAY + hour * 3600 + rng.integers(0, 3600, n)
    return np.where(at < chunk.end, at, chunk.start + rng.random(n) * (chunk.end - chunk.start))


def _due_resends(world: World, chunk: Chunk) -> Resends:
    """Take the replacements that are ordered in this chunk off the world's list."""
    waiting = world.resends
    due = (waiting.decided >= chunk.start) & (waiting.decided < chunk.end)
    world.resends = waiting.at(np.flatnonzero(waiting.decided >= chunk.end))
    return waiting.at(np.flatnonzero(due)[: chunk.orders // 2])


def _order_ends(rng: np.random.Generator, n: int) -> Ints:
    share = np.array([0.862, 0.05, 0.035, 0.005, 0.022, 0.018, 0.008])
    return np.searchsorted(np.cumsum(share)[:-1], rng.random(n), side="right")


def make_orders(rng: np.random.Generator, world: World, chunk: Chunk) -> tuple[Orders, Lines]:
    """Return the chunk's orders in the sequence of their submission, and their lines."""
    n = chunk.orders
    due = _due_resends(world, chunk)
    again = len(due.decided)
    submitted = _submitted(rng, chunk, n)
    submitted[:again] = due.decided
    member = FIRST_MEMBER + (rng.random(n) ** 2.2 * world.members).astype(np.int64)
    member[:again] = due.member
    submitted = unique_seconds(submitted, member)
    by_time = np.argsort(submitted, kind="stable")
    submitted, member = submitted[by_time], member[by_time]
    resend = np.where(by_time < again, by_time, -1)

    end = np.where(resend >= 0, NONE, _order_ends(rng, n))
    quoted = AGENCY.after(submitted, days(rng, 0.55, 0.7, n))
    paid = quoted + days(rng, 0.45, 1.0, n) * DAY
    unpaid = np.isin(end, (QUOTE_DROPPED, QUOTE_EXPIRED, QUOTE_FORBIDDEN))
    paid = np.where(unpaid, np.inf, paid)
    purchased = AGENCY.after(paid, days(rng, 0.5, 0.6, n))
    orders = Orders(
        no=document_numbers(submitted, member, chunk.index),
        member=member,
        replaces=_replaced(due, resend),
        submitted=submitted,
        quoted=np.floor(quoted),
        paid=np.floor(paid),
        purchased=np.floor(purchased),
        end=end,
        cancel_asked=np.full(n, np.inf),
        cancel_accepted=np.full(n, np.inf),
        leak=np.zeros(n, dtype=bool),
        pay=rng.choice(5, n, p=[0.4, 0.25, 0.1, 0.2, 0.05]),
        fx=np.round(21.5 + 0.5 * np.sin(submitted / DAY / 58) + rng.normal(0, 0.04, n), 2),
        freight=np.round(rng.gamma(2.0, 450, n)).astype(np.int64),
        first_line=np.zeros(n, dtype=np.int64),
    )
    _call_off(rng, orders)
    return orders, _make_lines(rng, world, orders, due, resend)


def _replaced(due: Resends, resend: Ints) -> pl.Series:
    if not len(due.decided):
        return pl.Series([None] * len(resend), dtype=pl.String)
    known = due.order_no.gather(np.maximum(resend, 0))
    return pl.select(pl.when(pl.Series(resend >= 0)).then(known)).to_series()


def _call_off(rng: np.random.Generator, orders: Orders) -> None:
    """Set when cancellations are asked for and accepted; a few accepted ones go on all the same."""
    n, end = len(orders), orders.end
    soon = rng.random(n)
    asked = np.select(
        [
            end == QUOTE_DROPPED,
            end == QUOTE_EXPIRED,
            end == QUOTE_FORBIDDEN,
            end == BEFORE_BUYING,
            end == AFTER_BUYING,
            end == REFUSED,
        ],
        [
            orders.quoted + soon * 3 * DAY,
            orders.quoted + 7 * DAY,
            orders.quoted - 600,
            np.minimum(orders.paid + soon * 0.3 * DAY, orders.purchased - 60),
            orders.purchased + soon * DAY,
            orders.purchased + (3 + 3 * soon) * DAY,
        ],
        np.inf,
    )
    wait = np.where(rng.random(n) < 0.08, rng.uniform(5, 12, n), days(rng, 0.3, 0.7, n))
    accepted = np.where(np.isin(end, (QUOTE_EXPIRED, QUOTE_FORBIDDEN)), asked, asked + wait * DAY)
    orders.cancel_asked = np.floor(asked)
    orders.cancel_accepted = np.where(end == REFUSED, np.inf, np.floor(accepted))
    orders.leak = np.isin(end, (BEFORE_BUYING, AFTER_BUYING)) & (rng.random(n) < 0.06)
    stopped = (end == BEFORE_BUYING) & ~orders.leak
    late = (end == BEFORE_BUYING) & orders.leak
    bought_anyway = np.maximum(orders.purchased, orders.cancel_accepted + 0.6 * DAY)
    orders.purchased = np.where(stopped, np.inf, np.where(late, bought_anyway, orders.purchased))


def _spread_sellers(rng: np.random.Generator, world: World, orders: Orders, position: Ints) -> Ints:
    """Return a seller per line; lines of an order tend to share one."""
    n = len(position)
    drawn = np.searchsorted(world.sellers.volume, rng.random(n))
    seller = np.minimum(drawn, len(world.sellers) - 1)
    follow = (rng.random(n) < 0.62) & (position > 1)
    for k in range(2, int(position.max(initial=1)) + 1):
        same = np.flatnonzero(follow & (position == k))
        seller[same] = seller[same - 1]
    return seller


def _make_lines(
    rng: np.random.Generator, world: World, orders: Orders, due: Resends, resend: Ints
) -> Lines:
    n_orders = len(orders)
    per_order = np.minimum(rng.geometric(0.42, n_orders), 6)
    per_order[resend >= 0] = 1
    orders.first_line = np.cumsum(per_order) - per_order
    order = np.repeat(np.arange(n_orders), per_order)
    n = len(order)
    position = np.arange(n) - orders.first_line[order] + 1
    seller = _spread_sellers(rng, world, orders, position)
    item = rng.integers(0, ITEMS_PER_SELLER, n)
    sku = rng.integers(0, len(words.SKUS[0]), n)
    qty = np.clip(np.round(rng.lognormal(1.6, 1.0, n)), 1, 400).astype(np.int64)
    again = np.flatnonzero(resend[order] >= 0)
    source = resend[order[again]]
    seller[again], item[again] = due.seller[source], due.item[source]
    sku[again], qty[again] = due.sku[source], due.qty[source]
    quoted = _quoted_prices(rng, world, orders, order, seller, item)
    quoted[again] = 0
    lines = Lines(
        order=order,
        no=position,
        seller=seller,
        item=item,
        sku=sku,
        qty=qty,
        quoted_price=quoted,
        price=_paid_prices(rng, world, seller, quoted),
        inspection=np.repeat(rng.choice(3, n_orders, p=[0.05, 0.75, 0.2]), per_order),
        end=np.zeros(n, dtype=np.int64),
        cancel_asked=np.full(n, np.inf),
        cancel_accepted=np.full(n, np.inf),
        leak=np.zeros(n, dtype=bool),
        alive=orders.goes_on[order],
    )
    _drop_lines(rng, world, orders, lines, resend)
    return lines


def _quoted_prices(
    rng: np.random.Generator, world: World, orders: Orders, order: Ints, seller: Ints, item: Ints
) -> Ints:
    base = world.sellers.item_price[seller * ITEMS_PER_SELLER + item]
    years = (orders.submitted[order] - world.start) / (365 * DAY)
    price = base * (1 + 0.05 * years) * rng.choice([1.0, 1.0, 1.0, 0.95, 1.04], len(order))
    return np.asarray(np.maximum(np.round(price), 10), dtype=np.int64)


def _paid_prices(rng: np.random.Generator, world: World, seller: Ints, quoted: Ints) -> Ints:
    moved = rng.random(len(seller)) < world.sellers.price_rise[seller]
    change = np.where(rng.random(len(seller)) < 0.8, rng.uniform(0.02, 0.2, len(seller)), -0.05)
    paid = np.where(moved, np.round(quoted * (1 + change)), quoted)
    return np.asarray(paid, dtype=np.int64)


def _drop_lines(
    rng: np.random.Generator, world: World, orders: Orders, lines: Lines, resend: Ints
) -> None:
    """Let sellers run out of stock and members drop single lines."""
    n = len(lines)
    bought = orders.purchased[lines.order]
    regular = np.isfinite(bought) & (orders.end[lines.order] == NONE) & (resend[lines.order] < 0)
    rate = world.sellers.cancel[lines.seller] * world.sellers.worsening(lines.seller, bought)
    out = regular & (rng.random(n) < np.minimum(rate, 0.5))
    dropped = regular & ~out & (rng.random(n) < 0.012)
    asked = np.where(out, bought + days(rng, 1.5, 0.6, n) * DAY, bought + rng.random(n) * DAY)
    accepted = asked + np.where(out, days(rng, 0.5, 0.5, n), days(rng, 0.3, 0.6, n)) * DAY
    called_off = out | dropped
    lines.end = np.where(out, SELLER_OUT, np.where(dropped, LINE_DROPPED, NONE))
    lines.cancel_asked = np.where(called_off, np.floor(asked), np.inf)
    lines.cancel_accepted = np.where(called_off, np.floor(accepted), np.inf)
    lines.leak = dropped & (rng.random(n) < 0.06)
    lines.alive &= ~called_off | lines.leak
