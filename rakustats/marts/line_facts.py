"""What every mart of order lines says of a line: when it was bought, whether it is trade at all.

As SQL on ``order_lines l``, ``orders o``, and what
:func:`rakustats.marts.cancelled.cancelled_steps` tells of both, ``lc`` and ``oc``.
"""

from __future__ import annotations

from rakustats.schema.exclusions import is_test

PURCHASED_DAY = "coalesce(o.purchased_day, o.paid_day, o.submitted_day)"
NO_QUANTITY = "coalesce(l.qty_ordered = 0, FALSE) AS no_quantity"
IS_TEST = f"coalesce({is_test('l.item_title', 'l.remark')}, FALSE)"
#: Select items of what is no trade.
TRADE = f"{NO_QUANTITY}, {IS_TEST} AS test"
CALLED_OFF = "(oc.order_no IS NOT NULL OR lc.order_no IS NOT NULL)"


def cancelled_joins(line: str = "l") -> str:
    """Return the joins that bring what was called off to rows that have an order and a line."""
    return (
        f"LEFT JOIN orders_cancelled oc ON oc.order_no = {line}.order_no\n"
        f"LEFT JOIN lines_cancelled lc ON lc.order_no = {line}.order_no"
        f" AND lc.line_no = {line}.line_no"
    )
