"""What sheets look like: blocks above and below the table, merged boxes, hidden things, remarks."""

from __future__ import annotations

import base64
import io
import re
import zipfile

from rakustats.simulate.hazards.desk import Book, Desk, Row, zipped
from rakustats.simulate.hazards.registry import plants

_GOODS: Row = (
    *("配送依頼書NO", "注文番号", "商品番号", "商品情報"),
    *("単価（元）", "出荷数", "小計", "所在箱"),
)
_BOXES: Row = ("箱NO", "注文番号", "商品番号", "梱包数", "備考")
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAAAAgABVKSi9QAAAABJRU5ErkJggg=="
)


def _summary(request: str) -> list[Row]:
    return [
        ("ラクマート 配送依頼書",),
        ("配送依頼書番号", request, "配送方法", "RW船便"),
        ("配送依頼書レート", 21.5, "国際運賃（円）", 12345),
        ("出力日", "2026年4月30日"),
    ]


@plants("E21")
def summary_above(desk: Desk) -> None:
    """Plant a summary above the header, which stands on the fifth to the thirtieth row."""
    for n, top in enumerate((5, 13, 30), start=1):
        request, no = desk.request(n), desk.order(n + 10)
        above = (
            _summary(request) if n != 2 else [("", f"配送依頼書番号：{request}　配送方法：RW船便")]
        )
        blank: list[Row] = [()] * (top - 1 - len(above))
        line = (1, no, "1", "皿", 12.5, n, 12.5 * n, f"NO1：{n}")
        file = desk.book(f"依頼書_{top}行目", {"配送依頼書詳細": [*above, *blank, _GOODS, line]})
        desk.books(file, header_row=top, rows_seen=1, rows_loaded=1)
        desk.value("shipments", request, ship_method="RW船便", leg=2)
        desk.value("shipment_lines", (request, no, "1", "1"), qty=n, allocation="stated")
        desk.value("order_lines", (no, "1"), unit_price_cny="12.50", item_title="皿")
    desk.value("shipments", desk.request(1), freight_jpy=12345, fx_rate="21.500000")


@plants("E22")
def totals_below(desk: Desk) -> None:
    """Plant subtotals between the lines; a total and a list of boxes below them."""
    request, (first, second) = desk.request(1), desk.orders(2)
    rows: list[Row] = [
        *_summary(request),
        _GOODS,
        (1, first, "1", "皿", 12.5, 30, 375, "NO1：30"),
        ("", "", "", "小計", "", 30, 375),
        (2, second, "1", "椀", 8, 12, 96, "NO2：12"),
        ("合計", "", "", "", "", 42, 471),
        (),
        ("箱番号", "サイズ", "重量(kg)", "決済重量（KG）"),
        ("1", "60*40*30", "12.5", "13"),
        ("備考", "割れ物注意 7/1着希望"),
    ]
    file = desk.book("依頼書", {"配送依頼書詳細": rows})
    desk.books(file, rows_seen=8, rows_loaded=2, rows_rejected=0, rows_skipped=6)
    desk.rows("order_lines", 2)
    desk.rows("shipment_lines", 2)


@plants("E23")
def merged_boxes(desk: Desk) -> None:
    """Plant a box number over several rows, and blanks elsewhere that stay blank."""
    request, no = desk.request(1), desk.order(2)
    rows: list[Row] = [
        ("配送依頼書番号", request),
        (),
        _BOXES,
        (None, no, "1", 20, "割れ物"),
        (None, no, "2", 5),
        (2, no, "1", 10),
        (None, no, "3"),
    ]
    with Book() as made:
        sheet = made.sheet("梱包リスト", rows)
        sheet.merge_range(3, 0, 4, 0, 1)
    desk.write(desk.name("梱包", ".xlsx"), made.content)
    packed = (("1", "1", 20), ("2", "1", 5), ("1", "2", 10), ("3", "2", None))
    for line, box, qty in packed:
        desk.value("shipment_lines", (request, no, line, box), qty=qty)
    desk.value("order_lines", (no, "2"), remark=None)
    desk.rows("shipment_lines", len(packed))


@plants("E24")
def boxes_in_a_cell(desk: Desk) -> None:
    """Plant boxes with their pieces in one cell, and one whose sum is not what was shipped."""
    request, no = desk.request(1), desk.order(2)
    rows: list[Row] = [
        *_summary(request),
        _GOODS,
        (1, no, "1", "皿", 12.5, 30, 375, "NO1：20,NO2：10"),
        (2, no, "2", "箸", 1.2, 30, 36, "NO1：20\nNO2：9"),
    ]
    desk.book("依頼書", {"配送依頼書詳細": rows})
    for line, box, qty in (("1", "1", 20), ("1", "2", 10), ("2", "1", 20), ("2", "2", 9)):
        desk.value("shipment_lines", (request, no, line, box), qty=qty, allocation="stated")
    desk.rows("shipment_lines", 4)
    desk.issue("box_mismatch", "shipment_lines", (request, no, "2"))
    desk.issue("box_mismatch", "shipment_lines", (request, no, "1"), 0)


