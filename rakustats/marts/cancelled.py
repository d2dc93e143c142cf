"""Which orders and lines were called off, and when."""

from __future__ import annotations

from rakustats.engine.steps import Step

_VALID = "coalesce(outcome, '') NOT IN ('refused', 'rejected') AND order_no IS NOT NULL"
_LEVEL = "coalesce(level, CASE WHEN line_no IS NULL THEN 'order' ELSE 'line' END)"
_AT = "min(coalesce(accepted_at, confirmed_at, requested_at))"

# grain: one order; cancelled_at is NULL where only the order's state shows it
_ORDERS = f"""\
SELECT order_no, {_AT} AS cancelled_at, FALSE AS by_state FROM cancellations
WHERE {_LEVEL} IN ('quote', 'order') AND {_VALID} GROUP BY order_no
UNION ALL
SELECT o.order_no, CAST(NULL AS TIMESTAMP) AS cancelled_at, TRUE AS by_state FROM orders o
WHERE o.state IN ('cancelled', 'refund_pending', 'refunded') AND NOT EXISTS (
  SELECT 1 FROM cancellations c WHERE c.order_no = o.order_no)"""

# grain: one line
_LINES = f"""\
SELECT order_no, line_no, {_AT} AS cancelled_at FROM cancellations
WHERE {_LEVEL} = 'line' AND line_no IS NOT NULL AND {_VALID} GROUP BY order_no, line_no"""

CANCELLED: list[Step] = [("orders_cancelled", _ORDERS), ("lines_cancelled", _LINES)]
