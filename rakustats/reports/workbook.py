"""The tables behind a report as one workbook and as CSV files."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from rakustats.calendar.timezones import shown
from rakustats.reports.kept import KeptTable
from rakustats.reports.tables import shares_of
from rakustats.reports.texts import label, title
from rakustats.results.writers import disarmed

# Text is text in a workbook: a name that begins with = or http must not come alive.
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
DATES = "yyyy-mm-dd"
INSTANTS = "yyyy-mm-dd hh:mm"


def write_workbook(
    path: Path,
    heading: str,
    as_of: dt.datetime,
    tables: list[tuple[KeptTable, pd.DataFrame]],
    lang: str,
) -> None:
    """Write a sheet of contents and one sheet a table; the same input gives the same bytes."""
    with xlsxwriter.Workbook(str(path), SAFE) as book:
        book.set_properties({"title": heading, "author": "rakustats", "created": as_of})
        formats = {
            "bold": book.add_format({"bold": True}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format({"bold": True, "bg_color": "#EEF2F5", "bottom": 1}),
            "share": book.add_format({"num_format": "0.0%"}),
            "count": book.add_format({"num_format": "#,##0"}),
            "day": book.add_format({"num_format": DATES}),
            "instant": book.add_format({"num_format": INSTANTS}),
        }
        _contents(
            book.add_worksheet(title("common", "contents", lang)),
            heading,
            as_of,
            tables,
            lang,
            formats,
        )
        for table, frame in tables:
            _sheet(book.add_worksheet(sheet_name(table.name)), frame, lang, formats)


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write `frame` with canonical column names; nothing in it runs in a spreadsheet."""
    safe = frame.copy()
    for name in safe.columns[safe.dtypes.map(lambda kind: not pd.api.types.is_numeric_dtype(kind))]:
        safe[name] = safe[name].map(disarmed)
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def sheet_name(name: str) -> str:
    """Return a name that Excel allows: 31 characters, none of its signs for references."""
    return re.sub(r"[\[\]:*?/\\']", "_", name)[:31]


def _contents(
    sheet: Worksheet,
    heading: str,
    as_of: dt.datetime,
    tables: list[tuple[KeptTable, pd.DataFrame]],
    lang: str,
    formats: dict[str, Format],
) -> None:
    sheet.write_string(0, 0, heading, formats["title"])
    sheet.write_string(1, 0, f"{label('as_of', lang)}: {shown(as_of)}")
    for column, key in enumerate(("sheet", "table", "rows", "note")):
        sheet.write_string(3, column, label(key, lang), formats["head"])
    for row, (table, _) in enumerate(tables, 4):
        sheet.write_url(row, 0, f"internal:'{sheet_name(table.name)}'!A1", string=table.name)
        sheet.write_string(row, 1, table.title)
        sheet.write_number(row, 2, table.rows, formats["count"])
        sheet.write_string(row, 3, table.note)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 44)
    sheet.set_column(3, 3, 90)


def _sheet(sheet: Worksheet, frame: pd.DataFrame, lang: str, formats: dict[str, Format]) -> None:
    shares = shares_of(frame.columns)
    for column, name in enumerate(frame.columns):
        head = label(str(name), lang)
        sheet.write_string(0, column, head, formats["head"])
        for row, value in enumerate(frame[name], 1):
            _cell(sheet, row, column, value, str(name) in shares, formats)
        sheet.set_column(column, column, _width(head, frame[name]))
    sheet.freeze_panes(1, 0)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _cell(
    sheet: Worksheet, row: int, column: int, value: Any, share: bool, formats: dict[str, Format]
) -> None:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return
    if isinstance(value, dt.datetime):
        sheet.write_datetime(row, column, value, formats["instant"])
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, formats["day"])
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float | Decimal | np.number):
        kind = "share" if share else "count" if float(value).is_integer() else None
        sheet.write_number(row, column, float(value), formats[kind] if kind else None)
    else:
        text = value if isinstance(value, str) else ", ".join(str(part) for part in value)
        sheet.write_string(row, column, text)


def _width(head: str, values: pd.Series[Any]) -> int:
    longest = max([_columns(head) + 3, *(_columns(str(value)) for value in values.head(200))])
    return min(60, max(9, longest + 1))


def _columns(text: str) -> int:
    """Full-width characters take two columns."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text[:80])
