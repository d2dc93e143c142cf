"""Days and hours made in SQL are those of the calendar, on both engines."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from canonical_db import OpenDb

from rakustats.calendar.local_days import is_midnight, leg_day, local_day
from rakustats.marts.days import day_number, elapsed_hours


def test_day_numbers_count_every_day_from_1970_to_2099(open_db: OpenDb) -> None:
    days = [date(1970, 1, 1) + timedelta(days=n) for n in (*range(0, 800), *range(10_900, 11_100))]
    days += [date(year, month, 1) for year in (1999, 2000, 2024, 2099) for month in (1, 3, 12)]
    rows = ", ".join(f"(DATE '{d}')" for d in days)
    with open_db({"orders": []}) as db:
        found = db.engine.query(
            f"SELECT d, {day_number('d')} AS n FROM (VALUES {rows}) AS given (d)"
        )
    numbers = dict(zip(*(found.column(c).to_pylist() for c in ("d", "n")), strict=True))
    assert numbers == {d: (d - date(1970, 1, 1)).days for d in days}


def test_local_days_and_hours_between(open_db: OpenDb) -> None:
    late = "TIMESTAMP '2026-02-28 15:30:00'"
    end = "TIMESTAMP '2026-03-02 15:00:36.5'"
    with open_db({"orders": []}) as db:
        found = db.engine.query(
            f"SELECT {local_day(late, 'cn', 'r')} AS cn, {local_day(late, 'jp', 'r')} AS jp,"
            f" {leg_day(late, 'r.leg', 'r')} AS there, {elapsed_hours(late, end)} AS hours"
            " FROM (SELECT 1 AS leg, CAST(NULL AS INT) AS utc_offset) r"
        ).to_pylist()[0]
    assert found["cn"] == found["there"] == date(2026, 2, 28)
    assert found["jp"] == date(2026, 3, 1)
    exact = datetime(2026, 3, 2, 15, 0, 36) - datetime(2026, 2, 28, 15, 30)
    assert abs(found["hours"] - exact.total_seconds() / 3600) < 1e-9


def test_a_row_with_a_clock_of_its_own_has_its_days(open_db: OpenDb) -> None:
    moments = "(TIMESTAMP '2026-02-28 15:30:00', -180), (TIMESTAMP '2026-03-01 03:00:00', -180)"
    with open_db({"orders": []}) as db:
        found = db.engine.query(
            f"SELECT {local_day('t', 'cn', '')} AS cn, {leg_day('t', '2', 'r')} AS there,"
            f" {is_midnight('t', 'r')} AS day_alone"
            f" FROM (VALUES {moments}) AS r (t, utc_offset) ORDER BY t"
        ).to_pylist()
    assert [row["cn"] for row in found] == [date(2026, 2, 28), date(2026, 3, 1)]
    assert [row["there"] for row in found] == [date(2026, 2, 28), date(2026, 3, 1)]
    assert [row["day_alone"] for row in found] == [False, True]
