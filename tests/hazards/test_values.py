"""Values as real exports bring them, through the whole loader (docs/exports.md, E3 to E20, E52)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

import rakustats as rs

ISSUES = "SELECT key, rule, severity, detail FROM issues WHERE rule IN ({}) ORDER BY ALL"


def issues(loaded, *rules):
    return loaded.rows(ISSUES.format(", ".join(f"'{rule}'" for rule in rules)))


def utc(text, zone=8):
    return datetime.fromisoformat(text) - timedelta(hours=zone)


def test_E3_lookalike_dashes_and_waves_join_and_the_raw_text_stays(loaded):
    loaded.load(
        {
            "orders.csv": "注文番号,注文日,合計\n2026071715475684-300001,2026-06-01,100\n",
            "lines.csv": "注文番号,明細番号,店舗名,商品名,注文数\n"
            "2026071715475684−300001,1,赤〜い店,a,1\n2026071715475684－300001,2,赤～い店,b,1\n",
        }
    )
    joined = "SELECT count(*) FROM order_lines JOIN orders USING (order_no)"
    assert loaded.one(joined) == 2
    assert loaded.rows("SELECT DISTINCT seller_id FROM order_lines") == [("赤~い店",)]
    assert loaded.rows("SELECT seller_name FROM order_lines ORDER BY line_no") == [
        ("赤〜い店",),
        ("赤～い店",),
    ]


def test_E3_yen_signs_of_every_encoding(loaded):
    rows = "".join(f"A-{i},{sign}1200\n" for i, sign in enumerate("¥￥\\"))
    loaded.load({"orders.csv": "注文番号,合計金額(円)\n" + rows})
    assert loaded.rows("SELECT DISTINCT total_jpy FROM orders") == [(Decimal(1200),)]


def test_E4_wide_digits_narrow_kana_and_invisible_signs(loaded):
    loaded.load(
        {
            "s.csv": "注文番号,配送業者,追跡番号,発送日,箱数\n"
            "Ａ－１,ﾔﾏﾄ運輸,４０００００００００１２,２０２６／０６／０１,１２\n"
            "A-1,ヤマト運輸,\u200b400000000001\u00a0,2026-06-01,3\n",
            "e.csv": "配送業者,追跡番号,日時,状況\n"
            "ﾔﾏﾄ運輸,400000000012,2026-06-02 10:00,配達完了\n",
        }
    )
    assert loaded.rows("SELECT carrier, tracking_no, boxes FROM shipments ORDER BY 2") == [
        ("ヤマト運輸", "400000000001", 3),
        ("ヤマト運輸", "400000000012", 12),
    ]
    assert (
        loaded.one(
            "SELECT count(*) FROM shipments JOIN tracking_events USING (carrier, tracking_no)"
        )
        == 1
    )


def test_E9_currencies_are_read_and_a_bare_yen_sign_follows_its_column(loaded):
    loaded.load(
        {
            "orders.csv": "注文番号,合計金額(円),商品代金合計(元)\n"
            'A-1,"¥1,200",¥21.5\nA-2,1200円,21.5元\nA-3,"JPY 1,200",RMB 21.5\nA-4,1200,CN¥21.5\n'
        }
    )
    assert loaded.rows("SELECT DISTINCT total_jpy, goods_total_cny FROM orders") == [
        (Decimal(1200), Decimal("21.50"))
    ]
    assert not issues(loaded, "currency_conflict")


def test_E9_yen_in_a_yuan_column_is_reported(loaded):
    loaded.load(
        {"o.csv": '注文番号,商品代金合計(元),合計金額(円)\nA-1,"1,200円",1200\nA-2,50,21.5元\n'}
    )
    assert loaded.rows("SELECT order_no, goods_total_cny, total_jpy FROM orders ORDER BY 1") == [
        ("A-1", None, Decimal(1200)),
        ("A-2", Decimal(50), None),
    ]
    assert issues(loaded, "currency_conflict") == [
        ("A-1", "currency_conflict", "warning", "goods_total_cny: JPY, not CNY: '1,200円'"),
        ("A-2", "currency_conflict", "warning", "total_jpy: CNY, not JPY: '21.5元'"),
    ]


def test_E9_an_amount_says_its_currency_where_the_row_does_not(loaded):
    loaded.load(
        {
            "refunds.csv": "返金番号,注文番号,返金日,返金予定額,返金額,通貨\n"
            'R-1,A-1,2026-06-01,"1,200円","1,200円",\nR-2,A-2,2026-06-01,50,21.5元,\n'
            "R-3,A-3,2026-06-01,50,21.5元,円\nR-4,A-4,2026-06-01,50,50,人民元\n"
            "R-5,A-5,2026-06-01,50,50,\n",
            "cancellations.csv": "キャンセル番号,注文番号,キャンセル申請日,キャンセル料\n"
            "C-1,A-1,2026-06-01,300円\nC-2,A-2,2026-06-01,12.5\n",
        }
    )
    assert loaded.rows(
        "SELECT refund_id, amount_expected, amount_paid, currency FROM refunds ORDER BY 1"
    ) == [
        ("R-1", Decimal(1200), Decimal(1200), "JPY"),
        ("R-2", Decimal(50), Decimal("21.5"), "CNY"),
        ("R-3", Decimal(50), None, "JPY"),
        ("R-4", Decimal(50), Decimal(50), "CNY"),
        ("R-5", Decimal(50), Decimal(50), None),
    ]
    assert loaded.rows("SELECT fee_amount, fee_currency FROM cancellations ORDER BY 1") == [
        (Decimal("12.5"), None),
        (Decimal(300), "JPY"),
    ]
    assert issues(loaded, "currency_conflict") == [
        ("R-3", "currency_conflict", "warning", "amount_paid: CNY, not JPY: '21.5元'")
    ]


def test_E11_a_rate_as_documents_print_it_and_the_wrong_way_round(loaded):
    rates = ["21.5", "1元＝21.5円", "21.5円/元", "0.0465", "100円=4.65元", "215", "0"]
    rows = "".join(f"A-{i},{rate}\n" for i, rate in enumerate(rates))
    loaded.load({"o.csv": "注文番号,為替レート\n" + rows})
    found = [r for (r,) in loaded.rows("SELECT fx_rate FROM orders ORDER BY order_no")]
    turned = Decimal("21.505376")
    assert found == [*[Decimal("21.5")] * 3, turned, turned, Decimal(215), None]
    assert [(key, rule) for key, rule, *_ in issues(loaded, "inverse_rate", "odd_rate")] == [
        *[("A-3", "inverse_rate"), ("A-4", "inverse_rate")],
        *[("A-5", "odd_rate"), ("A-6", "odd_rate")],
    ]


def test_E12_a_bookkeepers_minus(loaded):
    texts = [
        "△1,000",
        "▲1,000",
        "(1,000)",
        "（1,000円）",
        "-1,000-",
        "1,000-",
        "－１０００",
        "−1000",
    ]
    rows = "".join(f'A-{i},"{text}"\n' for i, text in enumerate(texts))
    loaded.load({"o.csv": "注文番号,合計金額(円)\n" + rows})
    assert loaded.rows("SELECT total_jpy, count(*) FROM orders GROUP BY 1") == [(Decimal(-1000), 8)]


@pytest.mark.parametrize(
    "word", ["■", "-", "nan", "None", "#N/A", "#REF!", "#NUM!", "未定", "0000-00-00", "＃Ｎ／Ａ"]
)
def test_E13_words_for_unknown_are_unknown_and_never_zero(loaded, word):
    row = ",".join([word] * 5)
    loaded.load(
        {"s.csv": f"発送番号,配送業者,発送日,箱数,国際送料（円）,追跡番号\nS-1,{row}\nS-2,{row}\n"}
    )
    known = "SELECT DISTINCT shipped_at, boxes, freight_jpy, tracking_no FROM shipments"
    assert loaded.rows(known) == [(None, None, None, None)]
    assert loaded.one("SELECT count(*) FROM shipments") == 2


def test_E14_a_serial_date_in_a_csv(loaded):
    loaded.load({"o.csv": "注文番号,注文日,支払日\nA-1,46204,46204.5\nA-2,2026-06-30,\n"})
    first = loaded.one("SELECT submitted_day::VARCHAR, paid_at FROM orders WHERE order_no = 'A-1'")
    assert first == ("2026-07-01", utc("2026-07-01 12:00"))
    assert not issues(loaded, "serial_1904")


def test_E14_a_serial_date_of_1904_by_the_columns_other_dates(loaded):
    loaded.load({"o.csv": "注文番号,注文日\nA-1,44742\nA-2,2026-06-30\nA-3,2026/6/1\n"})
    assert loaded.one("SELECT submitted_day::VARCHAR FROM orders WHERE order_no = 'A-1'") == (
        "2026-07-01"
    )
    assert issues(loaded, "serial_1904") == [
        ("A-1", "serial_1904", "info", "submitted_at: '44742' read as 2026-07-01")
    ]


SAME_DAY = [
    "2026/7/1",
    "2026年7月1日",
    "R8.7.1",
    "令和8年7月1日",
    "２０２６．７．１",
    "46204",
    "20260701",
]
SAME_TIME = [
    *(
        "2026/7/1 15:00",
        "2026年7月1日 午後3時",
        "2026-07-01 3:00 PM",
        "R8.7.1 15時",
        "20260701150000",
    ),
    *("2026-07-01T15:00:00+08:00", "2026-07-01T07:00Z", "2026/7/1 16:00 JST", "1782889200"),
]


def test_E15_one_day_and_one_instant_in_many_spellings(loaded):
    days = "".join(f"A-{i},{text},\n" for i, text in enumerate(SAME_DAY))
    times = "".join(f"B-{i},,{text}\n" for i, text in enumerate(SAME_TIME))
    loaded.load({"o.csv": "注文番号,注文日,買付日\n" + days + times}, exported_at="2026-09-01")
    assert loaded.rows(
        "SELECT DISTINCT submitted_day::VARCHAR FROM orders WHERE order_no < 'B'"
    ) == [("2026-07-01",)]
    assert loaded.rows("SELECT DISTINCT purchased_at FROM orders WHERE order_no > 'B'") == [
        (utc("2026-07-01 15:00"),)
    ]


def test_E15_midnight_at_24_belongs_to_the_next_day(loaded):
    loaded.load({"o.csv": "注文番号,買付日\nA-1,2026/7/1 24:00\nA-2,2026-07-01 24:00\n"})
    assert loaded.rows("SELECT DISTINCT purchased_at, purchased_day::VARCHAR FROM orders") == [
        (utc("2026-07-02 00:00"), "2026-07-02")
    ]


def test_E15_the_columns_other_dates_tell_the_order(loaded):
    loaded.load({"o.csv": "注文番号,注文日\nA-1,07/01/2026\nA-2,07/13/2026\n"})
    assert loaded.rows("SELECT submitted_day::VARCHAR FROM orders ORDER BY order_no") == [
        ("2026-07-01",),
        ("2026-07-13",),
    ]


@pytest.mark.parametrize("text", ["07/01/2026", "26/07/01", "07-01-26"])
def test_E15_an_ambiguous_date_is_left_empty_and_reported(loaded, text):
    loaded.load({"o.csv": f"注文番号,注文日,合計\nA-1,{text},100\n"})
    assert loaded.rows("SELECT submitted_at, total_jpy FROM orders") == [(None, Decimal(100))]
    assert issues(loaded, "ambiguous_date") == [
        ("A-1", "ambiguous_date", "warning", f"submitted_at: ambiguous date: {text!r}")
    ]


def test_E15_an_ambiguous_date_in_a_key_is_refused(loaded):
    loaded.load(
        {"e.csv": "配送業者,追跡番号,日時,状況\nDHL,400000000012,07/01/2026 10:00,配達完了\n"}
    )
    assert loaded.rows("SELECT reasons FROM rejects") == [
        (["event_at: ambiguous date: '07/01/2026 10:00'", "event_at is missing"],)
    ]


def test_E15_a_date_without_a_year_takes_that_of_its_row_or_of_the_export(loaded):
    loaded.load(
        {
            "s.csv": "発送番号,発送日,配達完了日,お届け予定日\n"
            "S-1,2025/12/28,1/5,1月6日\nS-2,12/28,1/5,\nS-3,,,7/3\n"
        },
        exported_at="2026-06-30",
    )
    assert loaded.rows(
        "SELECT shipped_day::VARCHAR, delivered_day::VARCHAR, promised_day::VARCHAR "
        "FROM shipments ORDER BY shipment_id"
    ) == [
        ("2025-12-28", "2026-01-05", "2026-01-06"),
        ("2025-12-28", "2026-01-05", None),
        (None, None, "2026-07-03"),
    ]
    assert issues(loaded, "inferred_year")[0] == (
        *("S-1", "inferred_year", "info"),
        "delivered_at: '1/5' read as 2026-01-05",
    )
    assert len(issues(loaded, "inferred_year")) == 5


@pytest.mark.parametrize("text", ["1782889200", "1782889200000"])
def test_E16_unix_seconds_and_milliseconds_are_instants_of_utc(loaded, text):
    loaded.load(
        {"o.csv": f"注文番号,買付日\nA-1,{text}\n"}, zone="Asia/Tokyo", exported_at="2026-09-01"
    )
    assert loaded.one("SELECT purchased_at FROM orders") == datetime(2026, 7, 1, 7)


EVENING = "発送番号,区間,お届け予定日,発送日,配達完了日\n"
EVENING += "S-1,2,2026-07-01,2026-06-20,2026-07-01 23:30:00\n"


def test_E17_half_past_eleven_on_chinas_clock_is_the_next_day_in_japan(loaded):
    loaded.load({"s.csv": EVENING}, exported_at="2026-09-01")
    day = "SELECT delivered_at, delivered_day::VARCHAR, promised_day::VARCHAR FROM shipments"
    assert loaded.one(day) == (datetime(2026, 7, 1, 15, 30), "2026-07-02", "2026-07-01")


def test_E17_the_zone_of_the_source_is_the_files_clock(loaded):
    loaded.load({"s.csv": EVENING}, zone="Asia/Tokyo", exported_at="2026-09-01")
    day = "SELECT delivered_at, delivered_day::VARCHAR FROM shipments"
    assert loaded.one(day) == (datetime(2026, 7, 1, 14, 30), "2026-07-01")


def test_E17_a_sessions_time_zone_changes_nothing(loaded, monkeypatch):
    found = set()
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        loaded.path = loaded.folder / f"{zone.replace('/', '-')}.duckdb"
        loaded.load({"s.csv": EVENING}, exported_at="2026-09-01")
        with duckdb.connect(str(loaded.path), read_only=True) as con:
            con.execute(f"SET TimeZone = '{zone}'")
            found |= {*con.execute("SELECT delivered_at, delivered_day FROM shipments").fetchall()}
        with rs.connect(loaded.path) as db:
            late = rs.delay_rates(db, as_of="2026-08-31").frame()
            found.add((int(late["n"][0]), int(late["events"][0])))
    assert len(found) == 2
    assert (1, 1) in found


def test_E18_paying_and_the_arrival_of_the_money_are_two_instants(loaded):
    loaded.load({"o.csv": "注文番号,入金日,着金日\nA-1,2026-06-01 10:00,2026-06-03 11:00\n"})
    assert loaded.one("SELECT paid_at, payment_reached_at FROM orders") == (
        utc("2026-06-01 10:00"),
        utc("2026-06-03 11:00"),
    )


def test_E19_a_number_damaged_to_powers_of_ten_is_never_joined(loaded):
    loaded.load(
        {
            "o.csv": "注文番号,合計\n4.12346E+11,100\nA-1,200\n",
            "c.csv": "クレーム番号,注文番号,申請日\n"
            "C-1,4.12346E+11,2026-06-01\nC-2,A-1,2026-06-01\n",
        }
    )
    assert loaded.rows("SELECT reasons FROM rejects WHERE table_name = 'orders'") == [
        (
            [
                "order_no: damaged to powers of ten, not recoverable: '4.12346E+11'",
                "order_no is missing",
            ],
        )
    ]
    assert loaded.rows("SELECT claim_id, order_no FROM claims ORDER BY 1") == [
        ("C-1", None),
        ("C-2", "A-1"),
    ]
    assert issues(loaded, "damaged_id") == [
        (
            *("C-1", "damaged_id", "error"),
            "order_no: damaged to powers of ten, not recoverable: '4.12346E+11'",
        )
    ]


def test_E19_an_order_with_a_damaged_parcel_number_keeps_its_own_facts(loaded):
    loaded.load(
        {
            "o.csv": "注文番号,注文日,合計,配送業者,追跡番号,発送日\n"
            "A-1,2026-06-01,100,DHL,4.12346E+11,2026-06-09\nA-2,2026-06-01,100,DHL,4.12346E+11,2026-06-09\n"
        }
    )
    assert loaded.one("SELECT count(*) FROM orders") == 2
    assert loaded.one("SELECT count(*) FROM shipments") == 0
    assert len(issues(loaded, "damaged_id")) == 2


def test_E19_guards_and_tails_of_spreadsheets_go_and_leading_zeros_stay(loaded):
    numbers = ["'0123456789", "0123456789.0", '"=""0123456789"""', "\t0123456789", "0123456789"]
    rows = "".join(f"S-{i},{number}\n" for i, number in enumerate(numbers))
    loaded.load({"s.csv": "発送番号,追跡番号\n" + rows})
    assert loaded.rows("SELECT tracking_no, count(*) FROM shipments GROUP BY 1") == [
        ("0123456789", 5)
    ]


