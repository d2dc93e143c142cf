"""Writes tables the way an agency's tools do: headers, encodings, date and number styles."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter

from rakustats.schema.tables import Column, tables


@dataclass(frozen=True)
class Layout:
    """How one kind of export is written."""

    table: str
    stem: str
    encoding: str
    monthly: bool = False
    lang: str = "ja"
    ending: str = ".csv"
    day: str = "%Y/%m/%d"
    newline: str = "\r\n"
    thousands: tuple[str, ...] = ()

    def name(self, month: str, exported: str) -> str:
        """Return the file's name for a month of orders and the day of the export."""
        middle = f"_{month}" if self.monthly else ""
        return f"{self.stem}{middle}_出力{exported}{self.ending}"


LAYOUTS = {
    "orders": Layout("orders", "注文一覧", "cp932", monthly=True, thousands=("total_jpy",)),
    "order_lines": Layout("order_lines", "注文明細", "utf-8-sig", monthly=True, day="%Y-%m-%d"),
    "leg1": Layout(
        "shipments", "国内物流", "gb18030", monthly=True, lang="zh", day="%Y-%m-%d", newline="\n"
    ),
    "leg2": Layout("shipments", "国際発送", "utf-8-sig", monthly=True),
    "shipment_lines": Layout("shipment_lines", "発送明細", "cp932", monthly=True),
    "tracking_events": Layout(
        "tracking_events", "追跡履歴", "utf-8", monthly=True, day="%Y-%m-%d", newline="\n"
    ),
    "claims": Layout("claims", "クレーム一覧", "cp932"),
    "cancellations": Layout("cancellations", "キャンセル一覧", "utf-8-sig", day="%Y-%m-%d"),
    "refunds": Layout("refunds", "返金一覧", "cp932"),
    "messages": Layout("messages", "メッセージ", "utf-16-le", ending=".tsv", day="%Y-%m-%d"),
    "evidence": Layout("evidence", "証拠一覧", "utf-8-sig"),
    "price_observations": Layout("price_observations", "価格調査", "utf-8-sig", day="%Y-%m-%d"),
    "watchlist": Layout("watchlist", "監視リスト", "", ending=".xlsx"),
    "seller_reviews": Layout(
        "seller_reviews", "店舗レビュー", "utf-8", ending=".tsv", newline="\n"
    ),
}
_MARKS = {"utf-8-sig": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE}


def header(table: str, column: str, lang: str = "ja") -> str:
    """Return the header under which the sample writes a canonical column."""
    spec = tables()[table][column]
    return (spec.zh if lang == "zh" else spec.ja)[0]


def _as_text(name: str, column: Column, layout: Layout) -> pl.Expr:
    cell = pl.col(name)
    if column.type == "TIMESTAMP":
        style = layout.day if column.time == "plan" else f"{layout.day} %H:%M:%S"
        return cell.dt.strftime(style)
    if column.type.startswith("DECIMAL") and column.type != "DECIMAL(14,0)":
        places = min(int(column.type.rstrip(")").split(",")[1]), 3 if column.unit == "kg" else 2)
        return cell.cast(pl.Float64).round(places).cast(pl.Decimal(18, places)).cast(pl.String)
    return cell.cast(pl.String)


def as_text(frame: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return the frame as an export shows it: headers of the language, every cell as text."""
    spec = tables()[layout.table]
    cells = frame.select(_as_text(name, spec[name], layout).alias(name) for name in frame.columns)
    for name in layout.thousands:
        grouped = [None if v is None else f"{int(v):,}" for v in cells[name].to_list()]
        cells = cells.with_columns(pl.Series(name, grouped, dtype=pl.String))
    return cells.rename({n: header(layout.table, n, layout.lang) for n in cells.columns})


@dataclass
class Files:
    """The folder of exports; files grow chunk by chunk."""

    folder: Path
    written: dict[str, int] = field(default_factory=dict)

    def append(self, name: str, layout: Layout, frame: pl.DataFrame) -> None:
        """Append rows to the file ``name``; the first rows bring mark and header."""
        if frame.is_empty():
            return
        first = name not in self.written
        text = as_text(frame, layout).write_csv(
            include_header=first,
            separator="\t" if layout.ending == ".tsv" else ",",
            line_terminator=layout.newline,
        )
        encoding = "utf-8" if layout.encoding == "utf-8-sig" else layout.encoding
        mark = _MARKS.get(layout.encoding, b"") if first else b""
        with (self.folder / name).open("wb" if first else "ab") as file:
            file.write(mark + text.encode(encoding))
        self.written[name] = self.written.get(name, 0) + len(frame)

    def append_plain(self, name: str, frame: pl.DataFrame) -> None:
        """Append rows to a UTF-8 file with the frame's own column names."""
        first = name not in self.written
        if not first and frame.is_empty():
            return
        with (self.folder / name).open("wb" if first else "ab") as file:
            file.write(frame.write_csv(include_header=first).encode("utf-8"))
        self.written[name] = self.written.get(name, 0) + len(frame)

    def sheet(self, name: str, layout: Layout, frame: pl.DataFrame, made: datetime) -> None:
        """Write a workbook of one sheet, every cell as text but numbers."""
        with workbook(self.folder / name, made) as book:
            sheet = book.add_worksheet(layout.stem)
            sheet.write_row(0, 0, [header(layout.table, n) for n in frame.columns])
            for row, values in enumerate(frame.iter_rows(), start=1):
                for column, value in enumerate(values):
                    if value is not None:
                        sheet.write(row, column, value if isinstance(value, str) else float(value))
        self.written[name] = len(frame)


def workbook(path: Path, made: datetime) -> xlsxwriter.Workbook:
    """Return a workbook that has the same bytes whenever it is written."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": made})
    return book
