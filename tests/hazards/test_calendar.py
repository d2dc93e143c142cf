"""Calendars, day boundaries, sellers that ended, and text that spreadsheets would run."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

import rakustats as rs
from rakustats.calendar import workdays
from rakustats.calendar.workdays import (
    business_days,
    calendar_days,
    is_workday,
    kind,
    unknown_years,
)
from rakustats.errors import UsageError
from rakustats.reports.texts import prose

# As of 31 December 2026 every promise below is over.
DUE = "2026-12-31"


@pytest.fixture
def own_calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a calendar of one's own where the settings look for it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()

    def write(text: str) -> None:
        (tmp_path / "data" / "calendar.toml").write_text(text, encoding="utf-8")

    return write


def days(first: str, last: str) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


def off_weekdays(first: str, last: str, place: str) -> list[str]:
    return [f"{d:%m-%d}" for d in days(first, last) if d.weekday() < 5 and not is_workday(d, place)]


def worked_weekends(first: str, last: str, place: str) -> list[str]:
    return [f"{d:%m-%d}" for d in days(first, last) if d.weekday() > 4 and is_workday(d, place)]


def test_E45_new_year_2026_has_its_days_off_and_its_make_up_workdays():
    assert [d for d in days("2026-02-01", "2026-03-10") if kind(d, "cn") == "holiday"] == days(
        "2026-02-15", "2026-02-23"
    )
    weekdays = ["02-16", "02-17", "02-18", "02-19", "02-20", "02-23"]
    assert off_weekdays("2026-02-01", "2026-02-28", "cn") == weekdays
    assert worked_weekends("2026-02-01", "2026-03-31", "cn") == ["02-14", "02-28"]
    assert {kind(date(2026, 2, d), "cn") for d in (14, 28)} == {"makeup_workday"}
    # 14 and 24 to 28 February
    assert business_days(date(2026, 2, 13), date(2026, 2, 28), "cn") == 6
    assert business_days(date(2026, 2, 28), date(2026, 2, 13), "cn") == -6
    assert business_days(date(2026, 2, 14), date(2026, 2, 23), "cn") == 0


def test_E45_sellers_and_carriers_stop_around_new_year_and_can_be_left_out():
    assert kind(date(2026, 2, 11), "cn") == "seller_closed"
    assert kind(date(2026, 2, 9), "cn") == "congestion"
    assert kind(date(2026, 2, 2), "cn") is None
    assert workdays.facts(date(2026, 2, 17), "cn").kinds == (
        *("holiday", "seller_closed", "carrier_stop", "congestion"),
    )
    raw = business_days(date(2026, 2, 6), date(2026, 2, 28), "cn")
    adjusted = business_days(date(2026, 2, 6), date(2026, 2, 28), "cn", closed=["seller_closed"])
    # sellers stand still on 10 to 14 February, which are workdays
    assert (raw, adjusted) == (11, 6)


def test_E46_national_day_2026_and_the_other_chinese_holidays():
    assert off_weekdays("2026-09-20", "2026-10-31", "cn") == [
        *("09-25", "10-01", "10-02", "10-05", "10-06", "10-07"),
    ]
    assert worked_weekends("2026-09-01", "2026-10-31", "cn") == ["09-20", "10-10"]
    assert off_weekdays("2026-04-25", "2026-05-31", "cn") == ["05-01", "05-04", "05-05"]
    assert worked_weekends("2026-04-25", "2026-05-31", "cn") == ["05-09"]
    assert business_days(date(2026, 9, 30), date(2026, 10, 10), "cn") == 3
    assert kind(date(2026, 11, 11), "cn") == "congestion"
    assert is_workday(date(2026, 11, 11), "cn")


def test_E47_japanese_holidays_closures_and_notices_of_ones_own(own_calendar):
    golden_week = ["04-29", "05-04", "05-05", "05-06"]
    assert off_weekdays("2026-04-20", "2026-05-31", "jp") == golden_week
    assert kind(date(2026, 5, 3), "jp") == "holiday"
    assert off_weekdays("2026-09-15", "2026-09-30", "jp") == ["09-21", "09-22", "09-23"]
    assert kind(date(2026, 5, 1), "jp") == kind(date(2026, 8, 14), "jp") == "congestion"
    assert is_workday(date(2026, 8, 14), "jp")
    assert off_weekdays("2026-12-20", "2027-01-10", "jp") == [
        *("12-29", "12-30", "12-31", "01-01"),
    ]
    own_calendar(
        '[[days]]\nplace = "jp"\nkind = "holiday"\nname = "夏季休業"\nfirst = "08-13"\n'
        'last = "08-16"\n[[days]]\nplace = "jp"\nkind = "makeup_workday"\nname = "臨時営業"\n'
        "first = 2026-09-21\nlast = 2026-09-21\n"
    )
    assert off_weekdays("2026-08-10", "2026-08-20", "jp") == ["08-11", "08-13", "08-14"]
    assert workdays.facts(date(2026, 8, 14), "jp").name == "夏季休業"
    assert off_weekdays("2026-09-15", "2026-09-30", "jp") == ["09-22", "09-23"]
    assert kind(date(2026, 9, 21), "jp") == "makeup_workday"


def test_E48_a_year_not_announced_is_monday_to_friday_and_said():
    assert business_days(date(2027, 9, 30), date(2027, 10, 8), "cn") == 6
    assert unknown_years(date(2026, 12, 1), date(2027, 1, 31), "cn") == (2027,)
    assert unknown_years(date(2004, 1, 1), date(2026, 12, 31), "cn") == ()
    assert unknown_years(date(2026, 1, 1), date(2040, 1, 1), "jp") == ()
    assert "2027" in workdays.warning([2027], "cn").ja
    assert workdays.warning([], "cn") is None
    rows = calendar_days(date(2026, 12, 31), date(2027, 1, 1)).to_pylist()
    assert [(r["day"].year, r["place"], r["is_known"]) for r in rows] == [
        *((2026, "cn", True), (2027, "cn", False), (2026, "jp", True), (2027, "jp", True)),
    ]


def test_E48_ones_own_calendar_makes_a_year_known(own_calendar):
    own_calendar(
        '[[days]]\nplace = "cn"\nkind = "holiday"\nname = "国慶節"\nfirst = 2027-10-01\n'
        "last = 2027-10-07\n"
    )
    assert unknown_years(date(2027, 1, 1), date(2028, 1, 1), "cn") == (2028,)
    assert business_days(date(2027, 9, 30), date(2027, 10, 8), "cn") == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[days]\nplace = 'jp'", r"calendar.toml, line 1, \[days\]: write \[\[days"),
        ("days = [1]", r"calendar.toml, line 1.*write \[\[days\]\]"),
        ("[[day]]\nplace = 'jp'", "line 1, day: unknown table; did you mean days"),
        ("[[days]]\nplace = 'jp'\nkind = 'holyday'", r"line 3.*'holyday'.*did you mean holiday\?"),
        ("[[days]]\nkind = 'holiday'", "place is missing"),
        ("[[days]]\nplase = 'jp'", r"line 2, \[\[days\]\] plase: unknown key; did you mean place"),
        ("FIRST = 1", "FIRST: unknown table; known are days"),
        ("[[days]]\nplace='jp'\nkind='holiday'\nfirst = 2026-01-01", "write first and last"),
        (
            "[[days]]\nplace='jp'\nkind='holiday'\nfirst='8-10'\nlast='13-40'",
            r"line 5, .* last: '13-40'",
        ),
        (
            "[[days]]\nplace='jp'\nkind='holiday'\nfirst=2026-02-02\nlast=2026-02-01",
            "line 5.*lies before",
        ),
        ("[[days]]\nplace='cn'\nkind='holiday'\nnew_year=[3, 1]", "line 4"),
        ("[[days]]\nplace='cn'\nkind='holiday'\nname=1\nnew_year=[0, 1]", "line 4.*quotes"),
    ],
)
def test_what_is_wrong_in_ones_own_calendar_is_told_with_its_line(own_calendar, text, sentence):
    own_calendar(text)
    with pytest.raises(UsageError, match=sentence):
        kind(date(2026, 1, 1), "jp")


def test_a_place_without_a_calendar_is_refused():
    with pytest.raises(UsageError, match="'kr'"):
        kind(date(2026, 1, 1), "kr")


def test_the_table_of_days_has_one_row_for_each_day_and_place():
    table = calendar_days(date(2026, 2, 1), date(2026, 2, 28))
    assert table.column_names == ["day", "place", "kind", "is_workday", "name", "is_known"]
    rows = table.to_pylist()
    assert len({(r["day"], r["place"]) for r in rows}) == len(rows) == 2 * 28
    worked = sum(r["is_workday"] for r in rows if r["place"] == "cn")
    assert worked == business_days(date(2026, 1, 31), date(2026, 2, 28), "cn") == 16


HEADER = "shipment_id,leg,order_no,carrier,requested_at,promised_at,delivered_at\n"


@pytest.mark.parametrize(
    "instant", ["2026-06-10 15:30:00Z", "2026-06-10 23:30:00+08:00", "2026-06-11 00:30:00+09:00"]
)
def test_E49_an_instant_is_judged_by_the_day_of_the_place_that_decides(loaded, instant):
    rows = (
        f"S-1,1,A-1,X,2026-06-01,2026-06-10,{instant}\n"
        f"S-2,2,A-2,X,2026-06-01,2026-06-10,{instant}\n"
    )
    loaded.load({"s.csv": HEADER + rows}, exported_at=DUE)
    assert loaded.rows(
        "SELECT leg, delivered_at::VARCHAR, delivered_day::VARCHAR FROM shipments ORDER BY leg"
    ) == [
        (1, "2026-06-10 15:30:00", "2026-06-10"),  # half past eleven at night in China
        (2, "2026-06-10 15:30:00", "2026-06-11"),  # half an hour past midnight in Japan
    ]
    with rs.connect(loaded.path) as db:
        late = rs.delay_rates(db, by=["leg"]).frame()
    assert list(zip(late["leg"], late["events"], late["n"], strict=True)) == [(1, 0, 1), (2, 1, 1)]


def test_E49_a_naive_time_is_one_of_its_source_and_the_zone_option_settles_it(make_loaded):
    row = "S-1,2,A-1,X,2026-06-01,2026-06-10,2026-06-10 23:30:00\n"
    found = {}
    for zone in (None, "Asia/Tokyo", "UTC"):
        one = make_loaded()
        one.load({"s.csv": HEADER + row}, exported_at=DUE, zone=zone)
        with rs.connect(one.path) as db:
            found[zone] = int(rs.delay_rates(db).frame()["events"].sum())
    # read in China it is past midnight in Japan; with --zone every local day is that zone's
    assert found == {None: 1, "Asia/Tokyo": 0, "UTC": 0}


def test_E50_a_seller_that_is_no_longer_used_stays_in_tables_and_rates(loaded):
    header = "order_no,line_no,seller_id,qty_ordered,purchased_at\n"
    loaded.load(
        {
            "lines_20250601.csv": header + "A-1,1,ended,1,2025-05-01\nA-2,1,used,1,2025-05-01\n",
            "ships_20250601.csv": HEADER
            + "S-1,1,A-1,X,2025-05-01,2025-05-10,2025-05-20\n"
            + "S-2,1,A-2,X,2025-05-01,2025-05-10,2025-05-09\n",
        }
    )
    loaded.load(
        {
            "lines_20260601.csv": header + "B-1,1,used,1,2026-05-01\n",
            "ships_20260601.csv": HEADER + "S-3,1,B-1,X,2026-05-01,2026-05-10,2026-05-09\n",
        }
    )
    with rs.connect(loaded.path) as db:
        late = rs.delay_rates(db, by=["seller"]).frame()
    assert list(zip(late["seller_id"], late["n"], late["events"], strict=True)) == [
        ("ended", 1, 1),
        ("used", 2, 0),
    ]
    assert "やめた相手も" in prose("02_delays", "reading", "ja")
    assert "Sellers you dropped still count" in prose("02_delays", "reading", "en")


FORMULAS = [
    *('=HYPERLINK("http://x.example","y")', "+81 3", "-1+1|cmd", "@SUM(A1)", "\t=1+1", "'=1"),
]


def test_E53_formulas_in_text_are_loaded_word_for_word_and_leave_harmless(loaded, tmp_path):
    shown = [text.strip() for text in FORMULAS]
    lines = [["order_no", "line_no", "seller_id", "seller_name", "item_title", "qty_ordered"]]
    lines += [[f"A-{n}", "1", f"{n}", text, text, "1"] for n, text in enumerate(FORMULAS)]
    with (loaded.folder / "l.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    ships = "".join(
        f"S-{n},1,A-{n},X,2026-05-01,2026-05-10,2026-05-20\n" for n in range(len(FORMULAS))
    )
    (loaded.folder / "s.csv").write_text(HEADER + ships, encoding="utf-8")
    rs.load([loaded.folder / f for f in ("l.csv", "s.csv")], db=loaded.path, exported_at=DUE)
    titles = loaded.rows("SELECT item_title FROM order_lines ORDER BY order_no")
    assert [t.strip() for (t,) in titles] == shown
    with rs.connect(loaded.path) as db:
        late = rs.delay_rates(db, by=["seller"])
    names = late.frame()["seller_name"].tolist()
    assert [name.strip() for name in names] == shown

    late.write(tmp_path / "late.csv")
    with (tmp_path / "late.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["seller_name"] for r in rows] == [armless(name) for name in names]
    assert [(float(r["rate"]), int(r["n"])) for r in rows] == [(1.0, 1)] * len(FORMULAS)

    late.write(tmp_path / "late.xlsx")
    sheet = load_workbook(tmp_path / "late.xlsx").worksheets[0]
    at = {cell.value: n for n, cell in enumerate(sheet[1])}
    cells = [[row[at["seller_name"]], row[at["rate"]]] for row in sheet.iter_rows(min_row=2)]
    assert [(name.data_type, rate.data_type) for name, rate in cells] == [("s", "n")] * len(cells)
    assert [name.value for name, _ in cells] == [armless(name) for name in names]
    with ZipFile(tmp_path / "late.xlsx") as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")

    late.write(tmp_path / "late.html")
    page = (tmp_path / "late.html").read_text(encoding="utf-8")
    assert "&quot;http://x.example&quot;" in page
    assert '"http://x.example"' not in page


def armless(name: str) -> str:
    return f"'{name}" if name[0] in "=+-@\t" else name
