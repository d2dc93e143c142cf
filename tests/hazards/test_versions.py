"""Exports of one thing at different times: amended, partial, in any order, numbers used again."""

from __future__ import annotations

from itertools import permutations

PARCELS = "発送番号,注文番号,発送日,配達完了日,紛失日,配送状況\n"
ISSUES = "SELECT key, rule, detail, source_file FROM issues WHERE rule = 'blanked' ORDER BY ALL"


def test_E30_a_blank_in_a_newer_export_keeps_a_sticky_fact_and_says_so(loaded):
    loaded.load(
        {
            "国際_出力20260501.csv": PARCELS + "S1,A-1,2026-04-20,2026-04-29,,配達完了\n",
            "国際_出力20260531.csv": PARCELS + "S1,A-1,2026-04-20,,,配達完了\n",
        }
    )
    assert loaded.one("SELECT CAST(delivered_day AS VARCHAR) FROM shipments") == "2026-04-29"
    (issue,) = loaded.rows(ISSUES)
    assert issue[0] == "S1"
    assert issue[2].startswith("delivered_at: 2026-04-2")
    assert issue[3] == "国際_出力20260531.csv"


def test_E30_a_newer_export_without_the_column_says_nothing_about_it(loaded):
    narrow = "発送番号,注文番号,発送日\nS1,A-1,2026-04-20\n"
    loaded.load(
        {
            "国際_出力20260501.csv": PARCELS + "S1,A-1,2026-04-20,,2026-04-30,紛失\n",
            "国際_出力20260531.csv": narrow,
        }
    )
    assert loaded.one("SELECT CAST(lost_at AS VARCHAR) FROM shipments").startswith("2026-04-2")
    assert loaded.rows(ISSUES) == []


def test_E30_a_parcel_found_again_is_no_longer_lost(make_loaded):
    files = {
        "国際_出力20260501.csv": PARCELS + "S1,A-1,2026-04-20,,2026-04-30,紛失\n",
        "国際_出力20260531.csv": PARCELS + "S1,A-1,2026-04-20,2026-05-20,,配達完了\n",
    }
    for order in permutations(files):
        database = make_loaded()
        for name in order:
            database.load({name: files[name]})
        found = database.one("SELECT lost_at, state FROM shipments")
        assert found == (None, "delivered")


def test_E30_what_is_restated_keeps_all_its_versions(loaded):
    header = "発送番号,お届け予定日\n"
    loaded.load(
        {
            "a_出力20260401.csv": header + "S1,2026-04-20\n",
            "b_出力20260415.csv": header + "S1,2026-04-30\n",
            "c_出力20260501.csv": header + "S1,2026-05-10\n",
        }
    )
    first_and_last = "CAST(promised_original_day AS VARCHAR), CAST(promised_day AS VARCHAR)"
    assert loaded.one(f"SELECT {first_and_last} FROM shipments") == ("2026-04-20", "2026-05-10")
    assert loaded.one("SELECT count(*) FROM versions.shipments") == 3


def test_E31_a_row_absent_from_a_newer_export_stays(loaded):
    header = "注文番号,注文日\n"
    loaded.load(
        {
            "a_出力20260401.csv": header + "A-1,2026-03-01\nA-2,2026-03-02\n",
            "b_出力20260501.csv": header + "A-2,2026-03-02\nA-3,2026-04-02\n",
        }
    )
    found = loaded.rows(
        "SELECT order_no, CAST(exported_at AS DATE)::VARCHAR FROM orders ORDER BY 1"
    )
    assert found == [("A-1", "2026-04-01"), ("A-2", "2026-05-01"), ("A-3", "2026-05-01")]


def test_E31_an_export_of_exactly_a_page_is_suspected_of_being_cut_off(loaded):
    rows = "".join(f"A-{n},2026-03-01\n" for n in range(100))
    loaded.load({"a_出力20260401.csv": "注文番号,注文日\n" + rows})
    loaded.load({"b_出力20260402.csv": "注文番号,注文日\n" + rows + "B-1,2026-03-02\n"})
    found = loaded.rows("SELECT source_file, detail FROM issues WHERE rule = 'round_row_count'")
    assert found == [("a_出力20260401.csv", "exactly 100 rows")]


def test_E32_an_older_export_loaded_later_changes_nothing_newer(make_loaded):
    header = "注文番号,ステータス,合計\n"
    files = {
        "a_出力20260401.csv": header + "A-1,入金済,1200\n",
        "b_出力20260501.csv": header + "A-1,買付済,1500\n",
        "c_出力20260601.csv": header + "A-1,完了,\n",
    }
    found = []
    for order in permutations(files):
        database = make_loaded()
        for name in order:
            database.load({name: files[name]})
        found.append(database.rows("SELECT state, total_jpy, exported_at FROM orders"))
    assert found[0][0][:2] == ("closed", 1500)
    assert all(rows == found[0] for rows in found)


def test_E39_a_tracking_number_used_again_is_two_shipments(loaded):
    header = "配送業者,追跡番号,発送日\n"
    rows = "佐川急便,400123456784,2026-01-10\n佐川急便,400123456784,2026-05-02\n"
    loaded.load({"a_出力20260531.csv": header + rows})
    assert loaded.rows("SELECT shipment_id FROM shipments ORDER BY 1") == [
        ("佐川急便-400123456784",),
        ("佐川急便-400123456784@2026-05-02",),
    ]
    assert loaded.one("SELECT count(*) FROM issues WHERE rule = 'tracking_reused'") >= 1


def test_E39_one_number_at_two_carriers_is_two_shipments(loaded):
    header = "配送業者,追跡番号,発送日\n"
    rows = "佐川急便,400123456784,2026-05-01\nヤマト運輸,400123456784,2026-05-02\n"
    loaded.load({"a_出力20260531.csv": header + rows})
    assert loaded.one("SELECT count(*) FROM shipments") == 2
