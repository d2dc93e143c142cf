"""Results as files: CSV, XLSX, Parquet, JSON and HTML, replaced in one step."""

from __future__ import annotations

import csv
import html
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import xlsxwriter

from rakustats.errors import UsageError
from rakustats.results.atomic_write import put

if TYPE_CHECKING:
    from rakustats.i18n.phrases import Lang
    from rakustats.results.result import Result

Writer = Callable[["Result", Path, "Lang"], None]
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(result: Result, path: Path, lang: Lang) -> Path:
    """Write a result in the format that the path's ending names."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError(f"{path}: unknown ending; use one of {', '.join(WRITERS)}.")
    return put(path, lambda beside: writer(result, beside, lang))


def disarmed(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(RUNS_AS_FORMULA):
        return f"'{value}"
    return value


def _rows(result: Result) -> list[dict[str, object]]:
    """Rows as Python values; a number that is none is unknown, which every format can say."""
    return [
        {name: None if isinstance(v, float) and not isfinite(v) else v for name, v in row.items()}
        for row in result.table.to_pylist()
    ]


def _csv(result: Result, path: Path, lang: Lang) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(result.table.column_names)
        for row in _rows(result):
            out.writerow(disarmed(value) for value in row.values())


def _xlsx(result: Result, path: Path, lang: Lang) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), {**options, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("rakustats")
        sheet.write_row(0, 0, result.table.column_names, book.add_format({"bold": True}))
        for i, row in enumerate(_rows(result), start=1):
            for j, value in enumerate(row.values()):
                sheet.write(i, j, disarmed(value))
        sheet.freeze_panes(1, 0)
        about = book.add_worksheet("about")
        lines = [result.title.to(lang), result.caption(lang), *(n.to(lang) for n in result.notes)]
        about.write_column(0, 0, lines)


def _parquet(result: Result, path: Path, lang: Lang) -> None:
    pq.write_table(result.table, path)


def _json(result: Result, path: Path, lang: Lang) -> None:
    document = {
        "title": result.title.to(lang),
        "as_of": result.as_of.isoformat() + "Z",
        "since": result.since,
        "until": result.until,
        "by": result.by,
        "notes": [note.to(lang) for note in result.notes],
        "rows": _rows(result),
    }
    text = json.dumps(document, ensure_ascii=False, indent=1, default=_plain, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _plain(value: object) -> str | float:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return str(value)


def _html(result: Result, path: Path, lang: Lang) -> None:
    title = html.escape(result.title.to(lang))
    text = (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body>{result.html(lang)}</body></html>\n"
    )
    path.write_text(text, encoding="utf-8", newline="\n")


_STYLE = (
    "body{font-family:'Noto Sans','Noto Sans JP','Hiragino Sans','Yu Gothic',sans-serif}"
    "table{border-collapse:collapse}td,th{padding:.2em .6em;border-bottom:1px solid #ccc}"
    "caption{text-align:left;font-weight:bold;padding:.4em 0}"
)
WRITERS: dict[str, Writer] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
    ".json": _json,
    ".html": _html,
}
