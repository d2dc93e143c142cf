"""Loading as a user sees it: what comes in, what is refused, what is kept of both."""

from datetime import datetime
from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest

from rakustats.errors import UsageError

ORDERS = (
    "order_no,submitted_at,total_jpy,state\n"
    "A-1,2026-06-01 09:00:00,1200,paid\n"
    "A-2,2026-06-02 10:00:00,2400,paid\n"
)


def test_a_canonical_csv(loaded):
    account = loaded.load({"o.csv": ORDERS}).sheets[0]
    assert (account.seen, account.loaded, account.rejected, account.duplicate, account.skipped) == (
        2,
        2,
        0,
        0,
        0,
    )
    assert loaded.rows(
        "SELECT order_no, submitted_at, total_jpy, state, source_file, "
        "source_row FROM orders ORDER BY 1"
    ) == [
        ("A-1", datetime(2026, 6, 1, 1), 1200, "paid", "o.csv", 2),
        ("A-2", datetime(2026, 6, 2, 2), 2400, "paid", "o.csv", 3),
    ]


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "parquet"])
def test_every_kind_of_file_gives_the_same_rows(loaded, ending):
    frame = pd.DataFrame(
        {
            "order_no": ["A-1", "A-2"],
            "submitted_at": ["2026-06-01 09:00:00", "2026-06-02"],
            "total_jpy": [1200, None],
            "agency": ["ラクマート", None],
        }
    )
    path = loaded.folder / f"o.{ending}"
    if ending == "xlsx":
        frame.to_excel(path, index=False, engine="xlsxwriter")
    elif ending == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    from rakustats.loading.load import load

    load(path, db=loaded.path, exported_at="2026-06-30")
    assert loaded.rows(
        "SELECT order_no, submitted_at, submitted_day, total_jpy, agency FROM orders ORDER BY 1"
    ) == [
        ("A-1", datetime(2026, 6, 1, 1), datetime(2026, 6, 1).date(), 1200, "ラクマート"),
        ("A-2", datetime(2026, 6, 1, 16), datetime(2026, 6, 2).date(), None, None),
    ]


def test_japanese_headers_words_and_values(loaded):
    text = (
        "注文番号,注文日,店舗名,商品名,数量,単価（元）,ステータス,合計\r\n"
        "１２３-300001,2026年7月1日 9時,㈱髙橋,ガラスのコップ,"
        '"１,２００",21.5元,入庫済,"￥25,800"\r\n'
        "456-300001,令和8年7月2日,店,布,-,未定,キャンセル,-\r\n"
    ).encode("cp932")
    account = loaded.load({"注文.csv": text}).sheets[0]
    assert (account.encoding, account.tables) == ("cp932", ("order_lines", "orders"))
    assert loaded.rows(
        "SELECT order_no, submitted_at, total_jpy, state, state_raw FROM orders ORDER BY 1"
    ) == [
        ("123-300001", datetime(2026, 7, 1, 1), 25800, "stored", "入庫済"),
        ("456-300001", datetime(2026, 7, 1, 16), None, "cancelled", "キャンセル"),
    ]
    assert loaded.rows(
        "SELECT order_no, line_no, seller_id, qty_ordered, "
        "unit_price_cny::VARCHAR FROM order_lines ORDER BY 1"
    ) == [
        ("123-300001", "1", "(株)髙橋", 1200, "21.50"),
        ("456-300001", "1", "店", None, None),
    ]


def test_an_order_with_two_rows_has_two_lines(loaded):
    loaded.load(
        {
            "o.csv": (
                "注文番号,注文日,店舗名,商品名,数量\n"
                "A-1,2026-06-01,甲,皿,1\n"
                "A-1,2026-06-01,乙,箸,2\n"
                "A-2,2026-06-01,甲,皿,3\n"
            )
        }
    )
    assert loaded.rows("SELECT order_no, line_no, item_title FROM order_lines ORDER BY ALL") == [
        ("A-1", "1", "皿"),
        ("A-1", "2", "箸"),
        ("A-2", "1", "皿"),
    ]
    assert loaded.one("SELECT count(*) FROM orders") == 2


