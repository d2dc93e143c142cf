"""Merging staged rows into the tables: newest facts on top, every version kept, in any order."""

from __future__ import annotations

from collections import Counter

import duckdb

from rakustats.schema.tables import Table, tables
from rakustats.staging.feeding import kept_view
from rakustats.staging.virtual_columns import fill_in
from rakustats.store.inferred_lines import infer_lines
from rakustats.store.refund_allocation import allocate_refunds
from rakustats.store.reused_tracking import split_reused

_NOT_CONTENT = ("source_file", "source_row", "exported_at", "n_versions", "utc_offset")


def merge(con: duckdb.DuckDBPyConnection) -> Counter[int]:
    """Merge all staged rows; return how many rows of each sheet said nothing new."""
    duplicates: Counter[int] = Counter()
    con.execute("DELETE FROM main.shipment_lines WHERE allocation = 'inferred'")
    split_reused(con)
    for table in tables().values():
        staged = _staged(con, table)
        if con.execute(f"SELECT 1 FROM {staged} LIMIT 1").fetchone():
            duplicates += _merge(con, table, staged)
    fill_in(con, tables()["shipment_lines"])
    con.execute(infer_lines())
    allocate_refunds(con)
    return duplicates


def _staged(con: duckdb.DuckDBPyConnection, table: Table) -> str:
    """Return what to read a table's new rows from: the stage, and the sheets too large for it."""
    kept = con.execute(
        "SELECT view_name FROM duckdb_views() WHERE starts_with(view_name, ?) ORDER BY 1",
        [kept_view(table.name, "")],
    ).fetchall()
    sources = [f"stage.main.{table.name}", *(name for (name,) in kept)]
    return f"({' UNION ALL BY NAME '.join(f'FROM {s}' for s in sources)})" if kept else sources[0]


def _merge(con: duckdb.DuckDBPyConnection, table: Table, staged: str) -> Counter[int]:
    fill_in(con, table)
    names = ", ".join(name for name, _ in table.stored if name != "n_versions")
    main, same = f"main.{table.name}", _same(table)
    key = ", ".join(table.key)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE contested AS
        SELECT {key} FROM {staged} GROUP BY ALL HAVING count(*) > 1
        UNION
        SELECT {key} FROM {staged} s WHERE EXISTS (FROM {main} k WHERE {same})
    """)
    contested = con.execute("SELECT 1 FROM contested LIMIT 1").fetchone()
    new = f"s WHERE NOT EXISTS (FROM contested k WHERE {same})" if contested else ""
    con.execute(f"INSERT INTO {main} ({names}, n_versions) SELECT {names}, 1 FROM {staged} {new}")
    return _merge_contested(con, table, staged, names) if contested else Counter()


def _merge_contested(
    con: duckdb.DuckDBPyConnection, table: Table, staged: str, names: str
) -> Counter[int]:
    """Order the versions of contested keys anew, from all that was ever said about them."""
    among = f"EXISTS (FROM contested k WHERE {_same(table)})"
    _pool(con, table, staged, names, among)
    repeated = _repeated(con, table)
    for schema in ("main", "versions"):
        con.execute(f"DELETE FROM {schema}.{table.name} s WHERE {among}")
    into = f"INSERT INTO {{}}.{table.name} ({names}, n_versions) SELECT {names}, n_versions FROM"
    con.execute(f"{into.format('versions')} kept WHERE n_versions > 1")
    con.execute(f"{into.format('main')} kept WHERE n_versions = 1")
    con.execute(f"""
        {into.format("main")} history.{table.name} s WHERE {among}
        QUALIFY row_number() OVER (
            PARTITION BY {", ".join(table.key)} ORDER BY exported_at DESC) = 1
    """)
    con.execute("DROP TABLE pool; DROP TABLE kept; DROP TABLE contested")
    return repeated


def _pool(
    con: duckdb.DuckDBPyConnection, table: Table, staged: str, names: str, among: str
) -> None:
    """Make ``pool``, all rows about contested keys, and ``kept``, their distinct versions."""
    name, content = table.name, _content(table)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE pool AS
        SELECT {names}, sheet_no, first_target FROM {staged} s WHERE {among}
        UNION ALL SELECT {names}, NULL, NULL FROM versions.{name} s WHERE {among}
        UNION ALL SELECT {names}, NULL, NULL FROM main.{name} s WHERE n_versions = 1 AND {among}
    """)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE kept AS
        SELECT *, count(*) OVER (PARTITION BY {", ".join(table.key)}) AS n_versions FROM (
            SELECT {names} FROM pool QUALIFY row_number() OVER (
                PARTITION BY {content}, exported_at ORDER BY source_file, source_row) = 1)
    """)


def _repeated(con: duckdb.DuckDBPyConnection, table: Table) -> Counter[int]:
    """Count the staged rows, by sheet, that only say what was said before."""
    found = con.execute(f"""
        SELECT sheet_no, count(*) FROM (
            SELECT sheet_no, first_target FROM pool QUALIFY row_number() OVER (
                PARTITION BY {_content(table)}
                ORDER BY sheet_no IS NOT NULL, exported_at, source_file, source_row) > 1)
        WHERE first_target GROUP BY sheet_no
    """)
    return Counter(dict(found.fetchall()))


def _content(table: Table) -> str:
    return ", ".join(name for name, _ in table.stored if name not in _NOT_CONTENT)


def _same(table: Table) -> str:
    how = {c: "IS NOT DISTINCT FROM" if table[c].optional_key else "=" for c in table.key}
    return " AND ".join(f"s.{c} {sign} k.{c}" for c, sign in how.items())
