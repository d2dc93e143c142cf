"""The truth behind the exports: sellers, carriers, ends of shipments, what is planted."""

from __future__ import annotations

import numpy as np
import polars as pl

from rakustats.simulate import words
from rakustats.simulate.closures import DAY
from rakustats.simulate.columns import pick, plan, where
from rakustats.simulate.exports import line_times
from rakustats.simulate.leg2 import TOKYO
from rakustats.simulate.rows import Bools, Floats
from rakustats.simulate.trade import Trade
from rakustats.simulate.troubles import scan_times
from rakustats.simulate.world import World

README = """These files are NOT exports: do not load them.

They hold the truth that made the exports in the folder above, to judge what an analysis finds.
sellers.csv    latent rates of every seller and the day from which it gets worse
carriers.csv   latent rates of every carrier
shipments.csv  what becomes of every shipment, also after the day of the exports
planted.csv    troubles that a detector has to find: detector, table, key
counts.csv     how many distinct keys a correct load of the exports has, by table
"""
_SILENT_DAYS = np.array([15 if m.mode == "air" else 30 for m in words.METHODS])


def sellers(world: World) -> pl.DataFrame:
    """Return one row per seller with its latent rates."""
    own = world.sellers
    return pl.DataFrame(
        {
            "seller_id": own.ids,
            "seller_name": own.names,
            "bad": own.bad,
            "defect_rate": own.defect,
            "wrong_rate": own.wrong,
            "short_rate": own.short,
            "cancel_rate": own.cancel,
            "price_rise_rate": own.price_rise,
            "dispatch_median_days": own.dispatch_days,
            "dispatch_spread": own.dispatch_spread,
            "bad_carrier_share": own.bad_carrier,
            "worse_from": plan(own.worse_from),
            "worse_factor": own.worse_factor,
        }
    )


def carriers() -> pl.DataFrame:
    """Return one row per carrier with its latent rates."""
    rows = [(1, f) for f in words.LEG1] + [(2, f) for f in words.LEG2]
    return pl.DataFrame(
        {
            "carrier": [f.name for _, f in rows],
            "leg": [leg for leg, _ in rows],
            "median_days": [f.days for _, f in rows],
            "damage_rate": [f.damage for _, f in rows],
            "loss_rate": [f.loss for _, f in rows],
        }
    )


def _late(delivered: Floats, promised: Floats, ahead: float) -> pl.Series:
    """Return whether a shipment comes after the promised local day or not at all."""
    arrives = np.floor((np.where(np.isfinite(delivered), delivered, 0) + ahead) / DAY)
    late = ~np.isfinite(delivered) | (arrives * DAY > promised)
    return where(np.isfinite(promised), pl.Series(late))


def shipments(trade: Trade) -> pl.DataFrame:
    """Return one row per shipment of both legs with its true end."""
    ships, parcels = trade.ships, trade.parcels
    leg1 = pl.DataFrame(
        {
            "shipment_id": parcels.ids,
            "leg": np.ones(len(parcels), dtype=np.int64),
            "carrier": pick([f.name for f in words.LEG1], parcels.carrier),
            "ship_method": pl.Series([None] * len(parcels), dtype=pl.String),
            "requested_at": plan(parcels.requested),
            "shipped_at": plan(parcels.shipped),
            "delivered_at": plan(parcels.arrived),
            "lost": parcels.gone | parcels.ghost,
            "late": _late(parcels.arrived, parcels.promised, 0),
            "late_on_original": _late(parcels.arrived, parcels.promised, 0),
            "damaged_pieces": np.zeros(len(parcels), dtype=np.int64),
        }
    )
    damaged = np.zeros(len(ships), dtype=np.int64)
    np.add.at(damaged, trade.pieces.ship, trade.pieces.damaged)
    leg2 = pl.DataFrame(
        {
            "shipment_id": ships.ids,
            "leg": np.full(len(ships), 2),
            "carrier": pick([f.name for f in words.LEG2], ships.carrier),
            "ship_method": pick([m.name for m in words.METHODS], ships.method),
            "requested_at": plan(ships.requested),
            "shipped_at": plan(ships.shipped),
            "delivered_at": plan(ships.delivered),
            "lost": ships.vanished,
            "late": _late(ships.delivered, ships.promised, TOKYO),
            "late_on_original": _late(ships.delivered, ships.promised_first, TOKYO),
            "damaged_pieces": damaged,
        }
    )
    return pl.concat([leg1, leg2])


def planted(trade: Trade) -> pl.DataFrame:
    """Return the troubles that the exports of this chunk show."""
    at = trade.world.as_of
    ships, parcels, refunds = trade.ships, trade.parcels, trade.refunds
    cancelled = trade.cancelled
    on_the_way = (ships.shipped <= at) & (np.minimum(ships.lost, ships.returned) > at)
    never = (parcels.gone | parcels.ghost) & (parcels.requested <= at)
    paid = refunds.paid <= at
    overdue = (refunds.approved <= at) & (refunds.expected_by + DAY <= at) & ~paid
    old = trade.orders.submitted <= at - 3 * DAY
    quiet = (cancelled.accepted <= at - 3 * DAY) & ~np.isfinite(cancelled.confirmed)
    return pl.concat(
        [
            _rows("cancel_leak", "cancellations", cancelled.ids, _leaks(trade, at)),
            _rows("short_paid", "refunds", refunds.ids, refunds.short & paid),
            _rows("overdue_refund", "refunds", refunds.ids, overdue),
            _rows("missing_confirmation", "orders", trade.orders.no, trade.unconfirmed & old),
            _rows("missing_confirmation", "cancellations", cancelled.ids, quiet),
            _rows("silent_parcel", "shipments", ships.ids, on_the_way & _silent(trade, at)),
            _rows("never_arrives", "shipments", ships.ids, ships.vanished & (ships.shipped <= at)),
            _rows("never_arrives", "shipments", parcels.ids, never),
            _rows("reused_tracking", "shipments", ships.ids, ships.reused & (ships.shipped <= at)),
        ]
    )


def _rows(detector: str, table: str, keys: pl.Series, where_true: Bools) -> pl.DataFrame:
    found = keys.filter(pl.Series(where_true, dtype=pl.Boolean))
    return pl.DataFrame(
        {
            "detector": pl.Series([detector] * len(found), dtype=pl.String),
            "table": pl.Series([table] * len(found), dtype=pl.String),
            "key": found,
        }
    )


def _leaks(trade: Trade, at: float) -> Bools:
    """Return the accepted cancellations of which goods were dispatched afterwards."""
    cancelled = trade.cancelled
    sent = line_times(trade).sent
    sent = np.where(np.isfinite(sent), sent, -np.inf)
    of_order = np.maximum.reduceat(sent, trade.orders.first_line)
    of_line = sent[np.maximum(cancelled.line, 0)]
    last = np.where(cancelled.line >= 0, of_line, of_order[cancelled.order])
    return cancelled.leak & (cancelled.accepted <= at) & (last <= at) & (last > cancelled.accepted)


def _silent(trade: Trade, at: float) -> Bools:
    """Return the shipments without a scan for too long, and without delivery."""
    ships = trade.ships
    latest = np.where(ships.shipped <= at, ships.shipped, -np.inf)
    for when in scan_times(trade):
        latest = np.maximum(latest, np.where(when <= at, when, -np.inf))
    waited = latest < at - _SILENT_DAYS[ships.method] * DAY
    return waited & ~(ships.delivered <= at)
