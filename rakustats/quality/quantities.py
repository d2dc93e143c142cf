"""Whether pieces and sums agree: lines against their order, counts against each other."""

from __future__ import annotations

from rakustats.quality.check import Check, provenance

# What lines may add up to: the quote for what was ordered, or the price of what was bought.
_QUOTED = "coalesce(unit_price_cny_quoted, unit_price_cny) * qty_ordered"
_PAID = "coalesce(unit_price_cny, unit_price_cny_quoted) * coalesce(qty_purchased, qty_ordered)"
_SUMS = (_QUOTED, _PAID, "coalesce(unit_price_cny, unit_price_cny_quoted) * qty_ordered")


def total_mismatch() -> str:
    """Orders whose lines do not add up to their total, by more than 1 yuan a line."""
    sums = ", ".join(f"sum({text}) AS sum{i}" for i, text in enumerate(_SUMS))
    off = " AND ".join(f"abs(sum{i} - o.goods_total_cny) > lines" for i in range(len(_SUMS)))
    return f"""
        WITH totals AS (
            SELECT order_no, count(*) AS lines, {sums} FROM main.order_lines
            GROUP BY order_no HAVING {" AND ".join(f"count(*) = count({s})" for s in _SUMS)}
        )
        SELECT 'orders' AS table_name, o.order_no AS key,
            'goods_total_cny: ' || o.goods_total_cny || ' stated, its lines make ' || t.sum0
                || ' quoted, ' || t.sum1 || ' paid' AS detail,
            {provenance("o")}
        FROM totals t JOIN main.orders o ON o.order_no = t.order_no
        WHERE {off}"""


def quantity_conflict() -> str:
    """Lines of which more was shipped than received, or more received than bought and in excess."""
    return f"""
        WITH excess AS (
            SELECT order_no, line_no, sum(qty_affected) AS pieces FROM main.claims
            WHERE kind = 'excess' AND line_no IS NOT NULL GROUP BY ALL
        ), conflicts AS (
            SELECT l.order_no, l.line_no, concat_ws('; ',
                CASE WHEN l.qty_shipped > l.qty_received
                    THEN 'shipped ' || l.qty_shipped || ', received ' || l.qty_received END,
                CASE WHEN l.qty_shipped > greatest(l.qty_ordered, l.qty_purchased)
                    AND l.qty_received IS NULL
                    THEN 'shipped ' || l.qty_shipped || ', bought '
                        || greatest(l.qty_ordered, l.qty_purchased) END,
                CASE WHEN l.qty_received > l.qty_purchased + coalesce(e.pieces, 0)
                    THEN 'received ' || l.qty_received || ', purchased ' || l.qty_purchased END,
                CASE WHEN l.qty_inspected > l.qty_received
                    THEN 'inspected ' || l.qty_inspected || ', received ' || l.qty_received END,
                CASE WHEN l.qty_defective > l.qty_received
                    THEN 'defective ' || l.qty_defective || ', received ' || l.qty_received END
                ) AS detail, {provenance("l")}
            FROM main.order_lines l LEFT JOIN excess e
                ON e.order_no = l.order_no AND e.line_no = l.line_no
            WHERE l.qty_shipped > l.qty_received OR l.qty_shipped > l.qty_purchased
                OR l.qty_shipped > l.qty_ordered OR l.qty_received > l.qty_purchased
                OR l.qty_inspected > l.qty_received OR l.qty_defective > l.qty_received
        )
        SELECT 'order_lines' AS table_name, order_no || '/' || line_no AS key, detail,
            source_file, source_row
        FROM conflicts WHERE detail <> ''
        UNION ALL {_overpacked()}"""


def _overpacked() -> str:
    """Lines of which the parcels to Japan that left hold more than there ever was.

    What a parcel carries on for another one, or sends again after a loss, is counted once.
    """
    most = "greatest(l.qty_ordered, l.qty_purchased, l.qty_received)"
    return f"""
        SELECT 'order_lines' AS table_name, l.order_no || '/' || l.line_no AS key,
            'parcels hold ' || p.pieces || ', the line had ' || {most} AS detail, {provenance("l")}
        FROM (
            SELECT k.order_no, k.line_no, sum(k.qty) AS pieces
            FROM main.shipment_lines k JOIN main.shipments s ON s.shipment_id = k.shipment_id
            WHERE k.allocation = 'stated' AND s.leg = 2 AND s.shipped_at IS NOT NULL
                AND s.parent_shipment_id IS NULL AND coalesce(s.state, '') <> 'void'
            GROUP BY ALL
        ) p JOIN main.order_lines l ON l.order_no = p.order_no AND l.line_no = p.line_no
        WHERE p.pieces > {most}"""


CHECKS = (
    Check("total_mismatch", ("main.orders", "main.order_lines"), total_mismatch),
    Check("quantity_conflict", ("main.order_lines",), quantity_conflict),
)
