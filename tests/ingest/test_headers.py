import pytest

from rakustats.ingest.headers import recognise
from rakustats.schema import tables
from rakustats.spelling import normalise


@pytest.mark.parametrize("table", tables())
def test_a_table_is_known_by_its_own_columns(table: str) -> None:
    plan = recognise(tables()[table].names)
    assert plan is not None
    assert (plan.name, plan.targets[0].table, plan.unknown) == ("canonical", table, ())


@pytest.mark.parametrize("table", tables())
@pytest.mark.parametrize("language", ["ja", "zh"])
def test_a_table_is_known_by_its_headers(table: str, language: str) -> None:
    named = [c for c in tables()[table].columns if getattr(c, language)]
    plan = recognise([getattr(c, language)[0] for c in named])
    assert plan is not None
    assert plan.targets[0].table == table
    assert {c.name for c in named} <= {f.column for f in plan.targets[0].fields}
    assert plan.unknown == ()


@pytest.mark.parametrize(
    ("headers", "tables_fed"),
    [
        ("注文番号,注文日,ステータス,合計", ["orders"]),
        ("注文番号,注文日,店舗名,商品名,数量", ["order_lines", "orders"]),
        ("注文番号,商品番号,店舗名,数量,注文日,入金日", ["order_lines", "orders"]),
        ("追跡番号,配送業者,発送日,配送予定日,到着日,注文番号", ["shipments"]),
        (
            "注文番号,注文日,店舗名,商品名,数量,追跡番号,発送日,到着日",
            ["order_lines", "orders", "shipments"],
        ),
        ("订单号,序号,店铺名,数量,单价,到货时间", ["order_lines"]),
        ("注文番号,トラブル種類,対象数,申請日", ["claims"]),
        ("order no,order date,seller,product,quantity", ["order_lines", "orders"]),
        ("carrier,tracking_no,event_at,kind", ["tracking_events"]),
        ("shipment_id,order_no,line_no", ["shipment_lines"]),
        ("shipment_id,order_no,line_no,qty", ["shipment_lines"]),
        ("item_id,observed_at,price_cny", ["price_observations"]),
        ("refund_id,order_no,paid_at,amount_paid", ["refunds"]),
        ("cancellation_id,order_no,requested_at", ["cancellations"]),
        ("claim_id,order_no,kind", ["claims"]),
        ("order_no,state", ["orders"]),
        ("shipment_id,delivered_at", ["shipments"]),
        ("seller_id,reviewed_at,rating_item,review_id", ["seller_reviews"]),
        ("message_id,order_no,sent_at,direction", ["messages"]),
    ],
)
def test_which_tables_a_header_row_feeds(headers: str, tables_fed: list[str]) -> None:
    plan = recognise(headers.split(","))
    assert plan is not None
    assert [t.table for t in plan.targets] == tables_fed
    assert plan.unknown == ()


def test_unknown_headers_are_told() -> None:
    plan = recognise(["注文番号", "注文日", "合計", "社内メモ"])
    assert plan is not None
    assert plan.unknown == ("社内メモ",)


@pytest.mark.parametrize("headers", [["a", "b"], ["注文番号"], ["注文番号", "社内メモ"], []])
def test_no_export(headers: list[str]) -> None:
    assert recognise(headers) is None


def test_the_same_word_means_what_its_table_means() -> None:
    lines, parcels = (
        recognise(["注文番号", "商品番号", "到着日"]),
        recognise(["追跡番号", "配送業者", "到着日"]),
    )
    assert lines is not None
    assert parcels is not None
    assert lines.targets[0]["arrived_at"] is not None
    assert parcels.targets[0]["delivered_at"] is not None


def test_one_form_for_all_spellings() -> None:
    forms = {normalise(h) for h in ("単価（元）", "単価(元)", "單價", " 単 価\n(CNY)", "单价")}
    assert len(forms) == 1
