"""The calendar that metrics look days up in, on both engines and in several threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from canonical_db import local

import rakustats as rs
from rakustats.calendar.workdays import business_days
from rakustats.config.custom_days import noticed
from rakustats.config.settings import settings
from rakustats.errors import UsageError
from rakustats.marts.workdays import FAR_DAYS, counted_days, lend_calendar, unknown_note

ANY = {"orders": [{"order_no": "A"}]}


def between(db: Any, first: str, last: str) -> dict[str, int]:
    calendar = lend_calendar(db, db.snapshot())
    found = db.engine.query(
        f"SELECT e.day_no - b.day_no AS days, e.cn_business - b.cn_business AS business"
        f" FROM {calendar} b, {calendar} e"
        f" WHERE b.day = DATE '{first}' AND e.day = DATE '{last}'"
    )
    (row,) = found.to_pylist()
    return row


def test_golden_days_over_lunar_new_year(open_db: Any) -> None:
    # 15 of the 21 days are Monday to Friday
    db = open_db(ANY)
    assert between(db, "2026-02-10", "2026-03-03") == {"days": 21, "business": 11}
    # the Saturday on which people make up for a holiday counts
    assert between(db, "2026-02-27", "2026-02-28") == {"days": 1, "business": 1}
    assert between(db, "2026-03-06", "2026-03-07") == {"days": 1, "business": 0}


METRICS = (rs.stage_times, rs.stage_days, rs.leg_times, rs.dispatch_rates, rs.attributions)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("as_of", ["1980-01-01", "1999-12-31", "2100-01-01"])
def test_workdays_nobody_counts_are_said_in_a_sentence(
    sample_database: Any, metric: Any, as_of: str
) -> None:
    with rs.connect(sample_database) as db, pytest.raises(UsageError) as told:
        metric(db, as_of=as_of)
    assert f"not as of {as_of}" in told.value.to("en")
    assert f"{as_of} 時点では数えられません" in told.value.to("ja")


def test_every_thread_reads_the_same_calendar(duck_db: Any) -> None:
    db = duck_db(ANY)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: between(db, "2026-02-10", "2026-03-03"), range(8)))
    assert found == [{"days": 21, "business": 11}] * 8


def test_what_is_lent_anew_replaces_the_old(open_db: Any) -> None:
    db = open_db(ANY)
    for value in (1, 2):
        name = db.engine.lend("small", pa.table({"value": pa.array([value], pa.int32())}))
        assert db.engine.query(f"SELECT value FROM {name}").to_pylist() == [{"value": value}]


def test_running_counts_are_those_of_the_calendar() -> None:
    days = counted_days(2027, noticed()).to_pandas().set_index("day")["cn_business"]
    pairs = [(date(2025, 1, 20), date(2025, 2, 10)), (date(2026, 9, 20), date(2026, 10, 12))]
    for first, last in pairs:
        assert days[last] - days[first] == business_days(first, last, "cn")


def test_closures_are_told_where_they_are_known() -> None:
    table = counted_days(2031, noticed())
    told = dict(zip(table["day"].to_pylist(), table["closure"].to_pylist(), strict=True))
    assert told[date(2026, 2, 17)] == "lunar_new_year"
    assert told[date(2026, 10, 1)] == "national_day"
    assert told[date(2026, 6, 1)] == "none"
    assert told[date(2031, 6, 1)] is None


def test_unknown_years_are_said(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unknown_note(date(2025, 1, 1), date(2026, 12, 31)) == []
    assert unknown_note(None, None) == []
    (note,) = unknown_note(date(2026, 1, 1), date(2028, 1, 1))
    assert "2027, 2028 are not known" in note.en
    assert not settings().own_calendar.is_absolute()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "calendar.toml").write_text(
        '[[days]]\nplace = "cn"\nkind = "holiday"\nname = "春節"\n'
        "first = 2028-01-03\nlast = 2028-01-07\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    days = counted_days(2028, noticed()).to_pandas().set_index("day")["cn_business"]
    assert days[date(2028, 1, 10)] - days[date(2028, 1, 2)] == 1
    (note,) = unknown_note(date(2026, 1, 1), date(2028, 1, 1))
    assert "2028" not in note.en


def test_the_key_tells_before_a_holiday_from_after_it(duck_db: Any) -> None:
    days = {
        "2026-02-02": "none",
        "2026-02-03": "lunar_new_year_before",
        "2026-02-15": "lunar_new_year_before",
        "2026-02-16": "lunar_new_year",
        "2026-02-23": "lunar_new_year",
        "2026-02-24": "lunar_new_year_after",
        "2026-03-03": "lunar_new_year_after",
        "2026-09-30": "national_day_before",
        "2026-10-07": "national_day",
        "2026-10-08": "national_day_after",
        "2026-10-09": "none",
    }
    parcels = [
        {"shipment_id": day, "requested_at": local(f"{day} 10:00"), "delivered_at": None}
        for day in days
    ]
    arrived = {**parcels[-1], "shipment_id": "there", "delivered_at": local("2026-10-12 10:00")}
    found = rs.lead_times(duck_db({"shipments": [*parcels, arrived]}), by=["day", "closure"])
    told = {row["day"]: row["closure"] for row in found.table.to_pylist()}
    assert told == days
    assert "7 to 14 after it after; of the National Day 9/28–9/30" in found.notes[-1].en


def test_days_to_a_closure_and_within_closures() -> None:
    rows = {row["day"]: row for row in counted_days(2026, noticed()).to_pylist()}
    (golden,) = [
        c for c in settings().closures if c.name == "national_day" and c.first.year == 2025
    ]
    before, inside = golden.first - timedelta(days=3), golden.first + timedelta(days=1)
    assert (rows[before]["to_closure"], rows[inside]["to_closure"]) == (3, 0)
    days = (golden.last - golden.first).days + 1
    assert rows[golden.last]["closed"] - rows[before]["closed"] == days
    assert rows[golden.last + timedelta(days=1)]["to_closure"] == FAR_DAYS
    assert (rows[date(2000, 1, 1)]["closed"], rows[date(2000, 1, 1)]["to_closure"]) == (None, None)
