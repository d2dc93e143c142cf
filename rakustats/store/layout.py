"""The layout of the published file: canonical tables, all their versions, and the load log."""

from __future__ import annotations

import duckdb

from rakustats.schema.tables import Table, tables

LOAD_LOG = {
    "imports": """file VARCHAR, sha256 VARCHAR, sheet VARCHAR, table_name VARCHAR,
        encoding VARCHAR, header_row INTEGER, exported_at TIMESTAMP, loaded_at TIMESTAMP,
        rows_seen BIGINT, rows_loaded BIGINT, rows_rejected BIGINT, rows_duplicate BIGINT,
        rows_skipped BIGINT, status VARCHAR, mapping VARCHAR, exported_at_source VARCHAR,
        unknown_headers VARCHAR[]""",
    "layouts": "source_file VARCHAR, table_name VARCHAR, columns VARCHAR[]",
    "rejects": """source_file VARCHAR, source_row BIGINT, table_name VARCHAR, reasons VARCHAR[],
        raw VARCHAR""",
    "issues": """table_name VARCHAR, key VARCHAR, rule VARCHAR, severity VARCHAR, detail VARCHAR,
        source_file VARCHAR, source_row BIGINT""",
}


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Make what is missing of the layout in the connection's own file."""
    con.begin()
    con.execute("CREATE SCHEMA IF NOT EXISTS versions; CREATE SCHEMA IF NOT EXISTS history")
    for name, columns in LOAD_LOG.items():
        con.execute(f"CREATE TABLE IF NOT EXISTS main.{name} ({columns})")
    for table in tables().values():
        columns = ", ".join(f"{name} {kind}" for name, kind in table.stored)
        for schema in ("main", "versions"):
            con.execute(f"CREATE TABLE IF NOT EXISTS {schema}.{table.name} ({columns})")
            _add_new_columns(con, schema, table)
        con.execute(f"CREATE OR REPLACE VIEW history.{table.name} AS {history(table)}")
    con.commit()


def _add_new_columns(con: duckdb.DuckDBPyConnection, schema: str, table: Table) -> None:
    """Give a table of an older version of rakustats the columns that it lacks."""
    there = con.execute(f"SELECT * FROM {schema}.{table.name} LIMIT 0").description or ()
    for name, kind in table.stored:
        if name not in {column[0] for column in there}:
            con.execute(f"ALTER TABLE {schema}.{table.name} ADD COLUMN {name} {kind}")


def create_stage(con: duckdb.DuckDBPyConnection) -> None:
    """Make the staging tables in the attached scratch file ``stage``."""
    con.begin()
    for name in ("rejects", "issues"):
        con.execute(f"CREATE TABLE stage.main.{name} ({LOAD_LOG[name]})")
    for table in tables().values():
        own = (f"{name} {kind}" for name, kind in table.stored if name != "n_versions")
        marks = ["sheet_no INTEGER", "first_target BOOLEAN", "used_on DATE"]
        columns = ", ".join([*own, *marks])
        con.execute(f"CREATE TABLE stage.main.{table.name} ({columns})")
    con.commit()


def history(table: Table) -> str:
    """Return the SQL of a table's history: one row a version, with all that was known by then."""
    own = (*table.key, "source_file", "source_row", "exported_at", "n_versions", "utc_offset")
    parts = [
        name if name in own else f"{_known(table, name)} AS {name}" for name, _ in table.stored
    ]
    key = ", ".join(table.key)
    return (
        f"SELECT {', '.join(parts)} FROM {_stated(table)} "
        f"WINDOW known AS (PARTITION BY {key} ORDER BY exported_at, source_file, source_row "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) "
        f"QUALIFY row_number() OVER (PARTITION BY {key}, exported_at "
        "ORDER BY source_file DESC, source_row DESC) = 1"
    )


def _known(table: Table, name: str) -> str:
    """Return the SQL of a fact as the versions so far tell it."""
    if name.startswith(("promised_at_original", "promised_original")):
        return f"first_value({name} IGNORE NULLS) OVER known"
    if name not in _withdrawable(table):
        return f"last_value({name} IGNORE NULLS) OVER known"
    said = f"CASE WHEN {name} IS NOT NULL OR list_contains(said, '{name}') THEN {{'v': {name}}} END"
    return f"struct_extract(last_value({said} IGNORE NULLS) OVER known, 'v')"


def _stated(table: Table) -> str:
    """Return what to read versions from: with the columns of their file, where that matters."""
    if not _withdrawable(table):
        return f"versions.{table.name}"
    return (
        f"(SELECT v.*, l.said FROM versions.{table.name} v LEFT JOIN ("
        "SELECT source_file, flatten(list(columns)) AS said FROM main.layouts "
        f"WHERE table_name = '{table.name}' GROUP BY source_file) l USING (source_file))"
    )


def _withdrawable(table: Table) -> list[str]:
    return [c.name for c in table.columns if not c.sticky]
