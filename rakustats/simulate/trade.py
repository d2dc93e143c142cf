"""One chunk of the simulated trade, from the orders to the last letter about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakustats.simulate.claims import Claims, make_claims, send_again
from rakustats.simulate.findings import find_troubles
from rakustats.simulate.leg1 import Goods, Parcels, inspect, make_parcels
from rakustats.simulate.leg2 import Shipments, make_shipments
from rakustats.simulate.money import Cancellations, Refunds, make_cancellations, make_refunds
from rakustats.simulate.orders import Lines, Orders, make_orders
from rakustats.simulate.packing import Pieces
from rakustats.simulate.rows import Bools, Floats
from rakustats.simulate.talk import Evidence, Messages, make_evidence, make_messages, unconfirmed
from rakustats.simulate.world import Chunk, World


@dataclass
class Trade:
    """Everything that ever happens to the orders of one chunk."""

    world: World
    chunk: Chunk
    orders: Orders
    lines: Lines
    parcels: Parcels
    goods: Goods
    ships: Shipments
    pieces: Pieces
    claims: Claims
    cancelled: Cancellations
    refunds: Refunds
    messages: Messages
    evidence: Evidence
    unconfirmed: Bools
    completed: Floats


def _completed(rng: np.random.Generator, orders: Orders, lines: Lines, last: Floats) -> Floats:
    """Return when orders are closed: a few days after their last line has arrived."""
    ends = np.maximum.reduceat(last, orders.first_line)
    ends = np.where(ends > 0, ends + rng.uniform(2, 7, len(orders)) * 86_400, np.inf)
    return np.floor(np.where(orders.leak, np.inf, ends))


def _last_arrivals(lines: Lines, goods: Goods, ships: Shipments, pieces: Pieces) -> Floats:
    """Return when the last piece of each line arrives; zero for lines that are not sent."""
    waits = lines.alive & ((goods.parcel < 0) | (goods.shippable > 0) | (goods.received == 0))
    arrived = np.zeros(len(lines))
    np.maximum.at(arrived, pieces.line, ships.delivered[pieces.ship])
    return np.where(waits & (arrived == 0), np.inf, arrived)


def simulate(world: World, chunk: Chunk) -> Trade:
    """Return what happens to the chunk's orders, to the end of time."""
    rng = np.random.default_rng([world.seed, 1, chunk.index])
    orders, lines = make_orders(rng, world, chunk)
    parcels, parcel = make_parcels(rng, world, orders, lines)
    goods = inspect(rng, world, orders, lines, parcels, parcel)
    ships, pieces = make_shipments(rng, world, chunk, orders, lines, parcels, goods)
    found = find_troubles(rng, orders, lines, parcels, goods, ships, pieces)
    claims = make_claims(rng, world, lines, found)
    send_again(world, orders, lines, claims)
    cancelled = make_cancellations(rng, world, orders, lines)
    silent = unconfirmed(rng, orders)
    last = _last_arrivals(lines, goods, ships, pieces)
    return Trade(
        world,
        chunk,
        orders,
        lines,
        parcels,
        goods,
        ships,
        pieces,
        claims,
        cancelled,
        refunds=make_refunds(rng, world, orders, lines, cancelled, claims),
        messages=make_messages(rng, world, orders, claims, silent),
        evidence=make_evidence(rng, world, claims),
        unconfirmed=silent,
        completed=_completed(rng, orders, lines, last),
    )
