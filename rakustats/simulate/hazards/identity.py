"""Who and what belongs together: members, shops, parcels, scans, claims, refunds, replacements."""

from __future__ import annotations

from rakustats.simulate.hazards.desk import Desk
from rakustats.simulate.hazards.registry import plants

_WHEN = "2026-03-02 10:00:00"
_SHIPMENTS = "発送番号,注文番号,区間,配送業者,配送依頼日,発送日,お届け予定日,配達完了日"


@plants("E35")
def members(desk: Desk) -> None:
    """Plant two members' orders in one file, and an order number with another member's suffix."""
    other = f"{int(desk.member) + 50}"
    mine, theirs, odd = desk.order(1), desk.order(2, other), desk.order(3)
    rows = [(mine, _WHEN, desk.member), (theirs, _WHEN, other)]
    file = desk.table("注文_二会員", "注文番号,注文日時,会員番号", rows)
    desk.sheet_issue("several_members", file)
    file = desk.table("注文", "注文番号,注文日時,会員番号", [(odd, _WHEN, other)])
    desk.sheet_issue("several_members", file, 0)
    desk.issue("member_mismatch", "orders", odd)
    for no in (mine, theirs):
        desk.issue("member_mismatch", "orders", no, 0)


@plants("E36")
def shop_names(desk: Desk) -> None:
    """Plant one shop under two ids and spellings, one id under two names: reported, not merged."""
    one, two, renamed = (f"{desk.seller}-{letter}" for letter in "abc")
    shops = (
        (one, "E36東門時計㈱"),
        (two, "E36东门时计（株）"),
        (renamed, "E36旧名商店"),
        (renamed, "E36新名工房"),
    )
    nos = desk.orders(len(shops))
    rows = [(no, 1, *shop, desk.pieces()) for no, shop in zip(nos, shops, strict=True)]
    desk.table("明細", "注文番号,明細番号,店舗ID,店舗名,注文数", rows)
    for no, (shop, name) in zip(nos, shops, strict=True):
        desk.value("order_lines", (no, "1"), seller_id=shop, seller_name=name)
    desk.issue("seller_alias", "order_lines", two)
    desk.issue("seller_renamed", "order_lines", renamed)


@plants("E37")
def many_to_many(desk: Desk) -> None:
    """Plant two orders in one parcel and one order in two: a line is there with its last box."""
    first, second = desk.orders(2)
    lines = [(first, 1, desk.seller, 12), (first, 2, desk.seller, 8), (second, 1, desk.seller, 5)]
    desk.table("明細", "注文番号,明細番号,店舗ID,注文数", lines)
    asked = ("2", "E37便", "2026-03-01 10:00:00", "2026-03-03 10:00:00", "2026-03-20")
    parcels = [
        ("E37-S1", "", *asked, "2026-03-19 10:00:00"),
        ("E37-S2", "", *asked, "2026-03-25 10:00:00"),
    ]
    desk.table("発送", _SHIPMENTS, parcels)
    packed = (
        ("E37-S1", first, "1", 10),
        ("E37-S1", second, "1", 5),
        ("E37-S2", first, "1", 2),
        ("E37-S2", first, "2", 8),
    )
    desk.table("発送明細", "発送番号,注文番号,明細番号,梱包数", packed)
    for *key, qty in packed:
        desk.value("shipment_lines", (*map(str, key), ""), qty=qty, allocation="stated")
    desk.rows("shipment_lines", len(packed))
    desk.figure("delay_rates", f"seller_id={desk.seller}", n=2, events=1)
    desk.figure("delay_rates", f"seller_id={desk.seller};unit=line", n=3, events=2)
    for no, line, *_ in lines:
        desk.issue("quantity_conflict", "order_lines", (no, str(line)), 0)


