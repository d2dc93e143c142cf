"""What a planting works with: order numbers of its own, files of any make, and the truth."""

from __future__ import annotations

import csv
import hashlib
import io
import random
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

#: When the exports of a hazard are made unless their name says otherwise; nothing lies after it.
EXPORTED = "20260430"
_PACKED_AT = (2026, 4, 30, 12, 0, 0)

Row = Sequence[object]


@dataclass(frozen=True)
class Fact:
    """One line of ``truth/hazards.csv``; its README says what each kind means."""

    hazard: str
    what: str
    table_name: str = ""
    key: str = ""
    column_name: str = ""
    expected: str = ""
    file: str = ""
    as_of: str = ""


@dataclass
class Desk:
    """The place where one hazard is planted."""

    hazard: str
    folder: Path
    refused_folder: Path
    seed: int
    files: dict[str, int] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.seed} {self.hazard}")
        self.member = f"{900_000 + int(self.hazard[1:])}"
        self.seller = f"shop-{self.hazard}"

    def order(self, n: int, member: str | None = None) -> str:
        """Return the hazard's order number ``n``, such as ``2026030311120701-900009``.

        Members of hazards are 900001 and up, so that no other order has such a number.
        """
        clock = random.Random(f"{self.seed} {self.hazard} {n}").randrange(36_000)
        hour, minute, second = 9 + clock // 3600, clock // 60 % 60, clock % 60
        stamp = f"202603{1 + n % 28:02}{hour:02}{minute:02}{second:02}{n % 90 + 10}"
        return f"{stamp}-{member or self.member}"

    def orders(self, count: int) -> list[str]:
        """Return the first order numbers."""
        return [self.order(n) for n in range(1, count + 1)]

    def request(self, n: int) -> str:
        """Return the hazard's delivery request number ``n``, such as ``P2026…-900021``."""
        return f"P{self.order(n)}"

    def pieces(self, most: int = 40) -> int:
        """Return some number of pieces."""
        return self._random.randrange(2, most)

    def name(self, stem: str, ending: str = ".csv", day: str = EXPORTED) -> str:
        """Return a file's name that tells hazard, content and the day of the export."""
        return f"{self.hazard}_{stem}_出力{day}{ending}"

    def table(
        self,
        stem: str,
        header: str,
        rows: Sequence[Row],
        *,
        encoding: str = "utf-8",
        newline: str = "\r\n",
        day: str = EXPORTED,
    ) -> str:
        """Write a CSV with a header of names between commas; return the file's name."""
        return self.write(
            self.name(stem, day=day), lines([header.split(","), *rows], newline).encode(encoding)
        )

    def write(self, name: str, content: bytes) -> str:
        """Write an export and return its name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.files[name] = len(content)
        return path.name

    def book(
        self, stem: str, sheets: Mapping[str, Sequence[Row]], *, name: str = "", **options: Any
    ) -> str:
        """Write a workbook of sheets, each a list of rows, and return its name."""
        with Book(**options) as made:
            for title, rows in sheets.items():
                made.sheet(title, rows)
        return self.write(name or self.name(stem, ".xlsx"), made.content)

    def refuse(self, name: str, content: bytes, complaint: str) -> None:
        """Write a file, apart from the exports, that no load takes; ``complaint`` is said of it."""
        self.refused_folder.mkdir(parents=True, exist_ok=True)
        (self.refused_folder / name).write_bytes(content)
        self._add("refused", expected=complaint, file=name)

    def value(
        self, table: str, key: str | Sequence[str], as_of: str = "", **columns: object
    ) -> None:
        """State what a row of a canonical table holds; None for NULL."""
        for column, expected in columns.items():
            self._add("value", table, joined(key), column, expected, as_of=as_of)

    def rows(self, table: str, count: int, part: str = "") -> None:
        """State how many rows of a table have a key with ``part`` in it; default the member."""
        self._add("rows", table, part or f"-{self.member}", expected=count)

    def issue(self, rule: str, table: str, key: str | Sequence[str], count: int = 1) -> None:
        """State how many issues of a rule there are about a row, or a sheet by its file's name."""
        self._add("issue", table, joined(key), rule, count)

    def sheet_issue(self, rule: str, file: str, count: int = 1) -> None:
        """State how many issues of a rule there are about a file as a whole."""
        self._add("issue", column=rule, expected=count, file=file)

    def reject(self, file: str, row: int, reason: str) -> None:
        """State that a row of a file, as a spreadsheet counts it, is refused, and why."""
        self._add("reject", key=str(row), expected=reason, file=file)

    def books(self, file: str, sheet: str = "", **columns: object) -> None:
        """State what ``main.imports`` says of a file, or of one sheet of it."""
        for column, expected in columns.items():
            self._add("import", key=sheet, column=column, expected=expected, file=file)

    def not_booked(self, file: str) -> None:
        """State that a file has no row of its own in ``main.imports``."""
        self._add("no_import", file=file)

    def booked_once(self, content: bytes) -> None:
        """State that a content has one row in ``main.imports``, under whatever name it comes."""
        self._add("booked", key=hashlib.sha256(content).hexdigest(), expected=1)

    def figure(self, metric: str, group: str, **columns: object) -> None:
        """State what a metric gives for a group, such as ``seller_id=shop-E45;closure=none``."""
        for column, expected in columns.items():
            self._add("figure", metric, group, column, expected)

    def workdays(self, first: str, last: str, place: str, count: int) -> None:
        """State how many workdays of a place lie after one day, up to another."""
        self._add("workdays", "calendar", f"{first}/{last}", place, count)

    def unknown_year(self, year: int, place: str) -> None:
        """State that nobody has announced the holidays of a year."""
        self._add("unknown_year", "calendar", str(year), place, year)

    def absent(self, text: str) -> None:
        """State that a text is nowhere in the database."""
        self._add("absent", expected=text)

    def written(self, metric: str, group: str, column: str, cell: str) -> None:
        """State what a metric's CSV shows in a cell."""
        self._add("written", metric, group, column, cell)

    def _add(
        self,
        what: str,
        table: str = "",
        key: str = "",
        column: str = "",
        expected: object = "",
        file: str = "",
        as_of: str = "",
    ) -> None:
        text = "" if expected is None else str(expected)
        self.facts.append(Fact(self.hazard, what, table, key, column, text, file, as_of))


class Book:
    """A workbook in memory that has the same bytes whenever it is written."""

    def __init__(self, **options: Any) -> None:
        self._out = io.BytesIO()
        fixed = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
        self.file = xlsxwriter.Workbook(self._out, {**fixed, **options})
        self.file.set_properties({"created": datetime(*_PACKED_AT)})

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    @property
    def content(self) -> bytes:
        """The bytes, once the book is closed."""
        return self._out.getvalue()

    def sheet(self, title: str, rows: Sequence[Row]) -> Any:
        """Add a sheet; every row is placed at its index, None leaves a cell blank."""
        sheet = self.file.add_worksheet(title)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell not in (None, ""):
                    sheet.write(at, column, cell)
        return sheet


def joined(key: str | Sequence[str]) -> str:
    """Return the columns of a key as the books show it."""
    return key if isinstance(key, str) else "/".join(key)


def lines(rows: Sequence[Row], newline: str = "\r\n", delimiter: str = ",") -> str:
    """Return rows as delimited text; None is a blank cell."""
    out = io.StringIO()
    csv.writer(out, lineterminator=newline, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return an archive that has the same bytes whenever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _PACKED_AT), content)
    return out.getvalue()
