"""Leg 2: delivery requests that merge and split orders, boxes, customs and the last mile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rakustats.simulate import words
from rakustats.simulate.closures import AGENCY, DAY, in_hours
from rakustats.simulate.leg1 import Goods, Parcels
from rakustats.simulate.numbering import (
    document_numbers,
    padded,
    s10,
    scattered,
    unique_seconds,
    with_mod7,
)
from rakustats.simulate.orders import Lines, Orders, days
from rakustats.simulate.world import LEG2_DESK, Bools, Chunk, Floats, Ints, World

TOKYO = 3600.0  # Tokyo is an hour ahead of the exports' clock
HEAVY_KG = 30.0
BOX_KG = 14.0
RW_LINE, POST, EMS = 3, 2, 1


@dataclass
class Pieces:
    """One element per quantity of one line in one box of one shipment."""

    line: Ints
    ship: Ints
    box: Ints
    qty: Ints
    damaged: Ints


@dataclass
class Shipments:
    """One element per leg-2 shipment; ``request`` counts the delivery requests of the chunk."""

    ids: pl.Series
    request_no: pl.Series
    request: Ints
    whole: Bools
    member: Ints
    only_order: Ints
    method: Ints
    carrier: Ints
    dest: Ints
    tracking: pl.Series
    requested: Floats
    packed: Floats
    quoted: Floats
    paid: Floats
    shipped: Floats
    promised: Floats
    promised_first: Floats
    customs_in: Floats
    customs_out: Floats
    attempt: Floats
    delivered: Floats
    lost: Floats
    returned: Floats
    vanished: Bools
    redone: Bools
    reused: Bools
    boxes: Ints
    kg: Floats
    volume_kg: Floats
    freight: Ints

    def __len__(self) -> int:
        return len(self.request)


def _requests(
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


def _pieces(
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


def _tracking(world: World, carrier: Ints, method: Ints, shipped: Floats) -> pl.Series:
    n = len(carrier)
    serial = world.serials.take("leg2", n)
    prefix = np.array([int(c.prefix) if c.prefix.isdigit() else 0 for c in words.LEG2])[carrier]
    domestic = padded(with_mod7(prefix * 10**9 + scattered(serial, 9)), 12)
    moment = np.where(np.isfinite(shipped), shipped, 0).astype(np.int64) * 1_000_000
    stamp = pl.Series(moment).cast(pl.Datetime("us")).dt.strftime("%y%m%d")
    own = "RW" + stamp + "-" + padded(scattered(serial, 8), 8)
    frame = pl.DataFrame({"jp": domestic, "rw": own, "ems": s10(serial)})
    ems = pl.Series((carrier == POST) & (method == EMS))
    chosen = pl.when(pl.Series(carrier == RW_LINE)).then("rw").when(ems).then("ems").otherwise("jp")
    return frame.select(chosen).to_series()


def _method_facts(name: str) -> Floats:
    return np.array([getattr(m, name) for m in words.METHODS], dtype=np.float64)


def _choose(rng: np.random.Generator, member: Ints) -> tuple[Ints, Ints]:
    """Return method and carrier per shipment; members tend to stay with one mode."""
    n = len(member)
    shares = np.cumsum(_method_facts("weight"))[:-1]
    habit = (member * 7919 % 1000) / 1000
    draw = np.where(rng.random(n) < 0.6, habit, rng.random(n))
    method = np.searchsorted(shares, draw, side="right")
    table = np.cumsum([m.carriers for m in words.METHODS], axis=1)[:, :-1]
    carrier = (rng.random(n)[:, None] > table[method]).sum(axis=1)
    return method, carrier


def make_shipments(
    rng: np.random.Generator,
    world: World,
    chunk: Chunk,
    orders: Orders,
    lines: Lines,
    parcels: Parcels,
    goods: Goods,
) -> tuple[Shipments, Pieces]:
    """Return the chunk's delivery requests with what is in them."""
    ready, request, stored = _requests(rng, orders, lines, parcels, goods)
    pieces, of_request, whole = _pieces(rng, world, lines, goods, ready, request)
    n_requests, n = len(whole), len(of_request)
    latest = np.zeros(n_requests)
    np.maximum.at(latest, request, stored)
    member = np.zeros(n_requests, dtype=np.int64)
    member[request] = orders.member[lines.order[ready]]
    asked = unique_seconds(latest + days(rng, 1.6, 1.0, n_requests) * DAY, member)
    numbers = document_numbers(asked, member, chunk.index)
    desk = [asked]
    for median, spread in LEG2_DESK:
        desk.append(np.floor(AGENCY.after(desk[-1], days(rng, median, spread, n_requests))))
    r = of_request
    method, carrier = _choose(rng, member)
    unit = np.array(words.PIECE_KG)[world.sellers.category[lines.seller[pieces.line]]]
    kg = np.round(
        np.bincount(pieces.ship, unit * pieces.qty, n) * rng.uniform(1.05, 1.2, n) + 0.1, 2
    )
    part = np.arange(n) - np.searchsorted(r, r)
    label = pl.Series(
        np.where(whole[r], "", np.char.add("-", (part + 1).astype(str))), dtype=pl.String
    )
    request_no = "P" + numbers.gather(r)
    boxes = np.zeros(n, dtype=np.int64)
    np.maximum.at(boxes, pieces.ship, pieces.box)
    volume = np.round(kg * rng.lognormal(0.0, 0.35, n), 2)
    price = _method_facts("yen_per_kg")[method[r]]
    blank = np.full(n, np.inf)
    ships = Shipments(
        ids=request_no + label,
        request_no=request_no,
        request=r,
        whole=whole[r],
        member=member[r],
        only_order=_only_order(lines, pieces, n),
        method=method[r],
        carrier=carrier[r],
        dest=(member[r] * 31 + rng.integers(0, 2, n)) % len(words.PREFECTURES),
        tracking=_tracking(world, carrier[r], method[r], desk[4][r]),
        requested=desk[0][r],
        packed=desk[1][r],
        quoted=desk[2][r],
        paid=desk[3][r],
        shipped=desk[4][r],
        promised=blank.copy(),
        promised_first=blank.copy(),
        customs_in=blank.copy(),
        customs_out=blank.copy(),
        attempt=blank.copy(),
        delivered=blank.copy(),
        lost=blank.copy(),
        returned=blank.copy(),
        vanished=np.zeros(n, dtype=bool),
        reused=np.zeros(n, dtype=bool),
        redone=whole[r] & (rng.random(n) < 0.012),
        boxes=boxes,
        kg=kg,
        volume_kg=volume,
        freight=np.round(np.maximum(kg, volume) * price + 600).astype(np.int64),
    )
    _travel(rng, ships)
    _promise(rng, world, ships)
    _break(rng, ships, pieces)
    _reuse(rng, world, ships)
    return ships, pieces


