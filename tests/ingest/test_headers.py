import pytest

from rakustats.ingest.headers import dictionary, hits, recognise
from rakustats.schema.tables import tables
from rakustats.schema.text_normalisation import normalise


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
        ("注文番号,明細番号,追跡番号,発送日,出荷数", ["shipment_lines", "shipments"]),
        ("注文番号,商品番号,備考", ["order_lines"]),
        ("order_no,line_no,client_sku,qty", ["client_skus"]),
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


# One character in the three writings: Japanese, traditional, simplified.
WRITINGS = """
号號号 単單单 価價价 数數数 時時时 間間间 発發发 貨貨货 訂訂订 運運运 費費费 国國国 類類类
態態态 題題题 状狀状 額額额 庫庫库 称稱称 規規规 務務务 関關关 総總总 実實实 際際际 体體体
積積积 輸輸输 話話话 請請请 購購购 買買买 達達达 預預预 質質质 問問问 区區区 対對对 応應应
円圓圆 払拂拂 会會会 伝傳传 倉倉仓 内內内 準準准 処處处 別別别 動動动 売賣卖 変變变 員員员
報報报 場場场 届屆届 当當当 担擔担 拠據据 収收收 来來来 検檢检 業業业 様樣样 済濟济 点點点
監監监 県縣县 確確确 種種种 納納纳 紛紛纷 細細细 続續续 舗鋪铺 見見见 親親亲 観觀观 評評评
認認认 誤誤误 調調调 販販贩 責責责 賃賃赁 連連连 進進进 違違违 開開开 頼賴赖 顧顧顾 計計计
両兩两
"""


@pytest.mark.parametrize("writing", [0, 1, 2], ids=["ja", "traditional", "simplified"])
def test_every_header_is_found_in_every_writing(writing: int) -> None:
    groups = WRITINGS.split()
    swap = str.maketrans({c: group[writing] for group in groups for c in group})
    for name, table in tables().items():
        for column in table.columns:
            for alias in column.headers:
                assert dictionary(name).get(normalise(alias.translate(swap))) == dictionary(
                    name
                ).get(normalise(alias)), alias


@pytest.mark.parametrize(
    "header", ["※注文番号", "注文番号：", "＊注文番号＊", "注 文\n番\u200b号", "注文番号（必須）"]
)
def test_marks_around_a_header_say_nothing(header: str) -> None:
    assert normalise(header) == normalise("注文番号")


def test_a_counter_is_a_line_only_where_nothing_better_is() -> None:
    assert [hits("order_lines", h.split(","))["line_no"] for h in ("No,商品番号", "No,商品名")] == [
        1,
        0,
    ]


def test_a_header_of_the_other_currency_is_left_out() -> None:
    plan = recognise(["注文番号", "注文日", "商品代金合計（円）", "合計金額（元）", "手数料（¥）"])
    assert plan is not None
    assert plan.unknown == ("商品代金合計（円）", "合計金額（元）")
    assert plan.targets[0]["service_fee_jpy"] is not None


@pytest.mark.parametrize(
    ("header", "column", "scale"),
    [
        ("重量(g)", "actual_kg", 0.001),
        ("重量(KG)", "actual_kg", None),
        ("国際送料（千円）", "freight_jpy", 1000.0),
        ("国際送料（万円、税込）", "freight_jpy", 10000.0),
        ("国際送料（税込）", "freight_jpy", None),
    ],
)
def test_a_bracket_scales_its_column(header: str, column: str, scale: float | None) -> None:
    plan = recognise(["追跡番号", "配送業者", header])
    assert plan is not None
    field = plan.targets[0][column]
    assert field is not None
    assert field.scale == scale


def test_the_first_of_two_equal_headers_counts() -> None:
    plan = recognise(["注文番号", "注文日", "合計", "合計", "社内", "社内"])
    assert plan is not None
    assert plan.unknown == ("合計 (4)", "社内", "社内 (6)")
    assert [(n.rule, n.detail) for n in plan.notes] == [
        ("duplicate_header", "'合計' in columns 3 and 4: column 3 was used")
    ]


def test_an_order_row_with_seller_and_quantity_is_an_order_and_its_line(loaded):
    loaded.load({"a.csv": "注文番号,店舗名,商品名,数量\nA-1,義烏百貨,杯,3\nA-2,広州電子,皿,5\n"})
    assert loaded.rows("SELECT order_no FROM orders ORDER BY 1") == [("A-1",), ("A-2",)]
    assert loaded.rows(
        "SELECT order_no, line_no, seller_name, item_title, qty_ordered FROM order_lines ORDER BY 1"
    ) == [("A-1", "1", "義烏百貨", "杯", 3), ("A-2", "1", "広州電子", "皿", 5)]
