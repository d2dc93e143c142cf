"""Facts of each claim's goods and parcels from which its fault is attributed."""

from __future__ import annotations

import pyarrow as pa

from rakustats.calendar.local_days import local_day
from rakustats.config.custom_days import noticed
from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.marts.claim_lines import linked_claims
from rakustats.marts.days import day_number
from rakustats.marts.parcels import TABLES as PARCEL_TABLES
from rakustats.marts.question import Question
from rakustats.marts.received import CARRIED

TABLES = (*PARCEL_TABLES, "evidence")
STOPS = ("seller_closed", "carrier_stop")
_FAILED = (
    "lost_at IS NOT NULL OR returned_at IS NOT NULL"
    " OR coalesce(state IN ('lost', 'returned'), FALSE)"
)
_LAST = "leg IS DISTINCT FROM 1"


def _agreed(fact: str) -> str:
    """Return the SQL of a fact of any of a claim's lines; of those it may mean, of them all."""
    fact = f"({fact})"
    return (
        f"CASE WHEN bool_and(c.sure) OR bool_and({fact}) = bool_or({fact}) THEN bool_or({fact}) END"
    )


# grain: one claim: the goods of the lines that it concerns, or may; what these do not share is NULL
_GOODS = f"""\
SELECT c.claim_id, CASE WHEN min(l.seller_id) = max(l.seller_id)
    AND count(l.seller_id) = count(*) THEN min(l.seller_id) END AS seller_id,
  CASE WHEN count(*) = 1 THEN min(l.item_id) END AS item_id,
  CASE WHEN count(*) = 1 THEN min(l.sku) END AS sku,
  CASE WHEN count(DISTINCT l.inspection_level) = 1 THEN min(l.inspection_level) END
    AS inspection_level,
  bool_or(l.arrived_at IS NOT NULL OR l.stored_at IS NOT NULL) AS arrived,
  {_agreed("l.stored_at IS NOT NULL")} AS stored,
  {_agreed("coalesce(l.qty_inspected, 0) > 0")} AS inspected,
  bool_or(l.seller_shipped_at IS NOT NULL) AS dispatched,
  bool_or(o.purchased_at IS NOT NULL) AS bought, min(o.purchased_at) AS purchased_at,
  min(coalesce(o.purchased_day, o.paid_day, o.submitted_day)) AS cohort_day
FROM claim_candidates c
JOIN order_lines l ON l.order_no = c.order_no AND l.line_no = c.line_no
LEFT JOIN orders o ON o.order_no = c.order_no
GROUP BY c.claim_id"""

# grain: one parcel of one claim: the one it names, else all that carried lines it may concern
_PARCELS = """\
SELECT v.claim_id, s.* FROM valid_claims v JOIN shipments s ON s.shipment_id = v.shipment_id
UNION ALL
SELECT l.claim_id, s.* FROM (
  SELECT DISTINCT c.claim_id, k.shipment_id FROM claim_candidates c
  JOIN valid_claims v ON v.claim_id = c.claim_id AND v.shipment_id IS NULL
  JOIN carried k ON k.order_no = c.order_no AND k.line_no = c.line_no) l
JOIN shipments s ON s.shipment_id = l.shipment_id"""


def fact_steps(db: Database, asked: Question) -> list[Step]:
    """Return the tables and ``claim_facts``, one row per claim, withdrawn ones too."""
    closed = db.engine.lend("closed_days", _closed_days())
    return [
        *asked.steps(TABLES),
        CARRIED,
        *linked_claims(),
        ("claim_goods", _GOODS),
        ("claim_parcels", _PARCELS),
        ("claim_milestones", _milestones()),
        ("windows", _WINDOWS),
        ("closed", _closed(closed)),
        ("claim_facts", _FACTS),
    ]


def _closed_days() -> pa.Table:
    """Return the days on which Chinese sellers or carriers stand still."""
    rows = [
        {"day": day, "kind": kind, "name": name or kind}
        for (place, day), kinds in sorted(noticed().days.items())
        for kind, name in kinds
        if place == "cn" and kind in STOPS
    ]
    kinds = [("day", pa.date32()), ("kind", pa.string()), ("name", pa.string())]
    return pa.Table.from_pylist(rows, pa.schema(kinds))


