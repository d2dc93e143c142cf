"""Canonical tables with given rows, looked over for doubts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from rakustats import quality
from rakustats.store import layout

Row = dict[str, Any]
Found = list[tuple[str | None, str]]
Look = Callable[..., Found]
SALT = "salt"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        layout.create(con)
        yield con


@pytest.fixture
def look(con: duckdb.DuckDBPyConnection) -> Look:
    """Return a function that fills tables, looks, and returns (key, detail) of a rule's issues."""

    def found(rule: str, **given: list[Row]) -> Found:
        for name, rows in given.items():
            table = name if "." in name else f"main.{name.replace('versions_', '')}"
            table = table.replace("main.", "versions.") if name.startswith("versions_") else table
            for number, row in enumerate(rows, start=2):
                filled = {"exported_at": "2026-06-30", "source_file": "f", "source_row": number}
                filled |= row
                marks = ", ".join("?" for _ in filled)
                con.execute(
                    f"INSERT INTO {table} ({', '.join(filled)}) VALUES ({marks})",
                    list(filled.values()),
                )
        quality.run_checks(con, SALT)
        return con.execute(
            "SELECT key, detail FROM main.issues WHERE rule = ? ORDER BY ALL", [rule]
        ).fetchall()

    return found
