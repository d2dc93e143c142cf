"""Whether orders belong to the member they say, and whether order numbers are whole."""

from __future__ import annotations

from rakustats.quality.check import Check, provenance, quoted

# 16 digits, the first 14 of them a time, and behind the dash the member
_NUMBER = r"^P?[0-9]{16}-\w+$"


def several_members() -> str:
    """Files in which the orders of several members lie side by side."""
    return """
        SELECT 'orders' AS table_name, NULL AS key,
            'orders of ' || count(DISTINCT member_id) || ' members in one file' AS detail,
            source_file, NULL AS source_row
        FROM main.orders WHERE source_file IN (
            SELECT source_file FROM main.orders
            GROUP BY source_file HAVING min(member_id) <> max(member_id))
        GROUP BY source_file"""


def member_mismatch() -> str:
    """Orders whose number ends in another member than the one stated."""
    # only pairs are hashed: there are few members and many orders
    return f"""
        WITH numbered AS (
            SELECT order_no, member_id, split_part(order_no, '-', -1) AS suffix,
                source_file, source_row
            FROM main.orders
            WHERE member_id IS NOT NULL AND contains(order_no, '-')
                AND regexp_matches(order_no, '{_NUMBER}')
        ), strangers AS (
            SELECT suffix, member_id FROM numbered GROUP BY ALL
            HAVING substr(sha256(getvariable('member_salt') || suffix), 1, 16) <> member_id
        )
        SELECT 'orders' AS table_name, n.order_no AS key,
            'order_no: its member is not member_id: ' || {quoted("n.order_no")} AS detail,
            {provenance("n")}
        FROM numbered n JOIN strangers USING (suffix, member_id)"""


def odd_order_no() -> str:
    """Order and delivery request numbers that do not begin with a time."""
    parts = (
        ("orders", "order_no", "order_no"),
        ("shipments", "shipment_id", "delivery_request_no"),
    )
    return " UNION ALL ".join(_odd(*part) for part in parts)


def _odd(table: str, key: str, column: str) -> str:
    stamp = f"substr(ltrim({column}, 'P'), 1, 14)"
    return f"""
        SELECT '{table}' AS table_name, {key} AS key,
            '{column}: does not begin with a time: ' || {quoted(column)} AS detail,
            source_file, source_row
        FROM main.{table}
        WHERE {column} IS NOT NULL AND contains({column}, '-')
            AND regexp_matches({column}, '{_NUMBER}')
            AND coalesce(year(try_strptime({stamp}, '%Y%m%d%H%M%S')), 0) NOT BETWEEN 2000 AND 2099
    """


CHECKS = (
    Check("several_members", ("main.orders",), several_members),
    Check("member_mismatch", ("main.orders",), member_mismatch),
    Check("odd_order_no", (), odd_order_no),
)
