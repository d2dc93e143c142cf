"""Deliveries with all their instants and how they ended, one row each, for questions about risk.

What counts, what is late and when a promise ends is what :func:`rakustats.delay_rates` says: the
units, their status and event are its own steps. Here come the milestones, from which a row as of
any day in between can be reconstructed.
"""

from __future__ import annotations

from rakustats.engine.steps import Step
from rakustats.i18n.phrases import phrase
from rakustats.marts.claim_lines import linked_claims
from rakustats.marts.deliveries import Deliveries
from rakustats.marts.keys import cohort
from rakustats.marts.paid_back import PARCELS_PAID_BACK
from rakustats.marts.parcels import MEMBERS
from rakustats.marts.question import Question
from rakustats.marts.scans import SCANNED
from rakustats.metrics.delivery.delays import late_unit_steps
from rakustats.store.asof import Snapshot
from rakustats.store.instants import literal

KEYS = ("seller_id", "carrier", "ship_method", "mode", "origin_region", "dest_region")
# steps that DuckDB materialises one after the other
MATERIALISED = (
    *("parcels", "carried", "dated", "timed", "units", "members", "scans"),
    *("instants", "ends", "contents", "risk_deliveries"),
)
# what a claim of the goods themselves is about
OF_GOODS = ("damaged", "defective", "wrong_item", "short")
# statuses of units that have no outcome or are no trade
_OUT = "('void', 'no_quantity', 'test', 'no_date', 'cancelled', 'left')"

# grain: one delivery; a weight counts from the packing on, where that is known: what a seller sends
# is weighed when it has arrived
_INSTANTS = """\
SELECT m.shipment_id, min(s.requested_at) AS requested_at, min(s.packed_at) AS packed_at,
  min(s.freight_quoted_at) AS freight_quoted_at, min(s.freight_paid_at) AS freight_paid_at,
  min(s.shipped_at) AS shipped_at, min(s.customs_in_at) AS customs_in_at,
  min(coalesce(s.customs_out_at, s.first_attempt_at)) AS customs_out_at,
  max(CASE WHEN s.leg = 1 THEN NULL
    ELSE CAST(coalesce(s.chargeable_kg, s.actual_kg) AS DOUBLE) END) AS kg,
  max(s.tracking_no) AS tracking_no
FROM members m JOIN shipments s ON s.shipment_id = m.parcel_id GROUP BY m.shipment_id"""

# an attempt so long ago of which no delivery was exported was one
_DAYS_TO_HAND_OVER = 14


def _ends(snapshot: Snapshot) -> str:
    """Return how each delivery ended.

    It is there when the last of the parcels that end it is: by the first attempt, as promises are
    kept, and received when it is handed over. It is over once all of its goods were called off and
    paid back. What left a list of open parcels arrived by the next one.
    """
    long_ago = f"{literal(snapshot.moment)} - INTERVAL {_DAYS_TO_HAND_OVER} DAYS"
    return f"""\
SELECT p.shipment_id, count(*) AS n_parcels, bool_or(p.failed) AS failed,
  min(p.failed_at) AS failed_at,
  CASE WHEN bool_and(p.arrival_day IS NOT NULL OR p.left_by IS NOT NULL)
    THEN max(CASE WHEN p.failed THEN s.delivered_at
      ELSE coalesce(s.first_attempt_at, s.delivered_at, p.left_by) END) END AS arrived_at,
  CASE WHEN bool_and(s.delivered_at IS NOT NULL OR p.left_by IS NOT NULL
      OR s.first_attempt_at < {long_ago})
    THEN max(coalesce(s.delivered_at, s.first_attempt_at, p.left_by)) END AS received_at,
  CASE WHEN count(*) = count(b.parcel_id) THEN max(b.paid_back_at) END AS paid_back_at
FROM parcels p JOIN shipments s ON s.shipment_id = p.parcel_id
LEFT JOIN parcels_paid_back b ON b.parcel_id = p.parcel_id
WHERE NOT p.void GROUP BY p.shipment_id"""


# grain: one delivery; where several sellers, carriers or goods share it, the first by name
# represents them and their number is a column
_CONTENTS = f"""\
SELECT d.shipment_id, min(d.on_leg) AS leg, min(d.utc_offset) AS utc_offset,
  {", ".join(f"min(d.{k}) AS {k}" for k in KEYS)},
  min(coalesce(l.item_id, l.item_title)) AS item, min(l.item_title) AS item_title,
  min(d.order_no) AS order_no, count(DISTINCT d.order_no) AS n_orders,
  count(DISTINCT d.seller_id) AS n_sellers, count(*) AS n_lines,
  sum(CAST(l.qty_ordered AS DOUBLE)) AS qty,
  CAST(sum(l.qty_ordered * l.unit_price_cny_quoted) AS DOUBLE) AS value_cny,
  min(o.submitted_at) AS submitted_at, min(o.quoted_at) AS quoted_at, min(o.paid_at) AS paid_at,
  min(o.purchased_at) AS purchased_at
FROM dated d
LEFT JOIN order_lines l ON l.order_no = d.order_no AND l.line_no = d.line_no
LEFT JOIN orders o ON o.order_no = d.order_no
GROUP BY d.shipment_id"""

