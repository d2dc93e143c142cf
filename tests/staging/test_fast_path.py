"""Large clean sheets take the fast path into their table; the result is that of the slow one."""

from __future__ import annotations

import pytest

from rakustats.staging import fast_path, sheets

HEADER = "shipment_id,order_no,leg,carrier,tracking_no,promised_at,delivered_at,boxes\n"
CLEAN = [
    f"S{n},A-{n},{n % 2 + 1},佐川急便,,2026-05-0{n % 9 + 1},2026-05-03 10:00:00,{n}"
    for n in range(30)
]
KNOWN = "SELECT * EXCLUDE (n_versions), n_versions FROM shipments ORDER BY ALL"
ODD = {
    "a number in full width": "S30,A-30,1,佐川急便,,,,１２",
    "a blank row": ",,,,,,,",
    "a total": "合計,,,,,,,465",
    "no key": ",A-30,1,佐川急便,,,,3",
    "a word for a date": "S30,A-30,1,佐川急便,,未定,,3",
    "two parcels in a cell": "S30,A-30,1,佐川急便,400123456784/400123456795,,,2",
    "no date at all": "S30,A-30,1,佐川急便,,soon,,3",
    "a repeated key": "S3,A-3,1,佐川急便,,2026-05-04,2026-05-09 10:00:00,3",
    "a repeated row": CLEAN[4],
}


PRICED = "order_no,line_no,unit_price_cny_quoted,unit_price_cny\n"
PRICES = [f"A-{n},1,{n}.50,{n}" for n in range(30)]
BELOW_ZERO = ["-5", " -5", "-5.00", "△5", "(5)", "－5", "-1,234.5", "-5元"]


@pytest.fixture
def both(make_loaded, monkeypatch):
    """Load rows by the fast and by the slow path; return both databases and reports."""

    def load(rows, header=HEADER):
        found = []
        for limit in (0, 1 << 40):
            monkeypatch.setattr(fast_path, "LARGE", limit)
            database = make_loaded()
            report = database.load({"a.csv": header + "\n".join(rows) + "\n"})
            found.append((database, report.sheets))
        return found

    return load


def watched(monkeypatch, step):
    """What a step of the fast path returns, from now on."""
    found, known = [], getattr(fast_path, step)

    def told(*given):
        found.append(known(*given))
        return found[-1]

    monkeypatch.setattr(fast_path, step, told)
    return found


TYPED = "shipment_id,order_no,leg,promised_at,delivered_at,actual_kg\n"
LATER = {
    "a short instant": "2026-05-09,2026/5/9 9:05,1.5",
    "a day for an instant": "2026-05-09,2026-05-09,1.5",
    "an instant for a day": "2026-05-09 10:00:00,2026-05-09 10:00:00,1.5",
    "an instant with its zone": "2026-05-09,2026-05-09 10:00:00+09:00,1.5",
    "midnight at the day's end": "2026-05-09,2026-05-09 24:00:00,1.5",
    "another century": "1899-05-09,2026-05-09 10:00:00,1.5",
    "thousands": '2026-05-09,2026-05-09 10:00:00,"1,200.5"',
    "more digits than are kept": "2026-05-09,2026-05-09 10:00:00,1.23456",
    "a power of ten": "2026-05-09,2026-05-09 10:00:00,1e2",
    "a number with a unit": "2026-05-09,2026-05-09 10:00:00,1.5kg",
    "blanks around": " 2026-05-09 , 2026-05-09 10:00:00 , 1.5 ",
    "nothing": ",,",
    "a calendar's end": "9999-12-31,0000-00-00,-",
}