def test_chinese_headers_in_gb18030(loaded):
    text = (
        "订单号,序号,店铺名,数量,单价,到货时间\nA-1,1,义乌小商品,30,2.5,2026-06-01 09:00\n".encode(
            "gb18030"
        )
    )
    assert loaded.load({"x.csv": text}).sheets[0].encoding == "gb18030"
    assert loaded.rows("SELECT line_no, seller_name, qty_ordered, arrived_at FROM order_lines") == [
        ("1", "义乌小商品", 30, datetime(2026, 6, 1, 1))
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_bytes_make_no_difference(loaded, end, encoding, delimiter):
    text = ORDERS.replace("paid", "入金済").replace(",", delimiter).replace("\n", end)
    account = loaded.load({"o.csv": text.encode(encoding)}).sheets[0]
    assert (account.seen, account.loaded) == (2, 2)
    assert loaded.rows("SELECT order_no, state, source_row FROM orders ORDER BY 1") == [
        ("A-1", "paid", 2),
        ("A-2", "paid", 3),
    ]


def test_a_quoted_line_break_is_one_row_and_blank_rows_are_counted(loaded):
    text = 'order_no,agency,total_jpy\nA-1,"two\nlines",1\n\nA-2,x,2\n,,\n'
    account = loaded.load({"o.csv": text}).sheets[0]
    assert (account.seen, account.loaded, account.skipped) == (4, 2, 2)
    assert loaded.rows("SELECT order_no, source_row, agency FROM orders ORDER BY 1") == [
        ("A-1", 2, "two\nlines"),
        ("A-2", 4, "x"),
    ]


def test_totals_below_the_table_are_skipped(loaded):
    account = loaded.load(
        {"o.csv": "注文番号,注文日,合計\nA-1,2026-06-01,100\n合計,,100\n,,\n"}
    ).sheets[0]
    assert (account.loaded, account.skipped, account.rejected) == (1, 2, 0)
    again = loaded.load(
        {"p.csv": "注文番号,注文日,合計,支払方法\nB-1,2026-06-01,100,残高\n,合計,100,\n"}
    ).sheets[0]
    assert (again.loaded, again.skipped, again.rejected) == (1, 1, 0)


def test_refused_rows_are_kept_with_their_reasons_and_the_rest_is_loaded(loaded):
    text = (
        "order_no,submitted_at,total_jpy,お届け先住所\n"
        "A-1,2026-06-01,100,東京都\n"
        "A-2,2026-13-01,abc,東京都\n"
        ",2026-06-03,300,東京都\n"
        "A-4,2026-06-04\n"
        "A-5,2026-06-05,500,東京都,more\n"
        "A-6,2026-06-06,600,\n"
    )
    report = loaded.load({"o.csv": text})
    account = report.sheets[0]
    assert (account.seen, account.loaded, account.rejected) == (6, 2, 4)
    assert report.rejected == 4
    assert loaded.rows("SELECT source_row, reasons FROM rejects ORDER BY 1") == [
        (3, ["submitted_at: not a date: '2026-13-01'", "total_jpy: not a number: 'abc'"]),
        (4, ["order_no is missing"]),
        (5, ["row has 2 cells, the header 4"]),
        (6, ["row has 5 cells, the header 4"]),
    ]
    raw = loaded.one("SELECT raw FROM rejects WHERE source_row = 3")
    assert "2026-13-01" in raw
    assert "東京" not in "".join(r for (r,) in loaded.rows("SELECT raw FROM rejects"))


def test_rows_in_another_encoding_are_read_in_their_own(loaded):
    rows = ["注文番号,注文日,合計,支払方法", *(f"A-{i},2026-01-01,{i},残高" for i in range(9))]
    encoded = [row.encode("cp932" if i in (3, 7) else "utf-8") for i, row in enumerate(rows)]
    account = loaded.load({"o.csv": b"\n".join(encoded)}).sheets[0]
    assert (account.encoding, account.loaded, account.rejected) == ("utf-8 + cp932", 9, 0)
    assert loaded.one("SELECT count(*) FROM orders WHERE payment_method = '残高'") == 9


def test_no_personal_data_is_stored(loaded):
    text = (
        "注文番号,会員番号,注文日,お届け先住所,電話番号,合計\n"
        "A-1,MEMBER77,2026-06-01,千代田区1-1,090-1234-5678,abc\n"
        "A-2,MEMBER77,2026-06-01,千代田区1-1,090-1234-5678,5\n"
    )
    loaded.load({"o.csv": text})
    stored = loaded.path.read_bytes()
    for secret in ("MEMBER77", "千代田区", "090-1234"):
        assert secret.encode() not in stored
    assert len(loaded.one("SELECT member_id FROM orders")) == 16
    assert loaded.load({"p.csv": text.replace("A-2", "A-3").replace("090", "080")}).rejected == 1
    assert loaded.one("SELECT count(DISTINCT member_id) FROM orders") == 1


def test_unknown_words_are_kept_and_told(loaded):
    report = loaded.load(
        {"s.csv": "発送番号,配送業者,配送状況\nS-1,佐川急便,宇宙輸送中\nS-2,佐川急便,配達完了\n"}
    )
    assert report.sheets[0].loaded == 2
    assert loaded.rows("SELECT shipment_id, state, state_raw FROM shipments ORDER BY 1") == [
        ("S-1", None, "宇宙輸送中"),
        ("S-2", "delivered", "配達完了"),
    ]
    assert loaded.rows("SELECT key, rule, detail FROM issues") == [
        ("S-1", "unknown_word", "state: unknown word: '宇宙輸送中'")
    ]


def test_scans_keep_their_own_words(loaded):
    loaded.load(
        {
            "t.csv": "carrier,tracking_no,event_at,kind\nYamato,1,2026-06-01 10:00:00,配達完了\n"
            "Yamato,1,2026-06-01 10:00:00,pod signed\nYamato,1,2026-06-01 10:00:00,\n"
        }
    )
    assert loaded.rows("SELECT kind FROM tracking_events ORDER BY 1") == [
        ("delivered",),
        ("pod signed",),
        (None,),
    ]
    assert loaded.one("SELECT count(*) FROM issues") == 0


def test_a_unique_id_in_full_width_joins(loaded):
    loaded.load({"o.csv": "注文番号,注文日,合計\nＡ－１,2026-06-01,1\n"})
    assert loaded.one("SELECT order_no FROM orders") == "A-1"


def test_the_same_content_twice_adds_nothing(loaded):
    loaded.load({"o.csv": ORDERS})
    before = loaded.rows("FROM orders ORDER BY ALL")
    again = loaded.load({"renamed.csv": ORDERS})
    assert [a.status for a in again.sheets] == ["already loaded"]
    assert loaded.rows("FROM orders ORDER BY ALL") == before
    assert loaded.one("SELECT count(*) FROM imports") == 1


def test_two_files_of_the_same_content_in_one_load(loaded):
    report = loaded.load({"a.csv": ORDERS, "b.csv": ORDERS})
    found = {a.file: (a.status, a.seen, a.loaded) for a in report.sheets}
    assert found == {"a.csv": ("loaded", 2, 2), "b.csv": ("same content as another file", 0, 0)}


def test_repeated_rows_are_duplicates(loaded):
    account = loaded.load({"o.csv": ORDERS + ORDERS.splitlines()[1] + "\n"}).sheets[0]
    assert (account.seen, account.loaded, account.duplicate) == (3, 2, 1)
    assert loaded.one("SELECT count(*) FROM orders") == 2


SNAPSHOTS = {
    "s_20260601.csv": (
        "shipment_id,carrier,promised_at,shipped_at,delivered_at\n"
        "S-1,Yamato,2026-06-10,2026-06-01 10:00:00,\n"
        "S-2,Sagawa,2026-06-10,,\n"
    ),
    "s_20260610.csv": (
        "shipment_id,carrier,promised_at,shipped_at,delivered_at\nS-1,Yamato,2026-06-15,,\n"
    ),
    "s_20260620.csv": (
        "shipment_id,carrier,promised_at,shipped_at,delivered_at\n"
        "S-1,Yamato,2026-06-18,2026-06-01 10:00:00,2026-06-17 12:00:00\n"
        "S-3,Sagawa,2026-06-22,,\n"
    ),
}


def _tables(one):
    names = (
        "main.shipments",
        "versions.shipments",
        "history.shipments",
        "main.shipment_lines",
        "main.order_lines",
        "main.orders",
    )
    return {name: one.rows(f"FROM {name} ORDER BY ALL") for name in names}


def test_a_newer_export_replaces_what_it_says_and_nothing_else(loaded):
    loaded.load(SNAPSHOTS)
    rows = loaded.rows(
        "SELECT shipment_id, promised_day, promised_original_day, shipped_at, "
        "delivered_at, n_versions FROM shipments ORDER BY 1"
    )

    def day(number):
        return datetime(2026, 6, number).date()

    assert rows == [
        ("S-1", day(18), day(10), datetime(2026, 6, 1, 2), datetime(2026, 6, 17, 4), 3),
        ("S-2", day(10), day(10), None, None, 1),
        ("S-3", day(22), day(22), None, None, 1),
    ]
    assert loaded.rows(
        "SELECT exported_at::DATE, promised_day, delivered_at IS NULL FROM "
        "history.shipments ORDER BY 1"
) == [
        (day(1), day(10), True), (day(10), day(15), True), (day(20), day(18), False),
    ]  # fmt: skip


def test_the_order_of_loading_is_of_no_account(make_loaded):
    together = make_loaded()
    together.load(SNAPSHOTS)
    expected = _tables(together)
    for order in permutations(SNAPSHOTS.items()):
        apart = make_loaded()
        for name, text in order:
            apart.load({name: text})
        assert _tables(apart) == expected


def test_lines_are_inferred_for_shipments_that_state_none(make_loaded):
    files = {
        "o.csv": "order_no,line_no,seller_id,qty_ordered,qty_shipped\nA-1,1,x,5,4\nA-1,2,y,3,\n",
        "s.csv": (
            "shipment_id,order_no,leg,carrier\n"
            "S-1,A-1,2,Yamato\n"
            "S-2,A-1,1,STO\n"
            "S-3,A-1,1,STO\n"
            "S-4,,2,Yamato\n"
        ),
        "l.csv": "shipment_id,order_no,line_no,qty\nS-3,A-1,2,3\n",
    }
    expected = [
        ("S-1", "1", 4, "inferred"), ("S-1", "2", 3, "inferred"),
        ("S-2", "1", None, "inferred"), ("S-2", "2", None, "inferred"), ("S-3", "2", 3, "stated"),
    ]  # fmt: skip
    for order in permutations(files.items()):
        one = make_loaded()
        for name, text in order:
            one.load({name: text})
        assert (
            one.rows(
                "SELECT shipment_id, line_no, qty, allocation FROM shipment_lines ORDER BY ALL"
            )
            == expected
        )


@pytest.mark.parametrize(
    ("zone", "leg", "promised", "day", "until"),
    [
        (None, 2, "2026-06-10", 10, datetime(2026, 6, 10, 15)),
        (None, 1, "2026-06-10", 10, datetime(2026, 6, 10, 16)),
        (None, 2, "2026-06-10 23:30:00", 11, datetime(2026, 6, 11, 15)),
        (None, 1, "2026-06-10 23:30:00", 10, datetime(2026, 6, 10, 16)),
        ("Asia/Tokyo", 1, "2026-06-10 23:30:00", 10, datetime(2026, 6, 10, 15)),
        ("UTC", 2, "2026-06-10", 10, datetime(2026, 6, 11)),
        ("Europe/Paris", 2, "2026-06-10", 10, datetime(2026, 6, 10, 22)),
    ],
)
def test_a_promise_ends_with_its_local_day(loaded, zone, leg, promised, day, until):
    loaded.load(
        {"s.csv": f"shipment_id,leg,carrier,promised_at\nS-1,{leg},Yamato,{promised}\n"}, zone=zone
    )
    assert loaded.one("SELECT promised_day, promised_until FROM shipments") == (
        datetime(2026, 6, day).date(),
        until,
    )


def test_instants_with_a_zone_of_their_own(loaded):
    rows = (
        "A-1,2026-06-01T09:00:00+09:00\n"
        "A-2,2026-06-01T00:00:00Z\n"
        "A-3,2026-06-01 08:00:00.5\n"
        "A-4,2026-06-01 09:00 JST\n"
    )
    loaded.load({"o.csv": "order_no,submitted_at\n" + rows})
    at = datetime(2026, 6, 1)
    assert [t for (t,) in loaded.rows("SELECT submitted_at FROM orders ORDER BY order_no")] == [
        at,
        at,
        at.replace(microsecond=500_000),
        at,
    ]


@pytest.mark.parametrize(
    ("name", "option", "day", "how"),
    [
        ("o_20260501.csv", "2026-06-30", "2026-05-01", "file name"),
        ("o.csv", "2026-06-30", "2026-06-30", "option"),
        ("o.csv", None, None, "time of the file"),
    ],
)
def test_when_an_export_was_made(loaded, name, option, day, how):
    account = loaded.load({name: ORDERS}, exported_at=option).sheets[0]
    assert account.exported_at_source == how
    if day:
        assert str(loaded.one("SELECT DISTINCT exported_at::DATE FROM orders")) == day


def test_a_row_that_tells_its_export_is_believed(loaded):
    loaded.load({"o_20260501.csv": "order_no,total_jpy,exported_at\nA-1,1,2026-04-01 08:00:00\n"})
    assert loaded.one("SELECT exported_at FROM orders") == datetime(2026, 4, 1)


def test_a_failed_load_changes_nothing(loaded):
    loaded.load({"o.csv": ORDERS})
    before = loaded.path.read_bytes()
    with pytest.raises(UsageError, match=r"b\.csv"):
        loaded.load({"a.csv": ORDERS.replace("A-", "B-"), "b.csv": "what,is,this\n1,2,3\n"})
    assert loaded.path.read_bytes() == before
    assert sorted(p.name for p in loaded.folder.iterdir() if p.name.startswith(".")) == [
        ".member-salt"
    ]


def test_an_open_reader_keeps_its_snapshot(loaded):
    import duckdb

    loaded.load({"o.csv": ORDERS})
    with duckdb.connect(str(loaded.path), read_only=True) as reader:
        loaded.load({"p.csv": ORDERS.replace("A-", "B-")})
        assert reader.execute("SELECT count(*) FROM orders").fetchone() == (2,)
    assert loaded.one("SELECT count(*) FROM orders") == 4


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        ({"o.csv": b"%PDF-1.7 xxx"}, {}, "a PDF"),
        ({"o.xlsx": b"PK\x03\x04 broken"}, {}, "cannot be read"),
        ({"o.csv.gz": b"\x1f\x8b broken"}, {}, "cannot be unpacked"),
        ({"o.parquet": b"PAR1 broken"}, {}, "is damaged"),
        ({"o.csv": "a,b,c\n1,2,3\n"}, {}, "headers a, b, c"),
        ({"o.csv": ORDERS}, {"mapping": "nowhere"}, "Shipped ones: causact, scms, shopee"),
        ({"o.csv": ORDERS}, {"mapping": "scms"}, "PO / SO #"),
        ({"o.csv": ORDERS}, {"zone": "Mars/Base"}, "not a time zone"),
        ({"o.csv": ORDERS}, {"encoding": "klingon"}, "not an encoding"),
        ({"o.csv": ORDERS}, {"exported_at": "soon"}, "exported-at 'soon' is neither a day"),
    ],
)
def test_wrong_use_says_what_and_where(loaded, files, options, message):
    with pytest.raises(UsageError, match=message):
        loaded.load(files, **options)
    assert not loaded.path.exists()


def test_the_database_has_to_be_one(loaded):
    loaded.path.write_bytes(b"no database" * 1000)
    with pytest.raises(Exception, match="not a rakustats database"):
        loaded.load({"o.csv": ORDERS})


def test_raw_files_are_not_touched(loaded):
    (path,) = loaded.write({"o.csv": ORDERS})
    path.chmod(0o444)
    stamp = path.stat().st_mtime_ns
    from rakustats.loading.load import load

    load(Path(path), db=loaded.path)
    assert (path.read_text(encoding="utf-8"), path.stat().st_mtime_ns) == (ORDERS, stamp)
