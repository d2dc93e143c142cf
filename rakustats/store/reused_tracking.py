"""Tracking numbers that carriers use again: one number, but a shipment for each time it is used.

Where an export brings no number of its own for a parcel, its id is made from the tracking number.
Carriers give a number out anew after some three months, so rows of one such id whose days lie
further apart are parcels of their own: the first keeps the id, later ones get their first day added
(``佐川急便-400123456784@2026-05-02``). All rows ever loaded about such a number are looked at
together, so the order of loading changes nothing.
"""

from __future__ import annotations

import duckdb

from rakustats.calendar.local_days import local_day
from rakustats.schema.tables import tables

# Carriers reuse a number after about 91 days at the earliest.
APART = 90
CONCERNED = ("shipments", "shipment_lines")
_BASE = r"regexp_replace(shipment_id, '@\d{4}-\d{2}-\d{2}$', '')"
_DAY = "coalesce(shipped_day, requested_day, delivered_day, promised_day)"
_OLD = {"main": "n_versions = 1", "versions": "true"}


def split_reused(con: duckdb.DuckDBPyConnection) -> None:
    """Give parcels ids of their own where the tracking number behind their id is used again.

    Works on staged rows, which bring the day of use as ``used_on`` where their id was made from a
    tracking number, and draws what is known of the same numbers back to the stage.
    """
    if not con.execute("SELECT 1 FROM stage.main.shipments WHERE used_on IS NOT NULL").fetchone():
        return
    con.execute(f"CREATE OR REPLACE TEMP TABLE uses AS {_uses()}")
    if con.execute("SELECT 1 FROM uses LIMIT 1").fetchone():
        con.execute(f"CREATE OR REPLACE TEMP TABLE first_days AS {_first_days()}")
        for name in CONCERNED:
            _stage_again(con, name)
            con.execute(_rename(name))
        con.execute("DROP TABLE first_days")
    con.execute("DROP TABLE uses")


def _known() -> str:
    return " UNION ALL ".join(
        f"SELECT shipment_id, {_BASE} AS base, {_DAY} AS day FROM {schema}.shipments WHERE {old}"
        for schema, old in _OLD.items()
    )


def _uses() -> str:
    """Stretches of days of the numbers that have several: base and first day, in order."""
    return f"""
        WITH staged AS (
            SELECT shipment_id AS base, used_on AS day FROM stage.main.shipments
            WHERE used_on IS NOT NULL
        ), days AS (
            FROM staged UNION
            SELECT base, day FROM ({_known()}) WHERE base IN (SELECT base FROM staged)
        ), gaps AS (
            SELECT base, day, day - lag(day) OVER (PARTITION BY base ORDER BY day) AS gap FROM days
            WHERE base IN (
                SELECT base FROM days GROUP BY base HAVING max(day) - min(day) > {APART})
        )
        SELECT base, day AS first_day, row_number() OVER (PARTITION BY base ORDER BY day) AS n
        FROM gaps WHERE gap IS NULL OR gap > {APART}
        QUALIFY count(*) OVER (PARTITION BY base) > 1
    """


def _first_days() -> str:
    return f"""
        SELECT shipment_id, min(day) AS day FROM ({_known()})
        WHERE base IN (SELECT base FROM uses) GROUP BY shipment_id
    """


def _stage_again(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Move what is known of reused numbers back to the stage, under the bare number."""
    columns = ", ".join(
        f"v.{c}" for c, _ in tables()[name].stored if c not in ("n_versions", "shipment_id")
    )
    concerned = f"{_BASE} IN (SELECT base FROM uses)"
    for schema, old in _OLD.items():
        con.execute(f"""
            INSERT INTO stage.main.{name} BY NAME
            SELECT {_BASE.replace("shipment_id", "v.shipment_id")} AS shipment_id, {columns},
                f.day AS used_on
            FROM {schema}.{name} v LEFT JOIN first_days f ON f.shipment_id = v.shipment_id
            WHERE {concerned.replace("shipment_id", "v.shipment_id")} AND {old}
        """)
        con.execute(f"DELETE FROM {schema}.{name} WHERE {concerned}")


def _rename(name: str) -> str:
    """Give each row the id of the use its day falls into; without a day, of the latest by then."""
    exported = local_day("s.exported_at", "cn", "s")
    return f"""
        UPDATE stage.main.{name} SET shipment_id = parted.id FROM (
            SELECT s.rowid AS at,
                u.base || CASE WHEN u.n = 1 THEN '' ELSE '@' || u.first_day END AS id
            FROM stage.main.{name} s JOIN uses u ON s.shipment_id = u.base
            AND u.first_day <= greatest(coalesce(s.used_on, {exported}), (
                SELECT min(first_day) FROM uses WHERE base = s.shipment_id))
            QUALIFY row_number() OVER (PARTITION BY s.rowid ORDER BY u.first_day DESC) = 1
        ) AS parted WHERE {name}.rowid = parted.at
    """
