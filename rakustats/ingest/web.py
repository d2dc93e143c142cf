"""Tables in HTML and XML: what back offices write into files named .xls or .csv."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import chain, groupby, islice
from pathlib import Path

from rakustats.errors import UsageError
from rakustats.ingest import encodings, text
from rakustats.ingest.files import Bytes
from rakustats.ingest.header_detection import HeaderDetection
from rakustats.ingest.lines import Lines
from rakustats.ingest.plan import Sheet
from rakustats.ingest.rows import RowFile

_ROWS, _CELLS = ("tr", "row"), ("td", "th", "cell")  # HTML, and the XML of Excel 2003
_BLOCK = 1_000
_LONGEST_TAG = 1 << 20


def read(
    path: Path, facts: Bytes, scratch: Path, encoding: str | None, detection: HeaderDetection
) -> list[Sheet]:
    """Return the tables of a page that hold exports.

    Raises
    ------
    UsageError
        If the page is damaged, or its encoding is unknown.
    """
    found = encodings.named(encoding) if encoding else encodings.detect(path)
    sheets: list[Sheet] = []
    for number, rows in groupby(_rows(path, found), key=lambda pair: pair[0]):
        cells = (row for _, row in rows)
        top = list(islice(cells, text.PREAMBLE))
        at = detection.header_in(top)
        if not detection.fits(top[at]):
            continue
        names = tuple(top[at])
        with RowFile(scratch, len(names)) as out:
            for n, row in enumerate(chain(top[at + 1 :], cells), start=at + 2):
                surplus = any(row[len(names) :])
                fault = f"row has {len(row)} cells, the header {len(names)}" if surplus else None
                out.add(n, () if tuple(row) == names else row[: len(names)], fault)
        label = f"table {number}" if sheets or number > 1 else ""
        sheets.append(Sheet(path, facts.sha256, found, at + 1, names, out.relation, name=label))
    return sheets


def _rows(path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of all tables of a page, each with the number of its table."""
    lines, parser = Lines(path, encoding), _Tables()
    while block := "".join(islice(lines, _BLOCK)):
        parser.feed(block)
        if len(parser.rawdata) > _LONGEST_TAG:
            raise UsageError(
                ja=f"{path.name}：ウェブページが壊れています。出力し直してください。",
                en=f"{path.name}: the page is damaged. Export it again.",
            )
        yield from parser.taken()
    parser.close()
    yield from parser.taken()


@dataclass
class _Table:
    """A table that is open, with the row and the cell that are."""

    number: int
    row: list[str] | None = None
    cell: list[str] | None = None
    width: int = 1
    height: int = 1
    below: dict[int, int] = field(default_factory=dict)


class _Tables(HTMLParser):
    """Collects rows; merged cells stand once, as in a spreadsheet."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[_Table] = []
        self._tables = 0
        self._done: list[tuple[int, list[str]]] = []

    def taken(self) -> list[tuple[int, list[str]]]:
        """Return the rows that are complete, and forget them."""
        done, self._done = self._done, []
        return done

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._tables += 1
            self._open.append(_Table(self._tables))
        elif self._open and tag in _ROWS:
            self._end_row()
            self._open[-1].row = []
        elif self._open and tag in _CELLS:
            self._end_cell()
            self._start_cell(dict(attrs))
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag in _CELLS:
            self._end_cell()
        elif self._open and tag in (*_ROWS, "table"):
            self._end_row()
            if tag == "table":
                self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and (cell := self._open[-1].cell) is not None:
            cell.append(data)

    def _start_cell(self, attrs: dict[str, str | None]) -> None:
        table = self._open[-1]
        if table.row is None:
            table.row = []
        index = _number(attrs.get("ss:index"), 0)
        table.row += [""] * (index - 1 - len(table.row))
        while table.below.get(len(table.row), 0):
            table.below[len(table.row)] -= 1
            table.row.append("")
        table.cell = []
        table.width = _number(attrs.get("colspan"), 1)
        table.height = _number(attrs.get("rowspan"), 1)

    def _end_cell(self) -> None:
        table = self._open[-1]
        if table.cell is None or table.row is None:
            return
        at = len(table.row)
        table.row += [" ".join("".join(table.cell).split()), *[""] * (table.width - 1)]
        table.below |= dict.fromkeys(range(at, at + table.width), table.height - 1)
        table.cell = None

    def _end_row(self) -> None:
        self._end_cell()
        table = self._open[-1]
        if table.row is not None:
            self._done.append((table.number, table.row))
        table.row = None


def _number(text: str | None, default: int) -> int:
    """Return a span; absurd ones are cut, as browsers do."""
    return min(int(text), 1_000) if text and text.isdecimal() else default
