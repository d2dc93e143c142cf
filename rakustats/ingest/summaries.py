"""The block above a table: labels with their values beside, below or behind a colon."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from rakustats.ingest import units
from rakustats.ingest.headers import dictionary, known_headers
from rakustats.schema.tables import Column, tables
from rakustats.schema.text_normalisation import normalise, plain

NUMBER = normalise("配送依頼書番号")
EXPORTED = tuple(normalise(w) for w in ("出力日", "出力日時", "作成日", "発行日", "印刷日"))
_REQUEST = re.compile(r"(?<![A-Za-z0-9])P\d{16}-\d{1,12}(?!\d)")
_NEXT_LABEL = re.compile(r"[\s\u3000]+(?=[^\s:：]+[:：])")

Cells = Sequence[Sequence[str]]
# Last row and column of the merged range that begins at (row, column).
Spans = Mapping[tuple[int, int], tuple[int, int]]


def labels(rows: Cells, spans: Spans | None = None) -> dict[str, str]:
    """Return what the rows above a header say, by normalised label; the first mention counts.

    A label's value stands to its right, or else below it, or behind a colon in the same cell.
    A delivery request's number is known wherever it stands.

    Examples
    --------
    >>> labels([["", "配送依頼書番号：P2026091008463813-2147"], ["配送方法", "RW船便"]])
    {'配送依頼書番號': 'P2026091008463813-2147', '配送方法': 'RW船便'}
    """
    found: dict[str, str] = {}
    for label, value in _pairs(rows, spans or {}):
        if _may_say(label):
            found.setdefault(normalise(label), value.strip())
    if NUMBER not in found and (number := request_number(" ".join(c for r in rows for c in r))):
        found[NUMBER] = number
    return found


def request_number(text: str) -> str | None:
    """Return the number of a delivery request that stands in a text."""
    match = _REQUEST.search(plain(text))
    return match[0] if match else None


@cache
def _known() -> frozenset[str]:
    return known_headers() | {NUMBER, *EXPORTED}


def _pairs(rows: Cells, spans: Spans) -> Iterator[tuple[str, str]]:
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if within := list(_within(cell)):
                yield from within
            elif value := cell.strip() and _beside(rows, spans, at, column):
                yield cell, value


def _within(cell: str) -> Iterator[tuple[str, str]]:
    """Yield what a cell of the form ``label：value`` says, perhaps several times."""
    if ":" not in cell and "：" not in cell:
        return
    for piece in (p for line in cell.splitlines() for p in _NEXT_LABEL.split(line.strip())):
        label, _, value = piece.replace("：", ":").partition(":")
        if value.strip() and normalise(label) in _known():
            yield label, value


def _beside(rows: Cells, spans: Spans, at: int, column: int) -> str:
    end_row, end = spans.get((at, column), (at, column))
    right = _at(rows, at, end + 1)
    if right and not _is_label(right):
        return right
    below = _at(rows, end_row + 1, column)
    return below if _is_label(rows[at][column]) and not _is_label(below) else ""


def _is_label(cell: str) -> bool:
    return normalise(cell) in _known() or any(True for _ in _within(cell))


def _at(rows: Cells, row: int, column: int) -> str:
    there = row < len(rows) and column < len(rows[row])
    return rows[row][column].strip() if there else ""


def _may_say(label: str) -> bool:
    """Return whether a label's bracket names the very unit of the column that the label means."""
    meant = [c for table in tables() if (c := _column(table, normalise(label)))]
    return all(units.fits(c, label) and not units.scale(label, c.unit) for c in meant)


def _column(table: str, label: str) -> Column | None:
    name = dictionary(table).get(label)
    return tables()[table][name] if name and name != "exported_at" else None
