"""The same facts several times: copies, newer and older exports, parts, repeated rows."""

from __future__ import annotations

import gzip

from rakustats.simulate.hazards.desk import Desk, lines, zipped
from rakustats.simulate.hazards.registry import plants

_ORDERS = "注文番号,注文日時,合計金額(円),支払方法"
_OLD, _NEW = "20260310", "20260410"


@plants("E29")
def copies(desk: Desk) -> None:
    """Plant one content under several names and packed; its rows again in another encoding."""
    nos = desk.orders(3)
    rows = [(no, "2026-03-02 10:00:00", 100, "残高払い") for no in nos]
    content = lines([_ORDERS.split(","), *rows]).encode()
    desk.write(desk.name("注文"), content)
    desk.write(f"{desk.name('注文')[:-4]} (1).csv", content)
    # the time in a gzip's header would make the bytes change from day to day
    desk.write(desk.name("注文_圧縮", ".csv.gz"), gzip.compress(content, mtime=0))
    desk.write(desk.name("注文_書庫", ".zip"), zipped({"中身.csv": content}))
    again = desk.table("注文_別の文字コード", _ORDERS, rows, encoding="cp932")
    desk.rows("orders", 3)
    desk.booked_once(content)
    desk.books(again, rows_seen=3, rows_loaded=0, rows_duplicate=3)


@plants("E30")
def amended(desk: Desk) -> None:
    """Plant a newer export that changes an amount and leaves blank what was known before."""
    no = desk.order(1)
    desk.table("注文", _ORDERS, [(no, "2026-03-02 10:00:00", 1200, "銀行振込")], day=_OLD)
    desk.table("注文_訂正", _ORDERS, [(no, "2026-03-02 10:00:00", 1500, "")], day=_NEW)
    desk.rows("orders", 1)
    desk.value("orders", no, total_jpy=1500, payment_method="銀行振込", n_versions=2)
    desk.value("orders", no, as_of="2026-03-20", total_jpy=1200)
    desk.value("orders", no, as_of="2026-04-20", total_jpy=1500, payment_method="銀行振込")
    desk.issue("blanked", "orders", no)
    header = "発送番号,注文番号,配送業者,発送日,紛失確定日"
    desk.table("発送", header, [("E30-S1", no, "E30便", "2026-03-03", "2026-03-09")], day=_OLD)
    desk.table("発送_訂正", header, [("E30-S1", no, "E30便", "2026-03-03", "")], day=_NEW)
    desk.value("shipments", "E30-S1", lost_at=None)
    desk.value("shipments", "E30-S1", as_of="2026-03-20", lost_at="2026-03-08 16:00:00")
    desk.issue("blanked", "shipments", "E30-S1", 0)


@plants("E31")
def partial(desk: Desk) -> None:
    """Plant a newer export that ends after a hundred rows: what it leaves out is not gone."""
    nos = desk.orders(103)
    rows = [(no, "2026-03-02 10:00:00", 100, "残高払い") for no in nos]
    whole = desk.table("注文", _ORDERS, rows, day=_OLD)
    newer = [(no, when, 200, how) for no, when, _, how in rows[:100]]
    part = desk.table("注文_一部", _ORDERS, newer, day=_NEW)
    desk.rows("orders", 103)
    desk.value("orders", nos[0], total_jpy=200, source_file=part)
    desk.value("orders", nos[-1], total_jpy=100, source_file=whole)
    desk.value("orders", nos[0], as_of="2026-03-20", total_jpy=100)
    desk.sheet_issue("round_row_count", part)
    desk.sheet_issue("round_row_count", whole, 0)


@plants("E32")
def older_later(desk: Desk) -> None:
    """Plant an older export that is read after the newer one, as its name comes later."""
    no = desk.order(1)
    header = "発送番号,注文番号,配送業者,配送依頼日,お届け予定日,配達完了日"
    asked = (no, "E32速運", "2026-03-01 10:00:00")
    new = ("E32-S1", *asked, "2026-03-20", "2026-03-19 10:00:00")
    old = ("E32-S1", *asked, "2026-03-12", "")
    desk.table("発送_1", header, [new], day=_NEW)
    desk.table("発送_2", header, [old], day=_OLD)
    desk.value(
        "shipments",
        "E32-S1",
        promised_day="2026-03-20",
        promised_original_day="2026-03-12",
        delivered_at="2026-03-19 02:00:00",
        n_versions=2,
    )
    desk.value(
        "shipments", "E32-S1", as_of="2026-03-15", promised_day="2026-03-12", delivered_at=None
    )
    desk.figure("delay_rates", "carrier=E32速運", n=1, events=1)


@plants("E33")
def repeated_rows(desk: Desk) -> None:
    """Plant a row twice in one file, two true lines that are alike, pieces that do not fit."""
    no = desk.order(1)
    header = "注文番号,明細番号,店舗ID,商品名,注文数,入荷数,出荷数"
    alike = [(no, n, desk.seller, "皿", 5, 5, 5) for n in (1, 2)]
    odd = (no, 3, desk.seller, "椀", 8, 5, 8)
    file = desk.table("明細", header, [alike[0], alike[0], alike[1], odd])
    desk.books(file, rows_seen=4, rows_loaded=3, rows_duplicate=1)
    desk.rows("order_lines", 3)
    desk.value("order_lines", (no, "2"), qty_ordered=5)
    desk.issue("quantity_conflict", "order_lines", (no, "3"))
    desk.issue("quantity_conflict", "order_lines", (no, "1"), 0)


@plants("E34")
def regress(desk: Desk) -> None:
    """Plant a newer export that puts a finished order back to an earlier state."""
    back, fine = desk.orders(2)
    header = "注文番号,注文日時,ステータス"
    when = "2026-03-02 10:00:00"
    desk.table("注文", header, [(back, when, "完了"), (fine, when, "入金済")], day=_OLD)
    desk.table("注文_後", header, [(back, when, "買付中"), (fine, when, "買付済")], day=_NEW)
    desk.value("orders", back, state="purchasing", n_versions=2)
    desk.value("orders", back, as_of="2026-03-20", state="closed")
    desk.value("orders", fine, state="purchased")
    desk.issue("status_regress", "orders", back)
    desk.issue("status_regress", "orders", fine, 0)
