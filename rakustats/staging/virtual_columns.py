"""Columns that one expression gives for all rows: virtual until other rows come.

Such are those that no export has filled, those that are the same in every row of the only file, and
those that repeat another column. To write them would take time and tell nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import duckdb

from rakustats.schema.tables import Table


def leave_out(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    filled: Collection[str],
    given: Mapping[str, str],
) -> None:
    """Make an empty table anew, with virtual columns for all that is not filled.

    ``given`` are the expressions of such columns; the others are NULL.
    """
    columns = ", ".join(
        f"{name} {kind}"
        if name in filled
        else f"{name} {kind} AS (CAST({given.get(name, 'NULL')} AS {kind})) VIRTUAL"
        for name, kind in table.stored
    )
    con.execute(f"CREATE OR REPLACE TABLE main.{table.name} ({columns})")


def fill_in(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make the virtual columns of a table real, before other rows come."""
    virtual = con.execute(
        "SELECT 1 FROM information_schema.columns WHERE table_schema = 'main' "
        "AND table_catalog = current_database() AND table_name = ? AND is_generated = 'ALWAYS'",
        [table.name],
    ).fetchone()
    if virtual:
        lean, columns = f"{table.name}_lean", ", ".join(f"{n} {kind}" for n, kind in table.stored)
        con.execute(f"ALTER TABLE main.{table.name} RENAME TO {lean}")
        con.execute(f"CREATE TABLE main.{table.name} ({columns})")
        con.execute(f"INSERT INTO main.{table.name} BY NAME FROM main.{lean}")
        con.execute(f"DROP TABLE main.{lean}")
