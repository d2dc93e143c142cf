"""Numbers, money, dates and ids as exports write them."""

from __future__ import annotations

from datetime import datetime

from rakustats.simulate.hazards.desk import Desk
from rakustats.simulate.hazards.registry import plants

_ORDERS = "注文番号,注文日時,合計金額(円)"
_SUBMITTED = "2026-03-02 10:00:00"


@plants("E9")
def currencies(desk: Desk) -> None:
    """Plant yen and yuan in every spelling, a bare ¥ in both, and amounts in the wrong currency."""
    no = desk.order(1)
    yuan = ("¥12.50", "￥12.50", "12.5元", "RMB 12.50", "CN¥12.50", "12.50CNY")
    rows = [(no, n, text) for n, text in enumerate((*yuan, "1,200円"), start=1)]
    desk.table("明細", "注文番号,明細番号,単価（元）", rows)
    for n in range(1, len(yuan) + 1):
        desk.value("order_lines", (no, str(n)), unit_price_cny="12.50")
    wrong = (no, str(len(rows)))
    desk.value("order_lines", wrong, unit_price_cny=None)
    desk.issue("currency_conflict", "order_lines", wrong)
    yen = ("¥1,200", "1200円", "1,200 JPY", "￥1,200-", "21.5元")
    nos = desk.orders(len(yen))
    desk.table("注文", _ORDERS, [(o, _SUBMITTED, t) for o, t in zip(nos, yen, strict=True)])
    for order in nos[:-1]:
        desk.value("orders", order, total_jpy=1200)
    desk.value("orders", nos[-1], total_jpy=None)
    desk.issue("currency_conflict", "orders", nos[-1])
    refunds = [("E9-R1", no, "¥500円"), ("E9-R2", no, "30.5元")]
    desk.table("返金", "返金番号,注文番号,返金額", refunds)
    desk.value("refunds", "E9-R1", amount_paid="500.00", currency="JPY")
    desk.value("refunds", "E9-R2", amount_paid="30.50", currency="CNY")
    desk.table("返金_元", "返金番号,注文番号,返金額(元)", [("E9-R3", no, "30.5")])
    desk.value("refunds", "E9-R3", amount_paid="30.50", currency="CNY")


@plants("E10")
def two_precisions(desk: Desk) -> None:
    """Plant yuan with two places beside whole yen; one order whose lines do not make its total."""
    good, bad = desk.orders(2)
    price = f"{desk.pieces()}.{desk.pieces() + 10}"
    cents = round(float(price) * 3 * 100) + 110
    desk.table(
        "注文",
        "注文番号,注文日時,商品代金合計(元),合計金額(円)",
        [
            (good, _SUBMITTED, f"{cents / 100 + 0.02:.2f}", "1234"),
            (bad, _SUBMITTED, f"{cents / 100 + 80:.2f}", "1234"),
        ],
    )
    lines = [(no, n, p, q) for no in (good, bad) for n, p, q in ((1, price, 3), (2, "1.10", 1))]
    desk.table("明細", "注文番号,明細番号,単価（元）,注文数", lines)
    desk.value("order_lines", (good, "2"), unit_price_cny="1.10")
    desk.value("orders", good, goods_total_cny=f"{cents / 100 + 0.02:.2f}", total_jpy=1234)
    desk.issue("total_mismatch", "orders", good, 0)
    desk.issue("total_mismatch", "orders", bad)


@plants("E11")
def rates(desk: Desk) -> None:
    """Plant the document's rate as words, the wrong way round, and one that cannot be."""
    cases = (
        ("21.5", "21.500000", None),
        ("1元=21.5円", "21.500000", None),
        ("0.0465", "21.505376", "inverse_rate"),
        ("215", "215.000000", "odd_rate"),
    )
    nos = desk.orders(len(cases))
    rows = [(no, _SUBMITTED, text) for no, (text, *_) in zip(nos, cases, strict=True)]
    desk.table("注文", "注文番号,注文日時,レート", rows)
    for no, (_, rate, rule) in zip(nos, cases, strict=True):
        desk.value("orders", no, fx_rate=rate)
        for known in ("inverse_rate", "odd_rate"):
            desk.issue(known, "orders", no, int(known == rule))


