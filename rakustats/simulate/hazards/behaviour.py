"""Calendars and habits: closures, the edge of a day, slips, persons, formulas, file names."""

from __future__ import annotations

import unicodedata

from rakustats.simulate.hazards.desk import Desk, lines, zipped
from rakustats.simulate.hazards.registry import plants

_ORDERS = "注文番号,注文日時,合計金額(円)"
_LINES = "注文番号,明細番号,店舗ID,注文数"
_SHIPMENTS = "発送番号,注文番号,区間,配送業者,配送依頼日,お届け予定日,配達完了日"
_WHEN = "2026-03-02 10:00:00"


def _parcels(desk: Desk, days: list[tuple[str, str, str]], leg: int = 1, day: str = "") -> None:
    """Write an order of one line and a parcel for each (asked for, promised, there)."""
    rows = [(desk.order(n), 1, desk.seller, 5) for n in range(1, len(days) + 1)]
    parcels = [
        (f"{desk.hazard}-S{n}", desk.order(n), leg, f"{desk.hazard}便", *when)
        for n, when in enumerate(days, start=1)
    ]
    made = {"day": day} if day else {}
    desk.table("明細", _LINES, rows, **made)
    desk.table("発送", _SHIPMENTS, parcels, **made)


@plants("E45")
def new_year(desk: Desk) -> None:
    """Plant a promise over the Chinese New Year of 2026, which shops and carriers stretch."""
    over = ("2026-02-10 10:00:00", "2026-02-16", "2026-03-01 10:00:00")
    _parcels(desk, [over, ("2026-03-10 10:00:00", "2026-03-16", "2026-03-15 10:00:00")])
    seller = f"seller_id={desk.seller}"
    desk.figure("delay_rates", seller, n=2, events=1)
    desk.figure("delay_rates", f"{seller};closure=lunar_new_year_before", n=1, events=1)
    desk.figure("delay_rates", f"{seller};closure=none", n=1, events=0)
    # 14 February and 24 to 28 February: two of the days are Saturdays that people work
    desk.workdays("2026-02-13", "2026-02-28", "cn", 6)
    desk.workdays("2026-02-14", "2026-02-23", "cn", 0)


@plants("E46")
def national_day(desk: Desk) -> None:
    """Plant a promise over National Day of 2025, with a Sunday and a Saturday that people work."""
    over = ("2025-09-30 10:00:00", "2025-10-06", "2025-10-12 10:00:00")
    _parcels(desk, [over, ("2025-11-03 10:00:00", "2025-11-09", "2025-11-09 10:00:00")])
    seller = f"seller_id={desk.seller}"
    desk.figure("delay_rates", f"{seller};closure=national_day_before", n=1, events=1)
    desk.figure("delay_rates", f"{seller};closure=none", n=1, events=0)
    # 28 to 30 September and 9 to 11 October
    desk.workdays("2025-09-26", "2025-10-11", "cn", 6)


@plants("E47")
def japanese_holidays(desk: Desk) -> None:
    """Plant deliveries in Japan over the turn of the year and in the days of Golden Week."""
    over = ("2025-12-20 10:00:00", "2025-12-29", "2026-01-05 10:00:00")
    _parcels(desk, [over, ("2026-01-10 10:00:00", "2026-01-20", "2026-01-20 10:00:00")], leg=2)
    desk.figure("delay_rates", f"seller_id={desk.seller}", n=2, events=1)
    desk.workdays("2025-12-26", "2026-01-05", "jp", 1)
    desk.workdays("2026-04-28", "2026-05-07", "jp", 3)


@plants("E48")
def years_to_come(desk: Desk) -> None:
    """Plant a promise in a year whose Chinese holidays nobody has announced."""
    _parcels(desk, [("2026-03-02 10:00:00", "2034-10-09", "")])
    desk.value("shipments", "E48-S1", promised_day="2034-10-09")
    desk.figure("delay_rates", f"seller_id={desk.seller}", n=0, n_open=1)
    desk.workdays("2034-09-29", "2034-10-09", "cn", 6)
    desk.unknown_year(2034, "cn")


@plants("E49")
def boundaries(desk: Desk) -> None:
    """Plant one instant in three zones: still the promised day in China, past it in Japan."""
    there = ("2026-03-10 15:30:00Z", "2026-03-10 23:30:00+08:00", "2026-03-11 00:30:00+09:00")
    rows = [
        (f"E49-S{leg}{n}", "", leg, f"E49便{leg}", "2026-03-01 10:00:00", "2026-03-10", when)
        for leg in (1, 2)
        for n, when in enumerate(there, start=1)
    ]
    desk.table("発送", _SHIPMENTS, rows)
    for shipment, _, leg, *_ in rows:
        day = "2026-03-10" if leg == 1 else "2026-03-11"
        desk.value("shipments", shipment, delivered_at="2026-03-10 15:30:00", delivered_day=day)
    desk.figure("delay_rates", "carrier=E49便1", n=3, events=0)
    desk.figure("delay_rates", "carrier=E49便2", n=3, events=3)


@plants("E50")
def dropped_seller(desk: Desk) -> None:
    """Plant a late seller whom the buyer left: only old exports know it."""
    late = ("2025-06-02 10:00:00", "2025-06-10", "2025-06-20 10:00:00")
    _parcels(
        desk, [late, ("2025-06-03 10:00:00", "2025-06-11", "2025-06-21 10:00:00")], 1, "20250701"
    )
    desk.rows("order_lines", 2)
    desk.figure("delay_rates", f"seller_id={desk.seller}", n=2, events=2)


