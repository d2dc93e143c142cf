"""Hazards E5 E14 E21-E28: what the sheets of exports look like, through the whole loader."""

import io
from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter

REQUEST = "P2026091008463813-2147"
ORDER_A, ORDER_B = "2026071715475684-300001", "2026080109304512-300001"
GOODS = [
    "配送依頼書NO",
    "注文番号",
    "商品番号",
    "商品情報",
    "単価（元）",
    "出荷数",
    "小計",
    "所在箱",
]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001000554a24f5f0000000049454e44ae426082"
)


def book(sheets, **options):
    """A workbook of sheets, each a list of rows; a row is placed at its index."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, options) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return out.getvalue()


def saved(made):
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def notes(loaded):
    return loaded.rows("SELECT rule, detail FROM issues ORDER BY ALL")


def pieces(loaded):
    return loaded.rows(
        "SELECT order_no, line_no, box_no, qty, allocation FROM shipment_lines ORDER BY ALL"
    )


SUMMARY = [
    ["ラクマート 配送依頼書"],
    ["配送依頼書番号", REQUEST, "会員番号", "300001"],
    ["配送方法", "RW船便", "配送依頼書レート", 21.5],
    ["国際運賃（円）", 12345, "出力日", "2026年9月20日"],
]
LINES = [
    [1, ORDER_A, "1", "皿", 12.5, 30, 375, "NO1：20,NO2：10"],
    [2, ORDER_A, "2", "箸", 1.2, 5, 6, "NO2：5"],
    [3, ORDER_B, "1", "椀", 8, 12, 96, "NO3：12"],
]


def test_E5_headers_in_any_characters_of_the_three_writings(loaded):
    loaded.load(
        {
            "ja.csv": "注文番号,明細番号,店舗名,単価,数量,入庫数\nA-1,1,甲,2.5,3,3\n",
            "zh.csv": "订单号,序号,店铺,单价,数量,入库数\nA-2,1,乙,2.5,3,3\n",
            "tw.csv": "訂單號,序號,店鋪,單價,數量,入庫數\nA-3,1,丙,2.5,3,3\n",
            "mixed.csv": "注文番号,明细番号,店铺名,單价,数量,入庫数\nA-4,1,丁,2.5,3,3\n",
        }
    )
    assert loaded.rows(
        "SELECT order_no, line_no, seller_name, unit_price_cny::VARCHAR, qty_ordered, qty_received "
        "FROM order_lines ORDER BY order_no"
    ) == [(f"A-{i}", "1", name, "2.50", 3, 3) for i, name in enumerate("甲乙丙丁", start=1)]
    assert loaded.one("SELECT bool_and(len(unknown_headers) = 0) FROM imports") is True


@pytest.mark.parametrize("base", [False, True])
def test_E14_dates_of_workbooks_that_count_from_1904(loaded, base):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"date_1904": base}) as made:
        sheet = made.add_worksheet()
        days = made.add_format({"num_format": "yyyy/mm/dd"})
        clock = made.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["注文番号", "注文日", "入金日", "合計"])
        sheet.write_row(1, 0, ["A-1", "", "", 100])
        sheet.write_datetime(1, 1, date(2026, 7, 1), days)
        sheet.write_datetime(1, 2, datetime(2026, 7, 2, 9, 30), clock)
    loaded.load({"o.xlsx": out.getvalue()})
    assert loaded.rows("SELECT submitted_day::VARCHAR, paid_at::VARCHAR FROM orders") == [
        ("2026-07-01", "2026-07-02 01:30:00")
    ]


@pytest.mark.parametrize(("base", "serial"), [(False, 46204), (True, 46204 - 1462)])
def test_E14_bare_serial_numbers_count_from_the_workbooks_base(loaded, base, serial):
    rows = [["注文番号", "注文日", "合計"], ["A-1", serial, 100]]
    loaded.load({"o.xlsx": book({"x": rows}, date_1904=base)})
    assert loaded.one("SELECT submitted_day::VARCHAR FROM orders") == "2026-07-01"


@pytest.mark.parametrize("top", [1, 5, 17, 30])
def test_E21_a_header_anywhere_in_the_first_thirty_rows(loaded, top):
    above = [*SUMMARY, *[[]] * 30][: top - 1]
    rows = [*above, ["注文番号", "明細番号", "店舗名", "数量"], ["A-1", "1", "甲", 3]]
    report = loaded.load({"o.xlsx": book({"x": rows})})
    assert loaded.one("SELECT header_row FROM imports") == top
    assert [(a.seen, a.loaded) for a in report.sheets] == [(1, 1)]
    assert loaded.rows("SELECT order_no, seller_name, source_row FROM order_lines") == [
        ("A-1", "甲", top + 1)
    ]


@pytest.mark.parametrize(
    "above",
    [
        [["", f"配送依頼書番号：{REQUEST}"]],
        [["配送依頼書番号：", REQUEST]],
        [["※配送依頼書番号", "", ""], [REQUEST]],
        [["ラクマート", f"  ご依頼 {REQUEST} の明細"]],
        [[f"配送依頼書番号：{REQUEST}　配送方法：RW船便"]],
        [
            [
                "配送依頼書番号",
                "配送方法",
                "国際運賃（円）",
                "代行手数料（円）",
                "決済重量（KG）",
                "箱数",
            ],
            [REQUEST, "RW船便", "12,345円", 600, 20.5, 3],
        ],
    ],
)
def test_E21_the_requests_number_wherever_it_stands_above_the_table(loaded, above):
    loaded.load({"依頼.xlsx": book({"Sheet1": [*above, [], GOODS, *LINES]})})
    assert loaded.one("SELECT shipment_id FROM shipments") == REQUEST
    assert loaded.one("SELECT sum(qty)::INTEGER FROM shipment_lines") == 47


def test_E21_the_requests_number_in_the_files_name(loaded):
    loaded.load({f"{REQUEST}.xlsx": book({"配送依頼書詳細": [GOODS, *LINES]})})
    assert loaded.one("SELECT shipment_id FROM shipments") == REQUEST


def test_E21_a_summary_on_the_last_sheet_serves_all(loaded):
    boxes = [["箱NO", "注文番号", "商品番号", "梱包数"], [1, ORDER_A, "1", 30]]
    loaded.load(
        {"x.xlsx": book({"梱包リスト": boxes, "配送依頼書詳細": [*SUMMARY, GOODS, *LINES]})}
    )
    assert loaded.rows("SELECT shipment_id, box_no, qty FROM shipment_lines") == [
        (REQUEST, "1", 30)
    ]


def test_E22_totals_and_the_list_of_boxes_are_no_lines(loaded):
    below = [
        ["合計", "", "", "", "", 47, 477],
        [],
        ["箱番号", "サイズ", "重量(kg)", "決済重量（KG）"],
        ["1", "60*40*30", "12.5", "13"],
        ["2", "50*40*30", "8.0", "10"],
        ["備考", "割れ物注意 7/1着希望"],
    ]
    report = loaded.load({"P.xlsx": book({"配送依頼書詳細": [*SUMMARY, GOODS, *LINES, *below]})})
    (account,) = report.sheets
    assert (account.seen, account.loaded, account.rejected, account.skipped) == (9, 3, 0, 6)
    assert loaded.rows("SELECT order_no, line_no FROM order_lines ORDER BY ALL") == [
        (ORDER_A, "1"),
        (ORDER_A, "2"),
        (ORDER_B, "1"),
    ]


def test_E22_subtotals_between_the_lines_do_not_end_the_table(loaded):
    rows = [
        *[*SUMMARY, GOODS, *LINES[:2]],
        ["", "", "", "小計", "", 35, 381],
        *[LINES[2], ["", "", "", "合計", "", 47, 477]],
    ]
    report = loaded.load({"P.xlsx": book({"配送依頼書詳細": rows})})
    assert [(a.loaded, a.rejected, a.skipped) for a in report.sheets] == [(3, 0, 2)]


def test_E22_a_line_without_its_order_is_refused_and_not_taken_for_the_end(loaded):
    lost = [2, "", "2", "箸", 1.2, 5, 6, "NO2：5"]
    rows = [*SUMMARY, GOODS, LINES[0], lost, LINES[2]]
    report = loaded.load({"P.xlsx": book({"配送依頼書詳細": rows})})
    assert [(a.loaded, a.rejected, a.skipped) for a in report.sheets] == [(2, 1, 0)]
    assert loaded.rows("SELECT source_row, reasons FROM rejects") == [(7, ["order_no is missing"])]


def test_E23_a_merged_box_counts_for_its_rows_and_no_blank_elsewhere_is_filled(loaded):
    boxes = [
        ["配送依頼書番号", REQUEST],
        ["箱NO", "注文番号", "商品番号", "梱包数", "備考"],
        [1, ORDER_A, "1", 20, "割れ物"],
        ["", ORDER_A, "2", 5, ""],
        [2, ORDER_A, "1", 10, ""],
        ["", ORDER_B, "1", "", ""],
        ["合計", "", "", 47, ""],
        ["", ORDER_B, "9", 1, ""],
    ]
    loaded.load({"P.xlsx": book({"梱包リスト": boxes})})
    assert pieces(loaded) == [
        (ORDER_A, "1", "1", 20, "stated"),
        (ORDER_A, "1", "2", 10, "stated"),
        (ORDER_A, "2", "1", 5, "stated"),
        (ORDER_B, "1", "2", None, "stated"),
        (ORDER_B, "9", None, 1, "stated"),
    ]
    assert loaded.rows("SELECT line_no, remark FROM order_lines ORDER BY ALL") == [
        ("1", "割れ物"),
        ("1", None),
        ("2", None),
        ("9", None),
    ]


def test_E24_one_workbook_feeds_four_tables_and_keeps_every_piece(loaded):
    report = loaded.load({"P.xlsx": book({"配送依頼書詳細": [*SUMMARY, GOODS, *LINES]})})
    assert [(a.seen, a.loaded, a.exported_at_source) for a in report.sheets] == [(3, 3, "document")]
    assert loaded.rows("SELECT order_no, fx_rate FROM orders ORDER BY ALL") == [
        (ORDER_A, None),
        (ORDER_B, None),
    ]
    assert loaded.one("SELECT count(DISTINCT member_id) FROM orders") == 1
    assert loaded.rows(
        "SELECT shipment_id, leg, ship_method, freight_jpy::INTEGER, fx_rate::DOUBLE FROM shipments"
    ) == [(REQUEST, 2, "RW船便", 12345, 21.5)]
    assert loaded.rows(
        "SELECT order_no, line_no, item_title, unit_price_cny::DOUBLE, qty_shipped "
        "FROM order_lines ORDER BY ALL"
    ) == [
        (ORDER_A, "1", "皿", 12.5, None),
        (ORDER_A, "2", "箸", 1.2, None),
        (ORDER_B, "1", "椀", 8, None),
    ]
    assert pieces(loaded) == [
        (ORDER_A, "1", "1", 20, "stated"),
        (ORDER_A, "1", "2", 10, "stated"),
        (ORDER_A, "2", "2", 5, "stated"),
        (ORDER_B, "1", "3", 12, "stated"),
    ]
    assert notes(loaded) == []


def test_E24_boxes_on_lines_of_a_cell_and_a_sum_that_is_not_the_quantity_shipped(loaded):
    lines = [
        [1, ORDER_A, "1", "皿", 12.5, 30, 375, "NO1：20\nNO2：9"],
        [2, ORDER_A, "2", "箸", 1.2, 5, 6, "No.2:5個"],
        [3, ORDER_B, "1", "椀", 8, 12, 96, "2、3"],
    ]
    report = loaded.load({"P.xlsx": book({"配送依頼書詳細": [*SUMMARY, GOODS, *lines]})})
    assert [(a.seen, a.loaded) for a in report.sheets] == [(3, 3)]
    assert pieces(loaded) == [
        (ORDER_A, "1", "1", 20, "stated"),
        (ORDER_A, "1", "2", 9, "stated"),
        (ORDER_A, "2", "2", 5, "stated"),
        (ORDER_B, "1", "2、3", 12, "stated"),
    ]
    assert loaded.rows("SELECT table_name, key, rule, detail, source_row FROM issues") == [
        (
            "shipment_lines",
            f"{REQUEST}/{ORDER_A}/1",
            "box_mismatch",
            "box_no: 'NO1:20\\nNO2:9' adds up to 29, shipped are 30",
            6,
        )
    ]


def test_E24_a_packing_list_is_the_only_one_to_say_what_lies_where(loaded):
    boxes = [
        ["箱NO", "注文番号", "商品番号", "梱包数", "サイズ", "実際重量(kg)"],
        [1, ORDER_A, "1", 30, "60*40*30", 12.5],
        [2, ORDER_B, "1", 12, "50*40*30", 8],
    ]
    sheets = {"配送依頼書詳細": [*SUMMARY, GOODS, *LINES], "梱包リスト": boxes}
    loaded.load({"P.xlsx": book(sheets)})
    assert [(line, box, qty) for _, line, box, qty, _ in pieces(loaded)] == [
        ("1", "1", 30),
        ("1", "2", 12),
    ]
    assert loaded.one("SELECT count(sku) FROM order_lines") == 0
    assert loaded.rows("SELECT key, rule, detail, source_row FROM issues") == [
        (
            "配送依頼書詳細",
            "box_mismatch",
            f"{ORDER_A}/2: 0 pieces in boxes, shipped are 5",
            7,
        )
    ]


def test_E24_another_kind_of_sheet_in_the_workbook_is_read_by_its_own_rules(loaded):
    claims = [
        ["注文番号", "商品番号", "トラブル種類", "申請日"],
        ["", "", "不良品", "2026-09-21"],
        [ORDER_A, "1", "破損", "2026-09-22"],
    ]
    sheets = {"配送依頼書詳細": [*SUMMARY, GOODS, *LINES], "クレーム": claims}
    report = loaded.load({"P.xlsx": book(sheets)})
    assert [(a.tables[0], a.loaded) for a in report.sheets] == [
        ("order_lines", 3),
        ("claims", 2),
    ]


def test_E24_amounts_in_the_other_currency_are_not_taken_for_ones_own(loaded):
    header = [
        "配送依頼書NO",
        "注文番号",
        "商品番号",
        "商品名",
        "単価（円）",
        "単価（元）",
        "出荷数",
    ]
    header += ["小計（円）", "小计（元）"]
    rows = [
        *SUMMARY,
        ["商品代金合計（円）", 5000],
        header,
        [1, "A-1", "1", "皿", 269, 12.5, 2, 538, 25],
    ]
    loaded.load({"P.xlsx": book({"配送依頼書詳細": rows})})
    assert loaded.one("SELECT unit_price_cny::DOUBLE FROM order_lines") == 12.5
    assert loaded.one("SELECT unknown_headers FROM imports") == [
        "配送依頼書NO",
        "単価（円）",
        "小計（円）",
        "小计（元）",
    ]


def test_E24_a_summary_that_cannot_be_read_is_doubted_and_its_lines_stay(loaded):
    rows = [*SUMMARY[:3], ["国際運賃（円）", "見積中"], GOODS, LINES[1]]
    report = loaded.load({"P.xlsx": book({"配送依頼書詳細": rows})})
    assert [(a.loaded, a.rejected) for a in report.sheets] == [(1, 0)]
    assert loaded.one("SELECT freight_jpy FROM shipments") is None
    assert loaded.rows("SELECT table_name, detail FROM issues") == [
        ("shipments", "freight_jpy: not a number: '見積中'")
    ]


def with_formulas():
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(["注文番号", "明細番号", "店舗名", "数量", "単価", "社内"])
    sheet.append(["A-1", "1", "甲", "=1+2", "=B2*2", "x"])
    sheet.append(["A-2", "1", "乙", 3, 2.5, "y"])
    sheet.append(["A-3", "1", "丙", 4, 2.5, "z"])
    return made, sheet


def test_E25_hidden_rows_columns_and_sheets_are_loaded_and_told(loaded):
    made, sheet = with_formulas()
    sheet["D2"], sheet["E2"] = 3, 2.5
    sheet.row_dimensions[3].hidden = True
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["F"].hidden = True
    other = made.create_sheet("裏")
    other.sheet_state = "veryHidden"
    other.append(["注文番号", "注文日", "合計"])
    other.append(["A-1", "2026-06-01", 100])
    made.create_sheet("メモ").sheet_state = "hidden"
    loaded.load({"o.xlsx": saved(made)})
    assert loaded.one("SELECT count(*)::INTEGER FROM order_lines") == 3
    assert loaded.one("SELECT count(*)::INTEGER FROM orders") == 1
    assert loaded.rows("SELECT table_name, key, rule, detail FROM issues ORDER BY rule") == [
        ("order_lines", "Sheet", "hidden_columns", "1 hidden columns: F"),
        ("order_lines", "Sheet", "hidden_rows", "2 hidden rows: 3, 4"),
        ("orders", "裏", "hidden_sheet", "'裏' is hidden"),
    ]


def test_E25_formulas_without_a_stored_result_are_blank_and_counted(loaded):
    made, _ = with_formulas()
    loaded.load({"o.xlsx": saved(made)})
    assert loaded.rows(
        "SELECT order_no, qty_ordered, unit_price_cny::DOUBLE FROM order_lines ORDER BY ALL"
    ) == [("A-1", None, None), ("A-2", 3, 2.5), ("A-3", 4, 2.5)]
    assert notes(loaded) == [("formula_without_value", "2 formulas without a result: D2, E2")]


def test_E25_formulas_with_results_and_errors_of_formulas(loaded):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["注文番号", "明細番号", "店舗名", "数量", "単価", "規格"])
        sheet.write_row(1, 0, ["A-1", "1", "甲"])
        sheet.write_formula(1, 3, "=1+2", None, 3)
        sheet.write_formula(1, 4, "=NA()", None, "#N/A")
        sheet.write_formula(1, 5, '=""', None, "")
    loaded.load({"o.xlsx": out.getvalue()})
    assert loaded.rows("SELECT qty_ordered, unit_price_cny, sku FROM order_lines") == [
        (3, None, None)
    ]


def test_E25_pictures_are_counted(loaded):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["注文番号", "明細番号", "店舗名", "数量", "写真"])
        sheet.write_row(1, 0, ["A-1", "1", "甲", 3])
        for cell in ("E2", "E3"):
            sheet.insert_image(cell, "photo.png", {"image_data": io.BytesIO(PNG)})
    loaded.load({"o.xlsx": out.getvalue()})
    assert notes(loaded) == [("pictures", "2 pictures")]


def test_E25_a_long_number_keeps_its_digits_and_shows_where_it_was_rounded(loaded):
    rows = [["注文番号", "注文日", "合計"], [2026071715475680.0, "2026-07-17", 1]]
    loaded.load({"o.xlsx": book({"x": rows})})
    assert loaded.one("SELECT order_no FROM orders") == "2026071715475680"
    assert loaded.rows("SELECT key, rule FROM issues WHERE rule = 'rounded_id'") == [
        ("2026071715475680", "rounded_id")
    ]


def test_E26_columns_in_any_order_added_and_duplicated(loaded):
    loaded.load(
        {
            "a.csv": "数量,社内メモ,注文番号,店舗名,明細番号,数量\n3,x,A-1,甲,1,9\n",
            "b.csv": "social,order no,店铺,sorting,qty,social\ny,A-2,乙,1,4,z\n",
        }
    )
    assert loaded.rows(
        "SELECT order_no, line_no, seller_name, qty_ordered FROM order_lines ORDER BY ALL"
    ) == [("A-1", "1", "甲", 3), ("A-2", "1", "乙", 4)]
    assert loaded.rows("SELECT file, unknown_headers FROM imports ORDER BY file") == [
        ("a.csv", ["社内メモ", "数量 (6)"]),
        ("b.csv", ["social", "social (6)"]),
    ]
    assert notes(loaded) == [("duplicate_header", "'数量' in columns 1 and 6: column 1 was used")]


def test_E26_the_same_header_means_what_its_export_is_about(loaded):
    loaded.load(
        {
            "lines.csv": "No,注文番号,商品番号,商品名,到着日\n7,A-1,2,皿,2026-06-01\n",
            "items.csv": "注文番号,明細番号,商品番号,商品名\nA-2,1,6001,椀\n",
            "parcels.csv": "追跡番号,配送業者,到着日\n123456789012,佐川急便,2026-06-02\n",
            "prices.csv": "商品番号,規格,調査日時,調査単価（元）\n6001,赤,2026-06-03 09:00,2.5\n",
        }
    )
    assert loaded.rows(
        "SELECT order_no, line_no, item_id, arrived_at IS NULL FROM order_lines ORDER BY ALL"
    ) == [("A-1", "2", None, False), ("A-2", "1", "6001", True)]
    assert loaded.one("SELECT delivered_day::VARCHAR FROM shipments") == "2026-06-02"
    assert loaded.one("SELECT item_id FROM price_observations") == "6001"


def test_E26_a_size_is_of_the_garment_or_of_the_box(loaded):
    boxes = [["箱NO", "注文番号", "商品番号", "梱包数", "サイズ"], [1, "A-1", "1", 3, "60*40*30"]]
    loaded.load(
        {
            "lines.csv": "注文番号,明細番号,商品名,色,サイズ,数量\nA-1,1,シャツ,赤,M,3\n",
            "P.xlsx": book({"梱包リスト": [["配送依頼書番号", REQUEST], *boxes]}),
        }
    )
    assert loaded.rows("SELECT sku FROM order_lines") == [("赤 / M",)]


def test_E26_a_header_on_two_rows(loaded):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet()
        for column, name in enumerate(["注文番号", "明細番号"]):
            sheet.merge_range(1, column, 2, column, name)
        sheet.merge_range(1, 2, 1, 4, "商品情報")
        sheet.write_row(2, 2, ["商品名", "規格", "単価（元）"])
        sheet.merge_range(1, 5, 2, 5, "数量")
        sheet.write_row(3, 0, ["A-1", "1", "皿", "赤", 2.5, 3])
    report = loaded.load({"o.xlsx": out.getvalue()})
    assert [(a.seen, a.loaded, a.unknown_headers) for a in report.sheets] == [(1, 1, ())]
    assert loaded.one("SELECT header_row FROM imports") == 3
    assert loaded.rows(
        "SELECT order_no, line_no, item_title, sku, unit_price_cny::DOUBLE, qty_ordered "
        "FROM order_lines"
    ) == [("A-1", "1", "皿", "赤", 2.5, 3)]


def test_E26_brackets_scale_and_name_the_currency(loaded):
    loaded.load(
        {
            "p.csv": (
                "追跡番号,配送業者,実重量(g),国際送料（千円）\n"
                "1234-5678-9012,佐川,1500,1.5\n1234-5678-9023,佐川,800,2\n"
            ),
            "r.csv": "返金番号,返金日,返金額(円),差引手数料（元）\nR-1,2026-06-01,500,1\n",
        }
    )
    assert loaded.rows("SELECT actual_kg::DOUBLE, freight_jpy::INTEGER FROM shipments") == [
        (1.5, 1500),
        (0.8, 2000),
    ]
    assert loaded.rows("SELECT amount_paid::DOUBLE, fee_deducted, currency FROM refunds") == [
        (500, None, "JPY")
    ]
    assert loaded.one("SELECT unknown_headers FROM imports WHERE file = 'r.csv'") == [
        "差引手数料（元）"
    ]


def test_E26_several_sheets_of_several_kinds_and_languages(loaded):
    sheets = {
        "注文": [["注文番号", "注文日", "合計"], ["A-1", "2026-06-01", 100]],
        "明细": [["订单号", "序号", "店铺", "数量"], ["A-1", "1", "甲", 3]],
        "parcels": [["tracking number", "carrier", "order no"], ["123456789012", "EMS", "A-1"]],
        "memo": [["text"]],
    }
    report = loaded.load({"all.xlsx": book(sheets)})
    assert [(a.sheet, a.tables, a.loaded) for a in report.sheets] == [
        ("注文", ("orders",), 1),
        ("明细", ("order_lines",), 1),
        ("parcels", ("shipments",), 1),
        ("memo", (), 0),
    ]


REMARKS = (
    "注文番号,明細番号,商品名,数量,備考\n"
    'A-1,1,皿,30,"●SKU-01▲0701-20●SKU-02▲0701-10"\n'
    'A-1,2,箸,5,"●SKU-03▲0702-5　至急"\n'
    'A-1,3,椀,8,"●SKU-04▲来週\n●SKU-05▲7/05-8"\n'
    "A-1,4,付属の袋,30,付属品のみ\n"
)


def test_E27_the_buyers_codes_are_read_out_of_remarks(loaded):
    report = loaded.load({"lines.csv": REMARKS})
    assert [(a.seen, a.loaded) for a in report.sheets] == [(4, 4)]
    assert loaded.rows("SELECT line_no, client_sku, mmdd, qty FROM client_skus ORDER BY ALL") == [
        ("1", "SKU-01", "0701", 20),
        ("1", "SKU-02", "0701", 10),
        ("2", "SKU-03", "0702", 5),
        ("3", "SKU-05", "7/05", 8),
    ]
    assert loaded.rows("SELECT line_no, remark FROM order_lines ORDER BY ALL") == [
        ("1", "●SKU-01▲0701-20●SKU-02▲0701-10"),
        ("2", "●SKU-03▲0702-5　至急"),
        ("3", "●SKU-04▲来週\n●SKU-05▲7/05-8"),
        ("4", "付属品のみ"),
    ]
    assert loaded.rows("SELECT key, rule, source_row FROM issues") == [
        ("A-1/3", "unread_remark", 4)
    ]


def test_E27_the_packers_remarks_belong_to_the_lines_too(loaded):
    boxes = [
        ["箱NO", "注文番号", "商品番号", "梱包数", "箱詰め備考"],
        [1, "A-1", "1", 3, "●S▲0701-3"],
    ]
    above = ["配送依頼書番号", REQUEST]
    loaded.load({"P.xlsx": book({"梱包リスト": [above, *boxes]})})
    assert loaded.rows("SELECT order_no, line_no, client_sku, qty FROM client_skus") == [
        ("A-1", "1", "S", 3)
    ]


@pytest.mark.parametrize("between", [",", "、", "; ", " / ", "\n"])
def test_E28_joined_tracking_numbers_are_parcels_of_their_own(loaded, between):
    numbers = f'"123456789012{between}123456789023"'
    report = loaded.load(
        {
            "parcels.csv": (
                "注文番号,明細番号,追跡番号,配送業者,発送日,国際送料,出荷数\n"
                f"A-1,1,{numbers},佐川急便,2026-06-01,800,30\n"
                f"A-1,2,{numbers},佐川急便,2026-06-01,800,5\n"
                "A-2,1,123456789034,佐川急便,2026-06-02,400,7\n"
            )
        }
    )
    (account,) = report.sheets
    assert (account.seen, account.loaded, account.duplicate) == (3, 3, 0)
    assert loaded.rows(
        "SELECT tracking_no, order_no, freight_jpy::INTEGER FROM shipments ORDER BY ALL"
    ) == [
        ("123456789012", "A-1", 800),
        ("123456789023", "A-1", None),
        ("123456789034", "A-2", 400),
    ]
    assert loaded.rows(
        "SELECT s.tracking_no, l.line_no, l.qty, l.allocation "
        "FROM shipment_lines l JOIN shipments s USING (shipment_id) ORDER BY ALL"
    ) == [
        ("123456789012", "1", None, "unknown"),
        ("123456789012", "2", None, "unknown"),
        ("123456789023", "1", None, "unknown"),
        ("123456789023", "2", None, "unknown"),
        ("123456789034", "1", 7, "stated"),
    ]
    assert loaded.one("SELECT count(*)::INTEGER FROM issues WHERE rule = 'shared_tracking'") == 1


def test_E28_a_second_load_of_joined_numbers_adds_nothing(loaded):
    text = "注文番号,注文日,追跡番号,発送日\nA-1,2026-05-01,123456789012、123456789023,2026-06-01\n"
    loaded.load({"a.csv": text})
    (again,) = loaded.load({"b.csv": text + "\n"}).sheets
    assert (again.seen, again.loaded, again.duplicate, again.skipped) == (2, 0, 1, 1)
    assert loaded.rows("SELECT tracking_no FROM shipments ORDER BY ALL") == [
        ("123456789012",),
        ("123456789023",),
    ]


def test_E28_a_shipment_with_an_id_of_its_own_keeps_it_for_the_first_parcel(loaded):
    loaded.load(
        {"s.csv": 'shipment_id,order_no,tracking_no\nS-1,A-1,"123456789012,123456789023"\n'}
    )
    assert loaded.rows(
        "SELECT shipment_id, tracking_no, parent_shipment_id FROM shipments ORDER BY ALL"
    ) == [("S-1", "123456789012", None), ("S-1-2", "123456789023", "S-1")]


def test_E28_a_request_of_two_airbills_keeps_its_pieces_together(loaded):
    above = [*SUMMARY, ["追跡番号", "RW26092001、RW26092002"]]
    loaded.load({"P.xlsx": book({"配送依頼書詳細": [*above, GOODS, *LINES]})})
    assert loaded.rows(
        "SELECT shipment_id, tracking_no, parent_shipment_id, freight_jpy::INTEGER "
        "FROM shipments ORDER BY ALL"
    ) == [
        (REQUEST, "RW26092001", None, 12345),
        (f"{REQUEST}-2", "RW26092002", REQUEST, None),
    ]
    assert loaded.rows(
        "SELECT shipment_id, sum(qty)::INTEGER FROM shipment_lines GROUP BY shipment_id"
    ) == [(REQUEST, 47)]
