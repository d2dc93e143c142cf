"""Leg 2: shipments of delivery requests, their way through customs and the last mile."""

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
from rakustats.simulate.packing import Pieces, delivery_requests, pack
from rakustats.simulate.rows import Bools, Floats, Ints, Rows, Texts
from rakustats.simulate.world import LEG2_DESK, Chunk, World

TOKYO = 3600.0  # Tokyo is an hour ahead of the exports' clock
RW_LINE, POST, EMS = 3, 2, 1


@dataclass
class Shipments(Rows):
    """One element per leg-2 shipment; ``request`` counts the delivery requests of the chunk."""

    ids: Texts
    request_no: Texts
    request: Ints
    whole: Bools
    member: Ints
    only_order: Ints
    method: Ints
    carrier: Ints
    dest: Ints
    tracking: Texts
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
    ready, request, stored = delivery_requests(rng, orders, lines, parcels, goods)
    pieces, r, whole = pack(rng, world, lines, goods, ready, request)
    n = len(r)
    member = np.zeros(len(whole), dtype=np.int64)
    member[request] = orders.member[lines.order[ready]]
    desk = _desk(rng, member, request, stored)
    method, carrier = _choose(rng, member)
    kg, volume = _weights(rng, world, lines, pieces, n)
    numbers = "P" + document_numbers(desk[0], member, chunk.index)
    price = _method_facts("yen_per_kg")[method[r]]
    blank = np.full(n, np.inf)
    ships = Shipments(
        ids=numbers.gather(r) + _parts(r, whole),
        request_no=numbers.gather(r),
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
        boxes=_box_counts(pieces, n),
        kg=kg,
        volume_kg=volume,
        freight=np.round(np.maximum(kg, volume) * price + 600).astype(np.int64),
    )
    _travel(rng, ships)
    _promise(rng, world, ships)
    _break(rng, ships, pieces)
    _reuse(rng, world, ships)
    return ships, pieces


def _desk(rng: np.random.Generator, member: Ints, request: Ints, stored: Floats) -> list[Floats]:
    """Return when each request was made, packed, quoted, paid for and sent."""
    n = len(member)
    latest = np.zeros(n)
    np.maximum.at(latest, request, stored)
    desk = [unique_seconds(latest + days(rng, 1.6, 1.0, n) * DAY, member)]
    for median, spread in LEG2_DESK:
        desk.append(np.floor(AGENCY.after(desk[-1], days(rng, median, spread, n))))
    return desk


def _weights(
    rng: np.random.Generator, world: World, lines: Lines, pieces: Pieces, n: int
) -> tuple[Floats, Floats]:
    """Return what shipments weigh, and what their volume weighs."""
    unit = np.array(words.PIECE_KG)[world.sellers.category[lines.seller[pieces.line]]]
    net = np.bincount(pieces.ship, unit * pieces.qty, n)
    kg = np.round(net * rng.uniform(1.05, 1.2, n) + 0.1, 2)
    return kg, np.round(kg * rng.lognormal(0.0, 0.35, n), 2)


def _parts(request: Ints, whole: Bools) -> Texts:
    """Return -1, -2 … for shipments that are parts of their request, else nothing."""
    part = np.arange(len(request)) - np.searchsorted(request, request)
    label = np.where(whole[request], "", np.char.add("-", (part + 1).astype(str)))
    return pl.Series(label, dtype=pl.String)


def _box_counts(pieces: Pieces, n: int) -> Ints:
    boxes = np.zeros(n, dtype=np.int64)
    np.maximum.at(boxes, pieces.ship, pieces.box)
    return boxes


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
    declared = gone & (rng.random(n) < 0.7)
    search = rng.uniform(20, 40, n) + np.where(sea, 15, 0)
    ships.lost = np.where(declared, np.floor(ships.shipped + search * DAY), np.inf)
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