@plants("E38")
def last_mile(desk: Desk) -> None:
    """Plant a master airway bill with the last-mile number under it: one delivery."""
    no = desk.order(1)
    master = ("E38-M1", no, "2", "E38航空", "2026-03-01 10:00:00", "2026-03-03 10:00:00")
    last = ("E38-L1", no, "2", "E38宅配", "", "2026-03-08 10:00:00")
    desk.table(
        "発送",
        f"{_SHIPMENTS},親発送番号",
        [
            (*master, "2026-03-12", "", ""),
            (*last, "", "2026-03-11 10:00:00", "E38-M1"),
        ],
    )
    desk.rows("shipments", 2, "E38-")
    desk.value("shipments", "E38-L1", parent_shipment_id="E38-M1")
    desk.figure("delay_rates", "carrier=E38宅配", n=1, events=0)
    desk.figure("delay_rates", "carrier=E38航空", n=0)


@plants("E39")
def reused_numbers(desk: Desk) -> None:
    """Plant a number used again, the same one at two carriers, one whose digits do not fit."""
    stem = 39_260_000_000 + desk.seed % 1000
    good = f"{stem}{stem % 7}"
    wrong = f"{stem + 1000}{(stem + 1001) % 7}"
    rows = [
        ("E39佐川", good, "2025-11-01"),
        ("E39佐川", good, "2026-03-02"),
        ("E39佐川", wrong, "2026-03-02"),
        ("E39快運", "E39000001", "2026-03-02"),
        ("E39速運", "E39000001", "2026-03-03"),
    ]
    desk.table("発送", "配送業者,追跡番号,発送日", rows)
    again = f"E39佐川-{good}@2026-03-02"
    desk.rows("shipments", len(rows), "E39")
    desk.value("shipments", f"E39佐川-{good}", shipped_day="2025-11-01")
    desk.value("shipments", again, shipped_day="2026-03-02", tracking_no=good)
    desk.issue("tracking_reused", "shipments", again)
    desk.issue("tracking_check_digit", "shipments", f"E39佐川-{wrong}")
    desk.issue("tracking_check_digit", "shipments", again, 0)
    desk.issue("tracking_two_carriers", "shipments", "E39速運-E39000001")


@plants("E40")
def scans(desk: Desk) -> None:
    """Plant scans twice, out of order and after the delivery, and a delivery listed elsewhere."""
    listed = (
        ("2026-03-08 18:00:00", "配達完了", "delivered"),
        ("2026-03-05 10:00:00", "輸送中", "in_transit"),
        ("2026-03-02 10:00:00", "荷物受付", "shipped"),
        ("2026-03-09 09:00:00", "輸送中", "in_transit"),
    )
    rows = [("E40急便", number, *scan[:2]) for number in ("E40T1", "E40T2") for scan in listed[:3]]
    rows += [rows[1], ("E40急便", "E40T1", *listed[3][:2])]
    file = desk.table("追跡", "配送業者,追跡番号,日時,荷物状況", rows)
    desk.books(file, rows_seen=len(rows), rows_duplicate=1)
    desk.rows("tracking_events", 4, "E40T1/")
    desk.rows("tracking_events", 3, "E40T2/")
    late = "E40急便/E40T1/2026-03-09 01:00:00/in_transit"
    desk.value("tracking_events", late, text="輸送中")
    desk.issue("scan_after_delivery", "tracking_events", late)
    parcels = [
        (f"E40-S{n}", f"E40T{n}", "2", "E40急便", "2026-03-02 10:00:00", f"{day} 18:30:00")
        for n, day in ((1, "2026-03-06"), (2, "2026-03-08"))
    ]
    desk.table("発送", "発送番号,追跡番号,区間,配送業者,発送日,配達完了日", parcels)
    desk.issue("scan_disagrees", "shipments", "E40-S1")
    desk.issue("scan_disagrees", "shipments", "E40-S2", 0)


@plants("E41")
def loose_claims(desk: Desk) -> None:
    """Plant claims without an order, with a slip of the pen in its number, with several numbers."""
    one, two = desk.orders(2)
    desk.table("注文", "注文番号,注文日時", [(one, _WHEN), (two, _WHEN)])
    slip = f"{one[:14]}{(int(one[14]) + 1) % 10}{one[15:]}"
    stated = (one, slip, "", f"{one}、{two}")
    rows = [(f"E41-C{n}", no, "不良品", _WHEN) for n, no in enumerate(stated, start=1)]
    desk.table("クレーム", "クレーム番号,注文番号,トラブル種類,申請日", rows)
    desk.rows("claims", len(rows), "E41-")
    for n, (no, unlinked) in enumerate(((one, 0), (slip, 1), (None, 1), (None, 1)), start=1):
        desk.value("claims", f"E41-C{n}", order_no=no, kind="defective")
        desk.issue("unlinked_claim", "claims", f"E41-C{n}", unlinked)
    desk.issue("several_values", "claims", "E41-C4")


