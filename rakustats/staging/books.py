"""Books of doubt: refused rows verbatim with their reasons, kept facts that look wrong."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from rakustats.ingest.plan import Sheet
from rakustats.ingest.text import literal
from rakustats.rules import rules
from rakustats.staging.feeding import present
from rakustats.staging.private import is_private
from rakustats.staging.reading import Feed, Reading

REDACTED = "***"


def keep_rejects(con: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Add the refused rows to the staged rejects; the sheet is read again for their own words."""
    sheet = reading.sheet
    counted = f"row_number() OVER () + {sheet.first_row - 1} AS source_row"
    number = "source_row" if sheet.numbered else counted
    con.execute(
        f"INSERT INTO stage.main.rejects SELECT {literal(sheet.file)}, source_row, "
        f"{literal(reading.feeds[0].table.name)}, reasons, raw "
        f"FROM (SELECT {number}, {_verbatim(sheet.headers)} AS raw FROM {sheet.relation}) "
        "JOIN (SELECT source_row, reasons FROM resolved_rows WHERE reasons IS NOT NULL) "
        "USING (source_row)"
    )


def _verbatim(headers: Sequence[str]) -> str:
    pairs: list[str] = []
    seen: set[str] = set()
    for i, header in enumerate(headers):
        name = header or f"column {i + 1}"
        name = name if name not in seen else f"{name} ({i + 1})"
        seen.add(name)
        hidden = f"CASE WHEN c{i} IS NOT NULL THEN {literal(REDACTED)} END"
        pairs.append(f"{literal(name)}, {hidden if is_private(name) else f'c{i}'}")
    return f"CAST(json_object({', '.join(pairs)}) AS VARCHAR)"


def keep_notes(con: duckdb.DuckDBPyConnection, sheet: Sheet, table: str) -> None:
    """Add what is doubtful about a sheet as a whole to ``stage.main.issues``."""
    for note in sheet.notes:
        con.execute(
            "INSERT INTO stage.main.issues VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                *(table, sheet.name or None, note.rule, rules()[note.rule].severity, note.detail),
                *(sheet.file, note.row),
            ],
        )


def keep_issues(con: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Add what a kept row leaves open, because its word is not known, to ``stage.main.issues``."""
    made = con.execute("DESCRIBE resolved_rows").fetchall()
    doubts = {str(row[0]) for row in made if str(row[0]).startswith("u")}
    for feed in reading.feeds:
        for column, cell in feed.cells.items():
            doubt = f"u{reading.ids.get(cell)}"
            if doubt in doubts:
                con.execute(_issue(reading, feed, column, doubt))


def _issue(reading: Reading, feed: Feed, column: str, doubt: str) -> str:
    key = ", ".join(reading.v(cell) for cell in feed.key.values()) or "NULL"
    detail = f"{literal(column + ': ')} || {doubt}"
    return (
        f"INSERT INTO stage.main.issues SELECT {literal(feed.table.name)}, concat_ws('/', {key}), "
        f"'unknown_word', 'warning', {detail}, {literal(reading.sheet.file)}, source_row "
        f"FROM resolved_rows WHERE {doubt} IS NOT NULL AND {present(reading, feed)}"
    )
