"""Whether tracking numbers can be right: check digits, reuse, the same number at two carriers."""

from __future__ import annotations

import duckdb

from rakustats.quality.check import Check, provenance, quoted

# The carrier comes from the export; the shape of a number only confirms it, and never names it.
_CARRIERS = {
    "domestic_carriers": "ヤマト|クロネコ|yamato|佐川|sagawa|日本郵便|ゆうパ|japan post",
    "express_carriers": "dhl",
    "postal_carriers": "日本郵便|ゆうパ|japan post|jp post|ems|邮政|郵政|china post",
}
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
# Where most of a carrier's numbers fail, it numbers its parcels otherwise.
_MOST, _ENOUGH = 0.5, 20
DAYS = 90
TEMPORARY = ("carriers", *_CARRIERS, "repeated_numbers")


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make temporary tables: the carriers whose numbers are known, and ``repeated_numbers``.

    The latter holds the parcels that share a number, but hardly the trip: at two carriers, or with
    more than 90 days between. One cheap scan finds the numbers that come twice at all; only theirs
    are compared.
    """
    # a table of its own: within one query the words would be looked for in every row
    con.execute(
        "CREATE OR REPLACE TEMP TABLE carriers AS SELECT DISTINCT carrier FROM main.shipments"
    )
    for name, pattern in _CARRIERS.items():
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS "
            f"SELECT carrier FROM carriers WHERE regexp_matches(carrier, '{pattern}', 'i')"
        )
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE repeated_numbers AS
        WITH twice AS (
            SELECT tracking_no FROM main.shipments
            WHERE tracking_no IS NOT NULL GROUP BY tracking_no HAVING count(*) > 1
        ), candidates AS (
            SELECT shipment_id, carrier, tracking_no, shipped_at, parent_shipment_id,
                source_file, source_row
            FROM main.shipments SEMI JOIN twice USING (tracking_no)
        )
        SELECT * FROM candidates WHERE tracking_no IN (
            SELECT tracking_no FROM candidates GROUP BY tracking_no
            HAVING min(carrier) <> max(carrier)
                OR max(shipped_at) > min(shipped_at) + INTERVAL {DAYS} DAY)
    """)


def domestic_digits() -> str:
    """Numbers of Japanese carriers whose last digit is not the others modulo 7."""
    return _failures(_modulo_7("domestic_carriers", 12))


def express_digits() -> str:
    """Numbers of DHL whose last digit is not the others modulo 7."""
    return _failures(_modulo_7("express_carriers", 10))


def postal_digits() -> str:
    """International postal numbers whose check digit is not that of UPU standard S10."""
    digits = " + ".join(
        f"{weight} * CAST(substr(tracking_no, {place}, 1) AS INTEGER)"
        for place, weight in enumerate(_WEIGHTS, start=3)
    )
    return _failures(f"""
        SELECT number_at, carrier, CASE rest WHEN 10 THEN 0 WHEN 11 THEN 5 ELSE rest END
            <> CAST(substr(tracking_no, 11, 1) AS INTEGER) AS wrong
        FROM (
            SELECT rowid AS number_at, carrier, tracking_no, 11 - ({digits}) % 11 AS rest
            FROM main.shipments SEMI JOIN postal_carriers USING (carrier)
            WHERE strlen(tracking_no) = 13
                AND regexp_full_match(tracking_no, '[A-Z]{{2}}[0-9]{{9}}[A-Z]{{2}}', 'i')
        )""")


def _modulo_7(carriers: str, length: int) -> str:
    """Return the check of numbers of so many digits, with or without dashes."""
    return f"""
        SELECT number_at, carrier, (number // 10) % 7 <> number % 10 AS wrong FROM (
            SELECT rowid AS number_at, carrier, CASE
                WHEN strlen(tracking_no) = {length} THEN TRY_CAST(tracking_no AS UBIGINT)
                WHEN strlen(replace(tracking_no, '-', '')) = {length}
                    THEN TRY_CAST(replace(tracking_no, '-', '') AS UBIGINT) END AS number
            FROM main.shipments SEMI JOIN {carriers} USING (carrier))"""