# grain: one delivery that a claim of goods that were not as ordered concerns for certain; withdrawn
# ones count, as their withdrawal is told later than they are
_CLAIMED = """\
SELECT shipment_id, min(told_at) AS claimed_at FROM (
  SELECT c.claim_id, d.shipment_id, min(c.told_at) AS told_at, bool_or(c.sure) AS sure,
    count(*) OVER (PARTITION BY c.claim_id) AS n_parcels
  FROM claim_candidates c
  JOIN valid_claims v ON v.claim_id = c.claim_id
  JOIN (SELECT DISTINCT shipment_id, order_no, line_no FROM dated) d
    ON d.order_no = c.order_no AND d.line_no = c.line_no
  WHERE v.shipment_id IS NULL OR v.shipment_id = d.shipment_id
  GROUP BY c.claim_id, d.shipment_id) p
WHERE sure OR n_parcels = 1 GROUP BY shipment_id"""

# how it goes is asked for with the request on leg 2, and known by its carrier alone on leg 1
_CHOSEN = "CASE WHEN c.leg = 1 THEN '?' ELSE coalesce(c.{0}, '?') END"

_OWN = (
    *(
        "shipment_id",
        "leg",
        "utc_offset",
        "seller_id",
        "ship_method",
        "mode",
        "origin_region",
        "dest_region",
    ),
    *("item", "item_title", "order_no", "n_orders", "n_sellers", "n_lines", "qty", "value_cny"),
)


def _deliveries(snapshot: Snapshot) -> str:
    return f"""\
SELECT {", ".join(f"c.{name}" for name in _OWN)},
  CASE WHEN c.leg IS DISTINCT FROM 1 OR i.shipped_at IS NOT NULL THEN c.carrier END AS carrier,
  u.status, u.event AS late, u.due AS due_at,
  coalesce(i.requested_at, c.submitted_at, c.paid_at, c.purchased_at, c.quoted_at, i.shipped_at)
    AS begun_at,
  CASE WHEN c.leg = 1 THEN i.shipped_at END AS handed_over_at,
  i.requested_at, i.packed_at, i.freight_quoted_at, i.freight_paid_at, i.shipped_at,
  i.customs_in_at, i.customs_out_at, e.failed_at, i.kg, i.tracking_no,
  CASE WHEN NOT e.failed THEN e.arrived_at END AS arrived_at,
  CASE WHEN NOT e.failed THEN e.received_at END AS received_at, e.failed,
  CASE WHEN NOT e.failed THEN coalesce(e.arrived_at, e.paid_back_at)
    ELSE coalesce(e.failed_at, u.due) END AS ended_at,
  k.claimed_at, u.seen_until, u.slice_until, {snapshot.horizon_sql("claims")} AS claims_until,
  concat_ws('|', coalesce(CAST(c.leg AS STRING), '?'), {_CHOSEN.format("mode")}) AS lane_mode,
  concat_ws('|', coalesce(CAST(c.leg AS STRING), '?'), {_CHOSEN.format("mode")},
    {_CHOSEN.format("ship_method")}) AS method,
  concat_ws('|', coalesce(CAST(c.leg AS STRING), '?'), coalesce(c.origin_region, '?'),
    coalesce(c.dest_region, '?')) AS route,
  concat_ws('|', coalesce(c.seller_id, '?'), coalesce(c.origin_region, '?'),
    coalesce(c.dest_region, '?')) AS seller_route,
  coalesce(CAST(c.leg AS STRING), '?') AS level
FROM contents c
JOIN units u ON u.shipment_id = c.shipment_id
JOIN instants i ON i.shipment_id = c.shipment_id
JOIN ends e ON e.shipment_id = c.shipment_id
LEFT JOIN claimed k ON k.shipment_id = c.shipment_id
WHERE u.status NOT IN {_OUT}"""


TITLE = phrase(ja="届いていない荷物の遅延リスク", en="Open deliveries at risk")
NOUN = phrase(ja="荷物", en="deliveries")


def asked_of(snapshot: Snapshot) -> Question:
    """Return the question of all deliveries, as of a snapshot."""
    return Question((), cohort(None, None), snapshot, TITLE, NOUN)


def delivery_rows(snapshot: Snapshot) -> list[Step]:
    """Return the steps that end in ``risk_deliveries``: one row per delivery with its instants.

    ``due_at`` is when the promised day ends (NULL without a promise), ``late`` the outcome, which
    holds from ``due_at`` on or from a loss before it, ``ended_at`` when it arrived, failed or was
    paid back. It was looked at up to ``seen_until``, by exports alone up to ``slice_until``.
    """
    tables = ("tracking_events",)
    return [
        *late_unit_steps(asked_of(snapshot), Deliveries(), also=KEYS, tables=tables),
        MEMBERS,
        *SCANNED,
        PARCELS_PAID_BACK,
        ("instants", _INSTANTS),
        ("ends", _ends(snapshot)),
        ("contents", _CONTENTS),
        *linked_claims(OF_GOODS),
        ("claimed", _CLAIMED),
        ("risk_deliveries", _deliveries(snapshot)),
    ]
