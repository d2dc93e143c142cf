"""Bytes and text: encodings, look-alike signs, mixed writings, cut-off files, wrong endings."""

from __future__ import annotations

import zlib

from rakustats.simulate.hazards.desk import Book, Desk, lines
from rakustats.simulate.hazards.registry import plants

_JA = "注文番号,注文日時,合計金額(円),支払方法"
_ZH = "订单号,下单时间,总额,支付方式"


@plants("E1")
def encodings(desk: Desk) -> None:
    """Plant one list of orders in each of six encodings; and a file that could be two of them."""
    made = (
        ("utf-8", "utf-8", _JA, "銀行振込"),
        ("utf-8-sig", "utf-8-sig", _JA, "代行の残高払い"),
        ("cp932", "cp932", _JA, "クレジットカード払い"),
        ("gb18030", "gb18030", _ZH, "支付宝余额付款"),
        ("utf-16", "utf-16", _JA, "コンビニ払い"),
        ("utf-16-be", "utf-16-be", _JA, "後払い決済"),
    )
    for n, (encoding, shown, header, method) in enumerate(made, start=1):
        no = desk.order(n)
        file = desk.table(
            f"注文_{encoding}",
            header,
            [(no, f"2026-03-{n:02} 10:00:00", 1000 + n, method)],
            encoding=encoding,
        )
        desk.value("orders", no, payment_method=method, total_jpy=1000 + n)
        desk.books(file, encoding=shown, rows_loaded=1)
    desk.rows("orders", len(made))
    # The bytes of two half-width kana are those of one Chinese character.
    tie = lines([("order_no", "total_jpy", "agency"), (desk.order(9), 1, "ｶｷﾐｻ")])
    desk.refuse("E1_どちらの文字コードか.csv", tie.encode("cp932"), "could be")


@plants("E2")
def signs_of_windows(desk: Desk) -> None:
    """Plant signs that only cp932 has, in a file that many call shift_jis."""
    titles = ("㈱髙﨑商店 ①", "サイズ S～L －軽量－", "ⅳ型 纊")
    nos = desk.orders(len(titles))
    desk.table(
        "明細",
        "注文番号,明細番号,商品名,注文数",
        [(no, 1, title, desk.pieces()) for no, title in zip(nos, titles, strict=True)],
        encoding="cp932",
    )
    for no, title in zip(nos, titles, strict=True):
        desk.value("order_lines", (no, "1"), item_title=title)
    desk.rows("order_lines", len(titles))


@plants("E3")
def look_alikes(desk: Desk) -> None:
    """Plant minus, dash, wave and yen signs of several code points, in numbers and prices."""
    no = desk.order(1)
    minus, wide = no.replace("-", "\u2212"), no.replace("-", "\uff0d")
    desk.table("注文", _JA, [(minus, "2026-03-02 10:00:00", "\u22121,200", "残高払い")])
    desk.table(
        "明細",
        "注文番号,明細番号,商品名,規格,単価（元）",
        [(wide, 1, "Tシャツ〜赤～青", "赤〜青", "\u00a512.50"), (no, 2, "皿", "", "￥3")],
    )
    item = "item-E3"
    desk.table(
        "価格",
        "商品ID,規格,調査日時,調査単価（元）",
        [
            (item, "S\u301cL", "2026-03-01 10:00:00", 9),
            (item, "S\uff5eL", "2026-03-02 10:00:00", 8),
        ],
    )
    desk.rows("orders", 1)
    desk.rows("order_lines", 2)
    desk.value("orders", no, total_jpy=-1200)
    desk.value("order_lines", (no, "1"), unit_price_cny="12.50", item_title="Tシャツ〜赤～青")
    desk.value("order_lines", (no, "2"), unit_price_cny="3.00")
    desk.rows("price_observations", 2, f"{item}/S~L/")


@plants("E4")
def widths(desk: Desk) -> None:
    """Plant full-width figures, half-width kana, invisible signs, a line break in a header."""
    no = desk.order(1)
    header = [
        "注文\n番号",
        "\ufeff注文日時",
        "合計金額（円）\u3000",
        "ステータス",
        "支払\u00a0方法",
    ]
    row = [f"\u200b{no}　", "２０２６年３月２日", "１２，３４５", "ｷｬﾝｾﾙ済", "ｸﾚｼﾞｯﾄｶｰﾄﾞ"]
    desk.write(desk.name("注文"), lines([header, row]).encode())
    desk.value("orders", no, total_jpy=12345, state="cancelled", submitted_at="2026-03-01 16:00:00")
    desk.rows("orders", 1)


