"""How the published file is laid out: canonical tables, all their versions, and the books."""

from __future__ import annotations

import duckdb

from rakustats.schema import Table, tables

BOOKS = {
    "imports": """file VARCHAR, sha256 VARCHAR, sheet VARCHAR, table_name VARCHAR,
        encoding VARCHAR, header_row INTEGER, exported_at TIMESTAMP, loaded_at TIMESTAMP,
        rows_seen BIGINT, rows_loaded BIGINT, rows_rejected BIGINT, rows_duplicate BIGINT,
        rows_skipped BIGINT, status VARCHAR, mapping VARCHAR, exported_at_source VARCHAR,
        unknown_headers VARCHAR[]""",
    "rejects": """source_file VARCHAR, source_row BIGINT, table_name VARCHAR, reasons VARCHAR[],
        raw VARCHAR""",
    "issues": """table_name VARCHAR, key VARCHAR, rule VARCHAR, severity VARCHAR, detail VARCHAR,
        source_file VARCHAR, source_row BIGINT""",
}


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Make what is missing of the layout in the connection's own file."""
    con.begin()
    con.execute("CREATE SCHEMA IF NOT EXISTS versions; CREATE SCHEMA IF NOT EXISTS history")
    for name, columns in BOOKS.items():
        con.execute(f"CREATE TABLE IF NOT EXISTS main.{name} ({columns})")
    for table in tables().values():
        columns = ", ".join(f"{name} {kind}" for name, kind in table.stored)
        con.execute(f"CREATE TABLE IF NOT EXISTS main.{table.name} ({columns})")
        con.execute(f"CREATE TABLE IF NOT EXISTS versions.{table.name} ({columns})")
        con.execute(f"CREATE OR REPLACE VIEW history.{table.name} AS {history(table)}")
    con.commit()


def create_stage(con: duckdb.DuckDBPyConnection) -> None:
    """Make the staging tables in the attached scratch file ``stage``."""
    con.begin()
    for name in ("rejects", "issues"):
        con.execute(f"CREATE TABLE stage.main.{name} ({BOOKS[name]})")
    for table in tables().values():
        own = (f"{name} {kind}" for name, kind in table.stored if name != "n_versions")
        marks = ["sheet_no INTEGER", "first_target BOOLEAN", "used_on DATE"]
        columns = ", ".join([*own, *marks])
        con.execute(f"CREATE TABLE stage.main.{table.name} ({columns})")
    con.commit()


def history(table: Table) -> str:
    """Return the SQL of a table's history: one row a version, with all that was known by then."""
    parts = []
    for name, _ in table.stored:
        if name in (*table.key, "source_file", "source_row", "exported_at", "n_versions"):
            parts.append(name)
        elif name.startswith(("promised_at_original", "promised_original")):
            parts.append(f"first_value({name} IGNORE NULLS) OVER known AS {name}")
        else:
            parts.append(f"last_value({name} IGNORE NULLS) OVER known AS {name}")
    key = ", ".join(table.key)
    return (
        f"SELECT {', '.join(parts)} FROM versions.{table.name} "
        f"WINDOW known AS (PARTITION BY {key} ORDER BY exported_at, source_file, source_row "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) "
        f"QUALIFY row_number() OVER (PARTITION BY {key}, exported_at "
        "ORDER BY source_file DESC, source_row DESC) = 1"
    )