def _milestones() -> str:
    """One row per claim: how far its parcels came, and how long the customer's payment took."""
    paid = day_number(local_day("coalesce(freight_paid_at, seen_until)", "jp", ""))
    quoted = day_number(local_day("freight_quoted_at", "jp", ""))
    arrived = f"CASE WHEN {_LAST} THEN coalesce(first_attempt_at, delivered_at) END"
    promise = "coalesce(promised_original_day, promised_day)"
    return f"""\
SELECT claim_id, bool_or(leg = 1 AND shipped_at IS NOT NULL) AS parcel_sent,
  bool_or(leg = 1 AND ({_FAILED})) AS first_lost,
  bool_or({_LAST} AND shipped_at IS NOT NULL) AS last_sent,
  bool_or({_LAST} AND ({_FAILED})) AS last_lost,
  bool_or({_LAST}) AS requested,
  bool_or({_LAST} AND (delivered_at IS NOT NULL OR coalesce(state = 'delivered', FALSE)))
    AS delivered,
  max({paid} - {quoted}) FILTER (WHERE {_LAST}) AS pay_days,
  min(CASE WHEN {_LAST} THEN coalesce(requested_at, shipped_at) END) AS requested_at,
  max({arrived}) AS arrived_at,
  coalesce(max({promise}) FILTER (WHERE {_LAST}), max({promise})) AS promise_day
FROM claim_parcels GROUP BY claim_id"""


# the days in which a closure would explain a delay: from the beginning of the leg to the promise
_WINDOWS = f"""\
SELECT v.claim_id, w.requested_at IS NOT NULL AS last_leg,
  {local_day("coalesce(w.requested_at, g.purchased_at)", "cn", "v")} AS begun_day,
  coalesce(w.promise_day, {local_day("v.told_at", "jp", "v")}) AS end_day,
  {day_number(local_day("coalesce(w.arrived_at, v.told_at)", "jp", "v"))}
    - {day_number("w.promise_day")} AS late_days
FROM valid_claims v
LEFT JOIN claim_goods g ON g.claim_id = v.claim_id
LEFT JOIN claim_milestones w ON w.claim_id = v.claim_id
WHERE v.kind IN ('late', 'non_arrival')"""


def _closed(days: str) -> str:
    return f"""\
SELECT w.claim_id, min(d.name) AS closure FROM windows w
JOIN {days} d ON d.day BETWEEN w.begun_day AND w.end_day
  AND (d.kind = 'carrier_stop' OR NOT w.last_leg)
GROUP BY w.claim_id"""


_FACTS = """\
SELECT v.claim_id, v.order_no, v.line_no, v.shipment_id, v.kind, v.stage_found, v.told_at,
  v.utc_offset, v.withdrawn, v.qty_affected, k.attributed_to AS stated,
  k.attribution_reason AS stated_reason,
  g.seller_id, g.item_id, g.sku, g.inspection_level, g.cohort_day, c.closure, w.pay_days,
  t.late_days, coalesce(g.arrived, FALSE) AS arrived, coalesce(g.stored, FALSE) AS stored,
  coalesce(g.bought, FALSE) AS bought, coalesce(g.inspected, FALSE) AS inspected,
  coalesce(g.dispatched, FALSE) OR coalesce(w.parcel_sent, FALSE) AS first_sent,
  coalesce(w.first_lost, FALSE) AS first_lost, coalesce(w.last_sent, FALSE) AS last_sent,
  coalesce(w.last_lost, FALSE) AS last_lost, coalesce(w.requested, FALSE) AS requested,
  coalesce(w.delivered, FALSE) AS delivered, p.claim_id IS NOT NULL AS proof
FROM valid_claims v
JOIN claims k ON k.claim_id = v.claim_id
LEFT JOIN claim_goods g ON g.claim_id = v.claim_id
LEFT JOIN claim_milestones w ON w.claim_id = v.claim_id
LEFT JOIN windows t ON t.claim_id = v.claim_id
LEFT JOIN closed c ON c.claim_id = v.claim_id
LEFT JOIN (SELECT DISTINCT claim_id FROM evidence WHERE kind IN ('photo', 'video', 'document')) p
  ON p.claim_id = v.claim_id"""
