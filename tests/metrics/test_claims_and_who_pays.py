"""Claims that name no line, cancellations that name no shop, and who is charged for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_folders import needs_cases, opened

import rakustats as rs

pytestmark = needs_cases


def test_claim_no_line(tmp_path: Path) -> None:
    with opened("claim-no-line", tmp_path) as db:
        damage = rs.damage_rates(db, by="seller")
        claims = rs.claim_rates(db, by="seller")
        pieces = rs.damage_rates(db, by="seller", unit="piece")
    for result in (damage, claims):
        (row,) = result.table.to_pylist()
        # five of the 43 are about orders of which another claim names a line: it may be the same
        assert (row["n"], row["events"], row["events_high"]) == (800, 84, 126)
        assert (row["events_shared"], row["n_undetermined"]) == (86.5, 81)
        assert row["lo"] < row["estimate"] < 0.11 < row["hi"]
        assert any("81 lines undetermined" in note.en for note in result.notes)
    (row,) = pieces.table.to_pylist()
    assert (row["events"], row["events_high"], row["events_shared"]) == (168, 176, 173)


def test_parcel_claim(tmp_path: Path) -> None:
    with opened("parcel-claim", tmp_path) as db:
        (whole,) = rs.damage_rates(db).table.to_pylist()
        sellers = rs.damage_rates(db, by="seller").table.to_pylist()
        (pieces,) = rs.damage_rates(db, unit="piece").table.to_pylist()
    assert (whole["events"], whole["events_high"], pieces["events"]) == (5, 5, 5)
    assert sum(row["events"] for row in sellers) <= 5
    assert sum(row["events_shared"] for row in sellers) == pytest.approx(5)


def test_order_cancel_two_sellers(tmp_path: Path) -> None:
    with opened("order-cancel-two-sellers", tmp_path) as db:
        result = rs.cancellation_rates(db, by="seller")
    for row in result.table.to_pylist():
        assert (row["n"], row["events"], row["events_high"]) == (10, 0, 4)
        assert row["n_undetermined"] == 4
        assert row["hi"] > 0.4
    assert any("n_undetermined" in note.ja for note in result.notes)


def test_pending_cancel(tmp_path: Path) -> None:
    with opened("pending-cancel", tmp_path) as db:
        (late,) = rs.delay_rates(db).table.to_pylist()
        (lines,) = rs.delay_rates(db, unit="line").table.to_pylist()
    for row in (late, lines):
        assert (row["n"], row["events"], row["n_excluded"]) == (21, 20, 0)


def test_claim_not_bought(tmp_path: Path) -> None:
    with opened("claim-not-bought", tmp_path, exported_at="2026-06-01") as db:
        (now,) = rs.claim_rates(db).table.to_pylist()
        (before,) = rs.claim_rates(db, as_of="2026-05-31T14:59:59Z").table.to_pylist()
    for row in (now, before):
        assert (row["n"], row["n_open"], row["events"]) == (6, 4, 1)


def test_chain_freight(tmp_path: Path) -> None:
    with opened("chain-freight", tmp_path) as db:
        (row,) = rs.landed_costs(db).table.to_pylist()
    assert (row["cost_jpy"], row["international_jpy"]) == (12_000, 10_000)


def test_refunds_clock(tmp_path: Path) -> None:
    with opened("refunds-clock", tmp_path, exported_at=None) as db:
        (row,) = rs.refund_times(db, as_of="2026-03-20", clock="requested").table.to_pylist()
        with pytest.raises(rs.UsageError, match="requested"):
            rs.refund_times(db, as_of="2026-03-20")
    assert (row["n"], row["n_open"]) == (3, 1)
