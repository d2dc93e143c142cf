"""The engines behind one small protocol: DuckDB on one machine, Spark past it."""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa

# Books of loading that are read beside the canonical tables.
BOOKS = ("imports", "rejects", "issues")


class Engine(Protocol):
    """What the metrics ask of a database."""

    name: str

    def query(self, sql: str) -> pa.Table:
        """Return the rows of one SELECT; instants come back in UTC without a zone."""

    def source(self, table: str, *, history: bool = False) -> str | None:
        """Return the name to read a canonical table by, None where it is absent."""

    def lend(self, name: str, table: pa.Table) -> str:
        """Return the name to read a small table by, which no export brings."""

    def each(self, column: str) -> str:
        """Return the SQL of a row for every value of a list."""

    def first(self, column: str) -> str:
        """Return the SQL of the first value of a list."""

    def close(self) -> None:
        """Close the database."""
