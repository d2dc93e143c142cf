"""Doubts that only show when rows are compared: queries for the bad rows, kept as issues."""

from __future__ import annotations

import duckdb


def look(con: duckdb.DuckDBPyConnection, salt: str) -> None:
    """Write the issues of all rules that compare rows anew, for the tables as they stand.

    Parameters
    ----------
    con : DuckDBPyConnection
        The build's connection, after folding.
    salt : str
        Secret that member ids are hashed with.
    """
