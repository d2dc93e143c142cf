"""Scores of the sample: they agree with the metrics' own tables, and look back honestly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from case_folders import CASES, needs_cases

import rakustats as rs
from rakustats.cli import app
from rakustats.errors import UsageError


@pytest.fixture(scope="module")
def db(sample_database: Path) -> Iterator[rs.Database]:
    with rs.connect(sample_database) as opened:
        yield opened


@pytest.fixture(scope="module")
def sellers(db: rs.Database) -> list[dict[str, Any]]:
    return rs.seller_scores(db).table.to_pylist()


def test_every_row_is_a_score_with_its_grade_and_standing(sellers: list[dict[str, Any]]) -> None:
    assert len(sellers) > 20
    for row in sellers:
        assert row["grade"] in "ABCDN"
        assert 0 <= row["lo"] <= row["score"] <= row["hi"] <= 100
        assert row["standing"] in ("order_freely", "inspect_in_detail", "ask_first", "pause")
        assert row["reasons"]
        assert row["standing_why"]
    graded = [row for row in sellers if row["grade"] != "N"]
    assert sellers[: len(graded)] == graded
    assert [row["cautious"] for row in graded] == sorted(
        (row["cautious"] for row in graded), reverse=True
    )
    assert sum(row["p_worst"] for row in sellers) == pytest.approx(-(-len(sellers) // 10), abs=0.3)


def test_criteria_agree_with_the_metrics_own_tables(db: rs.Database) -> None:
    result = rs.score_criteria(db)
    parts = result.table.to_pylist()
    since = result.since
    for criterion, own in {
        "dispatch_on_time": rs.dispatch_rates(db, by="seller", since=since),
        "commercial_drift": rs.quote_drift(db, by="seller", since=since),
        "seller_cancellations": rs.cancellation_rates(db, by="seller", since=since),
        "claim_cooperation": rs.claim_refusals(db, by="seller", since=since),
    }.items():
        known = {r["seller_id"]: (r["n"], r["events"]) for r in own.table.to_pylist()}
        told = {p["seller_id"]: (p["n"], p["events"]) for p in parts if p["criterion"] == criterion}
        assert {s: c for s, c in told.items() if c[0]} == {
            s: c for s, c in known.items() if c[0] and s is not None
        }
        assert any(n for n, _ in told.values())


def test_carriers_and_methods_are_scored_alike(db: rs.Database) -> None:
    carriers = rs.carrier_scores(db, lang="ja")
    assert carriers.by == ("carrier",)
    assert all(row["n"] > 0 for row in carriers.table.to_pylist())
    assert rs.carrier_scores(db, "ship_method").by == ("ship_method",)


def test_a_snapshot_scores_what_was_known_then(
    db: rs.Database, sellers: list[dict[str, Any]]
) -> None:
    before = rs.seller_scores(db, as_of="2026-01-01")
    assert before.as_of.date().isoformat() <= "2026-01-02"
    assert str(before.since) == "2025-01-01"
    known = {row["seller_id"]: row["score"] for row in sellers}
    assert {row["seller_id"]: row["score"] for row in before.table.to_pylist()} != known


def test_scores_can_be_drawn_and_written(db: rs.Database, tmp_path: Path) -> None:
    result = rs.carrier_scores(db)
    drawn = result.plot("ja")
    assert len(drawn.data[0].x) == result.table.num_rows
    assert result.write(tmp_path / "carriers.xlsx", lang="ja").is_file()


def test_the_command_writes_what_the_function_returns(
    sample_database: Path, db: rs.Database, tmp_path: Path
) -> None:
    out = tmp_path / "scores.parquet"
    asked = ["score", "--by", "carrier", "--db", str(sample_database), "--out", str(out)]
    assert app.main([*asked, "--lang", "en"]) == 0
    import pyarrow.parquet as pq

    assert pq.read_table(out).to_pylist() == rs.carrier_scores(db).table.to_pylist()


def test_wrong_questions_are_refused(db: rs.Database) -> None:
    with pytest.raises(UsageError, match="carrier or ship_method"):
        rs.carrier_scores(db, "seller")  # type: ignore[arg-type]  # what a user may try
    with pytest.raises(UsageError, match="seller or carrier"):
        rs.score_criteria(db, "agency")  # type: ignore[arg-type]  # what a user may try


def test_parcels_without_a_carrier_score_nobody(loaded: Any) -> None:
    head = "shipment_id,order_no,leg,shipped_at,promised_at,delivered_at\n"
    rows = "".join(
        f"S{n},A-{n},2,2026-05-01 10:00:00,2026-05-0{n},2026-05-05 10:00:00\n" for n in range(1, 9)
    )
    loaded.load({"shipments_出力20260531.csv": head + rows})
    with (
        rs.connect(loaded.path) as opened,
        pytest.raises(UsageError, match=r"No row of these days names the carrier\. Load "),
    ):
        rs.carrier_scores(opened)


@needs_cases
def test_where_there_is_no_mix_the_adjusted_rate_is_the_shrunken_rate(tmp_path: Path) -> None:
    for name, expected in (
        ("three", {"日本郵便": 0.196, "ヤマト運輸": 0.021, "佐川急便": 0.026}),
        ("two", {"ヤマト運輸": 0.02}),
    ):
        path = tmp_path / f"{name}.duckdb"
        file = CASES / "score-own-units-left-out" / f"{name}_carriers.csv"
        rs.load([file], db=path, exported_at="2026-04-30")
        with rs.connect(path) as db:
            parts = rs.score_criteria(db, of="carrier").frame()
            parts = parts[parts["criterion"] == "on_time"].set_index("carrier")
            rates = rs.delay_rates(db, by="carrier", leg=2, clock="shipped").frame()
            adjusted = rs.delay_rates(
                db, by="carrier", leg=2, clock="shipped", adjust=["ship_method", "season"]
            ).frame()
        estimate = rates.set_index("carrier")["estimate"]
        assert parts["adjusted"].to_dict() == pytest.approx(estimate.to_dict(), abs=1e-9)
        assert adjusted["adjusted"].tolist() == pytest.approx(rates["estimate"].tolist(), abs=1e-9)
        assert adjusted["estimate"].tolist() == pytest.approx(rates["estimate"].tolist(), abs=1e-9)
        assert {c: parts["adjusted"][c] for c in expected} == pytest.approx(expected, abs=0.015)
