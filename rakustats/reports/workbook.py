"""The tables behind a report as one workbook."""

from __future__ import annotations

import datetime as dt
import re
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from rakustats.calendar.timezones import shown
from rakustats.reports.kept import KeptTable
from rakustats.reports.tables import shares_of
from rakustats.reports.texts import label, title
from rakustats.results.writers.xlsx import workbook, write_column

FORMATS = {
    "bold": {"bold": True},
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "bg_color": "#EEF2F5", "bottom": 1},
    "share": {"num_format": "0.0%"},
    "count": {"num_format": "#,##0"},
    "day": {"num_format": "yyyy-mm-dd"},
    "instant": {"num_format": "yyyy-mm-dd hh:mm"},
}


def write_workbook(
    path: Path,
    heading: str,
    as_of: dt.datetime,
    tables: list[tuple[KeptTable, pd.DataFrame]],
    lang: str,
) -> None:
    """Write a sheet of contents and one sheet a table; the same input gives the same bytes."""
    with workbook(path) as book:
        book.set_properties({"title": heading, "author": "rakustats", "created": as_of})
        formats = {name: book.add_format(style) for name, style in FORMATS.items()}
        contents = book.add_worksheet(title("common", "contents", lang))
        about = (heading, f"{label('as_of', lang)}: {shown(as_of)}")
        _contents(contents, about, [table for table, _ in tables], lang, formats)
        for table, frame in tables:
            _sheet(book.add_worksheet(sheet_name(table.name)), frame, lang, formats)


def sheet_name(name: str) -> str:
    """Return a name that Excel allows: 31 characters, none of its signs for references."""
    return re.sub(r"[\[\]:*?/\\']", "_", name)[:31]


def _contents(
    sheet: Worksheet, about: tuple[str, str], tables: list[KeptTable], lang: str,
    formats: dict[str, Format],
) -> None:  # fmt: skip
    sheet.write_string(0, 0, about[0], formats["title"])
    sheet.write_string(1, 0, about[1])
    for column, key in enumerate(("sheet", "table", "rows", "note")):
        sheet.write_string(3, column, label(key, lang), formats["head"])
    for row, table in enumerate(tables, 4):
        sheet.write_url(row, 0, f"internal:'{sheet_name(table.name)}'!A1", string=table.name)
        sheet.write_string(row, 1, table.title)
        sheet.write_number(row, 2, table.rows, formats["count"])
        sheet.write_string(row, 3, table.note)
    for column, width in ((0, 26), (1, 44), (3, 90)):
        sheet.set_column(column, column, width)


def _sheet(sheet: Worksheet, frame: pd.DataFrame, lang: str, formats: dict[str, Format]) -> None:
    shares = shares_of(frame.columns)
    for column, name in enumerate(frame.columns):
        head, whole = label(str(name), lang), "share" if str(name) in shares else "count"
        write_column(
            sheet, column, head, frame[name], formats["head"], partial(_style, formats, whole)
        )
        sheet.set_column(column, column, _width(head, frame[name]))
    sheet.freeze_panes(1, 0)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _style(formats: dict[str, Format], numbers: str, value: Any) -> Format | None:
    """Return how a value is shown: shares all, other numbers where they are whole."""
    if isinstance(value, dt.datetime):
        return formats["instant"]
    if isinstance(value, dt.date):
        return formats["day"]
    return formats[numbers] if numbers == "share" or float(value).is_integer() else None


def _width(head: str, values: pd.Series[Any]) -> int:
    longest = max([_columns(head) + 3, *(_columns(str(value)) for value in values.head(200))])
    return min(60, max(9, longest + 1))


def _columns(text: str) -> int:
    """Full-width characters take two columns."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text[:80])
