"""Workbooks: every sheet that holds an export, its cells as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from rakustats.errors import UsageError
from rakustats.ingest import requests, text
from rakustats.ingest.expected import Expected
from rakustats.ingest.files import Bytes
from rakustats.ingest.plan import Sheet
from rakustats.ingest.rows import RowFile
from rakustats.spelling import normalise

# Formatting dragged down a whole column makes sheets of a million blank rows.
BLANKS_BEFORE_END = 1_000


def read(
    path: Path, facts: Bytes, scratch: Path, expected: Expected
) -> tuple[list[Sheet], list[str]]:
    """Return the sheets of a workbook that hold exports, and the names of those that do not.

    Raises
    ------
    UsageError
        If the file cannot be opened: damaged, or protected by a password.
    """
    labels: dict[str, str] = {}
    found, others = [], []
    try:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            rows = _rows(book.get_sheet_by_name(name))
            if sheet := _sheet(path, facts, scratch, rows, labels, expected):
                found.append(replace(sheet, name=name))
            else:
                others.append(name)
    except (CalamineError, OSError) as error:
        raise UsageError(
            f"{path.name}: the workbook cannot be read ({error}). "
            "Open it in Excel and save it again."
        ) from None
    return found, others


def _sheet(
    path: Path,
    facts: Bytes,
    scratch: Path,
    rows: Iterator[list[str]],
    labels: dict[str, str],
    expected: Expected,
) -> Sheet | None:
    """Return a sheet's table; what the summary above it says is added to the workbook's labels."""
    top = list(islice(rows, text.PREAMBLE))
    at = expected.header_in(top)
    if not top or not expected.fits(top[at]):
        return None
    labels |= _labels(top[:at])
    names = tuple(c.replace("\n", "").strip() for c in top[at])
    body: Iterator[Sequence[str]] = chain(top[at + 1 :], rows)
    if requests.is_request(labels):
        body = requests.table_rows(names, body)
    with RowFile(scratch, len(names)) as out:
        for number, cells in enumerate(body, start=at + 2):
            out.add(number, cells[: len(names)])
    return Sheet(path, facts.sha256, "workbook", at + 1, names, out.relation, labels=dict(labels))


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yield the rows of a sheet as text, without the blank ones at its end."""
    blanks: list[list[str]] = []
    for row in sheet.iter_rows():
        cells = [as_text(value) for value in row]
        if any(cells):
            yield from blanks
            blanks = []
            yield cells
        elif len(blanks) < BLANKS_BEFORE_END:
            blanks.append(cells)
        else:
            return


def _labels(rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return the summary above the header: a label and the cell to its right."""
    pairs = ((a, b) for row in rows for a, b in pairwise(row) if a.strip() and b.strip())
    return {normalise(a): b.strip() for a, b in pairs}


def as_text(value: Any) -> str:
    """Return a cell as an export would write it: whole numbers bare, dates in ISO order."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