def test_E20_an_order_number_rounded_by_a_spreadsheet_is_flagged(loaded):
    loaded.load(
        {
            "o.csv": "注文番号,合計\n2026071715475680,100\n2026071715475684-300000,100\n",
            "bare.csv": "注文番号,合計\n2026071715475690,100\n2026071715475691,100\n",
        }
    )
    assert loaded.one("SELECT count(*) FROM orders") == 4
    assert issues(loaded, "rounded_id") == [
        (
            *("2026071715475680", "rounded_id", "error"),
            "order_no: a spreadsheet keeps only 15 digits: '2026071715475680'",
        )
    ]


PLANTED = {
    "お届け先氏名": "山田花子七七",
    "お届け先住所": "鹿児島県薩摩川内市架空町3-2-1",
    "電話番号": "0996-21-9876",
    "メールアドレス": "hanako77@mail.example.jp",
    "郵便番号": "895-9876",
    "振込先口座": "架空銀行 普通 7654321",
    "收件人": "王架空",
    "详细地址": "广东省广州市架空路88号",
    "手机": "13987654321",
    "邮箱": "wang88@mail.example.cn",
    "Recipient": "Hanako Kakuu-Yamada",
    "Shipping Address": "3-2-1 Kakuu-machi Satsuma",
    "Phone": "+81-996-21-8765",
}
IN_REMARKS = [
    "090-9876-5432",
    "０８０－９８７６－５４３２",
    "09098765431",
    "taro99@mail.example.jp",
]
REMARK = f"至急 {IN_REMARKS[0]}、{IN_REMARKS[1]},{IN_REMARKS[2]} か {IN_REMARKS[3]} まで"


