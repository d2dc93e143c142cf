"""Blind to the future: what is asked as of a day does not change with what came after it."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import rakustats as rs
from rakustats.risk.columns import NAMES
from rakustats.risk.decisions import NOW, START, Decisions, at_intervals
from rakustats.risk.features import feature_table
from rakustats.schema.tables import tables

AS_OF = datetime(2026, 3, 10, 12)
LATER = f"TIMESTAMP '{AS_OF}'"
SCMS = Path(__file__).parents[3] / "shared" / "data" / "scms" / "SCMS_Delivery_History_Dataset.csv"


def alter(path: Path, moment: str) -> int:
    """Move every later instant by 40 days, turn later facts round, and drop what began later."""
    changed = 0
    with duckdb.connect(str(path)) as con:
        for table in tables().values():
            events = [c.name for c in table.columns if c.time == "event"]
            sets = {c: f"CASE WHEN {c} > {moment} THEN {c} + INTERVAL 40 DAYS ELSE {c} END"
                    for c in events}  # fmt: skip
            names = {name for name, _ in table.stored}
            for c in events:
                day = f"{c.removesuffix('_at')}_day"
                if day in names:
                    sets[day] = f"CASE WHEN {c} > {moment} THEN {day} + 40 ELSE {day} END"
            if table.name == "shipments":
                unpacked = f"coalesce(packed_at, shipped_at, {moment} + INTERVAL 1 DAY) > {moment}"
                # what a seller sends is weighed when it has arrived
                unarrived = f"coalesce(delivered_at, {moment} + INTERVAL 1 DAY) > {moment}"
                for kg in ("actual_kg", "chargeable_kg"):
                    unweighed = f"{unpacked} OR (leg = 1 AND {unarrived})"
                    sets[kg] = f"CASE WHEN {unweighed} THEN 7 * {kg} ELSE {kg} END"
                # who carries it is known when it is sent, on leg 2 with the request; its number too
                unsent = f"coalesce(shipped_at, {moment} + INTERVAL 1 DAY) > {moment}"
                for name in ("carrier", "ship_method", "mode"):
                    sets[name] = f"CASE WHEN {unsent} AND leg = 1 THEN 'later' ELSE {name} END"
                sets["tracking_no"] = f"CASE WHEN {unsent} THEN 'later' ELSE tracking_no END"
            told = ", ".join(f"{c} = {value}" for c, value in sets.items())
            born = [c for c in table.born if table.name in ("orders", "shipments")]
            key = ", ".join(table.key)
            if born:
                later = f"coalesce({', '.join(born)}) > {moment}"
                con.execute(
                    f"CREATE TEMP TABLE gone_{table.name} AS SELECT {key} FROM {table.name}"
                    f" WHERE {later}"
                )
            for schema in ("main", "versions"):
                whole = f"{schema}.{table.name}"
                if born:
                    gone = f"({key}) IN (SELECT {key} FROM gone_{table.name})"
                    changed += _count(con, f"DELETE FROM {whole} WHERE {gone}")
                if "order_no" in names and table.name != "orders":
                    # what belongs to an order goes with it
                    changed += _count(
                        con, f"DELETE FROM {whole} WHERE order_no IN (SELECT * FROM gone_orders)"
                    )
                if sets:
                    some = " OR ".join(f"{c} > {moment}" for c in events) or "FALSE"
                    if table.name == "shipments":
                        some = f"{some} OR {unsent} OR {unarrived}"
                    changed += _count(con, f"UPDATE {whole} SET {told} WHERE {some}")
        con.execute(f"DELETE FROM tracking_events WHERE event_at > {moment}")
    return changed


def _count(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    rows = con.execute(statement).fetchall()
    return int(rows[0][0])


def told(path: Path, as_of: datetime) -> tuple[pa.Table, pa.Table]:
    """Return the scores of the open deliveries, and the rows that were learnt from."""
    with rs.connect(path, as_of=as_of) as db:
        snapshot = db.snapshot()
        rules = [START, at_intervals(as_of, datetime(2025, 1, 1), 14)]
        return rs.at_risk(db).table, feature_table(db, snapshot, rules)


def test_scores_are_the_same_to_the_last_bit_whatever_came_later(
    sample_database: Path, tmp_path: Path
) -> None:
    altered = tmp_path / "altered.duckdb"
    shutil.copyfile(sample_database, altered)
    assert alter(altered, LATER) > 1000
    scores, rows = told(sample_database, AS_OF)
    assert scores.num_rows > 20
    assert scores.column("probability").null_count < scores.num_rows
    assert [t.equals(u) for t, u in zip((scores, rows), told(altered, AS_OF), strict=True)] == [
        True,
        True,
    ]


def test_scms_scores_are_the_same_whatever_came_later(tmp_path: Path) -> None:
    if not SCMS.exists():
        pytest.skip("the real exports are not here")
    paths = [tmp_path / "whole.duckdb", tmp_path / "altered.duckdb"]
    rs.load([SCMS], db=paths[0], mapping="scms")
    shutil.copyfile(*paths)
    as_of = datetime(2013, 7, 1)
    assert alter(paths[1], f"TIMESTAMP '{as_of}'") > 1000
    found = []
    for path in paths:
        with rs.connect(path, as_of=as_of) as db:
            found.append(rs.at_risk(db).table)
    assert found[0].num_rows > 100
    assert found[0].equals(found[1])


def test_a_question_sees_today_what_it_saw_on_its_day(sample_database: Path) -> None:
    """Features asked at past instants from all that is known now, and from what was known then."""
    rule = Decisions("snapshots", (AS_OF,))
    with rs.connect(sample_database) as db:
        now = feature_table(db, db.snapshot(), [rule]).to_pandas()
        then = feature_table(db, db.snapshot("2026-03-11"), [rule]).to_pandas()
    both = now.merge(then, on="shipment_id", suffixes=("", "_then"))
    assert len(both) > 20
    for name in NAMES:
        assert (both[name] == both[f"{name}_then"]).all(), name


def test_open_deliveries_look_as_past_ones_did_then(sample_database: Path) -> None:
    """What exports fill in later is not learnt from: the same is unknown of both."""
    with rs.connect(sample_database) as db:
        snapshot = db.snapshot()
        now = feature_table(db, snapshot, [NOW]).to_pandas()
        past = at_intervals(snapshot.moment - timedelta(120), datetime(2025, 3, 1), 14)
        then = feature_table(db, snapshot, [past]).to_pandas()
    for rows in (now, then):
        rows["leg"] = rows["method"].str[0]
        rows["no_carrier"] = (rows["carrier_known"] == 0).astype(float)
    unknown = [name for name in now.columns if name.startswith("no_")]
    cells = 0
    for place, here in now.groupby(["leg", "stage"]):
        before = then[(then["leg"] == place[0]) & (then["stage"] == place[1])]
        if min(len(here), len(before)) >= 5:
            cells += 1
            apart = (here[unknown].mean() - before[unknown].mean()).abs()
            # open ones are older, so that some have been silent for longer
            assert apart.drop("no_silence").max() < 0.35, (place, apart.idxmax())
    assert cells >= 4


def test_histories_of_features_are_those_counted_by_hand(sample_database: Path) -> None:
    """How often a seller had been late by the day of a question, from delay_rates' own verdicts."""
    with rs.connect(sample_database) as db:
        rows = feature_table(db, db.snapshot(), [START]).to_pandas()
    ends = rows[["seller_id", "due_at", "arrived_at", "late"]].dropna(subset=["due_at"])
    known = ends["due_at"].where(~(ends["arrived_at"] < ends["due_at"]), ends["arrived_at"])
    checked = 0
    for _, one in rows.sample(60, random_state=0).iterrows():
        mine = (ends["seller_id"] == one["seller_id"]) & (known < one["asked_at"])
        if mine.sum() < 5 or rows.loc[mine.index[mine], "failed"].any():
            continue
        usual = one["usual_late"]
        late, n = ends.loc[mine, "late"].astype(int).sum(), mine.sum()
        p = (late + 10 * usual) / (n + 10)
        hand = _logit(p) - _logit(usual)
        assert one["seller_late"] == pytest.approx(hand, abs=1e-9)
        checked += 1
    assert checked >= 20


def _logit(p: float) -> float:
    import math

    return math.log(p / (1 - p))