def _failures(checked: str) -> str:
    """Return the wrong numbers, or one row for a carrier of whose numbers most are wrong."""
    # how many numbers a carrier has is counted only where some of them fail
    return f"""
        WITH failed AS MATERIALIZED (SELECT number_at, carrier FROM ({checked}) WHERE wrong),
        carriers AS (
            SELECT carrier, count(wrong) AS n, count(*) FILTER (wrong) AS n_wrong FROM ({checked})
            JOIN (SELECT DISTINCT carrier FROM failed) USING (carrier) GROUP BY carrier
        )
        SELECT 'shipments' AS table_name, s.shipment_id AS key,
            'tracking_no: check digit does not fit ' || {quoted("s.carrier")} || ': '
                || {quoted("s.tracking_no")} AS detail, {provenance("s")}
        FROM failed f JOIN carriers c ON c.carrier = f.carrier
        JOIN main.shipments s ON s.rowid = f.number_at
        WHERE c.n < {_ENOUGH} OR c.n_wrong <= {_MOST} * c.n
        UNION ALL
        SELECT 'shipments', NULL, 'tracking_no: ' || n_wrong || ' of ' || n || ' numbers of '
            || {quoted("carrier")} || ' fail the check digit; it may number otherwise', NULL, NULL
        FROM carriers WHERE n >= {_ENOUGH} AND n_wrong > {_MOST} * n"""


def tracking_reused() -> str:
    """Parcels whose carrier had used the number more than 90 days before."""
    return f"""
        SELECT 'shipments' AS table_name, shipment_id AS key,
            'tracking_no: ' || {quoted("tracking_no")} || ' was ' || {quoted("before")}
                || ', shipped ' || date_diff('day', before_at, shipped_at) || ' days before'
                AS detail, source_file, source_row
        FROM (
            SELECT *,
                lag(shipment_id) OVER same AS before, lag(shipped_at) OVER same AS before_at
            FROM repeated_numbers WHERE shipped_at IS NOT NULL
            WINDOW same AS (PARTITION BY carrier, tracking_no ORDER BY shipped_at, shipment_id)
        ) WHERE shipped_at > before_at + INTERVAL {DAYS} DAY"""


def tracking_two_carriers() -> str:
    """Parcels of another carrier under a number, unless one carries on for the other."""
    return f"""
        WITH users AS (
            SELECT tracking_no, carrier, min(shipment_id) AS shipment_id,
                arg_min({{'f': source_file, 'r': source_row}}, shipment_id) AS came_from
            FROM repeated_numbers WHERE carrier IS NOT NULL AND parent_shipment_id IS NULL
            GROUP BY tracking_no, carrier
        )
        SELECT 'shipments' AS table_name, shipment_id AS key,
            'tracking_no: ' || {quoted("tracking_no")} || ' of ' || {quoted("carrier")}
                || ' is also ' || {quoted("first_id")} || ' of ' || {quoted("first_carrier")}
                AS detail, came_from.f AS source_file, came_from.r AS source_row
        FROM (
            SELECT *, first_value(carrier) OVER same AS first_carrier,
                first_value(shipment_id) OVER same AS first_id
            FROM users WINDOW same AS (PARTITION BY tracking_no ORDER BY carrier)
        ) WHERE carrier <> first_carrier"""


CHECKS = (
    Check("tracking_check_digit", ("domestic_carriers",), domestic_digits),
    Check("tracking_check_digit", ("express_carriers",), express_digits),
    Check("tracking_check_digit", ("postal_carriers",), postal_digits),
    Check("tracking_reused", ("repeated_numbers",), tracking_reused),
    Check("tracking_two_carriers", ("repeated_numbers",), tracking_two_carriers),
)
