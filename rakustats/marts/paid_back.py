"""Goods that were called off and paid back in full: nobody awaits them, wherever they are."""

from __future__ import annotations

from rakustats.engine.steps import Step
from rakustats.marts.money import tolerance

# grain: one line; what was called off in part still comes, and what was paid short is still owed
_LINES = f"""\
SELECT l.order_no, l.line_no,
  min(coalesce(r.paid_at, r.confirmed_at, x.accepted_at, x.confirmed_at)) AS paid_back_at
FROM cancel_requests x
JOIN refunds r ON r.cancellation_id = x.cancellation_id
JOIN order_lines l ON l.order_no = x.order_no AND (x.level <> 'line' OR l.line_no = x.line_no)
WHERE x.verdict <> 'refused' AND NOT x.partial AND r.amount_paid > 0
  AND r.amount_paid + coalesce(r.fee_deducted, 0) + {tolerance("r")}
    >= coalesce(r.amount_expected, r.amount_paid)
GROUP BY l.order_no, l.line_no"""

# grain: one parcel all of whose lines are; needs ``carried``
_PARCELS = """\
SELECT c.parcel_id, max(b.paid_back_at) AS paid_back_at
FROM carried c
LEFT JOIN lines_paid_back b ON b.order_no = c.order_no AND b.line_no = c.line_no
GROUP BY c.parcel_id HAVING count(*) = count(b.line_no)"""

LINES_PAID_BACK: Step = ("lines_paid_back", _LINES)
PARCELS_PAID_BACK: Step = ("parcels_paid_back", _PARCELS)
