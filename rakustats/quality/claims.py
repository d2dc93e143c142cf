"""Claims that name no order that is known, with the orders they may mean."""

from __future__ import annotations

from rakustats.quality.check import Check, quoted

_ORDERS = ("orders", "order_lines", "shipments")
# Two slips of the pen leave one of a number's thirds alone: by it the number is found again. A sign
# too few or too many before it moves the middle one.
_THIRD = "length(no) // 3"
_THIRDS = (
    (f"left(no, {_THIRD})", f"left(no, {_THIRD})"),
    (f"right(no, {_THIRD})", f"right(no, {_THIRD})"),
    *(
        (f"substr(no, {_THIRD} + 1 + {moved}, {_THIRD})", f"substr(no, {_THIRD} + 1, {_THIRD})")
        for moved in (-2, -1, 0, 1, 2)
    ),
)
_LOOKED_UP, _SHORTEST, _SLIPS, _SUGGESTED = 200, 9, 2, 3


def unlinked_claim() -> str:
    """Claims whose order is in no table; orders within two edits are suggested, never taken.

    Suggestions are looked for among 200 such claims, so that a file of strangers costs little.
    """
    unknown = " AND ".join(
        f"NOT EXISTS (FROM main.{table} o WHERE o.order_no = c.order_no)" for table in _ORDERS
    )
    some = " OR ".join(f"EXISTS (FROM main.{table})" for table in _ORDERS)
    return f"""
        WITH unlinked AS (
            SELECT claim_id, order_no AS no, source_file, source_row FROM main.claims c
            WHERE ({some}) AND CASE WHEN order_no IS NULL
                THEN NOT EXISTS (FROM main.shipments s WHERE s.shipment_id = c.shipment_id)
                ELSE {unknown} END
        ), asked AS (
            SELECT DISTINCT no FROM unlinked WHERE length(no) >= {_SHORTEST}
            ORDER BY no LIMIT {_LOOKED_UP}
        ), parts AS (
            SELECT no, unnest(regexp_split_to_array(no, '[,，、;；/\\s]+')) AS part FROM asked
        ), found AS ({_meant()} UNION {_near()}), best AS (
            SELECT no, string_agg({quoted("known")}, ', ' ORDER BY known) AS suggestion FROM (
                FROM found WINDOW each AS (PARTITION BY no)
                QUALIFY slips = min(slips) OVER each
                    AND row_number() OVER (PARTITION BY no ORDER BY slips, known) <= {_SUGGESTED}
            ) GROUP BY no
        )
        SELECT 'claims' AS table_name, u.claim_id AS key,
            coalesce('order_no: no such order: ' || {quoted("u.no")}, 'order_no: not stated')
                || coalesce('; perhaps ' || b.suggestion, '') AS detail,
            u.source_file, u.source_row
        FROM unlinked u LEFT JOIN best b ON b.no = u.no"""


def _meant() -> str:
    """Known orders that a text of several numbers names."""
    return (
        "SELECT p.no, o.order_no AS known, 0 AS slips FROM parts p "
        "JOIN main.orders o ON o.order_no = p.part"
    )


def _near() -> str:
    """Known orders within so many edits of an unknown one."""
    blocks = " UNION ".join(
        f"SELECT a.no, k.no AS known FROM (SELECT no, {asked} AS third FROM asked) a JOIN "
        f"(SELECT no, {known} AS third FROM (SELECT order_no AS no FROM main.orders)) k "
        "USING (third)"
        for asked, known in _THIRDS
    )
    return (
        f"SELECT no, known, levenshtein(no, known) AS slips FROM ({blocks}) "
        f"WHERE abs(length(no) - length(known)) <= {_SLIPS} AND slips <= {_SLIPS}"
    )


CHECKS = (Check("unlinked_claim", ("main.claims",), unlinked_claim),)
