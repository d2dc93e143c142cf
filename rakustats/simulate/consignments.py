"""What an export shows of parcels on both legs, and of what is in them."""

from __future__ import annotations

import numpy as np
import polars as pl

from rakustats.simulate import words
from rakustats.simulate.closures import DAY
from rakustats.simulate.columns import choose, pick, plan, seen, where
from rakustats.simulate.numbering import document_numbers
from rakustats.simulate.trade import Trade


def leg1_shipments(trade: Trade, at: float) -> pl.DataFrame:
    """Return the sellers' parcels, from the day they were bought."""
    parcels, sellers = trade.parcels, trade.world.sellers
    n, sent = len(parcels), parcels.shipped <= at
    states = (
        (parcels.lost <= at, "丢失"),
        (parcels.arrived <= at, "已签收"),
        (parcels.shipped <= at - DAY, "运输中"),
        (sent, "已揽收"),
    )
    table = pl.DataFrame(
        {
            "shipment_id": parcels.ids,
            "order_no": trade.orders.no.gather(parcels.order),
            "leg": pl.Series([1] * n, dtype=pl.Int64),
            "origin_region": pick(words.REGIONS, sellers.region[parcels.seller]),
            "dest_region": pl.Series([words.WAREHOUSE] * n, dtype=pl.String),
            "carrier": where(sent, pick([c.name for c in words.LEG1], parcels.carrier)),
            "mode": where(sent, pl.Series(["road"] * n, dtype=pl.String)),
            "tracking_no": where(sent, parcels.tracking),
            "state_raw": choose(states, "待发货"),
            "requested_at": seen(parcels.requested, at),
            "shipped_at": seen(parcels.shipped, at),
            "promised_at": plan(parcels.promised),
            "delivered_at": seen(parcels.arrived, at),
            "lost_at": seen(parcels.lost, at),
            "boxes": where(sent, pl.Series([1] * n, dtype=pl.Int64)),
            "actual_kg": where(parcels.arrived <= at, pl.Series(parcels.kg)),
        }
    )
    return table.filter(pl.Series(parcels.requested <= at))


def leg2_shipments(trade: Trade, at: float) -> pl.DataFrame:
    """Return the shipments to Japan, from the day the member asked for them."""
    ships = trade.ships
    packed, quoted, sent = ships.packed <= at, ships.quoted <= at, ships.shipped <= at
    states = (
        (ships.returned <= at, "返送"),
        (ships.lost <= at, "紛失"),
        (ships.delivered <= at, "配達完了"),
        (ships.attempt <= at, "持戻"),
        (ships.customs_out <= at - DAY / 2, "配達中"),
        (ships.customs_out <= at, "国内配送引渡し"),
        (ships.customs_in <= at, "通関手続中"),
        (ships.shipped <= at - DAY, "輸送中"),
        (sent, "発送済"),
        (ships.paid <= at, "出荷待ち"),
        (quoted, "お支払い待ち"),
        (packed, "見積中"),
        (ships.requested <= at - DAY / 2, "梱包作業中"),
    )
    method = [m.name for m in words.METHODS]
    mode = [m.mode for m in words.METHODS]
    known = np.where(sent, ships.promised, ships.promised_first)
    n = len(ships)
    table = pl.DataFrame(
        {
            "shipment_id": ships.ids,
            "order_no": pick(trade.orders.no, ships.only_order),
            "leg": pl.Series([2] * n, dtype=pl.Int64),
            "origin_region": pl.Series([words.WAREHOUSE] * n, dtype=pl.String),
            "dest_region": pick(words.PREFECTURES, ships.dest),
            "carrier": pick([c.name for c in words.LEG2], ships.carrier),
            "ship_method": pick(method, ships.method),
            "mode": pick(mode, ships.method),
            "tracking_no": where(sent, ships.tracking),
            "delivery_request_no": ships.request_no,
            "state_raw": choose(states, "配送依頼提出済"),
            "requested_at": seen(ships.requested, at),
            "packed_at": seen(ships.packed, at),
            "freight_quoted_at": seen(ships.quoted, at),
            "freight_paid_at": seen(ships.paid, at),
            "shipped_at": seen(ships.shipped, at),
            "promised_at": plan(known),
            "promised_at_original": plan(ships.promised_first),
            "customs_in_at": seen(ships.customs_in, at),
            "customs_out_at": seen(ships.customs_out, at),
            "first_attempt_at": seen(ships.attempt, at),
            "delivered_at": seen(ships.delivered, at),
            "lost_at": seen(ships.lost, at),
            "returned_at": seen(ships.returned, at),
            "boxes": where(packed, pl.Series(ships.boxes)),
            "actual_kg": where(packed, pl.Series(ships.kg)),
            "volumetric_kg": where(packed, pl.Series(ships.volume_kg)),
            "chargeable_kg": where(packed, pl.Series(np.maximum(ships.kg, ships.volume_kg))),
            "freight_jpy": where(quoted, pl.Series(ships.freight)),
        }
    )
    shown = table.filter(pl.Series(ships.requested <= at))
    return pl.concat([shown, _void_requests(trade, table, at)])


def _void_requests(trade: Trade, table: pl.DataFrame, at: float) -> pl.DataFrame:
    """Return requests that the member handed in, withdrew and did anew two hours later."""
    ships = trade.ships
    redone = np.flatnonzero(ships.redone & (ships.requested <= at))
    earlier = ships.requested[redone] - 7201
    number = "P" + document_numbers(earlier, ships.member[redone], trade.chunk.index + 50)
    kept = ("leg", "origin_region", "dest_region", "ship_method", "mode")
    picked = table[redone.tolist()]
    blanks = [pl.lit(None, dtype=t).alias(c) for c, t in table.schema.items() if c not in kept]
    void = picked.with_columns(blanks)
    return void.with_columns(
        number.alias("shipment_id"),
        number.alias("delivery_request_no"),
        pl.Series(["無効な配送依頼"] * len(redone), dtype=pl.String).alias("state_raw"),
        seen(earlier, at).alias("requested_at"),
    ).select(table.columns)


def shipment_lines(trade: Trade, at: float) -> pl.DataFrame:
    """Return what is in the parcels of both legs; boxes are known once they are packed."""
    lines, parcels, own = trade.lines, trade.parcels, trade.orders
    parcel = trade.goods.parcel
    bought = np.flatnonzero(parcel >= 0)
    bought = bought[parcels.requested[parcel[bought]] <= at]
    ships, pieces = trade.ships, trade.pieces
    packed = ships.packed[pieces.ship] <= at
    leg2 = pl.DataFrame(
        {
            "shipment_id": pick(ships.ids, pieces.ship),
            "order_no": own.no.gather(lines.order[pieces.line]),
            "line_no": pl.Series(lines.no[pieces.line]).cast(pl.String),
            "box_no": where(packed, pl.Series(pieces.box).cast(pl.String)),
            "qty": pl.Series(pieces.qty),
        }
    ).filter(pl.Series(ships.requested[pieces.ship] <= at))
    key = ["shipment_id", "order_no", "line_no", "box_no"]
    leg2 = leg2.group_by(key, maintain_order=True).agg(pl.col("qty").sum())
    leg1 = pl.DataFrame(
        {
            "shipment_id": pick(parcels.ids, parcel[bought]),
            "order_no": own.no.gather(lines.order[bought]),
            "line_no": pl.Series(lines.no[bought]).cast(pl.String),
            "box_no": pl.Series([None] * len(bought), dtype=pl.String),
            "qty": pl.Series(trade.goods.purchased[bought]),
        }
    )
    return pl.concat([leg1, leg2])