@plants("E51")
def slips(desk: Desk) -> None:
    """Plant what was typed in by hand: there before it left, answered before it was asked."""
    header = "発送番号,区間,配送業者,発送日,配達完了日"
    rows = [
        ("E51-S1", 2, "E51便", "2026-03-10 10:00:00", "2026-03-05 10:00:00"),
        ("E51-S2", 2, "E51便", "2026-03-10 10:00:00", "2026-03-15 10:00:00"),
    ]
    desk.table("発送", header, rows)
    desk.value("shipments", "E51-S1", delivered_at="2026-03-05 02:00:00")
    desk.issue("time_reversed", "shipments", "E51-S1")
    desk.issue("time_reversed", "shipments", "E51-S2", 0)
    desk.table("注文", "注文番号,注文日時", [(desk.order(1), _WHEN)])
    claim = ("E51-C1", desk.order(1), "不良品", "2026-03-10 10:00:00", "2026-03-01 10:00:00")
    desk.table("クレーム", "クレーム番号,注文番号,トラブル種類,申請日,決定日", [claim])
    desk.issue("time_reversed", "claims", "E51-C1")


@plants("E52")
def persons(desk: Desk) -> None:
    """Plant names, addresses and numbers of persons, also in a remark and a refused row."""
    good, bad = "E52-A1", "E52-A2"  # numbers without a member
    private = {
        "会員番号": "7700525252",
        "受取人氏名": "輸入花子",
        "お届け先住所": "東京都架空区見本町5-2-52",
        "電話番号": "090-5252-0052",
        "メールアドレス": "hanako.e52@example.jp",
    }
    header = ["注文番号", "注文日時", "合計金額(円)", *private]
    rows = [(good, _WHEN, 1, *private.values()), (bad, "いつか", 2, *private.values())]
    file = desk.write(desk.name("注文"), lines([header, *rows]).encode("cp932"))
    desk.reject(file, 3, "submitted_at: not a date")
    desk.rows("orders", 1, "E52-")
    remark = "至急。連絡は 03-5252-5252 か taro.e52@example.jp へ"
    desk.table("明細", "注文番号,明細番号,注文数,備考", [(good, 1, 5, remark)])
    for text in (*private.values(), "03-5252-5252", "taro.e52@example.jp"):
        desk.absent(text)


@plants("E53")
def formulas(desk: Desk) -> None:
    """Plant titles and names that a spreadsheet would run: harmless once they are written."""
    no, title, name = desk.order(1), "=1+1|cmd", '=HYPERLINK("http://e53.example","E53")'
    desk.table(
        "明細", "注文番号,明細番号,店舗ID,店舗名,商品名", [(no, 1, desk.seller, name, title)]
    )
    when = ("2026-03-01 10:00:00", "2026-03-10", "2026-03-12 10:00:00")
    desk.table("発送", _SHIPMENTS, [("E53-S1", no, 1, "+E53便", *when)])
    desk.value("order_lines", (no, "1"), item_title=title, seller_name=name)
    desk.value("shipments", "E53-S1", carrier="+E53便")
    desk.written("delay_rates", f"seller_id={desk.seller}", "seller_name", f"'{name}")
    desk.written("delay_rates", "carrier=+E53便", "carrier", "'+E53便")


@plants("E54")
def on_the_way(desk: Desk) -> None:
    """Plant locks of office programs and downloads that have not ended, beside an export."""
    no, unseen = desk.orders(2)
    desk.table("注文", _ORDERS, [(no, _WHEN, 1)])
    half = lines([_ORDERS.split(","), (unseen, _WHEN, 2)]).encode()
    for name in (f"~${desk.name('注文', '.xlsx')}", f"{desk.name('注文_途中')}.crdownload"):
        desk.write(name, half)
        desk.not_booked(name)
    desk.rows("orders", 1)
    desk.refuse("~$E54_開いたまま.xlsx", half, "temporary file")


@plants("E55")
def names(desk: Desk) -> None:
    """Plant file names taken apart by macOS, and an archive that says no encoding of its names."""
    nos = desk.orders(3)
    content = [lines([_ORDERS.split(","), (no, _WHEN, 1)]).encode() for no in nos]
    composed = desk.name("ガラスのポーチ")
    desk.write(unicodedata.normalize("NFD", composed), content[0])
    inside = {"注文一覧/ソート表.csv": "cp932", "ガラス/明細.csv": "utf-8"}
    raw = [name.encode(encoding) for name, encoding in inside.items()]
    stand_ins = [f"{n}".ljust(len(name), "x") for n, name in enumerate(raw)]
    archive = zipped(dict(zip(stand_ins, content[1:], strict=True)))
    for stand_in, name in zip(stand_ins, raw, strict=True):
        archive = archive.replace(stand_in.encode(), name)
    package = desk.write(desk.name("書庫", ".zip"), archive)
    shown = (composed, *(f"{package}/{name}" for name in inside))
    for no, file in zip(nos, shown, strict=True):
        desk.value("orders", no, source_file=file, exported_at="2026-04-30 15:59:59")
