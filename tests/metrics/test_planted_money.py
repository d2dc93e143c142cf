"""The sample's truth: planted leaks, overdue and short refunds are found, and nothing else is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

import rakustats as rs


@pytest.fixture(scope="module")
def db(sample_database: Path) -> Iterator[rs.Database]:
    with rs.connect(sample_database) as opened:
        yield opened


@pytest.fixture(scope="module")
def planted(sample_database: Path) -> dict[str, set[str]]:
    path = sample_database.parent / "raw" / "truth" / "planted.csv"
    found: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(f"{row['detector']} {row['table']}", set()).add(row["key"])
    return found


def test_every_leak_is_found_and_no_other(db: rs.Database, planted: dict[str, set[str]]) -> None:
    leaks = rs.cancel_leaks(db).frame()
    went_on = leaks[leaks["n_lines"] > 0]
    assert set(went_on["cancellation_id"]) == planted["cancel_leak cancellations"] != set()
    assert not leaks["leaks"].str.contains("charged|no_refund").any()


def test_refunds_overdue_and_short(db: rs.Database, planted: dict[str, set[str]]) -> None:
    found = rs.unsettled_refunds(db).frame()
    # what was due on the day of the exports itself is over for us and not yet for the truth
    over = found[found["day_expected"].astype(str) < "2026-05-31"]
    by_trouble = {name: set(part["refund_id"]) for name, part in over.groupby("trouble")}
    assert by_trouble["overdue"] == planted["overdue_refund refunds"] != set()
    short = set(found.loc[found["trouble"] == "short_paid", "refund_id"])
    assert short == planted["short_paid refunds"] != set()
    times = rs.refund_times(db, by="method").frame()
    assert times["n_overdue"].sum() == (found["trouble"] == "overdue").sum()
    assert times["n_short_paid"].sum() == len(short)


def test_missing_confirmations(db: rs.Database, planted: dict[str, set[str]]) -> None:
    (row,) = rs.cancellation_rates(db).table.to_pylist()
    assert row["n_unconfirmed"] == len(planted["missing_confirmation cancellations"]) > 0


def test_reasons_parties_and_stages_add_up(db: rs.Database) -> None:
    (whole,) = rs.cancellation_rates(db).table.to_pylist()
    n = db.sql("SELECT count(*) AS n FROM cancellations WHERE accepted_at IS NOT NULL")
    assert whole["n_cancellations"] == n.table.column("n")[0].as_py()
    for key in ("reason", "requested_by", "stage"):
        rows = rs.cancellation_rates(db, by=key).frame()
        for name in ("events", "n_cancellations", "n_refused"):
            assert rows[name].sum() == whole[name]


def test_waits_add_up_to_the_time_open(db: rs.Database) -> None:
    waits = rs.claim_waits(db, by=["kind"]).frame()
    parts = waits.filter(like="days_").drop(columns="days_open").sum(axis=1)
    assert parts.tolist() == pytest.approx(waits["days_open"].tolist())


def test_groups_add_up(db: rs.Database) -> None:
    (whole,) = rs.claim_rates(db).table.to_pylist()
    for key in ("seller", "category", "month"):
        groups = rs.claim_rates(db, by=key).frame()
        for name in ("n", "events", "n_open", "n_excluded", "events_with_withdrawn"):
            assert groups[name].sum() == whole[name]


def test_bad_sellers_stand_out(db: rs.Database, sample_database: Path) -> None:
    with (sample_database.parent / "raw" / "truth" / "sellers.csv").open(encoding="utf-8") as file:
        bad = {r["seller_id"]: r["bad"] == "true" for r in csv.DictReader(file)}
    claimed = rs.claim_rates(db, by="seller").frame()
    is_bad = claimed["seller_id"].map(bad).astype(bool)
    assert (
        claimed.loc[is_bad, "estimate"].median() > 1.5 * claimed.loc[~is_bad, "estimate"].median()
    )
