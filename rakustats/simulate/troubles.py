"""What an export shows of claims, cancellations, refunds, letters, evidence and scans."""

from __future__ import annotations

import numpy as np
import polars as pl

from rakustats.simulate import claims as c
from rakustats.simulate import findings as f
from rakustats.simulate import money, talk, words
from rakustats.simulate import orders as o
from rakustats.simulate.closures import DAY
from rakustats.simulate.columns import cents, choose, pick, plan, seen, where
from rakustats.simulate.rows import Floats, Ints
from rakustats.simulate.trade import Trade


def claims(trade: Trade, at: float) -> pl.DataFrame:
    """Return the claims reported by ``at``."""
    own = trade.claims
    found, decided = own.found, own.decided <= at
    status = ((own.closed <= at, "完了"), (decided, "対応中"), (own.answered <= at, "調査中"))
    waiting = ((own.closed <= at, ""), (decided, "agency"), (own.answered <= at, "seller"))
    shipment = where(found.parcel >= 0, pick(trade.parcels.ids, found.parcel))
    shipment = pl.select(pl.coalesce(pick(trade.ships.ids, found.ship), shipment)).to_series()
    known = pick(f.REASONS, found.fault)
    n = len(own)
    table = pl.DataFrame(
        {
            "claim_id": own.ids,
            "order_no": trade.orders.no.gather(found.order),
            "line_no": pl.Series(trade.lines.no[found.line]).cast(pl.String),
            "shipment_id": shipment,
            "kind_raw": pick(f.kind_words(), found.kind),
            "stage_found": pick(f.STAGES, found.stage),
            "qty_affected": pl.Series(found.qty),
            "detected_at": seen(np.floor(found.detected), at),
            "opened_at": seen(own.opened, at),
            "first_response_at": seen(own.answered, at),
            "decided_at": seen(own.decided, at),
            "closed_at": seen(own.closed, at),
            "status": choose(status, "受付"),
            "waiting_on": choose(waiting, "agency").replace("", None),
            "attributed_to": where(decided, pick(f.PARTIES, found.fault)),
            "attribution_reason": where(decided, known),
            "resolution": where(decided, pick(c.RESOLUTIONS, own.resolution)),
            "amount_claimed": cents(own.claimed),
            "amount_granted": where(decided, cents(own.granted)),
            "return_cost": where(decided & (own.return_cost > 0), cents(own.return_cost)),
            "currency": pl.Series(["CNY"] * n, dtype=pl.String),
        }
    )
    return table.filter(pl.Series(own.opened <= at))


def cancellations(trade: Trade, at: float) -> pl.DataFrame:
    """Return the cancellations asked for by ``at``."""
    own = trade.cancelled
    accepted = own.accepted <= at
    refused = (own.end == o.REFUSED) & (own.asked <= at - money.ANSWER_DAYS * DAY)
    outcome = ((refused, "refused"), (accepted & own.partial, "partial"), (accepted, "accepted"))
    codes = [money.REASONS.get(k, ("", ""))[0] for k in range(9)]
    texts = [money.REASONS.get(k, ("", ""))[1] for k in range(9)]
    charged = accepted & (own.fee > 0)
    table = pl.DataFrame(
        {
            "cancellation_id": own.ids,
            "level": pick(money.LEVELS, own.level),
            "order_no": trade.orders.no.gather(own.order),
            "line_no": where(own.line >= 0, _line_numbers(trade, own.line)),
            "requested_at": seen(own.asked, at),
            "requested_by": pick(money.PARTIES, own.party),
            "reason_code": pick(codes, own.end),
            "reason_text": pick(texts, own.end),
            "accepted_at": seen(own.accepted, at),
            "confirmed_at": seen(own.confirmed, at),
            "fee_amount": where(charged, pl.Series(own.fee)),
            "fee_currency": where(charged, pl.Series(["JPY"] * len(own), dtype=pl.String)),
            "outcome": choose(outcome, "").replace("", None),
        }
    )
    return table.filter(pl.Series(own.asked <= at))


def _line_numbers(trade: Trade, line: Ints) -> pl.Series:
    return pl.Series(trade.lines.no[np.maximum(line, 0)]).cast(pl.String)


def refunds(trade: Trade, at: float) -> pl.DataFrame:
    """Return the refunds due by ``at``."""
    own = trade.refunds
    paid = own.paid <= at
    expected_by = np.where(own.approved <= at, own.expected_by, np.inf)
    table = pl.DataFrame(
        {
            "refund_id": own.ids,
            "order_no": trade.orders.no.gather(own.order),
            "claim_id": pick(trade.claims.ids, own.claim),
            "cancellation_id": pick(trade.cancelled.ids, own.cancellation),
            "method": pick(words.PAY_METHODS, own.method),
            "requested_at": seen(own.requested, at),
            "approved_at": seen(own.approved, at),
            "expected_by": plan(expected_by),
            "paid_at": seen(own.paid, at),
            "confirmed_at": seen(own.confirmed, at),
            "amount_expected": cents(own.expected),
            "amount_paid": where(paid, cents(own.amount)),
            "fee_deducted": where(paid & (own.fee > 0), cents(own.fee)),
            "currency": pick(("JPY", "CNY"), own.in_yuan.astype(np.int64)),
        }
    )
    return table.filter(pl.Series(own.requested <= at))


