"""Amounts of two currencies in yen, at the rate that the order's own document states."""

from __future__ import annotations

# What a refund may fall short by rounding alone.
TOLERANCE = {"CNY": 0.01, "JPY": 1}


def in_yen(amount: str, currency: str, rate: str) -> str:
    """Return the SQL of an amount in yen, NULL where currency or rate is unknown.

    Examples
    --------
    >>> import duckdb
    >>> text = "SELECT " + in_yen("12.5", "'CNY'", "20") + ", " + in_yen("9", "NULL", "20")
    >>> duckdb.execute(text).fetchone()
    (250.0, None)
    """
    return (
        f"CASE WHEN {currency} = 'JPY' THEN CAST({amount} AS DOUBLE)"
        f" WHEN {currency} = 'CNY' THEN CAST({amount} AS DOUBLE) * CAST({rate} AS DOUBLE) END"
    )


def tolerance(row: str) -> str:
    """Return the SQL of what a row's amounts may fall short by."""
    return f"CASE WHEN {row}.currency = 'CNY' THEN {TOLERANCE['CNY']} ELSE {TOLERANCE['JPY']} END"


def all_known(total: str, where: str) -> str:
    """Return the SQL of a sum over the rows that fit, NULL if any of them is unknown."""
    return (
        f"CASE WHEN count({total}) FILTER (WHERE {where}) = count(*) FILTER (WHERE {where})"
        f" THEN coalesce(sum({total}) FILTER (WHERE {where}), 0) END"
    )
