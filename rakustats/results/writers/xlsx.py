"""Workbooks in which text stays text: a name that begins with = or http must not come alive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from rakustats.i18n.phrases import Lang
from rakustats.results.result import Result
from rakustats.results.writers.registry import disarmed, plain_rows, writes

_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": True,
    "default_date_format": "yyyy-mm-dd",
}


@writes(".xlsx")
def write(result: Result, path: Path, lang: Lang) -> None:
    """Write the rows of a result, and on a second sheet what is needed to read them."""
    with workbook(path) as book:
        sheet, bold = book.add_worksheet("rakustats"), book.add_format({"bold": True})
        rows = plain_rows(result.table)
        for column, name in enumerate(result.table.column_names):
            write_column(sheet, column, name, [disarmed(row[name]) for row in rows], bold)
        sheet.freeze_panes(1, 0)
        about = [result.title.to(lang), result.caption(lang), *(n.to(lang) for n in result.notes)]
        book.add_worksheet("about").write_column(0, 0, about)


def workbook(path: Path) -> xlsxwriter.Workbook:
    """Return a new workbook; it is written when its block ends."""
    return xlsxwriter.Workbook(str(path), _OPTIONS)


def write_column(
    sheet: Worksheet,
    column: int,
    head: str,
    values: Iterable[Any],
    bold: Format,
    style: Callable[[Any], Format | None] = lambda value: None,
) -> None:
    """Write a head and below it the values, each in its own type; unknown ones stay empty."""
    sheet.write_string(0, column, head, bold)
    for row, value in enumerate(values, 1):
        if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
            continue
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, value, style(value))
        elif isinstance(value, int | float | Decimal | np.number):
            sheet.write_number(row, column, float(value), style(value))
        else:
            text = value if isinstance(value, str) else ", ".join(str(part) for part in value)
            sheet.write_string(row, column, text)
