"""Cancellation events, one row per line: when, by whom, at which stage, for what fee."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.engine.steps import Step
from rakustats.marts.cancelled import request_steps
from rakustats.marts.keys import key_columns
from rakustats.marts.line_facts import PURCHASED_DAY, TRADE
from rakustats.marts.money import in_yen
from rakustats.marts.received import CARRIED, THERE
from rakustats.store.asof import Snapshot

# How far the goods had come when their cancellation was asked for, the last stage first: the
# instant that begins it, and its name.
STAGES = (
    ("sent_at", "shipped"),
    ("stored_at", "stored"),
    ("arrived_at", "inspection"),
    ("seller_shipped_at", "leg1"),
    ("purchased_at", "seller_dispatch"),
    ("paid_at", "buying"),
    ("quoted_at", "payment"),
)

# grain: one line and leg, with when the first of its parcels went
_SENT = """\
SELECT c.order_no, c.line_no,
  min(s.shipped_at) FILTER (WHERE s.leg = 1) AS leg1_at,
  min(s.shipped_at) FILTER (WHERE s.leg IS DISTINCT FROM 1) AS sent_at,
  min(s.requested_at) FILTER (WHERE s.leg IS DISTINCT FROM 1) AS requested_at,
  bool_or(s.leg IS DISTINCT FROM 1 AND s.requested_at IS NOT NULL AND s.shipped_at IS NULL
    AND coalesce(s.state, '') NOT IN ('void', 'shipped', 'delivered', 'lost', 'returned')) AS waits
FROM carried c JOIN shipments s ON s.shipment_id = c.shipment_id
GROUP BY c.order_no, c.line_no"""

# grain: one line and accepted cancellation of it, the first one with turn 1
_ENDS = """\
SELECT order_no, line_no, requested_by, reason, stage, cause, charged, untold,
  row_number() OVER (PARTITION BY order_no, line_no
    ORDER BY accepted_at NULLS LAST, asked_at NULLS LAST, cancellation_id) AS turn
FROM cancellation_events WHERE verdict = 'accepted'"""
# grain: one line with cancellations that were not decided when last exported
_PENDING = """\
SELECT order_no, line_no, min(seen_until) AS seen_until
FROM cancellation_events WHERE verdict = 'pending' GROUP BY order_no, line_no"""


def subject_steps(keys: Sequence[str]) -> list[Step]:
    """Return ``subjects``, what may be cancelled: one row per line, or per order without lines."""
    value = (
        "CAST(coalesce(l.unit_price_cny, l.unit_price_cny_quoted) AS DOUBLE)"
        " * l.qty_ordered * CAST(o.fx_rate AS DOUBLE)"
    )
    subjects = f"""\
SELECT coalesce(l.order_no, o.order_no) AS order_no, l.line_no{key_columns(keys, line="l")},
  coalesce(o.utc_offset, l.utc_offset) AS utc_offset,
  {PURCHASED_DAY} AS cohort_day, o.quoted_at,
  coalesce(o.paid_at, o.payment_reached_at) AS charged_at,
  coalesce(o.payment_reached_at, o.paid_at) AS paid_at, o.purchased_at,
  coalesce(l.seller_shipped_at, t.leg1_at) AS seller_shipped_at, l.arrived_at, l.stored_at,
  t.sent_at, t.requested_at AS delivery_requested_at, coalesce(t.waits, FALSE) AS waits,
  l.seller_id AS shop, coalesce(min(l.seller_id) OVER mates = max(l.seller_id) OVER mates
    AND count(l.seller_id) OVER mates = count(*) OVER mates, FALSE) AS one_shop,
  {value} AS value_jpy,
  l.qty_ordered, l.qty_received, l.qty_shipped, o.fx_rate,
  o.replacement_of IS NOT NULL AS replacement, {TRADE},
  {THERE} OR coalesce(l.state = 'shipped', FALSE) AS there
FROM order_lines l
FULL OUTER JOIN orders o ON o.order_no = l.order_no
LEFT JOIN sent t ON t.order_no = l.order_no AND t.line_no = l.line_no
WINDOW mates AS (PARTITION BY coalesce(l.order_no, o.order_no))"""
    return [CARRIED, ("sent", _SENT), ("subjects", subjects)]


def event_steps(snapshot: Snapshot) -> list[Step]:
    """Return ``cancellation_events``: one row per cancellation and line that it is about.

    Also ``line_ends`` (accepted ones by line, the first with ``turn`` 1) and ``lines_pending``.

    ``charged`` says that it is a seller's doing and this line's shop's, ``untold`` that it is the
    doing of one of its order's sellers of whom nobody tells which.
    """
    own = "coalesce(x.level = 'line' OR g.one_shop OR g.shop = x.told_seller, FALSE)"
    rank = " ".join(
        f"WHEN x.asked_at >= g.{at} THEN {len(STAGES) - i}" for i, (at, _) in enumerate(STAGES)
    )
    dated = ", ".join(f"g.{at}" for at, _ in STAGES)
    fee = in_yen("x.fee_amount", "x.fee_currency", "g.fx_rate")
    by_line = f"""\
SELECT x.cancellation_id, x.order_no, g.line_no, x.level, x.requested_by, x.reason, x.cause,
  x.asked_at, x.accepted_at, x.confirmed_at, x.partial, x.fee_amount, x.seen_until,
  {fee} / count(*) OVER (PARTITION BY x.cancellation_id) AS fee_jpy, g.value_jpy,
  x.verdict, coalesce(x.cause = 'seller', FALSE) AND {own} AS charged,
  coalesce(x.cause = 'seller', FALSE) AND NOT {own} AND x.told_seller IS NULL AS untold,
  max(CASE {rank} WHEN x.asked_at IS NOT NULL AND (x.level = 'quote'
      OR coalesce({dated}) IS NOT NULL) THEN 0 END)
    OVER (PARTITION BY x.cancellation_id) AS stage_rank,
  coalesce(x.asked_at >= g.seller_shipped_at, FALSE) AS asked_late,
  coalesce(x.accepted_at >= g.seller_shipped_at, FALSE) AS accepted_late
FROM cancel_requests x
JOIN subjects g ON g.order_no = x.order_no
  AND (x.level <> 'line' OR g.line_no = x.line_no OR (x.line_no IS NULL AND g.line_no IS NULL))"""
    names = " ".join(f"WHEN {len(STAGES) - i} THEN '{name}'" for i, (_, name) in enumerate(STAGES))
    staged = (
        f"SELECT *, CASE stage_rank {names} WHEN 0 THEN 'quote' END AS stage FROM requests_by_line"
    )
    return [
        *request_steps(snapshot),
        ("requests_by_line", by_line),
        ("cancellation_events", staged),
        ("line_ends", _ENDS),
        ("lines_pending", _PENDING),
    ]
