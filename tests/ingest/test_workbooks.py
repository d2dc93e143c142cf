"""Workbooks as an agency makes them, written for real and read for real."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter

import rakustats as rs
from rakustats.ingest import summaries
from rakustats.ingest.headers import known_headers
from rakustats.ingest.request_rows import RequestTable
from rakustats.ingest.workbooks import as_text
from rakustats.ingest.worksheets import Package
from rakustats.schema.text_normalisation import normalise

REQUEST = "P2026052817375706-300021"


def request_book(path: Path, top: int) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        goods = book.add_worksheet("配送依頼書詳細")
        summary = [
            ("配送依頼書番号", REQUEST),
            ("配送方法", "RW船便"),
            ("国際送料", 12345),
            ("出力日", "2026年5月31日"),
        ]
        for row, pair in enumerate(summary):
            goods.write_row(row, 0, pair)
        goods.write_row(
            top,
            0,
            [
                "配送依頼書NO",
                "注文番号",
                "商品番号",
                "商品名",
                "単価（元）",
                "数量",
                "小計",
                "小计",
                "写真",
            ],
        )
        goods.write_row(top + 1, 0, [1, "A-1", "1", "皿", 2.5, 30, 75, 75, ""])
        goods.write_row(top + 2, 0, [2, "B-1", "3", "箸", 1, 10, 10, 10, ""])
        goods.write_row(top + 3, 3, ["合計", "", 40, 85])
        goods.write_row(top + 6, 0, ["備考", "割れ物注意"])
        boxes = book.add_worksheet("梱包リスト")
        boxes.write_row(0, 0, ["配送依頼書番号", REQUEST])
        boxes.write_row(2, 0, ["箱NO", "注文番号", "商品番号", "梱包数"])
        boxes.merge_range(3, 0, 4, 0, 1)
        boxes.write_row(3, 1, ["A-1", "1", 20])
        boxes.write_row(4, 1, ["B-1", "3", 10])
        boxes.write_row(5, 0, [2, "A-1", "1", 10])
        boxes.write_row(6, 2, ["合計", 40])
        book.add_worksheet("メモ").write(0, 0, "社内用")


@pytest.mark.parametrize("top", [5, 12, 28])
def test_a_delivery_request(loaded, top):
    request_book(loaded.folder / "P.xlsx", top)
    report = rs.load(loaded.folder / "P.xlsx", db=loaded.path)
    assert [(a.sheet, a.seen, a.loaded, a.rejected, a.skipped) for a in report.sheets] == [
        ("配送依頼書詳細", 6, 2, 0, 4),
        ("梱包リスト", 4, 3, 0, 1),
        ("メモ", 0, 0, 0, 0),
    ]
    assert [a.status for a in report.sheets] == ["loaded", "loaded", "not an export"]
    assert {a.exported_at_source for a in report.sheets[:2]} == {"document"}
    assert loaded.rows(
        "SELECT shipment_id, leg, ship_method, freight_jpy, exported_at::DATE::VARCHAR "
        "FROM shipments"
    ) == [(REQUEST, 2, "RW船便", 12345, "2026-05-31")]
    assert loaded.rows(
        "SELECT order_no, line_no, box_no, qty, allocation FROM shipment_lines ORDER BY ALL"
    ) == [
        ("A-1", "1", "1", 20, "stated"),
        ("A-1", "1", "2", 10, "stated"),
        ("B-1", "3", "1", 10, "stated"),
    ]
    assert loaded.rows(
        "SELECT order_no, line_no, item_title, unit_price_cny::VARCHAR, qty_ordered "
        "FROM order_lines ORDER BY ALL"
    ) == [
        ("A-1", "1", "皿", "2.50", None),
        ("B-1", "3", "箸", "1.00", None),
    ]


def test_rows_are_numbered_as_the_sheet_shows_them(loaded):
    with xlsxwriter.Workbook(str(loaded.folder / "o.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write(3, 2, "order_no")
        sheet.write(3, 3, "total_jpy")
        sheet.write_row(4, 2, ["A-1", 1])
        sheet.write_row(6, 2, ["A-2", "abc"])
    account = rs.load(loaded.folder / "o.xlsx", db=loaded.path, exported_at="2026-06-30").sheets[0]
    assert (account.seen, account.loaded, account.rejected, account.skipped) == (3, 1, 1, 1)
    assert loaded.rows(
        "SELECT source_row FROM orders UNION ALL SELECT source_row FROM rejects"
    ) == [(5,), (7,)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (19.0, "19"),
        (0.97, "0.97"),
        (True, "true"),
        (date(2026, 7, 1), "2026-07-01"),
        (datetime(2026, 7, 1, 9, 5), "2026-07-01 09:05:00"),
        ("  x ", "  x "),
        (2026071715475684.0, "2026071715475684"),
        (2.02607171547568e17, "202607171547568000"),
        (0.00001, "0.00001"),
        (-1200.0, "-1200"),
        (time(9, 5), "09:05:00"),
    ],
)
def test_a_cell_as_text(cell, text):
    assert as_text(cell) == text


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["配送方法", "RW船便"]], {"配送方法": "RW船便"}),
        ([["配送方法：", "RW船便"]], {"配送方法": "RW船便"}),
        ([["配送方法：RW船便"]], {"配送方法": "RW船便"}),
        ([["配送方法：RW船便\n便：9月"]], {"配送方法": "RW船便", "便": "9月"}),
        (
            [["配送方法", "国際送料"], ["RW船便", "1,200"]],
            {"配送方法": "RW船便", "国際送料": "1,200"},
        ),
        ([["社内メモ", "至急"]], {}),
        ([["国際送料（元）", "580"]], {}),
        ([["実際重量(g)", "580"]], {}),
        ([["時刻 10:30"]], {}),
        ([["配送方法", ""], ["", ""]], {}),
    ],
)
def test_what_a_summary_says(rows, said):
    found = summaries.labels(rows)
    known = {label: value for label, value in found.items() if label in known_headers()}
    assert known == {normalise(label): value for label, value in said.items()}


def test_a_value_beside_a_merged_label():
    assert summaries.labels([["配送方法", "", "RW船便"]], {(0, 0): (0, 1)}) == {
        normalise("配送方法"): "RW船便"
    }


def rows_of(*rows):
    headers = ["箱NO", "注文番号", "商品番号", "梱包数"]
    return [row for row in RequestTable(headers, packs=True).rows(rows, 2) if row]


def test_a_box_is_carried_to_the_end_of_its_table_only():
    first = ["1", "A-1", "1", "2"]
    assert rows_of(first, ["", "A-2", "1", "2"], ["", "", "合計", "4"], ["", "A-3", "1", "2"]) == [
        first,
        ["1", "A-2", "1", "2"],
        ["", "A-3", "1", "2"],
    ]


def test_a_box_that_states_pieces_is_for_its_own_row():
    first, second = ["NO1：2", "A-1", "1", "2"], ["", "A-2", "1", "2"]
    assert rows_of(first, second) == [first, second]


def test_what_an_xlsx_says_beside_its_values_is_read_from_any_writers_tags(tmp_path):
    path = tmp_path / "x.xlsx"
    sheet = (
        '<x:worksheet xmlns:x="m"><x:cols><x:col min="2" max="3" hidden="true"/></x:cols>'
        '<x:sheetData><x:row r="2" hidden=\'1\'><x:c r="A2"><x:f>B1</x:f></x:c></x:row>'
        '<x:row r="3" hidden="1"/><x:row r="4"><x:c r="A4" vm="1" t="e"><x:v>#VALUE!</x:v></x:c>'
        '<x:c r="B4"><x:f t="shared" si="0"/><x:v/></x:c><x:c r="C4" t="str"><x:f>A1</x:f><x:v>'
        "</x:v></x:c><x:c r='D4'><x:f>1</x:f><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(
            "xl/workbook.xml",
            '<workbook xmlns:r="r"><workbookPr date1904="true"/><sheets>'
            '<sheet name="a &amp; b" sheetId="1" r:id="rId7"/></sheets></workbook>',
        )
        made.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="rId7" Type="t/worksheet" '
            'Target="/xl/worksheets/sheet1.xml"/></Relationships>',
        )
        made.writestr("xl/worksheets/sheet1.xml", sheet)
    with Package(path) as package:
        assert package.date_1904
        assert [(n.rule, n.detail) for n in package.notes("a & b", 2)] == [
            ("hidden_rows", "1 hidden rows: 2"),
            ("hidden_columns", "1 hidden columns: B"),
            ("formula_without_value", "2 formulas without a result: A2, B4"),
            ("pictures", "1 pictures"),
        ]
        assert package.notes("none", 2) == ()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\xd0\xcf\x11\xe0 old"])
def test_of_other_files_nothing_is_said_beside_their_values(tmp_path, content):
    (tmp_path / "x.xls").write_bytes(content)
    with Package(tmp_path / "x.xls") as package:
        assert (package.date_1904, package.notes("x", 9)) == (False, ())
