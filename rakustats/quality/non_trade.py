"""Orders and lines that may be no trade: at price 0, tests, samples, the customer's own parcels."""

from __future__ import annotations

from rakustats.quality.check import Check, quoted
from rakustats.schema.exclusions import is_own, is_test


def zero_price_order() -> str:
    """Orders that cost nothing and do not say which order they make good."""
    return """
        SELECT 'orders' AS table_name, order_no AS key,
            'goods_total_cny: ' || coalesce(CAST(goods_total_cny AS VARCHAR), 'unknown')
                || ', total_jpy: ' || coalesce(CAST(total_jpy AS VARCHAR), 'unknown')
                || ', replacement_of is not stated' AS detail,
            source_file, source_row
        FROM main.orders
        WHERE replacement_of IS NULL AND (goods_total_cny = 0 OR total_jpy = 0)
            AND coalesce(goods_total_cny, 0) = 0 AND coalesce(total_jpy, 0) = 0"""


def test_or_sample() -> str:
    """Lines without pieces or named a test or a sample."""
    return f"""
        SELECT 'order_lines' AS table_name, order_no || '/' || line_no AS key,
            CASE WHEN qty_ordered = 0 THEN 'qty_ordered: 0'
                WHEN {is_test("item_title")} THEN 'item_title: ' || {quoted("item_title")}
                ELSE 'remark: ' || {quoted("remark")} END AS detail,
            source_file, source_row
        FROM main.order_lines
        WHERE qty_ordered = 0 OR {is_test("item_title", "remark")}"""


def own_parcel() -> str:
    """Parcels the customer ships himself."""
    return f"""
        SELECT 'shipments' AS table_name, shipment_id AS key,
            'carrier: ' || {quoted("coalesce(carrier, ship_method)")} AS detail,
            source_file, source_row
        FROM main.shipments WHERE {is_own("carrier")} OR {is_own("ship_method")}"""


CHECKS = (
    Check("zero_price_order", ("main.orders",), zero_price_order),
    Check("test_or_sample", ("main.order_lines",), test_or_sample),
    Check("test_or_sample", ("main.shipments",), own_parcel),
)