def test_E52_nothing_of_a_person_gets_into_the_database(loaded):
    headers = ",".join(["注文番号", "会員番号", "注文日", *PLANTED, "社内メモ", "備考"])
    cells = ",".join(f'"{c}"' for c in PLANTED.values())
    rows = "".join(
        f'{order},777888,{day},{cells},"{REMARK}","{REMARK}"\n'
        for order, day in [("A-1", "2026-06-01"), ("A-2", "no day"), (IN_REMARKS[0], "no day")]
    )
    summary = f"お届け先氏名,{PLANTED['お届け先氏名']}\n電話番号,{PLANTED['電話番号']}\n\n"
    report = loaded.load(
        {
            "o.csv": headers + "\n" + rows,
            "p.csv": summary + headers + "\n" + rows.replace("A-", "B-"),
            "c.csv": "キャンセル番号,注文番号,キャンセル対象,キャンセル理由\n"
            f'C-1,A-1,"{REMARK}","{REMARK}"\n',
        }
    )
    assert report.rejected >= 2
    content = loaded.path.read_bytes()
    told = (
        loaded.rows("SELECT reasons, raw FROM rejects")
        + loaded.rows("FROM issues")
        + loaded.rows("FROM orders")
    )
    for text in [*PLANTED.values(), *IN_REMARKS, "777888"]:
        assert text.encode() not in content
        assert text not in str(told)


def test_E52_numbers_of_orders_and_parcels_are_not_taken_for_phones(loaded):
    kept = {
        "注文番号": "2026071715475684-300001",
        "追跡番号": "090123456789",
        "配送依頼書番号": "P2026091008463813-2147",
        "会社の管理番号": "0120-4567-8901-2",
        "備考": "JAN 4901234567894 / RW0901234567X / 2026-06-01 / 4000-0000-0012",
    }
    loaded.load({"s.csv": f"{','.join(kept)},発送日\n{','.join(kept.values())},no day\n"})
    (raw,) = loaded.rows("SELECT raw FROM rejects")[0]
    assert json.loads(raw) == kept | {"発送日": "no day"}
