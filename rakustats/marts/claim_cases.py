"""Claims with what they belong to: order, line, goods' days, money in yen, window."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.calendar.local_days import local_day
from rakustats.config.claim_windows import ClaimWindow, claim_windows
from rakustats.engine.steps import Step
from rakustats.marts.days import day_number, elapsed_hours, last_over
from rakustats.marts.keys import cohort
from rakustats.marts.money import in_yen
from rakustats.marts.order_keys import keyed_join, order_key_steps
from rakustats.marts.question import Question
from rakustats.marts.received import texts

OWN_KEYS = ("kind", "stage_found", "attributed_to")
NOT_DECIDED = "decided_at IS NULL AND closed_at IS NULL AND resolution IS NULL"
TABLES = (*("orders", "order_lines", "shipments", "shipment_lines"), *("claims", "cancellations"))
# The instants from which a claim's window may run.
_STARTS = {
    "detected": "detected_at",
    "arrived": "arrived_at",
    "stored": "stored_at",
    "shipped": "sent_at",
    "delivered": "delivered_at",
}

# grain: one shipment, with the order all its lines belong to
_ORDER_OF = """\
SELECT s.shipment_id, max(s.shipped_at) AS sent_at, max(s.delivered_at) AS delivered_at,
  coalesce(max(s.order_no), CASE WHEN min(c.order_no) = max(c.order_no) THEN min(c.order_no) END)
    AS order_no
FROM shipments s LEFT JOIN shipment_lines c ON c.shipment_id = s.shipment_id
WHERE s.leg IS DISTINCT FROM 1 GROUP BY s.shipment_id"""

# grain: one line or, without a line number, one order: when its goods came and went
_GOODS = """\
SELECT l.order_no, l.line_no, l.arrived_at, l.stored_at, p.sent_at, p.delivered_at
FROM order_lines l
LEFT JOIN (SELECT c.order_no, c.line_no, max(s.sent_at) AS sent_at,
    max(s.delivered_at) AS delivered_at
  FROM shipment_lines c JOIN final_parcels s ON s.shipment_id = c.shipment_id
  GROUP BY c.order_no, c.line_no) p ON p.order_no = l.order_no AND p.line_no = l.line_no"""


def case_steps(asked: Question) -> list[Step]:
    """Return the tables and ``cases``: one row per claim with keys, days, yen and its window.

    ``cohort_day`` is the purchase day of its order. ``in_window`` is NULL where the window or the
    instant from which it runs is not known.
    """
    goods_by_order = """\
SELECT order_no, max(arrived_at) AS arrived_at, max(stored_at) AS stored_at,
  max(sent_at) AS sent_at, max(delivered_at) AS delivered_at
FROM goods GROUP BY order_no"""
    owned = """\
SELECT c.*, coalesce(c.opened_at, c.detected_at) AS told_at,
  CASE WHEN o.order_no IS NULL THEN s.order_no ELSE o.order_no END AS of_order,
  s.sent_at, s.delivered_at
FROM claims c
LEFT JOIN (SELECT order_no FROM orders UNION SELECT order_no FROM order_lines) o
  ON o.order_no = c.order_no
LEFT JOIN final_parcels s ON s.shipment_id = c.shipment_id"""
    items, joins = keyed_join(asked.keys, "g")
    dated = f"""\
SELECT g.*{items} FROM (
  SELECT c.claim_id, c.of_order AS order_no, c.line_no, coalesce(c.kind, 'other') AS kind,
    c.stage_found, c.attributed_to, c.resolution, c.waiting_on, c.detected_at, c.told_at,
    c.first_response_at, c.decided_at, c.closed_at, c.seen_until, c.utc_offset, o.agency,
    coalesce(o.purchased_day, o.paid_day, o.submitted_day) AS cohort_day,
    coalesce(l.arrived_at, w.arrived_at) AS arrived_at,
    coalesce(l.stored_at, w.stored_at) AS stored_at,
    coalesce(c.sent_at, l.sent_at, w.sent_at) AS sent_at,
    coalesce(c.delivered_at, l.delivered_at, w.delivered_at) AS delivered_at,
    c.amount_claimed, c.amount_granted, c.return_cost,
    {in_yen("c.amount_claimed", "c.currency", "o.fx_rate")} AS claimed_jpy,
    {in_yen("c.amount_granted", "c.currency", "o.fx_rate")} AS granted_jpy,
    {in_yen("c.return_cost", "c.currency", "o.fx_rate")} AS return_jpy
  FROM claims_owned c
  LEFT JOIN orders o ON o.order_no = c.of_order
  LEFT JOIN goods l ON l.order_no = c.of_order AND l.line_no = c.line_no
  LEFT JOIN goods_of_orders w ON w.order_no = c.of_order AND c.line_no IS NULL) g{joins}"""
    cases = f"""\
SELECT d.*, {_in_window(claim_windows())} AS in_window,
  {local_day("d.told_at", "jp", "d")} AS day_told,
  {local_day("d.first_response_at", "jp", "d")} AS day_answered,
  {local_day("d.decided_at", "jp", "d")} AS day_decided,
  {local_day("d.closed_at", "jp", "d")} AS day_closed,
  {last_over(lambda at: local_day(at, "jp", "d"), "d.seen_until")} AS seen_no
FROM cases_dated d"""
    return [
        *asked.steps(TABLES),
        *order_key_steps(asked.keys),
        ("final_parcels", _ORDER_OF),
        ("goods", _GOODS),
        ("goods_of_orders", goods_by_order),
        ("claims_owned", owned),
        ("cases_dated", dated),
        ("cases", cases),
    ]


def _in_window(windows: Sequence[ClaimWindow]) -> str:
    """Return the SQL of whether a claim was made in the window that holds for it."""
    cases = " ".join(f"WHEN {_holds(w)} THEN {_kept(w)}" for w in windows)
    return f"CASE {cases} ELSE CAST(NULL AS BOOLEAN) END" if cases else "CAST(NULL AS BOOLEAN)"


def _holds(window: ClaimWindow) -> str:
    begun = local_day(f"d.{_STARTS[window.starts]}", "jp", "d")
    tests = [cohort(window.since, window.until).where(begun)]
    if window.agency is not None:
        tests.append(f"d.agency = '{window.agency}'")
    if window.kinds:
        tests.append(f"d.kind IN ({texts(window.kinds)})")
    return " AND ".join(tests)


def _kept(window: ClaimWindow) -> str:
    start = f"d.{_STARTS[window.starts]}"
    if window.hours is not None:
        return f"{elapsed_hours(start, 'd.told_at')} <= {window.hours}"
    if window.days is None:
        return "CAST(NULL AS BOOLEAN)"
    reported, begun = (day_number(local_day(at, "jp", "d")) for at in ("d.told_at", start))
    return f"{reported} - {begun} <= {window.days}"