@pytest.mark.parametrize("cells", LATER.values(), ids=LATER)
def test_a_form_that_comes_later_is_read_as_in_a_small_file(both, monkeypatch, cells):
    plain = [f"S{n},A-{n},2,2026-05-0{n},2026-05-03 10:00:00,{n}.5" for n in range(1, 9)]
    monkeypatch.setattr(fast_path, "TOP", 5)
    fast, slow = both([*plain, f"S9,A-9,2,{cells}"], TYPED)
    assert fast[1] == slow[1]
    for query in (KNOWN, "FROM issues ORDER BY ALL", "FROM rejects"):
        assert fast[0].rows(query) == slow[0].rows(query)


def test_plain_columns_are_typed_by_the_reader(make_loaded, monkeypatch):
    monkeypatch.setattr(fast_path, "LARGE", 0)
    asked = watched(monkeypatch, "read_natively")
    row = "S1,A-1,2,2026/05/09,2026/05/09 10:00,1.5\n"
    make_loaded().load({"a.csv": TYPED + row})
    assert sorted(asked[0].native.values()) == ["DATE", "DECIMAL(10,3)", "TIMESTAMP"]


@pytest.mark.parametrize("row", [None, *ODD.values()], ids=["clean", *ODD])
def test_the_fast_path_leads_to_the_same_tables(both, row):
    rows = CLEAN if row is None else [*CLEAN, row, "S99,A-99,2,佐川急便,,,,1"]
    (fast, accounts), (slow, others) = both(rows)
    assert fast.rows(KNOWN) == slow.rows(KNOWN)
    assert fast.rows("FROM versions.shipments ORDER BY ALL") == slow.rows(
        "FROM versions.shipments ORDER BY ALL"
    )
    assert fast.rows("SELECT * FROM rejects") == slow.rows("SELECT * FROM rejects")
    assert fast.rows("FROM issues ORDER BY ALL") == slow.rows("FROM issues ORDER BY ALL")
    assert accounts == others


def test_a_sheet_that_is_not_clean_takes_the_slow_path(both, monkeypatch):
    monkeypatch.setattr(sheets, "_cast_and_resolve", None)
    monkeypatch.setattr(fast_path, "LARGE", 0)
    with pytest.raises(TypeError):
        both([*CLEAN, ODD["a total"]])


def test_a_clean_sheet_takes_the_fast_path(make_loaded, monkeypatch):
    monkeypatch.setattr(sheets, "_cast_and_resolve", None)
    monkeypatch.setattr(fast_path, "LARGE", 0)
    database = make_loaded()
    database.load({"a.csv": HEADER + "\n".join(CLEAN) + "\n"})
    assert database.rows("SELECT source_row, shipment_id FROM shipments ORDER BY 1") == [
        (n + 2, f"S{n}") for n in range(30)
    ]


def test_the_second_file_is_folded_in(make_loaded, monkeypatch):
    monkeypatch.setattr(fast_path, "LARGE", 0)
    database = make_loaded()
    newer = "S3,A-3,2,佐川急便,,2026-05-20,2026-05-19 10:00:00,3\n"
    database.load(
        {
            "a_出力20260501.csv": HEADER + "\n".join(CLEAN) + "\n",
            "b_出力20260601.csv": HEADER + newer,
        }
    )
    found = database.one(
        "SELECT CAST(promised_day AS VARCHAR), n_versions FROM shipments WHERE shipment_id = 'S3'"
    )
    assert found == ("2026-05-20", 2)
    assert database.one("SELECT count(*) FROM shipments") == 30


def test_columns_that_nothing_fills_take_their_place_when_something_does(make_loaded, monkeypatch):
    monkeypatch.setattr(fast_path, "LARGE", 0)
    database = make_loaded()
    database.load({"a.csv": TYPED + "S1,A-1,2,2026-05-09,2026-05-09 10:00:00,1.5\n"})
    virtual = "FROM information_schema.columns WHERE table_name = 'shipments' AND table_schema = "
    virtual += "'main' AND is_generated = 'ALWAYS'"
    assert database.one(f"SELECT count(*) > 10 {virtual}")
    assert database.one("SELECT lost_at, carrier FROM shipments") == (None, None)
    order = "SELECT column_name FROM (DESCRIBE main.shipments)"
    before = database.rows(order)
    database.load({"b.csv": "shipment_id,carrier,lost_at\nS1,OCS,2026-05-20\n"})
    assert database.one("SELECT carrier, boxes, lost_at IS NULL FROM shipments") == (
        "OCS",
        None,
        False,
    )
    assert database.one(f"SELECT count(*) {virtual}") == 0
    assert database.rows(order) == before


