"""A tracking number used again after three months is a parcel of its own."""

from __future__ import annotations

from itertools import permutations

HEADER = "配送業者,追跡番号,注文番号,発送日,配達完了日\n"
FILES = {
    "国内_出力20260115.csv": HEADER + "佐川急便,400123456784,A-1,2026-01-10,\n",
    "国内_出力20260131.csv": HEADER
    + "佐川急便,400123456784,A-1,2026-01-10,2026-01-13\n佐川急便,400123456784,A-2,2026-01-10,\n",
    "国内_出力20260531.csv": HEADER + "佐川急便,400123456784,B-1,2026-05-02,2026-05-06\n",
    "国内_出力20261031.csv": HEADER
    + "佐川急便,400123456784,C-1,2026-10-20,\n佐川急便,500000000006,D-1,2026-10-21,\n",
}
PARCELS = [
    ("佐川急便-400123456784", "2026-01-10", "2026-01-13"),
    ("佐川急便-400123456784@2026-05-02", "2026-05-02", "2026-05-06"),
    ("佐川急便-400123456784@2026-10-20", "2026-10-20", None),
    ("佐川急便-500000000006", "2026-10-21", None),
]
SHIPMENTS = (
    "SELECT shipment_id, CAST(shipped_day AS VARCHAR), CAST(delivered_day AS VARCHAR) "
    "FROM shipments ORDER BY 1"
)


def test_each_use_is_a_shipment(loaded):
    loaded.load(FILES)
    assert loaded.rows(SHIPMENTS) == PARCELS


def test_the_order_of_loading_changes_nothing(make_loaded):
    for order in permutations(FILES):
        database = make_loaded()
        for name in order:
            database.load({name: FILES[name]})
        assert database.rows(SHIPMENTS) == PARCELS, order


def test_lines_go_with_the_parcel_of_their_day(make_loaded):
    header = "配送業者,追跡番号,注文番号,明細番号,梱包数,発送日\n"
    first = {"a_出力20260115.csv": header + "佐川急便,400123456784,A-1,1,5,2026-01-10\n"}
    later = {
        "b_出力20260531.csv": header
        + "佐川急便,400123456784,B-1,1,7,2026-05-02\n佐川急便,400123456784,B-1,2,8,2026-05-02\n"
    }
    for order in ([first, later], [later, first], [{**first, **later}]):
        database = make_loaded()
        for files in order:
            database.load(files)
        assert database.rows(
            "SELECT shipment_id, order_no, line_no, qty FROM shipment_lines ORDER BY ALL"
        ) == [
            ("佐川急便-400123456784", "A-1", "1", 5),
            ("佐川急便-400123456784@2026-05-02", "B-1", "1", 7),
            ("佐川急便-400123456784@2026-05-02", "B-1", "2", 8),
        ]


def test_ninety_days_are_one_use(loaded):
    rows = "佐川急便,400123456784,A-1,2026-01-10,\n佐川急便,400123456784,A-1,2026-04-10,\n"
    loaded.load({"国内_出力20260531.csv": HEADER + rows})
    assert loaded.one("SELECT count(*) FROM shipments") == 1


def test_a_row_without_a_day_belongs_to_the_latest_use_by_its_export(loaded):
    late = HEADER + "佐川急便,400123456784,B-1,,2026-05-07\n"
    loaded.load({**FILES, "国内_出力20260601.csv": late})
    found = (
        "SELECT CAST(delivered_day AS VARCHAR) FROM shipments WHERE shipment_id LIKE '%@2026-05-02'"
    )
    assert loaded.one(found) == "2026-05-07"


def test_a_parcel_with_a_number_of_its_own_is_never_parted(loaded):
    header = "発送番号,追跡番号,発送日\n"
    loaded.load(
        {"a_出力20260531.csv": header + "S1,400123456784,2026-01-10\nS2,400123456784,2026-05-02\n"}
    )
    assert loaded.rows("SELECT shipment_id FROM shipments ORDER BY 1") == [("S1",), ("S2",)]


def test_rows_stay_counted(loaded):
    report = loaded.load(FILES)
    assert all(a.seen == a.loaded + a.rejected + a.duplicate + a.skipped for a in report.sheets)
    assert sum(a.loaded for a in report.sheets) == 6
