"""Who and what belongs together, through the whole loader: E10, E33 to E38, E40 to E44, E51."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import rakustats as rs

A, B, C = "2026050110000011-300001", "2026050111000022-300001", "2026050112000033-300002"


def csv(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def doubts(loaded: Any, rule: str) -> list[tuple[str | None, str]]:
    found: list[tuple[str | None, str]] = loaded.rows(
        f"SELECT key, detail FROM issues WHERE rule = '{rule}' ORDER BY ALL"
    )
    return found


def late(loaded: Any, **options: Any) -> dict[str, int]:
    with rs.connect(loaded.path) as db:
        (row,) = rs.delay_rates(db, **options).table.to_pylist()
    counted = ("n", "events", "n_open", "n_excluded", "n_no_quantity", "n_test")
    return {name: row[name] for name in counted if row[name]}


def test_E10_yuan_have_places_yen_are_whole_and_sums_are_checked(loaded: Any) -> None:
    orders = csv("order_no,goods_total_cny,total_jpy", f"{A},30.50,656", f"{B},30.50,656")
    lines = csv(
        "order_no,line_no,単価（元）,注文数",
        f"{A},1,10.05,2", f"{A},2,10.40,1",
        f"{B},1,10.05,2", f"{B},2,40.40,1",
    )  # fmt: skip
    loaded.load({"orders.csv": orders, "lines.csv": lines})
    assert doubts(loaded, "total_mismatch") == [
        (B, "goods_total_cny: 30.50 stated, its lines make 60.50 quoted, 60.50 paid")
    ]


def test_E33_an_exact_repeat_counts_once_and_alike_lines_are_two(loaded: Any) -> None:
    lines = csv(
        "order_no,line_no,seller_id,qty_ordered",
        f"{A},1,s1,5", f"{A},2,s1,5", f"{A},2,s1,5",
    )  # fmt: skip
    account = loaded.load({"lines.csv": lines}).sheets[0]
    assert (account.seen, account.loaded, account.duplicate) == (3, 2, 1)
    assert loaded.rows("SELECT line_no, qty_ordered FROM order_lines ORDER BY 1") == [
        ("1", 5), ("2", 5)
    ]  # fmt: skip


def test_E33_more_shipped_than_received_is_told(loaded: Any) -> None:
    lines = csv("order_no,line_no,qty_ordered,入荷数,出荷数", f"{A},1,5,3,5", f"{A},2,5,5,5")
    loaded.load({"lines.csv": lines})
    assert doubts(loaded, "quantity_conflict") == [(f"{A}/1", "shipped 5, received 3")]
    assert loaded.one("SELECT qty_shipped FROM order_lines WHERE line_no = '1'") == 5


@pytest.mark.parametrize("newest_first", [False, True])
def test_E34_a_state_that_goes_back_is_told_and_both_are_kept(
    loaded: Any, newest_first: bool
) -> None:
    days = [("2026-06-01", "完了"), ("2026-06-10", "買付中")]
    for day, state in days[:: -1 if newest_first else 1]:
        orders = csv("注文番号,注文日時,ステータス", f"{A},2026-05-01 10:00,{state}")
        loaded.load({f"{day}.csv": orders}, exported_at=day)
    assert doubts(loaded, "status_regress") == [
        (A, "state: 'purchasing' on 2026-06-10 after 'closed' on 2026-06-01")
    ]
    assert loaded.rows("SELECT state FROM history.orders ORDER BY exported_at") == [
        ("closed",), ("purchasing",)
    ]  # fmt: skip
    assert loaded.one("SELECT state FROM orders") == "purchasing"


def test_E35_a_number_of_another_member_and_two_members_in_a_file(loaded: Any) -> None:
    header = "注文番号,会員番号"
    loaded.load(
        {
            "two.csv": csv(header, f"{A},300001", f"{C},300002"),
            "one.csv": csv(header, f"{B},300009"),
        }
    )
    assert doubts(loaded, "several_members") == [(None, "orders of 2 members in one file")]
    told = loaded.rows("SELECT source_file, key FROM issues WHERE rule = 'member_mismatch'")
    assert told == [("one.csv", B)]
    everything = loaded.path.read_bytes()
    assert b"300009" not in everything


def test_E36_one_shop_under_two_ids_is_suggested_and_never_merged(loaded: Any) -> None:
    lines = csv(
        "order_no,line_no,店舗ID,店舗名,qty_ordered",
        f"{A},1,s1,㈱広州電子,1", f"{A},2,s2,廣州电子（株）,1",
        f"{A},3,s3,古い店,1", f"{A},4,s3,新しい店,1", f"{A},5,,新しい店,1",
    )  # fmt: skip
    loaded.load({"lines.csv": lines})
    assert doubts(loaded, "seller_alias") == [
        ("s2", "seller_id: 's2' '廣州电子（株）' may be 's1' '㈱広州電子'"),
        ("新しい店", "seller_id: none '新しい店' may be 's3' '新しい店'"),
    ]
    assert doubts(loaded, "seller_renamed") == [("s3", "seller_name: '古い店', '新しい店'")]
    ids = loaded.rows("SELECT seller_id FROM order_lines ORDER BY line_no")
    assert ids == [("s1",), ("s2",), ("s3",), ("s3",), (None,)]


PARCELS = "shipment_id,leg,carrier,requested_at,shipped_at,promised_at,delivered_at"


def test_E37_many_orders_in_a_parcel_and_many_parcels_for_an_order(loaded: Any) -> None:
    lines = csv("order_no,line_no,qty_ordered", f"{A},1,12", f"{A},2,8", f"{B},1,5")
    parcels = csv(
        PARCELS,
        "S1,2,x,2026-05-01,2026-05-03,2026-05-20,2026-05-19",
        "S2,2,x,2026-05-01,2026-05-03,2026-05-20,2026-05-25",
    )
    packed = csv(
        "shipment_id,order_no,line_no,qty",
        f"S1,{A},1,10", f"S1,{B},1,5", f"S2,{A},1,2", f"S2,{A},2,8",
    )  # fmt: skip
    loaded.load({"lines.csv": lines, "parcels.csv": parcels, "packed.csv": packed})
    assert late(loaded) == {"n": 2, "events": 1}
    # the line in both is there with its last box
    assert late(loaded, unit="line") == {"n": 3, "events": 2}
    assert doubts(loaded, "quantity_conflict") == []
    over = loaded.rows(
        "SELECT l.order_no, l.line_no FROM order_lines l "
        "JOIN shipment_lines s USING (order_no, line_no) GROUP BY ALL "
        "HAVING sum(s.qty) > max(l.qty_ordered)"
    )
    assert over == []


def test_E37_parcels_that_hold_more_than_the_line_are_told(loaded: Any) -> None:
    lines = csv("order_no,line_no,qty_ordered", f"{A},1,12")
    parcels = csv(PARCELS, *(f"S{n},2,x,2026-05-01,2026-05-03,,2026-05-19" for n in (1, 2)))
    packed = csv("shipment_id,order_no,line_no,qty", f"S1,{A},1,10", f"S2,{A},1,4")
    loaded.load({"lines.csv": lines, "parcels.csv": parcels, "packed.csv": packed})
    assert doubts(loaded, "quantity_conflict") == [
        (f"{A}/1", "parcels hold 14, the line had 12")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("master", "last_mile", "counted"),
    [
        ("2026-05-10", "2026-05-11", {"n": 1}),
        ("2026-05-10", "2026-05-25", {"n": 1, "events": 1}),
        ("2026-05-10", "", {"n": 1, "events": 1}),
        ("", "2026-05-11", {"n": 1}),
    ],
)
def test_E38_master_and_last_mile_are_one_delivery(
    loaded: Any, master: str, last_mile: str, counted: dict[str, int]
) -> None:
    parcels = csv(
        f"{PARCELS},親発送番号",
        f"M,2,plane,2026-05-01,2026-05-03,2026-05-20,{master},",
        f"L,2,van,,2026-05-08,,{last_mile},M",
    )
    loaded.load({"parcels.csv": parcels})
    assert late(loaded) == counted
    assert loaded.one("SELECT count(*) FROM shipments") == 2


def test_E38_what_is_sent_again_after_a_loss_counts_for_itself(loaded: Any) -> None:
    parcels = csv(
        f"{PARCELS},lost_at,parent_shipment_id",
        "M,2,plane,2026-05-01,2026-05-03,2026-05-20,,2026-05-15,",
        "R,2,plane,2026-05-16,2026-05-17,2026-06-05,2026-06-01,,M",
    )
    loaded.load({"parcels.csv": parcels})
    assert late(loaded) == {"n": 2, "events": 1}


def test_E39_a_number_used_again_is_told_and_makes_two_shipments(loaded: Any) -> None:
    parcels = csv(
        "配送業者,追跡番号,発送日",
        "ある急便,123456,2026-01-05", "ある急便,123456,2026-05-01", "別の急便,123456,2026-05-02",
    )  # fmt: skip
    loaded.load({"parcels.csv": parcels})
    assert loaded.one("SELECT count(DISTINCT shipment_id) FROM shipments") == 3
    ((key, detail),) = doubts(loaded, "tracking_reused")
    assert (str(key).split("@")[-1], "116 days before" in detail) == ("2026-05-01", True)
    assert len(doubts(loaded, "tracking_two_carriers")) == 1


SCANS = "配送業者,追跡番号,日時,荷物状況"


def test_E40_scans_twice_out_of_order_and_after_the_delivery(loaded: Any) -> None:
    scans = csv(
        SCANS,
        "x,T1,2026-05-08 18:00,配達完了",
        "x,T1,2026-05-05 10:00,輸送中",
        "x,T1,2026-05-05 10:00,輸送中",
        "x,T1,2026-05-02 10:00,荷物受付",
        "x,T1,2026-05-09 09:00,輸送中",
    )
    account = loaded.load({"scans.csv": scans}).sheets[0]
    assert (account.seen, account.loaded, account.duplicate) == (5, 4, 1)
    kinds = loaded.rows("SELECT kind FROM tracking_events ORDER BY event_at")
    assert kinds == [("shipped",), ("in_transit",), ("delivered",), ("in_transit",)]
    ((key, detail),) = doubts(loaded, "scan_after_delivery")
    assert key == "x/T1/2026-05-09 01:00:00/in_transit"
    assert detail == "kind: in_transit 2026-05-09 01:00 after delivered 2026-05-08 10:00"


@pytest.mark.parametrize(
    ("delivered", "scans", "told"),
    [
        ("2026-05-08 12:00", ["2026-05-08 18:00,配達完了"], False),
        ("2026-05-06 12:00", ["2026-05-08 18:00,配達完了"], True),
        ("", ["2026-05-08 18:00,配達完了"], True),
        ("", ["2026-05-08 18:00,配達完了", "2026-05-12 09:00,返送"], False),
        ("2026-05-08 12:00", ["2026-05-09 18:00,配達完了", "2026-05-08 18:00,配達完了"], False),
        ("2026-05-08 12:00", [], False),
    ],
)
def test_E40_the_first_delivery_no_return_follows_is_the_delivery(
    loaded: Any, delivered: str, scans: list[str], told: bool
) -> None:
    header = "shipment_id,carrier,tracking_no,leg,shipped_at,delivered_at"
    parcels = csv(header, f"S,x,T1,2,2026-05-02 10:00,{delivered}")
    events = {"scans.csv": csv(SCANS, *(f"x,T1,{scan}" for scan in scans))} if scans else {}
    loaded.load({"parcels.csv": parcels, **events})
    assert [key for key, _ in doubts(loaded, "scan_disagrees")] == (["S"] if told else [])


def test_E41_claims_without_an_order_keep_no_order_and_get_a_suggestion(loaded: Any) -> None:
    orders = csv("注文番号,注文日時", f"{A},2026-05-01 10:00", f"{C},2026-05-01 12:00")
    slip = A.replace("2026050110", "2026050101")
    claims = csv(
        "クレーム番号,注文番号,トラブル種類,申請日",
        f"K1,{A},不良品,2026-05-20", f"K2,{slip},不良品,2026-05-20", "K3,,破損,2026-05-20",
    )  # fmt: skip
    loaded.load({"orders.csv": orders, "claims.csv": claims})
    assert doubts(loaded, "unlinked_claim") == [
        ("K2", f"order_no: no such order: '{slip}'; perhaps '{A}'"),
        ("K3", "order_no: not stated"),
    ]
    stated = loaded.rows("SELECT claim_id, order_no FROM claims ORDER BY 1")
    assert stated == [("K1", A), ("K2", slip), ("K3", None)]


def test_E41_several_orders_in_one_text_are_told(loaded: Any) -> None:
    orders = csv("注文番号,注文日時", f"{A},2026-05-01 10:00", f"{C},2026-05-01 12:00")
    claims = csv("クレーム番号,注文番号,トラブル種類,申請日", f"K1,{A}、{C},不良品,2026-05-20")
    loaded.load({"orders.csv": orders, "claims.csv": claims})
    assert [key for key, _ in doubts(loaded, "unlinked_claim")] == ["K1"]
    told = loaded.rows("SELECT detail FROM issues WHERE key = 'K1'")
    assert any(A in detail and C in detail for (detail,) in told)
    assert loaded.one("SELECT count(*) FROM claims") == 1


REFUNDS = "返金番号,注文番号,クレーム番号,返金方法,返金日,返金額,通貨"


@pytest.mark.parametrize("together", ["K1,K2", "K1、K2", "K1\nK2", "K1 / K2"])
def test_E42_a_refund_in_one_lump_is_shared_by_what_was_granted(loaded: Any, together: str) -> None:
    claims = csv(
        "クレーム番号,注文番号,トラブル種類,申請日,認定金額,通貨",
        f"K1,{A},不良品,2026-05-20,100,CNY", f"K2,{A},破損,2026-05-20,200,CNY",
    )  # fmt: skip
    refunds = csv(
        REFUNDS,
        f'R1,{A},"{together}",銀行振込,2026-06-01,6453,JPY',
        f"R2,{A},,相殺,2026-06-02,50,JPY",
        f"R3,{A},K1,残高,2026-06-02,1.5,CNY",
    )
    loaded.load({"claims.csv": claims, "refunds.csv": refunds})
    shares = loaded.rows("SELECT refund_id, claim_id, amount, allocation FROM refund_allocations")
    assert sorted(shares) == [
        ("R1", "K1", Decimal(2151), "inferred"), ("R1", "K2", Decimal(4302), "inferred")
    ]  # fmt: skip
    # what comes off the next order is a refund like any other
    kinds = loaded.rows("SELECT refund_id, method, amount_paid FROM refunds ORDER BY 1")
    assert kinds == [
        ("R1", "bank", Decimal(6453)), ("R2", "offset", Decimal(50)),
        ("R3", "balance", Decimal("1.50")),
    ]  # fmt: skip


def test_E42_shares_follow_a_newer_export_and_a_snapshot(loaded: Any) -> None:
    for day, amount in (("2026-06-01", 100), ("2026-06-10", 301)):
        refunds = csv(REFUNDS, f"R1,{A},K1、K2,銀行振込,2026-05-30 10:00,{amount},JPY")
        loaded.load({f"{day}.csv": refunds}, exported_at=day)
    shares = loaded.rows("SELECT claim_id, amount FROM refund_allocations ORDER BY 1")
    assert shares == [("K1", Decimal(151)), ("K2", Decimal(150))]
    for day, n in (("2026-05-29", 0), ("2026-06-10", 2)):
        with rs.connect(loaded.path, as_of=day) as db:
            assert db.sql("SELECT claim_id, amount FROM refund_allocations").table.num_rows == n


def test_E43_replacements_are_no_purchases(loaded: Any) -> None:
    orders = csv(
        "注文番号,注文日時,商品代金合計(元),合計金額(円),再送元注文番号",
        f"{A},2026-05-01 10:00,80,1720,",
        f"{B},2026-05-10 10:00,0,0,{A}",
        f"{C},2026-05-11 10:00,0,0,",
    )
    lines = csv(
        "注文番号,明細番号,注文数,入荷数,不良数,入庫日",
        *(f"{no},1,4,4,0,2026-05-20" for no in (A, B)),
    )
    loaded.load({"orders.csv": orders, "lines.csv": lines})
    with rs.connect(loaded.path) as db:
        (row,) = rs.damage_rates(db).table.to_pylist()
    assert (row["n"], row["n_replacement"], row["n_excluded"]) == (1, 1, 1)
    assert [key for key, _ in doubts(loaded, "zero_price_order")] == [C]


def test_E44_tests_samples_and_own_parcels_are_left_out_with_their_count(loaded: Any) -> None:
    titles = ["帽子", "【テスト】帽子", "サンプル品", "帽子", "帽子"]
    lines = csv(
        "order_no,line_no,商品名,注文数",
        *(f"O{n},1,{title},{0 if n == 3 else 5}" for n, title in enumerate(titles)),
    )
    parcels = csv(
        "shipment_id,order_no,leg,配送業者,発送日,お届け予定日,配達完了日",
        *(
            f"S{n},O{n},2,{'自社発送' if n == 4 else 'x'},2026-05-03,2026-05-12,2026-05-20"
            for n in range(5)
        ),
    )
    loaded.load({"lines.csv": lines, "parcels.csv": parcels})
    assert late(loaded) == {
        "n": 1, "events": 1, "n_excluded": 4, "n_no_quantity": 1, "n_test": 3
    }  # fmt: skip
    told = [key for key, _ in doubts(loaded, "test_or_sample")]
    assert told == ["O1/1", "O2/1", "O3/1", "S4"]


def test_E51_what_lies_in_the_wrong_order_is_told(loaded: Any) -> None:
    parcels = csv(
        "shipment_id,leg,発送日,配達完了日",
        "S1,2,2026-05-10 10:00,2026-05-05 10:00",
        "S2,2,2026-05-10 10:00,2026-05-15 10:00",
        "S3,2,2026-05-10,2026-05-10",
        "S4,2,2026-05-10 10:00,2026-05-10",
        "S5,2,2026-05-10 10:00,",
    )
    lines = csv(
        "order_no,line_no,店舗発送日,入荷日",
        f"{A},1,2026-05-09,2026-05-02", f"{A},2,2026-05-02,2026-05-09",
    )  # fmt: skip
    orders = csv("order_no,submitted_at,paid_at", f"{A},2026-05-02 10:00,2026-05-01 09:30")
    refunds = csv("返金番号,返金申請日,返金日", "R,2026-06-03 10:30,2026-06-01 10:30")
    loaded.load(
        {"parcels.csv": parcels, "lines.csv": lines, "orders.csv": orders, "refunds.csv": refunds}
    )
    found = doubts(loaded, "time_reversed")
    assert [key for key, _ in found] == sorted([f"{A}", f"{A}/1", "R", "S1"])
    assert found[-1][1] == (
        "delivered_at 2026-05-05 02:00 lies before shipped_at 2026-05-10 02:00"
    )  # fmt: skip
