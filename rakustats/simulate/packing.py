"""Delivery requests that merge and split orders, and what lies in which box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakustats.simulate import words
from rakustats.simulate.closures import DAY
from rakustats.simulate.leg1 import Goods, Parcels
from rakustats.simulate.orders import Lines, Orders
from rakustats.simulate.rows import Bools, Floats, Ints, Rows
from rakustats.simulate.world import World

HEAVY_KG = 30.0
BOX_KG = 14.0


@dataclass
class Pieces(Rows):
    """One element per quantity of one line in one box of one shipment."""

    line: Ints
    ship: Ints
    box: Ints
    qty: Ints
    damaged: Ints


def delivery_requests(
    rng: np.random.Generator, orders: Orders, lines: Lines, parcels: Parcels, goods: Goods
) -> tuple[Ints, Ints, Floats]:
    """Return the lines that leave the warehouse, the request of each, and when each was stored."""
    by_member = np.lexsort((orders.submitted, orders.member))
    member, at = orders.member[by_member], orders.submitted[by_member]
    apart = (np.diff(member, prepend=-1) != 0) | (np.diff(at, prepend=0) > 8 * DAY)
    apart |= rng.random(len(orders)) < 0.4
    group = np.empty(len(orders), dtype=np.int64)
    group[by_member] = np.cumsum(apart)
    ready = np.flatnonzero(goods.shippable > 0)
    stored = parcels.stored[goods.parcel[ready]] if len(ready) else np.zeros(0)
    of_line = group[lines.order[ready]]
    first = np.full(int(group.max(initial=0)) + 1, np.inf)
    np.minimum.at(first, of_line, stored)
    patience = rng.uniform(5, 20, len(first)) * DAY
    batch = np.minimum((stored - first[of_line]) // patience[of_line], 3).astype(np.int64)
    _, request = np.unique(of_line * 4 + batch, return_inverse=True)
    return ready, request, stored


def pack(
    rng: np.random.Generator, world: World, lines: Lines, goods: Goods, ready: Ints, request: Ints
) -> tuple[Pieces, Ints, Bools]:
    """Return pieces, the request of each shipment, and whether a request is one shipment."""
    qty = goods.shippable[ready]
    unit = np.array(words.PIECE_KG)[world.sellers.category[lines.seller[ready]]]
    n = int(request.max(initial=-1)) + 1
    weight = np.bincount(request, unit * qty, n)
    largest = np.zeros(n, dtype=np.int64)
    np.maximum.at(largest, request, qty)
    split = (weight > HEAVY_KG) & (largest >= 6)
    halves = split[request] & (qty >= 6)
    line, part, amount = _halved(ready, qty, halves)
    pos = np.repeat(np.arange(len(ready)), 1 + halves)
    key = request[pos] * 2 + part
    shipments, ship = np.unique(key, return_inverse=True)
    over = (amount >= 4) & (rng.random(len(line)) < 0.08)
    line2, second, amount2 = _halved(line, amount, over)
    back = np.repeat(np.arange(len(line)), 1 + over)
    box = _boxes(ship[back], unit[pos[back]] * amount2, second)
    damaged = np.zeros(len(line2), dtype=np.int64)
    return Pieces(line2, ship[back], box, amount2, damaged), shipments // 2, ~split


def _halved(what: Ints, qty: Ints, where: Bools) -> tuple[Ints, Ints, Ints]:
    """Return rows doubled ``where`` told, which half each is, and the quantity of each."""
    times = 1 + where
    half = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    whole, split = np.repeat(qty, times), np.repeat(where, times)
    amount = np.where(split, np.where(half == 0, whole - whole // 2, whole // 2), whole)
    return np.repeat(what, times), half, amount


def _boxes(ship: Ints, kg: Floats, second: Ints) -> Ints:
    """Return box numbers from 1 in every shipment; a second half goes into the next box."""
    order = np.argsort(ship, kind="stable")
    total = np.cumsum(kg[order]) - kg[order]
    starts = np.flatnonzero(np.diff(ship[order], prepend=-1))
    base = np.repeat(total[starts], np.diff(starts, append=len(order)))
    raw = np.empty(len(ship), dtype=np.int64)
    raw[order] = ((total - base) // BOX_KG).astype(np.int64)
    raw = raw * 2 + second
    keys, dense = np.unique(ship * 100_000 + raw, return_inverse=True)
    owner = keys // 100_000
    begin = np.flatnonzero(np.diff(owner, prepend=-1))
    number = np.arange(len(keys)) - np.repeat(begin, np.diff(begin, append=len(keys))) + 1
    return number[dense]
