"""The engines behind one small protocol: DuckDB on one machine, Spark past it."""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa


class Engine(Protocol):
    """What the metrics ask of a database."""

    name: str

    def query(self, sql: str) -> pa.Table:
        """Return the rows of one SELECT; instants come back in UTC without a zone."""

    def source(self, table: str, *, history: bool = False) -> str | None:
        """Return the name to read a canonical table by, None where it is absent."""

    def lend(self, name: str, table: pa.Table) -> str:
        """Return the name to read a small table by, which no export brings."""

    def close(self) -> None:
        """Let go of the database."""
