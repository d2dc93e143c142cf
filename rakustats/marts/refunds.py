"""Refunds with what they belong to: days in Japan, order, line, what is due and what is short."""

from __future__ import annotations

from typing import Literal

from rakustats.calendar.local_days import local_day
from rakustats.engine.steps import Step
from rakustats.marts.days import day_number, just_after, last_over
from rakustats.marts.money import in_yen, tolerance
from rakustats.marts.order_keys import keyed_join, order_key_steps
from rakustats.marts.question import Question

Clock = Literal["approved", "requested"]
TABLES = (
    *("orders", "order_lines", "shipments", "shipment_lines"),
    *("claims", "cancellations", "refunds", "refund_allocations"),
)


# grain: one claim and currency: all that was paid for it, by whichever refunds
_PAID_FOR_CLAIMS = """\
SELECT claim_id, currency, sum(paid) AS paid, max(paid_at) AS paid_at FROM (
  SELECT claim_id, currency, amount_paid + coalesce(fee_deducted, 0) AS paid,
    coalesce(paid_at, confirmed_at) AS paid_at
  FROM refunds WHERE claim_id IS NOT NULL AND amount_paid > 0
  UNION ALL
  SELECT claim_id, currency, amount AS paid, paid_at FROM refund_allocations
  WHERE amount > 0 AND paid_at IS NOT NULL) parts
GROUP BY claim_id, currency"""


def refund_steps(asked: Question, clock: Clock = "approved") -> list[Step]:
    """Return ``refunds_seen``: one row per refund with its days in Japan, its keys and amounts.

    The tables have to be there. ``settled`` are those that other refunds of the same claim have
    made up for: together they come to what was granted, and to what this one was to pay.
    """
    owned = f"""\
SELECT r.*, t.claim_id IS NOT NULL AS settled, t.paid_at AS settled_at,
  coalesce(r.order_no, c.order_no, x.order_no) AS of_order,
  coalesce(c.line_no, x.line_no) AS line_no
FROM refunds r
LEFT JOIN claims c ON c.claim_id = r.claim_id
LEFT JOIN cancellations x ON x.cancellation_id = r.cancellation_id
LEFT JOIN paid_for_claims t ON t.claim_id = r.claim_id AND t.currency = r.currency
  AND t.currency = c.currency AND t.paid + {tolerance("t")} >= r.amount_expected
  AND t.paid + {tolerance("t")} >= c.amount_granted"""
    dated = f"""\
SELECT r.refund_id, r.of_order AS order_no, r.line_no, r.claim_id, r.cancellation_id, r.method,
  r.currency, r.amount_expected, r.amount_paid, r.fee_deducted, r.settled, o.fx_rate,
  {local_day("r.approved_at", "jp", "r")} AS day_approved,
  {local_day("r.requested_at", "jp", "r")} AS day_requested,
  {local_day("r.expected_by", "jp", "r")} AS day_expected,
  {local_day("coalesce(r.paid_at, r.confirmed_at, r.settled_at)", "jp", "r")} AS day_paid,
  r.seen_until, r.utc_offset, {local_day(just_after("r.seen_until"), "jp", "r")} AS today
FROM refunds_owned r LEFT JOIN orders o ON o.order_no = r.of_order"""
    items, joins = keyed_join(asked.keys, "r")
    short = (
        "CASE WHEN NOT r.settled"
        " AND r.amount_expected - r.amount_paid - coalesce(r.fee_deducted, 0)"
        f" > {tolerance('r')}"
        " THEN CAST(r.amount_expected - r.amount_paid - coalesce(r.fee_deducted, 0) AS DOUBLE)"
        " WHEN r.settled OR r.amount_expected - r.amount_paid IS NOT NULL THEN 0 END"
    )
    end = "coalesce(r.day_paid, r.today)"
    seen = f"""\
SELECT r.*{items}, r.day_{clock} AS cohort_day,
  {day_number(end)} - {day_number(f"r.day_{clock}")} AS days_gone,
  {last_over(lambda at: local_day(at, "jp", "r"), "r.seen_until")} - {day_number(f"r.day_{clock}")}
    AS seen,
  {day_number(end)} - {day_number("r.day_expected")} AS days_over,
  coalesce(r.day_paid IS NULL AND r.amount_paid IS NULL AND NOT r.settled
    AND r.day_expected < r.today, FALSE) AS overdue,
  {in_yen("r.amount_expected", "r.currency", "r.fx_rate")} AS due_jpy
FROM refunds_dated r{joins}"""
    amounts = f"""\
SELECT r.*, {in_yen("r.short", "r.currency", "r.fx_rate")} AS short_jpy
FROM (SELECT r.*, {short} AS short FROM refunds_keyed r) r"""
    return [
        *order_key_steps(asked.keys),
        ("paid_for_claims", _PAID_FOR_CLAIMS),
        ("refunds_owned", owned),
        ("refunds_dated", dated),
        ("refunds_keyed", seen),
        ("refunds_seen", amounts),
    ]