@plants("E12")
def negatives(desk: Desk) -> None:
    """Plant a bookkeeper's minus in every form, and a price below zero."""
    forms = (
        "△1,000",
        "▲1,000円",
        "(1,000)",
        "（¥1,000）",
        "-1,000-",
        "1,000-",
        "−1,000",
        "－１０００",
    )
    nos = desk.orders(len(forms))
    desk.table("注文", _ORDERS, [(no, _SUBMITTED, f) for no, f in zip(nos, forms, strict=True)])
    for no in nos:
        desk.value("orders", no, total_jpy=-1000)
    priced = desk.table("明細", "注文番号,明細番号,単価（元）", [(nos[0], 1, "△5")])
    desk.reject(priced, 2, "unit_price_cny: a price below zero")


@plants("E13")
def nulls(desk: Desk) -> None:
    """Plant words for unknown: none of them is a zero, a date or a name."""
    words = ("■", "-", "nan", "None", "#N/A", "#REF!", "未定", "なし", "ー", "暂无")
    nos = desk.orders(len(words) + 1)
    rows = [(no, _SUBMITTED, w, w, w) for no, w in zip(nos, words, strict=False)]
    rows.append((nos[-1], _SUBMITTED, "0", "0000-00-00", "残高払い"))
    file = desk.table("注文", "注文番号,注文日時,手数料,入金日,支払方法", rows)
    for no in nos[:-1]:
        desk.value("orders", no, service_fee_jpy=None, paid_at=None, payment_method=None)
    desk.value("orders", nos[-1], service_fee_jpy=0, paid_at=None, payment_method="残高払い")
    desk.books(file, rows_rejected=0)


@plants("E14")
def serial_dates(desk: Desk) -> None:
    """Plant dates as numbers of days, from 1900 and from 1904, in text and in a workbook."""
    paid = datetime(2026, 3, 3, 12, 0)
    bases = (("1900", datetime(1899, 12, 30), 0), ("1904", datetime(1904, 1, 1), 1))
    for n, (base, zero, issues) in enumerate(bases, start=1):
        no, serial = desk.order(n), (paid - zero).total_seconds() / 86_400
        rows = [(no, "2026-03-02 10:00:00", f"{serial}")]
        desk.table(f"注文_{base}", "注文番号,注文日時,入金日", rows)
        desk.value("orders", no, paid_at="2026-03-03 04:00:00")
        desk.issue("serial_1904", "orders", no, issues)
        number = desk.order(n + 2)
        sheet = [("注文番号", "注文日時", "合計金額(円)"), (number, int(serial), 1)]
        desk.book(f"注文ブック_{base}", {"注文": sheet}, date_1904=base == "1904")
        desk.value("orders", number, submitted_at="2026-03-02 16:00:00")
        desk.issue("serial_1904", "orders", number, 0)
    desk.rows("orders", 4)


@plants("E15")
def dates(desk: Desk) -> None:
    """Plant dates of every make, without a year, and in an order that only the column tells."""
    cases = (
        ("2026/3/2", "2026-03-01 16:00:00"),
        ("2026年3月2日", "2026-03-01 16:00:00"),
        ("令和8年3月2日", "2026-03-01 16:00:00"),
        ("R8.3.2", "2026-03-01 16:00:00"),
        ("2026-03-02T09:30:00+09:00", "2026-03-02 00:30:00"),
        ("2026/3/2 24:00", "2026-03-02 16:00:00"),
        ("2026/3/2 午後3時", "2026-03-02 07:00:00"),
        ("2026/3/2 3:05 PM", "2026-03-02 07:05:00"),
        ("20260302", "2026-03-01 16:00:00"),
    )
    nos = desk.orders(len(cases) + 6)
    rows = [(no, text, 1) for no, (text, _) in zip(nos, cases, strict=False)]
    desk.table("注文", _ORDERS, rows)
    for no, (_, instant) in zip(nos, cases, strict=False):
        desk.value("orders", no, submitted_at=instant)
    beside, bare, *orders = nos[len(cases) :]
    without = [(beside, "2025-12-20 10:00:00", "12/28"), (bare, "", "3/2")]
    desk.table("注文_年なし", "注文番号,注文日時,入金日", without)
    desk.value("orders", beside, paid_at="2025-12-27 16:00:00")
    desk.value("orders", bare, paid_at="2026-03-01 16:00:00")
    for no in (beside, bare):
        desk.issue("inferred_year", "orders", no)
    known = [(orders[0], "03/04/2026", 1), (orders[1], "03/13/2026", 1)]
    desk.table("注文_月日年", _ORDERS, known)
    desk.value("orders", orders[0], submitted_at="2026-03-03 16:00:00")
    desk.issue("ambiguous_date", "orders", orders[0], 0)
    for no, text in zip(orders[2:], ("03/04/2026", "07-01-26"), strict=True):
        desk.table(f"注文_順序不明_{text[:2]}", _ORDERS, [(no, text, 1)])
        desk.value("orders", no, submitted_at=None, total_jpy=1)
        desk.issue("ambiguous_date", "orders", no)