def _only_order(lines: Lines, pieces: Pieces, n: int) -> Ints:
    """Return the order of shipments that carry one order only, else -1."""
    low = np.full(n, np.iinfo(np.int64).max)
    high = np.full(n, -1)
    np.minimum.at(low, pieces.ship, lines.order[pieces.line])
    np.maximum.at(high, pieces.ship, lines.order[pieces.line])
    return np.where(low == high, high, -1)


def _travel(rng: np.random.Generator, ships: Shipments) -> None:
    """Let the shipments go through transit, customs and delivery; some vanish or turn back."""
    n = len(ships)
    method = ships.method
    sea = method >= 4
    transit = days(rng, _method_facts("days")[method], _method_facts("spread")[method], n)
    mile = np.array([c.days for c in words.LEG2])[ships.carrier]
    ships.customs_in = in_hours(ships.shipped + transit * DAY, 7, 21)
    customs = days(rng, _method_facts("customs")[method], 0.6, n)
    ships.customs_out = in_hours(ships.customs_in + customs * DAY, 7, 21)
    ships.attempt = in_hours(ships.customs_out + days(rng, mile, 0.4, n) * DAY, 8, 20)
    at_home = rng.random(n) < 0.86
    second = in_hours(ships.attempt + rng.uniform(0.6, 3, n) * DAY, 8, 20)
    ships.delivered = np.where(at_home, ships.attempt, second)
    loss = np.array([c.loss for c in words.LEG2])[ships.carrier]
    gone = rng.random(n) < loss
    early = gone & (rng.random(n) < 0.4)
    back = ~gone & (rng.random(n) < 0.004)
    told = gone & (rng.random(n) < 0.7)
    search = rng.uniform(20, 40, n) + np.where(sea, 15, 0)
    ships.lost = np.where(told, np.floor(ships.shipped + search * DAY), np.inf)
    ships.returned = np.where(back, np.floor(ships.attempt + rng.uniform(8, 12, n) * DAY), np.inf)
    ships.customs_in[early] = np.inf
    ships.customs_out[early] = np.inf
    ships.attempt[gone] = np.inf
    ships.delivered[gone | back] = np.inf
    ships.vanished = gone


def _promise(rng: np.random.Generator, world: World, ships: Shipments) -> None:
    """Promise a day at the request; revise it at dispatch where the desk was slow."""
    n = len(ships)
    first = np.floor(ships.requested / DAY) * DAY + world.promise_days[ships.method] * DAY
    slow = ships.shipped - ships.requested > 6 * DAY
    revised = rng.random(n) < np.where(slow, 0.35, 0.04)
    silent = rng.random(n) < 0.015
    ships.promised_first = np.where(silent, np.inf, first)
    moved = np.where(revised, first + rng.integers(2, 8, n) * DAY, first)
    ships.promised = np.where(silent, np.inf, moved)


def _break(rng: np.random.Generator, ships: Shipments, pieces: Pieces) -> None:
    rate = np.array([c.damage for c in words.LEG2])[ships.carrier]
    rate = rate * _method_facts("roughness")[ships.method]
    hit = rng.random(len(pieces.line)) < rate[pieces.ship]
    arrived = np.isfinite(ships.delivered)[pieces.ship]
    share = rng.uniform(0.1, 0.7, len(hit))
    broken = np.maximum(1, np.round(pieces.qty * share)).astype(np.int64)
    pieces.damaged = np.where(hit & arrived, broken, 0)


def _reuse(rng: np.random.Generator, world: World, ships: Shipments) -> None:
    """Give a parcel the number that its carrier used for another one over a hundred days ago."""
    sent = np.flatnonzero(np.isfinite(ships.shipped) & (ships.carrier < POST))
    if not len(sent):
        return
    numbers = ships.tracking.to_list()
    for pick in rng.choice(sent, min(2, len(sent)), replace=False):
        when, carrier = float(ships.shipped[pick]), int(ships.carrier[pick])
        old = [u for u in world.used_tracking if u[1] == carrier and when - u[0] > 100 * DAY]
        if old and when <= world.as_of:
            numbers[pick] = old[0][2]
            ships.reused[pick] = True
            world.used_tracking.remove(old[0])
        elif len(world.used_tracking) < 50:
            world.used_tracking.append((when, carrier, numbers[pick]))
    ships.tracking = pl.Series(numbers, dtype=pl.String)