def messages(trade: Trade, at: float) -> pl.DataFrame:
    """Return the messages sent by ``at``."""
    own = trade.messages
    table = pl.DataFrame(
        {
            "message_id": own.ids,
            "order_no": trade.orders.no.gather(own.order),
            "claim_id": pick(trade.claims.ids, own.claim),
            "sent_at": seen(own.sent, at),
            "direction": pick(("out", "in"), own.incoming.astype(np.int64)),
            "channel": pick(talk.CHANNELS, own.channel),
            "subject": pick(talk.SUBJECTS, own.subject),
            "needs_reply": pick(("0", "1"), own.needs_reply.astype(np.int64)),
            "replied_at": seen(own.replied, at),
        }
    )
    return table.filter(pl.Series(own.sent <= at))


def evidence(trade: Trade, at: float) -> pl.DataFrame:
    """Return the evidence of claims reported by ``at``."""
    own = trade.evidence
    table = pl.DataFrame(
        {
            "evidence_id": own.ids,
            "claim_id": pick(trade.claims.ids, own.claim),
            "order_no": trade.orders.no.gather(trade.claims.found.order[own.claim]),
            "kind": pick(talk.EVIDENCE_KINDS, own.kind),
            "path": own.path,
            "sha256": own.sha256,
            "taken_at": seen(own.taken, at),
        }
    )
    return table.filter(pl.Series(trade.claims.opened[own.claim] <= at))


_HUB = (
    "羽田クロノゲートベース",
    "関西ゲートウェイベース",
    "東京国際空港",
    "大阪南港",
    "川崎東郵便局",
)


def _scans(trade: Trade) -> list[tuple[str, str, Floats, pl.Series]]:
    """Return leg-2 scans: kind, words, instants, places."""
    ships = trade.ships
    n = len(ships)
    home = pick(words.PREFECTURES, ships.dest)
    port = pick(_HUB, ships.member % len(_HUB))
    yard = pl.Series([words.WAREHOUSE] * n, dtype=pl.String)
    afternoon = np.where(ships.delivered > ships.attempt, ships.attempt, np.inf)
    return [
        ("shipped", "荷物受付", ships.shipped + 2 * 3600, yard),
        ("in_transit", "国際交換局から発送", ships.shipped + 20 * 3600, yard),
        ("import_customs", "通関手続中", ships.customs_in, port),
        ("domestic_handoff", "国内配送引渡し", ships.customs_out, port),
        ("out_for_delivery", "配達中", np.minimum(ships.attempt, ships.delivered) - 3 * 3600, home),
        ("attempted", "持戻", afternoon, home),
        ("delivered", "配達完了", ships.delivered, home),
        ("returned", "返送", ships.returned, port),
    ]


def scan_times(trade: Trade) -> list[Floats]:
    """Return the instants of every kind of leg-2 scan, in travel order per shipment."""
    times = [when for _, _, when, _ in _scans(trade)]
    handed_over = times[3]
    times[4] = np.where(times[4] > handed_over, times[4], np.inf)
    return times


def tracking_events(trade: Trade, at: float) -> pl.DataFrame:
    """Return the scans of both legs up to ``at``."""
    ships, parcels = trade.ships, trade.parcels
    carrier = pick([f.name for f in words.LEG2], ships.carrier)
    frames = [
        _events(carrier, ships.tracking, when, at, kind, text, place)
        for (kind, text, _, place), when in zip(_scans(trade), scan_times(trade), strict=True)
    ]
    carrier1 = pick([f.name for f in words.LEG1], parcels.carrier)
    region = pick(words.REGIONS, trade.world.sellers.region[parcels.seller])
    yard = pl.Series([words.WAREHOUSE] * len(parcels), dtype=pl.String)
    leg1 = (
        ("shipped", "已揽收", parcels.shipped, region),
        ("delivered", "已签收", parcels.arrived, yard),
    )
    frames += [
        _events(carrier1, parcels.tracking, when, at, kind, text, place)
        for kind, text, when, place in leg1
    ]
    return pl.concat(frames).sort("event_at", "tracking_no", "kind")


def _events(
    carrier: pl.Series,
    tracking: pl.Series,
    when: Floats,
    at: float,
    kind: str,
    text: str,
    place: pl.Series,
) -> pl.DataFrame:
    n = len(when)
    table = pl.DataFrame(
        {
            "carrier": carrier,
            "tracking_no": tracking,
            "event_at": seen(when, at),
            "kind": pl.Series([kind] * n, dtype=pl.String),
            "text": pl.Series([text] * n, dtype=pl.String),
            "place": place,
        }
    )
    return table.filter(pl.Series(when <= at))