@plants("E16")
def unix_times(desk: Desk) -> None:
    """Plant seconds and milliseconds since 1970."""
    nos = desk.orders(2)
    since = int((datetime(2026, 3, 2, 1, 30) - datetime(1970, 1, 1)).total_seconds())
    desk.table("注文", _ORDERS, [(nos[0], since, 1), (nos[1], since * 1000, 1)])
    for no in nos:
        desk.value("orders", no, submitted_at="2026-03-02 01:30:00")


@plants("E17")
def clocks(desk: Desk) -> None:
    """Plant deliveries late in the evening in China: in Japan, where leg 2 ends, the next day."""
    when = ("2026-03-01 10:00:00", "2026-03-10", "2026-03-10 23:30:00")
    desk.table(
        "発送",
        "発送番号,区間,注文番号,配送業者,配送依頼日,お届け予定日,配達完了日",
        [(f"E17-S{leg}", leg, desk.order(leg), "E17急便", *when) for leg in (1, 2)],
    )
    desk.value(
        "shipments", "E17-S1", delivered_at="2026-03-10 15:30:00", delivered_day="2026-03-10"
    )
    desk.value(
        "shipments", "E17-S2", delivered_at="2026-03-10 15:30:00", delivered_day="2026-03-11"
    )
    desk.figure("delay_rates", "carrier=E17急便;leg=1", n=1, events=0)
    desk.figure("delay_rates", "carrier=E17急便;leg=2", n=1, events=1)


@plants("E18")
def payments(desk: Desk) -> None:
    """Plant money that is sent on one day and there on another."""
    no = desk.order(1)
    row = (no, _SUBMITTED, "2026-03-03 10:00:00", "2026-03-06 12:00:00")
    desk.table("注文", "注文番号,注文日時,入金日,着金日", [row])
    desk.value(
        "orders", no, paid_at="2026-03-03 02:00:00", payment_reached_at="2026-03-06 04:00:00"
    )


@plants("E19")
def damaged_ids(desk: Desk) -> None:
    """Plant numbers that a spreadsheet turned into powers of ten, and what guards the others."""
    no = desk.order(1)
    cases = ("4.12346E+11", "'0012345678", "123456789.0", "0012345679", '="0012345680"')
    kept = (None, "0012345678", "123456789", "0012345679", "0012345680")
    ids = [f"E19-S{n}" for n in range(1, len(cases) + 1)]
    desk.table(
        "発送",
        "発送番号,注文番号,配送業者,追跡番号,発送日",
        [(i, no, "E19速運", t, "2026-03-02") for i, t in zip(ids, cases, strict=True)],
    )
    for shipment, number in zip(ids, kept, strict=True):
        desk.value("shipments", shipment, tracking_no=number)
    desk.issue("damaged_id", "shipments", ids[0])
    file = desk.table("注文", _ORDERS, [(no, _SUBMITTED, 1), ("2.02603E+15", _SUBMITTED, 2)])
    desk.reject(file, 3, "damaged to powers of ten, not recoverable")
    desk.books(file, rows_loaded=1, rows_rejected=1)
    desk.rows("orders", 1)


@plants("E20")
def rounded_ids(desk: Desk) -> None:
    """Plant a number that a spreadsheet rounded, and one with an impossible time."""
    no = desk.order(1)
    rounded = f"{no[:15]}0"
    impossible = f"20261399{no[8:]}"
    desk.table("注文_丸め", _ORDERS, [(rounded, _SUBMITTED, 1)])
    desk.value("orders", rounded, total_jpy=1)
    desk.issue("rounded_id", "orders", rounded)
    desk.table("注文", _ORDERS, [(no, _SUBMITTED, 1), (impossible, _SUBMITTED, 2)])
    desk.issue("odd_order_no", "orders", impossible)
    for rule in ("rounded_id", "odd_order_no"):
        desk.issue(rule, "orders", no, 0)
