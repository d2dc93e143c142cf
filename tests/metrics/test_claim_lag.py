"""Rates of what came lately: claims still to come are reckoned with, not taken as none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from canonical_db import EXPORTED, Row, local

from rakustats.metrics.goods.damage import damage_rates

NOW = local("2026-12-01 09:00")


def ago(days: int) -> Any:
    return NOW - timedelta(days=days)


def world(*lines: Row) -> dict[str, list[Row]]:
    """Lines told by: stored, delivered, told (days ago; None: not), stage."""
    out: dict[str, list[Row]] = {
        name: [] for name in ("orders", "order_lines", "shipments", "shipment_lines", "claims")
    }
    for number, line in enumerate(lines):
        key = {"order_no": f"A{number}", "line_no": "1"}
        out["orders"].append({"order_no": key["order_no"], "purchased_at": ago(200)})
        stored = line.get("stored")
        extra = {} if stored is None else {"stored_at": ago(stored)}
        out["order_lines"].append({**key, **extra, "seller_id": line.get("seller", "x")})
        if line.get("delivered") is not None:
            out["shipments"].append(
                {"shipment_id": f"S{number}", "leg": 2, "delivered_at": ago(line["delivered"])}
            )
            out["shipment_lines"].append({**key, "shipment_id": f"S{number}"})
        if line.get("told") is not None:
            claim = {"claim_id": f"K{number}", "kind": "damaged", "opened_at": ago(line["told"])}
            out["claims"].append({**key, **claim, "stage_found": line.get("stage", "delivery")})
    return out


def only(result: Any) -> Row:
    (row,) = result.table.to_pylist()
    return dict(row)


def test_the_share_of_claims_that_has_come_is_that_of_the_curve(open_db: Any) -> None:
    db = open_db(
        world(
            {"delivered": 100, "told": 90},
            {"delivered": 100, "told": 80},
            {"delivered": 100},
            {"delivered": 15},
        )
    )
    row = only(damage_rates(db, found="delivery"))
    # one of the two claims took more than 15 days, so 1 - 1 / 2.5 of them come by then: the rate
    # solves 2 / p = 1 / (1 - p) + 0.6 / (1 - 0.6 p)
    assert (row["n"], row["events"], row["n_recent"]) == (4, 2, 1)
    p = row["final_rate"]
    assert 2 / p == pytest.approx(1 / (1 - p) + 0.6 / (1 - 0.6 * p))
    assert row["ripe_share"] == pytest.approx(2 / (4 * p))
    assert row["final_lo"] < p < row["final_hi"]


def test_goods_that_are_not_in_japan_have_those_claims_ahead(duck_db: Any) -> None:
    lines = [
        {"stored": 100, "told": 100, "stage": "warehouse"},
        {"stored": 100, "delivered": 80, "told": 70},
        {"stored": 100, "delivered": 80},
        {"stored": 10},
    ]
    row = only(damage_rates(duck_db(world(*lines))))
    # one claim of four lines at once, one of the two that were delivered: a line that is not in
    # Japan has one of three parts of the claims behind it, and the group is its own split
    p = row["final_rate"]
    assert row["ripe_share"] == pytest.approx(2 / (4 * p))
    assert 0.5 < p < 2 / 3
    assert only(damage_rates(duck_db(world(*lines)), found="warehouse"))["ripe_share"] == 1


def test_without_any_claim_only_what_is_old_counts_as_sound(duck_db: Any) -> None:
    given = world({"stored": 100}, {"stored": 31}, {"stored": 29})
    given["claims"] = [{"claim_id": "K", "kind": "late", "order_no": "Z", "opened_at": ago(5)}]
    row = only(damage_rates(duck_db(given)))
    assert (row["n"], row["events"], row["rate"]) == (3, 0, 0.0)
    assert row["ripe_share"] == pytest.approx(2 / 3)


def test_goods_received_on_an_unknown_day_count_as_old(duck_db: Any) -> None:
    given = world({"stored": 40, "told": 40, "stage": "warehouse"}, {"stored": 40}, {})
    given["order_lines"][2]["qty_received"] = 5
    row = only(damage_rates(duck_db(given), found="warehouse"))
    assert (row["n"], row["ripe_share"]) == (3, 1.0)


def test_a_claim_after_the_period_belongs_to_the_period_of_its_order(duck_db: Any) -> None:
    """So a look back sees it come, and the period's rate is restated."""
    db = duck_db(world({"delivered": 60, "told": 20}, {"delivered": 60}))
    before = damage_rates(db, until=ago(150).date(), as_of=ago(30))
    after = damage_rates(db, until=ago(150).date())
    assert [only(r)["events"] for r in (before, after)] == [0, 1]
    assert only(damage_rates(db, since=ago(150).date()))["n"] == 0


def test_a_claim_withdrawn_later_counts_until_then(duck_db: Any) -> None:
    given = world({"delivered": 60, "told": 50})
    given["claims"][0] |= {"resolution": "withdrawn", "decided_at": ago(20)}
    db = duck_db(given)
    assert only(damage_rates(db))["events"] == 0
    assert only(damage_rates(db, as_of=ago(30).isoformat()))["events"] == 1


def test_what_happens_later_changes_nothing(duck_db: Any) -> None:
    given = [{"delivered": 80, "told": 75}, {"delivered": 60}, {"delivered": 50}]
    later = [{"delivered": 80, "told": 75}, {"delivered": 60, "told": 30}, {"delivered": 50}]
    then = ago(40).isoformat()
    early, late = (damage_rates(duck_db(world(*rows)), as_of=then) for rows in (given, later))
    assert early.table.equals(late.table)
    assert then < EXPORTED