@plants("E5")
def writings(desk: Desk) -> None:
    """Plant headers in Japanese, simplified and traditional characters, mixed within one row."""
    headers = (
        "注文番号,明細番号,店舗ID,単価（元）,数量,入庫数",
        "订单号,序号,店铺ID,单价,数量,入库数",
        "訂單號,序號,店鋪ID,單價,數量,入庫數",
        "注文番号,明细番號,店铺ID,單価（元）,数量,入库数",
    )
    for n, header in enumerate(headers, start=1):
        no = desk.order(n)
        file = desk.table(f"明細{n}", header, [(no, 1, desk.seller, "2.5", n + 5, n)])
        desk.value(
            "order_lines",
            (no, "1"),
            seller_id=desk.seller,
            unit_price_cny="2.50",
            qty_ordered=n + 5,
            qty_received=n,
        )
        desk.books(file, unknown_headers="")
    desk.rows("order_lines", len(headers))


@plants("E6")
def several_encodings(desk: Desk) -> None:
    """Plant two exports put one after the other, and a line that is in no encoding at all."""
    nos = desk.orders(9)
    rows = [(no, "2026-03-02 10:00:00", 100, "残高払い㈱髙﨑") for no in nos]
    first = lines([_JA.split(","), *rows[:4]]).encode("cp932")
    second = lines([_JA.split(","), *rows[4:8]]).encode()
    file = desk.write(desk.name("注文_つなげた"), first + second)
    for no in (nos[0], nos[7]):
        desk.value("orders", no, payment_method="残高払い㈱髙﨑")
    desk.books(file, encoding="cp932 + utf-8", rows_seen=9, rows_loaded=8, rows_skipped=1)
    desk.sheet_issue("mixed_encodings", file)
    good = lines([_JA.split(","), rows[8], (desk.order(10), "2026-03-02 10:00:00", 1, "残高払い")])
    at = good.encode().rindex("残高".encode())
    broken = good.encode()
    broken = broken[: at + 1] + b"\xff" + broken[at + 2 :]
    file = desk.write(desk.name("注文_壊れた行"), broken)
    desk.books(file, rows_seen=2, rows_loaded=1, rows_rejected=1)
    desk.reject(file, 3, f"not utf-8, from byte {at:,}")
    desk.rows("orders", 9)


@plants("E7")
def cut_off(desk: Desk) -> None:
    """Plant a file that ends in the middle of a row, a quote that is never closed, ragged rows."""
    nos = desk.orders(10)
    rows = [(no, "2026-03-02 10:00:00", 100, "残高払い") for no in nos]
    whole = lines([_JA.split(","), *rows[:4]]).encode()
    file = desk.write(desk.name("注文_途中まで"), whole[: whole.index(nos[3].encode()) + 30])
    desk.books(file, rows_seen=4, rows_loaded=3, rows_rejected=1)
    desk.reject(file, 5, "the file seems to be cut off here")
    quoted = lines([_JA.split(","), *rows[4:8]]).replace(nos[5], f'"{nos[5]}')
    file = desk.write(desk.name("注文_引用符"), quoted.encode("cp932"))
    desk.books(file, rows_seen=4, rows_loaded=3, rows_rejected=1)
    desk.reject(file, 3, "a quote is opened in this row and not closed")
    file = desk.table("注文_列数", _JA, [rows[8], (nos[9], "2026-03-02"), (*rows[9], "余分")])
    desk.books(file, rows_seen=3, rows_loaded=1, rows_rejected=2)
    desk.reject(file, 3, "row has 2 cells, the header 4")
    desk.reject(file, 4, "row has 5 cells, the header 4")
    desk.rows("orders", 7)


@plants("E8")
def wrong_endings(desk: Desk) -> None:
    """Plant tabs, a web page and a workbook, named .csv or .xls, and what is no export at all."""
    nos = desk.orders(4)
    rows = [(no, "2026-03-02 10:00:00", 100, "皿,箸,椀,盆") for no in nos]
    header = _JA.split(",")
    desk.write(desk.name("注文_タブ"), lines([header, rows[0]], delimiter="\t").encode("cp932"))
    cells = "".join(
        f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in (header, rows[1])
    )
    page = f"<html><head><meta charset=utf-8></head><body><table>{cells}</table></body></html>"
    desk.write(desk.name("注文_ウェブ", ".xls"), page.encode())
    with Book() as made:
        made.sheet("注文", [header, rows[2]])
    desk.write(desk.name("注文_ブック"), made.content)
    text = lines([header, rows[3]], delimiter="\t")
    desk.write(desk.name("注文_テキスト", ".xls"), text.encode("utf-16"))
    desk.rows("orders", 4)
    for no in nos:
        desk.value("orders", no, payment_method="皿,箸,椀,盆", total_jpy=100)
    desk.refuse("E8_請求書.csv", b"%PDF-1.7\n" + zlib.compress(b"page"), "this is a PDF")
    desk.refuse("E8_ログイン.xls", b"<html><body>Please log in</body></html>", "no sheet holds")
    desk.refuse("E8_空.csv", b"", "the file is empty")
