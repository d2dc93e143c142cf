"""Allocation of refunds that settle several claims in one payment."""

from __future__ import annotations

import duckdb


def allocate_refunds(con: duckdb.DuckDBPyConnection) -> None:
    """Make the inferred shares anew from the refunds as they stand.

    A refund that names several claims is split by what was granted for each, or equally where that
    is not known of all of them in one currency. Shares are whole units of the currency (1 yen, or
    1 fen where there are fractions), the largest remainders get the units left over, and so they
    add up to what was paid.
    """
    con.execute("DELETE FROM main.refund_allocations WHERE allocation = 'inferred'")
    if con.execute("SELECT 1 FROM main.refunds LIMIT 1").fetchone():
        con.execute(_shares())


def _shares() -> str:
    return """
        INSERT INTO main.refund_allocations (refund_id, claim_id, amount, currency, paid_at,
            allocation, source_file, source_row, exported_at, n_versions)
        WITH lumps AS (
            SELECT *, list_distinct(list_filter(
                regexp_split_to_array(claim_id, '[,，、;；/\\s]+'), lambda id: id <> '')) AS ids
            FROM main.refunds r
            WHERE amount_paid IS NOT NULL AND regexp_matches(claim_id, '[,，、;；/\\s]')
                AND NOT EXISTS (FROM main.claims c WHERE c.claim_id = r.claim_id)
                AND NOT EXISTS (FROM main.refund_allocations a WHERE a.refund_id = r.refund_id)
        ), named AS (
            SELECT * EXCLUDE (claim_id), unnest(ids) AS claim_id,
                CASE WHEN currency = 'JPY' AND amount_paid = trunc(amount_paid)
                    THEN 1 ELSE 100 END AS units
            FROM lumps WHERE len(ids) > 1
        ), weighed AS (
            SELECT n.*, CAST(abs(n.amount_paid) * n.units AS HUGEINT) AS total,
                CASE WHEN count(*) FILTER (c.amount_granted > 0) OVER each = count(*) OVER each
                    AND max(coalesce(c.currency, '')) OVER each
                        = min(coalesce(c.currency, '')) OVER each
                    THEN CAST(c.amount_granted * 100 AS HUGEINT) ELSE 1 END AS weight
            FROM named n LEFT JOIN main.claims c ON c.claim_id = n.claim_id
            WINDOW each AS (PARTITION BY n.refund_id)
        ), shared AS (
            SELECT *, total * weight // sum(weight) OVER each AS whole,
                total * weight % sum(weight) OVER each AS rest
            FROM weighed WINDOW each AS (PARTITION BY refund_id)
        ), settled AS (
            SELECT *, whole + CASE WHEN row_number() OVER (
                    PARTITION BY refund_id ORDER BY rest DESC, claim_id)
                <= total - sum(whole) OVER (PARTITION BY refund_id) THEN 1 ELSE 0 END AS share
            FROM shared
        )
        SELECT refund_id, claim_id, CAST(share AS DECIMAL(18, 0)) * sign(amount_paid) / units,
            currency, paid_at, 'inferred', source_file, source_row, exported_at, 1
        FROM settled
    """
