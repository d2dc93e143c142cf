"""The agency's workbooks, one per delivery request: summary, lines, packing list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from rakustats.simulate import words
from rakustats.simulate.exports import order_lines
from rakustats.simulate.files import header, workbook
from rakustats.simulate.trade import Trade

BOOKS = 40


@dataclass(frozen=True)
class Book:
    """What a workbook says of one delivery request."""

    request_no: str
    requested: float
    member: str
    method: str
    fx: float
    freight: int
    kg: float
    lines: tuple[dict[str, Any], ...]


def newest_books(trade: Trade, before: list[Book]) -> list[Book]:
    """Return the newest requests of the books so far and of this chunk."""
    ships, pieces, at = trade.ships, trade.pieces, trade.world.as_of
    simple = ships.whole & (ships.shipped <= at)
    rows = np.unique(np.stack((pieces.ship, pieces.line)), axis=1, return_counts=True)
    twice = rows[0][0][rows[1] > 1]
    simple[twice] = False
    order = np.argsort(-ships.requested, kind="stable")
    chosen = order[simple[order]][:BOOKS]
    books = before + _books(trade, chosen)
    return sorted(books, key=lambda b: (-b.requested, b.request_no))[:BOOKS]


def _books(trade: Trade, chosen: np.ndarray[Any, np.dtype[np.int64]]) -> list[Book]:
    if not len(chosen):
        return []
    ships, pieces = trade.ships, trade.pieces
    shown = {
        (row["order_no"], row["line_no"]): row
        for row in _shown_lines(trade, chosen).iter_rows(named=True)
    }
    books = []
    for ship in chosen.tolist():
        inside = np.flatnonzero(pieces.ship == ship)
        inside = inside[np.lexsort((pieces.line[inside], pieces.box[inside]))]
        lines = []
        for at in inside.tolist():
            line = int(pieces.line[at])
            key = (trade.orders.no[int(trade.lines.order[line])], str(trade.lines.no[line]))
            lines.append({**shown[key], "qty": int(pieces.qty[at]), "box_no": int(pieces.box[at])})
        books.append(
            Book(
                request_no=ships.request_no[ship],
                requested=float(ships.requested[ship]),
                member=str(ships.member[ship]),
                method=words.METHODS[int(ships.method[ship])].name,
                fx=float(trade.orders.fx[int(trade.lines.order[pieces.line[inside[0]]])]),
                freight=int(ships.freight[ship]),
                kg=float(ships.kg[ship]),
                lines=tuple(lines),
            )
        )
    return books


def _shown_lines(trade: Trade, chosen: np.ndarray[Any, np.dtype[np.int64]]) -> pl.DataFrame:
    inside = np.isin(trade.pieces.ship, chosen)
    numbers = trade.orders.no.gather(np.unique(trade.lines.order[trade.pieces.line[inside]]))
    lines = order_lines(trade, trade.world.as_of)
    return lines.filter(pl.col("order_no").is_in(numbers.to_list()))


def write_book(folder: Path, book: Book, variant: int, made: datetime) -> str:
    """Write one workbook and return its name; ``variant`` moves the header and changes 小計."""
    name = f"{book.request_no}.xlsx"
    with workbook(folder / name, made) as file:
        strong = file.add_format({"bold": True, "bottom": 1})
        _write_lines(file.add_worksheet("配送依頼書詳細"), book, variant, made, strong)
        _write_boxes(file.add_worksheet("梱包リスト"), book, variant, strong)
    return name


def _subtotal(line: dict[str, Any]) -> float:
    return round(float(line["unit_price_cny"]) * int(line["qty"]), 2)


def _summary(book: Book, made: datetime) -> list[tuple[str, Any]]:
    goods = round(sum(_subtotal(line) for line in book.lines) * book.fx)
    fee = round(goods * 0.05)
    return [
        (header("shipments", "delivery_request_no"), book.request_no),
        (header("orders", "member_id"), book.member),
        (header("shipments", "ship_method"), book.method),
        ("配送依頼書レート", book.fx),
        ("合計商品代金（円）", goods),
        ("国際送料", book.freight),
        (header("orders", "service_fee_jpy"), fee),
        ("合計", goods + book.freight + fee),
        ("出力日", f"{made:%Y/%m/%d}"),
    ]


def _write_lines(sheet: Any, book: Book, variant: int, made: datetime, strong: Any) -> None:
    sheet.write(0, 0, "ラクマート 配送依頼書")
    summary = _summary(book, made)
    two_columns = variant % 3 == 0
    for i, (label, value) in enumerate(summary):
        row, column = (2 + i // 2, i % 2 * 3) if two_columns else (2 + i, 0)
        sheet.write(row, column, label)
        sheet.write(row, column + 1, value)
    top = 8 + variant % 18 if two_columns else 12 + variant % 17
    names = [
        "配送依頼書NO",
        *(header("order_lines", c) for c in ("order_no",)),
        "商品番号",
        *(header("order_lines", c) for c in ("item_title", "sku", "unit_price_cny")),
        "数量",
        "小计" if variant % 4 == 1 else "小計",
        header("shipment_lines", "box_no"),
    ]
    sheet.write_row(top, 0, names, strong)
    for i, line in enumerate(book.lines, start=1):
        cells = (
            i,
            line["order_no"],
            line["line_no"],
            line["item_title"],
            line["sku"],
            float(line["unit_price_cny"]),
            line["qty_ordered"],
            _subtotal(line),
            line["box_no"],
        )
        sheet.write_row(top + i, 0, cells)
    end = top + len(book.lines) + 1
    sheet.write(end, 3, "合計")
    sheet.write(end, 6, sum(int(line["qty_ordered"]) for line in book.lines))
    sheet.write(end, 7, round(sum(_subtotal(line) for line in book.lines), 2))


def _write_boxes(sheet: Any, book: Book, variant: int, strong: Any) -> None:
    sheet.write_row(0, 0, (header("shipments", "delivery_request_no"), book.request_no))
    names = [
        *(header("shipment_lines", c) for c in ("box_no", "order_no")),
        "商品番号",
        header("shipment_lines", "qty"),
        "箱寸法(cm)",
        "実際重量(kg)",
    ]
    sheet.write_row(3, 0, names, strong)
    boxes = sorted({line["box_no"] for line in book.lines})
    row = 4
    for box in boxes:
        inside = [line for line in book.lines if line["box_no"] == box]
        for line in inside:
            sheet.write_row(row, 1, (line["order_no"], line["line_no"], line["qty"]))
            row += 1
        size = f"{40 + box % 3 * 10}*{30 + variant % 2 * 10}*{30 + len(inside) % 2 * 5}"
        weight = round(book.kg / len(boxes), 2)
        for column, value in ((0, box), (4, size), (5, weight)):
            if len(inside) > 1:
                sheet.merge_range(row - len(inside), column, row - 1, column, value)
            else:
                sheet.write(row - 1, column, value)
    sheet.write(row, 0, "合計")
    sheet.write(row, 3, sum(int(line["qty"]) for line in book.lines))
    sheet.write(row, 5, book.kg)