@plants("E42")
def lump_refunds(desk: Desk) -> None:
    """Plant one refund for two claims, and one that comes off the next order."""
    no = desk.order(1)
    desk.table("注文", "注文番号,注文日時", [(no, _WHEN)])
    claims = [
        ("E42-C1", no, "不良品", _WHEN, 300, "JPY"),
        ("E42-C2", no, "破損", _WHEN, 101, "JPY"),
    ]
    desk.table("クレーム", "クレーム番号,注文番号,トラブル種類,申請日,認定金額,通貨", claims)
    header = "返金番号,注文番号,クレーム番号,返金方法,返金日,返金額,通貨"
    lump = ("E42-R1", no, "E42-C1、E42-C2", "銀行振込", "2026-03-20", 401, "JPY")
    desk.table("返金", header, [lump, ("E42-R2", no, "", "相殺", "2026-03-21", 50, "JPY")])
    desk.rows("refund_allocations", 2, "E42-")
    for claim, amount in (("E42-C1", "300.00"), ("E42-C2", "101.00")):
        desk.value("refund_allocations", ("E42-R1", claim), amount=amount, allocation="inferred")
    desk.value("refunds", "E42-R2", method="offset", amount_paid="50.00")


@plants("E43")
def replacements(desk: Desk) -> None:
    """Plant goods sent again as orders at price 0, with and without the order made good."""
    first, again, unsaid = desk.orders(3)
    header = "注文番号,注文日時,商品代金合計(元),合計金額(円),再送元注文番号"
    rows = [(first, _WHEN, 80, 1720, ""), (again, _WHEN, 0, 0, first), (unsaid, _WHEN, 0, 0, "")]
    desk.table("注文", header, rows)
    lines = [(no, 1, desk.seller, 4, 4, "2026-03-10 10:00:00") for no in (first, again)]
    desk.table("明細", "注文番号,明細番号,店舗ID,注文数,入荷数,入荷日", lines)
    desk.value("orders", again, replacement_of=first, total_jpy=0)
    desk.issue("zero_price_order", "orders", again, 0)
    desk.issue("zero_price_order", "orders", unsaid)
    desk.figure("damage_rates", f"seller_id={desk.seller}", n=1, n_replacement=1)


@plants("E44")
def no_trade(desk: Desk) -> None:
    """Plant tests, samples, lines without pieces and the customer's own parcels."""
    titles = ("綿Tシャツ", "【テスト】綿Tシャツ", "サンプル品", "綿Tシャツ", "綿Tシャツ")
    nos = desk.orders(len(titles))
    lines = [
        (no, 1, desk.seller, title, 0 if n == 3 else 5)
        for n, (no, title) in enumerate(zip(nos, titles, strict=True))
    ]
    desk.table("明細", "注文番号,明細番号,店舗ID,商品名,注文数", lines)
    when = ("2026-03-01 10:00:00", "2026-03-03 10:00:00", "2026-03-12", "2026-03-20 10:00:00")
    carriers = [*["E44便"] * (len(nos) - 1), "自社発送"]
    parcels = [
        (f"E44-S{n}", no, "2", carrier, *when)
        for n, (no, carrier) in enumerate(zip(nos, carriers, strict=True), start=1)
    ]
    desk.table("発送", _SHIPMENTS, parcels)
    for no in nos[1:4]:
        desk.issue("test_or_sample", "order_lines", (no, "1"))
    desk.issue("test_or_sample", "shipments", "E44-S5")
    desk.issue("test_or_sample", "order_lines", (nos[0], "1"), 0)
    group = f"seller_id={desk.seller}"
    desk.figure("delay_rates", group, n=1, events=1, n_test=3, n_no_quantity=1, n_excluded=4)
