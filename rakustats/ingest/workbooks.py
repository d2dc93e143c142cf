"""Workbooks: every sheet that holds an export, its cells as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from rakustats.errors import UsageError
from rakustats.ingest import compound, requests, summaries, text
from rakustats.ingest.files import Bytes
from rakustats.ingest.header_detection import HeaderDetection
from rakustats.ingest.plan import Note, Sheet
from rakustats.ingest.request_rows import RequestTable, mismatches
from rakustats.ingest.rows import RowFile
from rakustats.ingest.worksheets import Package

# Formatting dragged down a whole column makes sheets of a million blank rows.
BLANKS_BEFORE_END = 1_000


def read(
    path: Path, facts: Bytes, scratch: Path, detection: HeaderDetection
) -> tuple[list[Sheet], list[str]]:
    """Return the sheets of a workbook that hold exports, and the names of those that do not.

    Raises
    ------
    UsageError
        If the file cannot be opened: damaged, or protected by a password.
    """
    if not compound.chains_end(path):
        raise UsageError(
            ja=f"{path.name}：Excel ブックが壊れていて読めません。出力し直してください。",
            en=f"{path.name}: the workbook cannot be read (it is damaged). Export it again.",
        )
    try:
        with Package(path) as package, path.open("rb") as stream:
            # Told by its bytes, not by its ending: many a file named .xls is an .xlsx.
            book = CalamineWorkbook.from_filelike(stream)
            source = _Source(book, package, path, facts, scratch, detection)
            found, others = source.sheets()
            if source.is_request and not all(requests.is_request(s.labels) for s in found):
                # the sheet that says what the others belong to came last
                found, others = source.sheets()
    except BaseException as error:
        # Where the reader itself fails it raises what is no Exception and has no public name.
        panic = type(error).__name__ == "PanicException"
        if not panic and not isinstance(error, CalamineError | OSError):
            raise
        raise UsageError(
            ja=f"{path.name}：Excel ブックを読めません（{error}）。"
            "Excel で開いて保存し直してください。",
            en=f"{path.name}: the workbook cannot be read ({error})."
            " Open it in Excel and save it again.",
        ) from None
    return found, others


class _Source:
    """An open workbook: what its sheets have said so far, and where their rows go."""

    def __init__(
        self,
        book: CalamineWorkbook,
        package: Package,
        path: Path,
        facts: Bytes,
        scratch: Path,
        detection: HeaderDetection,
    ) -> None:
        self.book, self.package, self.path, self.facts = book, package, path, facts
        self.scratch, self.detection = scratch, detection
        self.labels: dict[str, str] = {}
        self.tables: dict[str, RequestTable] = {}
        if any(name.startswith(requests.SHEETS) for name in book.sheet_names):
            # only a request's file is named by its number
            number = summaries.request_number(path.stem)
            self.labels = {requests.NUMBER: number} if number else {}

    @property
    def is_request(self) -> bool:
        """Whether this is a delivery request, read without a mapping."""
        return not self.detection.layouts and requests.is_request(self.labels)

    def sheets(self) -> tuple[list[Sheet], list[str]]:
        """Return the sheets that hold exports, and the names of the others."""
        found, others = [], []
        for facts in self.book.sheets_metadata:
            if sheet := self._sheet(facts.name):
                hidden = facts.visible != SheetVisibleEnum.Visible
                notes = [Note("hidden_sheet", f"{facts.name!r} is hidden")] if hidden else []
                notes += self.package.notes(facts.name, len(sheet.headers))
                found.append(replace(sheet, notes=tuple(notes)))
            else:
                others.append(facts.name)
        return [self._among_others(sheet) for sheet in found], others

    def _sheet(self, name: str) -> Sheet | None:
        """Return a sheet's table; what the summary above it says goes to the labels of all."""
        sheet = self.book.get_sheet_by_name(name)
        rows, spans = _rows(sheet), _spans(sheet)
        top = list(islice(rows, text.PREAMBLE))
        at, header = _header(top, spans, self.detection, self.labels)
        if not top or not self.detection.fits(header):
            return None
        self.labels |= summaries.labels(top[:at], spans)
        names = tuple(c.replace("\n", "").strip() for c in header)
        body: Iterator[Sequence[str]] = chain(top[at + 1 :], rows)
        if self.is_request and requests.is_table(names):
            table = self.tables[name] = RequestTable(names, requests.is_packing_list(names))
            body = table.rows(body, at + 2)
        with RowFile(self.scratch, len(names)) as out:
            for number, cells in enumerate(body, start=at + 2):
                out.add(number, cells[: len(names)])
        return Sheet(
            self.path,
            self.facts.sha256,
            "workbook",
            at + 1,
            names,
            out.relation,
            name=name,
            labels=dict(self.labels),
            date_1904=self.package.date_1904,
        )

    def _among_others(self, sheet: Sheet) -> Sheet:
        """Return a sheet with what the packing lists of the workbook say about it."""
        tables = self.tables.values()
        table = self.tables.get(sheet.name)
        wrong = mismatches(table, tables) if table else []
        packed = any(table.packs for table in tables)
        return replace(sheet, notes=(*sheet.notes, *wrong), packing_list=packed)


def _spans(sheet: CalamineSheet) -> dict[tuple[int, int], tuple[int, int]]:
    """Return the merged ranges of the top: from first to last (row, column), as rows are read."""
    left = sheet.start[1] if sheet.start else 0
    ranges = sheet.merged_cell_ranges or []
    return {
        (r, c - left): (to_r, to_c - left)
        for (r, c), (to_r, to_c) in ranges
        if r < text.PREAMBLE and c >= left
    }


def _header(
    top: list[list[str]],
    spans: Mapping[tuple[int, int], tuple[int, int]],
    detection: HeaderDetection,
    labels: Mapping[str, str],
) -> tuple[int, list[str]]:
    """Return the header's row and cells; of a header on two rows, the lower one.

    A cell merged over both rows has its words in the upper one.
    """
    seen = [[*row] for row in top]
    for (r, c), (to_r, _) in spans.items():
        for below in range(r + 1, min(to_r + 1, len(seen))):
            if c < len(seen[below]) and not seen[below][c].strip():
                seen[below][c] = seen[r][c]
    at = _header_row(seen, detection, labels)
    ends = [to_r for (r, c), (to_r, _) in spans.items() if r == at and c < len(seen[r])]
    at = min(max(ends, default=at), len(seen) - 1)
    return at, seen[at] if seen else []


def _header_row(
    seen: list[list[str]], detection: HeaderDetection, labels: Mapping[str, str]
) -> int:
    if not detection.layouts and requests.is_request({**summaries.labels(seen), **labels}):
        at = requests.header_in(seen)
        if at is not None:
            return at
    return detection.header_in(seen)


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yield the rows of a sheet as text, without the blank ones at its end."""
    blanks: list[list[str]] = []
    for row in sheet.iter_rows():
        cells = [value if type(value) is str else as_text(value) for value in row]
        if any(cells):
            yield from blanks
            blanks = []
            yield cells
        elif len(blanks) < BLANKS_BEFORE_END:
            blanks.append(cells)
        else:
            return


def as_text(value: Any) -> str:
    """Return a cell as an export would write it: whole numbers bare, dates in ISO order.

    Numbers of more than 15 digits keep all of them, so that it shows where Excel rounded.
    """
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _number(value: float) -> str:
    if not value.is_integer():
        return repr(value) if abs(value) >= 1e-4 else format(Decimal(repr(value)), "f")
    return str(int(value)) if abs(value) < 1e16 else format(Decimal(repr(value)), "f")
