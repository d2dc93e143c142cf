"""Leg 1: the seller's parcel to the warehouse, and what inspection finds in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rakustats.simulate import words
from rakustats.simulate.closures import AGENCY, CARRIERS_CN, DAY, SELLERS
from rakustats.simulate.numbering import padded, scattered
from rakustats.simulate.orders import Lines, Orders, days
from rakustats.simulate.rows import Bools, Floats, Ints, Rows, Texts
from rakustats.simulate.world import World


@dataclass
class Parcels(Rows):
    """One element per parcel of a seller for one order."""

    ids: Texts
    order: Ints
    seller: Ints
    carrier: Ints
    tracking: Texts
    requested: Floats
    shipped: Floats
    promised: Floats
    arrived: Floats
    stored: Floats
    lost: Floats
    ghost: Bools
    gone: Bools
    kg: Floats


@dataclass
class Goods(Rows):
    """What became of each line: its parcel (-1: none) and the counts at the warehouse."""

    parcel: Ints
    purchased: Ints
    received: Ints
    short: Ints
    wrong: Ints
    defective: Ints
    crushed: Ints
    hidden: Ints
    excess: Ints
    kept: Bools
    shippable: Ints


def make_parcels(
    rng: np.random.Generator, world: World, orders: Orders, lines: Lines
) -> tuple[Parcels, Ints]:
    """Return the parcels and, per line, the position of its parcel or -1."""
    sellers = world.sellers
    sent = lines.alive & np.isfinite(orders.purchased[lines.order])
    key = lines.order[sent] * len(sellers) + lines.seller[sent]
    unique, inverse = np.unique(key, return_inverse=True)
    of_line = np.full(len(lines), -1, dtype=np.int64)
    of_line[sent] = inverse
    order, seller = unique // len(sellers), unique % len(sellers)
    n = len(unique)
    bought = orders.purchased[order]
    factor = sellers.worsening(seller, bought)
    pace = sellers.dispatch_days[seller] * factor**0.5
    shipped = SELLERS.after(bought, days(rng, pace, sellers.dispatch_spread[seller], n))
    shipped = np.maximum(shipped, _last_cancelled(orders, lines, of_line, n) + 0.7 * DAY)
    ghost = rng.random(n) < np.minimum(sellers.cancel[seller] * 0.12 * factor, 0.05)
    shipped = np.where(ghost, np.inf, np.floor(shipped))
    carrier = _carriers(rng, sellers.bad_carrier[seller])
    facts = words.LEG1
    transit = days(rng, np.array([c.days for c in facts])[carrier], 0.4, n)
    arrived = np.floor(CARRIERS_CN.after(shipped, transit))
    gone = (rng.random(n) < np.array([c.loss for c in facts])[carrier]) & ~ghost
    lost = np.where(gone, np.floor(arrived + rng.uniform(12, 25, n) * DAY), np.inf)
    arrived = np.where(gone, np.inf, arrived)
    weight = np.array(words.PIECE_KG)[sellers.category[lines.seller]] * lines.qty
    parcels = Parcels(
        ids="KC" + orders.no.gather(order) + "-" + _ordinal(order),
        order=order,
        seller=seller,
        carrier=carrier,
        tracking=_tracking(world, carrier),
        requested=bought,
        shipped=shipped,
        promised=np.floor(bought / DAY) * DAY + sellers.promise_days[seller] * DAY,
        arrived=arrived,
        stored=np.floor(AGENCY.after(arrived, days(rng, 0.9, 0.6, n))),
        lost=lost,
        ghost=ghost,
        gone=gone,
        kg=np.round(np.bincount(inverse, weight[sent], n) * rng.uniform(1.02, 1.1, n), 2),
    )
    return parcels, of_line


def _last_cancelled(orders: Orders, lines: Lines, of_line: Ints, n: int) -> Floats:
    """Return when the last leaking cancellation of a parcel was accepted, else minus infinity."""
    whole = np.where(orders.leak, orders.cancel_accepted, -np.inf)[lines.order]
    single = np.where(lines.leak, lines.cancel_accepted, -np.inf)
    latest = np.full(n, -np.inf)
    inside = of_line >= 0
    np.maximum.at(latest, of_line[inside], np.maximum(whole, single)[inside])
    return latest


def _ordinal(order: Ints) -> pl.Series:
    """Return 1, 2, 3 … within each run of equal orders, as text."""
    starts = np.flatnonzero(np.diff(order, prepend=-1))
    run = np.repeat(starts, np.diff(starts, append=len(order)))
    return pl.Series(np.arange(len(order)) - run + 1).cast(pl.String)


def _carriers(rng: np.random.Generator, bad_share: Floats) -> Ints:
    n = len(bad_share)
    usual = np.cumsum([c.weight for c in words.LEG1[: words.BAD_CARRIER]])
    pick = np.searchsorted(usual[:-1], rng.random(n), side="right")
    return np.where(rng.random(n) < bad_share, words.BAD_CARRIER, pick)


def _tracking(world: World, carrier: Ints) -> pl.Series:
    serial = scattered(world.serials.take("leg1", len(carrier)), 11)
    prefix = pl.Series([c.prefix for c in words.LEG1], dtype=pl.String).gather(carrier)
    return prefix + padded(serial, 11)


def _few(rng: np.random.Generator, pieces: Ints, rate: Floats, together: float) -> Ints:
    """Return how many of ``pieces`` fail: beta-binomial, as bad pieces come in batches."""
    rate = np.clip(rate, 1e-6, 0.95)
    batch = rng.beta(rate * together, (1 - rate) * together)
    return rng.binomial(pieces, batch)


def inspect(
    rng: np.random.Generator,
    world: World,
    orders: Orders,
    lines: Lines,
    parcels: Parcels,
    parcel: Ints,
) -> Goods:
    """Return the counts per line; pieces not yet there are counted as they will be."""
    sellers = world.sellers
    sent = parcel >= 0
    at = np.maximum(parcel, 0)
    factor = sellers.worsening(lines.seller, orders.purchased[lines.order])
    purchased = np.where(sent, lines.qty, 0)
    short = _few(rng, purchased, sellers.short[lines.seller] * factor, 3)
    left = purchased - short
    wrong = _few(rng, left, sellers.wrong[lines.seller] * factor, 3)
    left = left - wrong
    defects = _few(rng, left, sellers.defect[lines.seller] * factor, 8)
    carrier = parcels.carrier[at] if len(parcels) else np.zeros(len(lines), dtype=np.int64)
    rough = np.array([c.damage for c in words.LEG1])[carrier]
    crushed = _few(rng, left - defects, rough, 3)
    seen = rng.binomial(defects, np.array([0.15, 0.6, 0.92])[lines.inspection])
    excess = np.where(sent & (rng.random(len(lines)) < 0.004), 1, 0)
    kept = rng.random(len(lines)) < 0.2
    bad = wrong + seen + crushed
    received = purchased - short
    arrives = sent & np.isfinite(parcels.arrived[at]) if len(parcels) else sent
    return Goods(
        parcel=parcel,
        purchased=purchased,
        received=received + excess,
        short=short,
        wrong=wrong,
        defective=seen + crushed,
        crushed=crushed,
        hidden=np.where(kept, 0, defects - seen),
        excess=excess,
        kept=kept,
        shippable=np.where(arrives, np.where(kept, received, received - bad), 0),
    )