@plants("E25")
def hidden_things(desk: Desk) -> None:
    """Plant hidden rows, columns and sheets, pictures, a formula stored without its result."""
    header = ("注文番号", "明細番号", "店舗ID", "数量", "単価", "写真")
    nos = desk.orders(3)
    with Book() as made:
        sheet = made.sheet("明細", [header, *((no, "1", desk.seller, 3, 2.5) for no in nos)])
        sheet.write_formula(1, 3, "=1+2")
        sheet.write_formula(1, 4, "=5/2", None, 2.5)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(2, 2, None, None, {"hidden": True})
        sheet.insert_image("F2", "photo.png", {"image_data": io.BytesIO(_PNG)})
        made.sheet("裏", [("注文番号", "注文日時"), (nos[0], "2026-03-02 10:00:00")]).hide()
    file = desk.write(desk.name("明細", ".xlsx"), _without_result(made.content, "D2"))
    desk.rows("order_lines", 3)
    desk.rows("orders", 1)
    desk.value("order_lines", (nos[0], "1"), qty_ordered=None, unit_price_cny="2.50")
    desk.value("order_lines", (nos[1], "1"), qty_ordered=3, seller_id=desk.seller)
    for rule in ("hidden_rows", "hidden_columns", "pictures", "formula_without_value"):
        desk.sheet_issue(rule, file)
    desk.sheet_issue("hidden_sheet", file)


def _without_result(book: bytes, cell: str) -> bytes:
    """Return a workbook in which a formula has no stored result, as other programs write it."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    found = rf'(<c r="{cell}"[^>]*><f>[^<]*</f>)<v>[^<]*</v>'.encode()
    parts[sheet] = re.sub(found, rb"\1", parts[sheet])
    return zipped(parts)


@plants("E26")
def headers_moved(desk: Desk) -> None:
    """Plant sheets of several kinds and languages, and columns moved, added or twice."""
    nos = desk.orders(4)
    moved = [(3, "至急", nos[0], desk.seller, 1, 9), (4, "", nos[1], desk.seller, 1, 9)]
    file = desk.table("明細_並び替え", "数量,社内メモ,注文番号,店舗ID,明細番号,数量", moved)
    desk.books(file, unknown_headers="社内メモ, 数量 (6)", rows_loaded=2)
    desk.sheet_issue("duplicate_header", file)
    desk.value("order_lines", (nos[0], "1"), qty_ordered=3)
    sheets: dict[str, list[Row]] = {
        "注文": [
            ("注文番号", "注文日時", "ステータス"),
            (nos[2], "2026-03-02 10:00:00", "謎の状態"),
        ],
        "明细": [("订单号", "序号", "店铺ID", "数量"), (nos[2], "1", desk.seller, 7)],
        "parcels": [("shipment id", "tracking number", "order no"), ("E26-S1", "E260001", nos[2])],
        "memo": [("a note of one's own",)],
    }
    file = desk.book("全部", sheets)
    for sheet, table in (("注文", "orders"), ("明细", "order_lines"), ("parcels", "shipments")):
        desk.books(file, sheet, table_name=table, rows_loaded=1)
    desk.value("order_lines", (nos[2], "1"), qty_ordered=7)
    desk.value("shipments", "E26-S1", tracking_no="E260001")
    desk.value("orders", nos[2], state=None, state_raw="謎の状態")
    desk.issue("unknown_word", "orders", nos[2])


@plants("E27")
def remarks(desk: Desk) -> None:
    """Plant the buyer's own codes in remarks, several in one, and some that nobody can read."""
    no = desk.order(1)
    cases = (
        (1, 30, "●E27A▲0301-20●E27B▲0301-10"),
        (2, 8, "●E27C▲来週\n●E27D▲3/05-8"),
        (3, 30, "付属品のみ"),
    )
    rows = [(no, at, "皿", pieces, remark) for at, pieces, remark in cases]
    desk.table("明細", "注文番号,明細番号,商品名,数量,備考", rows)
    for at, _, remark in cases:
        desk.value("order_lines", (no, str(at)), remark=remark)
    for line, sku, day, qty in (
        ("1", "E27A", "0301", 20),
        ("1", "E27B", "0301", 10),
        ("2", "E27D", "3/05", 8),
    ):
        desk.value("client_skus", (no, line, sku, day), qty=qty)
    desk.rows("client_skus", 3)
    desk.issue("unread_remark", "order_lines", (no, "2"))
    desk.issue("unread_remark", "order_lines", (no, "3"), 0)


@plants("E28")
def joined_numbers(desk: Desk) -> None:
    """Plant several tracking numbers in one cell: parcels of their own, pieces in each unknown."""
    first, second = desk.orders(2)
    numbers = ("E28000000017", "E28000000024", "E28000000031")
    rows = [
        (first, 1, f"{numbers[0]}、{numbers[1]}", "E28速運", "2026-03-02", 800, 30),
        (first, 2, f"{numbers[0]}、{numbers[1]}", "E28速運", "2026-03-02", 800, 5),
        (second, 1, numbers[2], "E28速運", "2026-03-03", 400, 7),
    ]
    file = desk.table("発送", "注文番号,明細番号,追跡番号,配送業者,発送日,国際送料,出荷数", rows)
    desk.books(file, rows_seen=3, rows_loaded=3, rows_duplicate=0)
    desk.rows("shipments", 3, "E28速運-")
    desk.rows("shipment_lines", 5)
    parcels = [f"E28速運-{number}" for number in numbers]
    desk.value("shipments", parcels[0], tracking_no=numbers[0], freight_jpy=800)
    desk.value("shipments", parcels[1], tracking_no=numbers[1], freight_jpy=None)
    for parcel in parcels[:2]:
        for line in ("1", "2"):
            desk.value("shipment_lines", (parcel, first, line, ""), qty=None, allocation="unknown")
    desk.value("shipment_lines", (parcels[2], second, "1", ""), qty=7, allocation="stated")
    desk.issue("shared_tracking", "shipments", parcels[0])
