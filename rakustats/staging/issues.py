"""Rejects, verbatim with their reasons, and issues: loaded facts that look wrong."""

from __future__ import annotations

import duckdb

from rakustats.ingest.plan import Sheet
from rakustats.ingest.text import literal
from rakustats.schema.issue_rules import rules
from rakustats.staging.cells import NUMBERS
from rakustats.staging.feeding import present, when
from rakustats.staging.pii import REDACTED, is_pii, masked, without_pii
from rakustats.staging.reading import Feed, Reading


def write_rejects(con: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Add the refused rows to the staged rejects; the sheet is read again for their own words."""
    sheet = reading.sheet
    counted = f"row_number() OVER () + {sheet.first_row - 1} AS source_row"
    number = "source_row" if sheet.numbered else counted
    con.execute(
        f"INSERT INTO stage.main.rejects SELECT {literal(sheet.file)}, source_row, "
        f"{literal(reading.feeds[0].table.name)}, "
        f"list_transform(reasons, lambda r: {masked('r')}), raw "
        f"FROM (SELECT {number}, {_verbatim(reading)} AS raw FROM {sheet.relation}) "
        "JOIN (SELECT source_row, reasons FROM resolved_rows WHERE reasons IS NOT NULL) "
        "USING (source_row)"
    )


def _verbatim(reading: Reading) -> str:
    """Return the SQL of a row as JSON, verbatim but for PII."""
    pairs: list[str] = []
    seen: set[str] = set()
    numbers = {i for c in reading.ids if c.kind in NUMBERS for i in c.field.sources}
    for i, header in enumerate(reading.sheet.headers):
        name = header or f"column {i + 1}"
        name = name if name not in seen else f"{name} ({i + 1})"
        seen.add(name)
        shown = masked(f"c{i}", free=i not in numbers)
        hidden = f"CASE WHEN c{i} IS NOT NULL THEN {literal(REDACTED)} END"
        pairs.append(f"{literal(name)}, {hidden if is_pii(header) else shown}")
    return f"CAST(json_object({', '.join(pairs)}) AS VARCHAR)"


def write_notes(con: duckdb.DuckDBPyConnection, sheet: Sheet, table: str) -> None:
    """Add the issues of a sheet as a whole to ``stage.main.issues``."""
    for note in sheet.notes:
        con.execute(
            "INSERT INTO stage.main.issues VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                *(table, sheet.name or None, note.rule, rules()[note.rule].severity),
                without_pii(note.detail),
                *(sheet.file, note.row),
            ],
        )


def write_issues(con: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Add the issues of the cells of loaded rows to ``stage.main.issues``."""
    made = con.execute("DESCRIBE resolved_rows").fetchall()
    cell_issues = {str(row[0]) for row in made if str(row[0]).startswith("u")}
    for feed in reading.feeds:
        for column, cell in feed.cells.items():
            issue = f"u{reading.ids.get(cell)}"
            if issue in cell_issues:
                con.execute(_issue(reading, feed, column, issue))


def _issue(reading: Reading, feed: Feed, column: str, issue: str) -> str:
    key = ", ".join(reading.v(cell) for cell in feed.key.values()) or "NULL"
    detail = f"{literal(column + ': ')} || {issue}.detail"
    if feed.cells[column].kind not in NUMBERS:
        detail = masked(detail)
    weights = " ".join(
        f"WHEN {literal(rule.name)} THEN {literal(rule.severity)}"
        for rule in rules().values()
        if rule.of == "cell"
    )
    return (
        f"INSERT INTO stage.main.issues SELECT {literal(feed.table.name)}, "
        f"nullif(concat_ws('/', {key}), ''), {issue}.rule, CASE {issue}.rule {weights} END, "
        f"{detail}, {literal(reading.sheet.file)}, source_row "
        f"FROM resolved_rows WHERE {issue} IS NOT NULL AND {_kept(reading, feed, column)}"
    )


def _kept(reading: Reading, feed: Feed, column: str) -> str:
    """Return the SQL of rows that feed the table, or would if their key had a value."""
    if column not in feed.key:
        return present(reading, feed)
    return " AND ".join(["NOT skipped", "reasons IS NULL", *when(feed)])
