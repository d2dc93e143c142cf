"""Days are cut in one place, by the clock of the row: all clocks shifted alike change no figure."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from build_cache import cached
from case_folders import CASES, needs_cases
from looked_back import METRICS, TODAY, answer, assert_same, made_world

import rakustats as rs
from rakustats.schema.tables import tables

PACKAGE = Path(rs.__file__).parent
CASE = CASES / "dispatch-zone"
#: Hours from UTC; none of them moves its clock in the months of the world.
ZONES = {"Asia/Shanghai": 8.0, "Pacific/Honolulu": -10.0, "Asia/Kathmandu": 5.75, "UTC": 0.0}
HERE, *ELSEWHERE = ZONES
# made of the other metrics' steps, and slow
LONG = (
    *("crossed_effects", "drift", "seller_scores"),
    *("carrier_scores", "score_criteria", "buy_again"),
)
# a day in no room but the calendar's is that of a row, or of the snapshot
A_CLOCK_OF_ONES_OWN = re.compile(
    r"Asia/|Etc/GMT|INTERVAL '?-?\d+'? (HOURS?|MINUTES?)|\b(hours|minutes)=-?\d"
    r"|ZoneInfo|AT TIME ZONE|\bastimezone\b|CAST\([^()]*(_at|until|known)\b[^()]* AS DATE\)"
)
# spans of time are as long on any clock
SPANS = ("p.last_list + INTERVAL 24 HOURS", "THEN {moment} + INTERVAL 24 HOURS")


@pytest.mark.parametrize("room", ["marts", "metrics", "risk", "scorecards"])
def test_no_module_but_the_calendars_cuts_days_by_a_clock_of_its_own(room: str) -> None:
    lines = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in sorted((PACKAGE / room).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if not any(span in line for span in SPANS)
    ]
    assert [line for line in lines if A_CLOCK_OF_ONES_OWN.search(line)] == []


def as_written(published: Path, raw: Path) -> None:
    """Write the rows of a database as canonical files, their times those of a clock on a wall."""
    raw.mkdir()
    with duckdb.connect(str(published), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        for table in tables().values():
            items = [
                f"strftime({c.name} + INTERVAL 8 HOUR, '%Y-%m-%d %H:%M:%S') AS {c.name}"
                if c.time
                else c.name
                for c in table.columns
            ]
            stated = "WHERE allocation <> 'inferred'" if table.name == "shipment_lines" else ""
            rows = f"SELECT {', '.join(items)} FROM main.{table.name} {stated}"
            made_here = table.name == "refund_allocations"
            if not made_here and con.execute(f"{rows} LIMIT 1").fetchone():
                con.execute(f"COPY ({rows}) TO '{(raw / table.name).as_posix()}.csv' (HEADER)")


@pytest.fixture(scope="module")
def worlds() -> dict[str, Path]:
    """The same files, each time read on the clock of another zone."""

    def make(folder: Path) -> None:
        as_written(made_world() / f"{TODAY}.duckdb", folder / "raw")
        for zone in ZONES:
            path = folder / f"{zone.replace('/', '-')}.duckdb"
            rs.load(folder / "raw", db=path, zone=zone, exported_at=TODAY)

    folder = cached("clocks", make)
    return {zone: folder / f"{zone.replace('/', '-')}.duckdb" for zone in ZONES}


def on_the_wall(frame: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Show instants as a clock of the zone does."""
    moved = {
        name: frame[name] + timedelta(hours=ZONES[zone])
        for name in frame.columns
        if frame[name].dtype.kind == "M"
    }
    return frame.assign(**moved)


# Each metric in one other zone, now or as of the end of a day: all of them in all take minutes.
TURNS = [
    (metric, zone, as_of)
    for metric, zone, as_of in zip(
        (m for m in METRICS if m not in LONG),
        cycle(ELSEWHERE),
        cycle([None, None, None, TODAY, TODAY, "2026-04-30"]),
        strict=False,
    )
]


@pytest.mark.parametrize(("metric", "zone", "as_of"), TURNS)
def test_all_clocks_shifted_together_change_no_figure(
    worlds: dict[str, Path], metric: str, zone: str, as_of: str | None
) -> None:
    found = []
    for there in (HERE, zone):
        with rs.connect(worlds[there], as_of) as db:
            found.append(on_the_wall(answer(METRICS[metric], db), there))
    assert_same(*found)


@pytest.mark.parametrize("zone", ELSEWHERE)
def test_cohort_days_are_those_of_the_rows(worlds: dict[str, Path], zone: str) -> None:
    period = {"since": "2026-02-03", "until": "2026-04-02"}
    found = []
    for there in (HERE, zone):
        with rs.connect(worlds[there], "2026-05-12") as db:
            found.append(rs.delay_rates(db, by=["month"], **period).frame())
    assert_same(*found)


def test_an_as_of_by_its_day_is_the_end_of_the_day_on_the_rows_clock(
    worlds: dict[str, Path],
) -> None:
    for zone, hours in ZONES.items():
        with rs.connect(worlds[zone], "2026-04-30") as db:
            wall = db.as_of + timedelta(hours=hours)
            assert f"{wall}" == "2026-04-30 23:59:59.999999"


@needs_cases
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo", "America/New_York"])
def test_a_dispatch_on_the_promised_day_is_in_time_on_every_clock(
    tmp_path: Path, zone: str | None
) -> None:
    rs.load(CASE, db=tmp_path / "case.duckdb", zone=zone, exported_at="2026-04-01")
    with rs.connect(tmp_path / "case.duckdb") as db:
        (found,) = rs.dispatch_rates(db).table.to_pylist()
    assert (found["n"], found["events"]) == (3, 1)


def test_rows_read_on_different_clocks_keep_their_own(tmp_path: Path) -> None:
    """One file read in UTC, another on the places' clocks, in one database."""
    db_path = tmp_path / "two.duckdb"
    for number, (zone, at) in enumerate((("UTC", "23:30"), (None, "23:30"))):
        text = (
            "shipment_id,leg,carrier,shipped_at,promised_at,delivered_at\n"
            f"S{number},2,ヤマト,2026-03-01 10:00:00,2026-03-10,2026-03-10 {at}:00\n"
        )
        path = tmp_path / f"parcels{number}.csv"
        path.write_text(text, encoding="utf-8")
        rs.load(path, db=db_path, zone=zone, exported_at="2026-04-01")
    with rs.connect(db_path) as db:
        (found,) = rs.delay_rates(db).table.to_pylist()
        clocks = db.sql("SELECT shipment_id, utc_offset FROM shipments ORDER BY 1").table
    # half past eleven in Shanghai is the next day in Tokyo, where the leg ends
    assert (found["n"], found["events"]) == (2, 1)
    assert clocks.column("utc_offset").to_pylist() == [0, None]
