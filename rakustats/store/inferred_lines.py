"""Lines of parcels that name an order but no lines: all lines of that order."""

from __future__ import annotations

_PIECES = "coalesce(l.qty_shipped, l.qty_purchased, l.qty_ordered)"
#: Pieces of a row ``v`` of ``shipment_lines`` as they would have been inferred at the time.
QTY = f"""\
CASE WHEN v.allocation IS DISTINCT FROM 'inferred' THEN v.qty
    WHEN p.on_leg = 1 THEN {_PIECES} END"""
JOINS = """
LEFT JOIN (SELECT shipment_id, count(*) OVER (PARTITION BY order_no, leg) AS on_leg
  FROM shipments) p ON p.shipment_id = v.shipment_id
LEFT JOIN order_lines l ON l.order_no = v.order_no AND l.line_no = v.line_no"""


def infer_lines() -> str:
    """Return the SQL that gives every shipment without stated lines all the lines of its order.

    The quantity is known only where the order has no other shipment on that leg.
    """
    return f"""
        INSERT INTO main.shipment_lines (shipment_id, order_no, line_no, qty, allocation,
            source_file, source_row, exported_at, n_versions)
        WITH bare AS (
            SELECT * FROM (
                SELECT *, count(*) OVER (PARTITION BY order_no, leg) AS on_leg FROM main.shipments
                WHERE order_no IN (SELECT order_no FROM main.order_lines)
            ) s
            WHERE NOT EXISTS (FROM main.shipment_lines k WHERE k.shipment_id = s.shipment_id)
        )
        SELECT b.shipment_id, l.order_no, l.line_no,
               CASE WHEN b.on_leg = 1
                    THEN {_PIECES} END,
               'inferred', b.source_file, b.source_row, b.exported_at, 1
        FROM bare b JOIN main.order_lines l ON l.order_no = b.order_no
    """