def test_columns_that_are_the_same_in_all_rows_take_their_place_when_others_come(
    make_loaded, monkeypatch
):
    monkeypatch.setattr(fast_path, "LARGE", 0)
    database = make_loaded()
    database.load({"a_出力20260501.csv": HEADER + "\n".join(CLEAN) + "\n"})
    asked = "SELECT source_file, CAST(exported_at AS DATE), promised_original_day FROM shipments"
    before = database.rows(f"{asked} WHERE shipment_id = 'S4'")
    assert before[0][0] == "a_出力20260501.csv"
    database.load({"b_出力20260601.csv": HEADER + "S3,A-3,2,佐川急便,,2026-05-20,,3\n"})
    assert database.rows(f"{asked} WHERE shipment_id = 'S4'") == before
    newer = database.rows(f"{asked} WHERE shipment_id = 'S3'")
    assert newer[0][0] == "b_出力20260601.csv"
    assert str(newer[0][2]) == "2026-05-04"


WORDS = "shipment_id,order_no,leg,carrier,ship_method,state\n"
SAID = ["佐川急便,RW船便,delivered", "佐川急便,OCS,shipped", "ヤマト運輸,OCS,delivered"]


@pytest.mark.parametrize(
    "later", ["EMS,EMS,配達完了", "未定,-,到着", " 佐川急便 ,N/A,dozing", ",,"]
)
def test_words_that_come_later_are_read_as_in_a_small_file(both, monkeypatch, later):
    monkeypatch.setattr(fast_path, "TOP", 3)
    rows = [f"S{n},A-{n},2,{cells}" for n, cells in enumerate([*SAID, later])]
    (fast, _), (slow, _) = both(rows, WORDS)
    for query in (KNOWN, "FROM issues ORDER BY ALL"):
        assert fast.rows(query) == slow.rows(query)


def test_the_words_at_the_top_are_known_first(make_loaded, monkeypatch):
    monkeypatch.setattr(fast_path, "LARGE", 0)
    asked = watched(monkeypatch, "with_usual_words")
    make_loaded().load({"a.csv": WORDS + "".join(f"S{n},A,2,{c}\n" for n, c in enumerate(SAID))})
    assert sorted(asked[0].usual.values()) == [
        ("OCS", "RW船便"), ("delivered", "shipped"), ("ヤマト運輸", "佐川急便"),
    ]  # fmt: skip


@pytest.mark.parametrize("at", [0, 29])
@pytest.mark.parametrize("price", BELOW_ZERO)
def test_a_price_below_zero_is_refused_on_both_paths(both, monkeypatch, price, at):
    monkeypatch.setattr(fast_path, "TOP", 5)
    rows = [*PRICES[:at], f'A-{at},1,1.50,"{price}"', *PRICES[at + 1 :]]
    for database, (account,) in both(rows, PRICED):
        assert (account.loaded, account.rejected) == (29, 1)
        reasons = database.one("SELECT reasons FROM rejects")
        assert reasons == [f"unit_price_cny: a price below zero: {price!r}"]


def test_what_costs_nothing_is_read_on_both_paths(both):
    for database, (account,) in both([*PRICES, "A-30,1,-0.00,0"], PRICED):
        assert account.rejected == 0
        asked = (
            "SELECT unit_price_cny_quoted, unit_price_cny FROM order_lines WHERE order_no = 'A-30'"
        )
        assert database.one(asked) == (0, 0)
