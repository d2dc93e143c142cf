"""Rates of what came lately: claims still to come are reckoned with, not taken as none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from canonical_db import EXPORTED, Row, local

from rakustats.metrics.claims.claims import claim_rates
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


def withdrawn(given: dict[str, list[Row]], *numbers: int, days: int = 10) -> dict[str, list[Row]]:
    """Let claims be withdrawn some days after they were opened."""
    for claim in (given["claims"][n] for n in numbers):
        at = claim["opened_at"] + timedelta(days=days)
        claim |= {"resolution": "withdrawn", "decided_at": at}
    return given


@pytest.mark.parametrize("metric", [damage_rates, claim_rates])
def test_a_new_claim_stays_as_likely_as_old_ones_did(duck_db: Any, metric: Any) -> None:
    old = [{"delivered": 150, "told": 140, "seller": "old"} for _ in range(4)]
    given = world(*old, {"delivered": 15, "told": 5, "seller": "new"}, {"delivered": 15})
    rows = metric(duck_db(withdrawn(given, 0, 1)), by="seller").table.to_pylist()
    by_seller = {row["seller_id"]: row for row in rows}
    # two of four were withdrawn within ten days, so the new one has still to show it
    assert by_seller["new"]["stay_share"] == pytest.approx(0.5)
    assert by_seller["new"]["final_rate"] == pytest.approx(0.5)
    assert (by_seller["old"]["stay_share"], by_seller["old"]["events"]) == (1.0, 2)
    assert by_seller["old"]["final_rate"] == pytest.approx(0.5)


def test_what_is_decided_stays(duck_db: Any) -> None:
    given = world(*({"delivered": 150, "told": 140} for _ in range(4)), {"delivered": 9, "told": 5})
    given["claims"][4] |= {"resolution": "refund_full", "decided_at": ago(1)}
    row = only(damage_rates(duck_db(withdrawn(given, 0, 1))))
    assert (row["events"], row["stay_share"]) == (3, 1.0)


def test_withdrawn_claims_count_for_good_where_they_are_asked_for(duck_db: Any) -> None:
    given = withdrawn(world(*({"delivered": 150, "told": 140} for _ in range(4))), 0, 1)
    row = only(claim_rates(duck_db(given), withdrawn=True))
    assert (row["events"], row["stay_share"], row["final_rate"]) == (4, 1.0, 1.0)


@pytest.mark.parametrize("metric", [damage_rates, claim_rates])
def test_a_history_shorter_than_the_lag_is_flagged_and_a_range(duck_db: Any, metric: Any) -> None:
    lines = [{"delivered": d, "told": d - lag} for d in range(20, 40) for lag in (2, 9, 18)]
    lines += [{"delivered": d} for d in range(2, 40) for _ in range(5)]
    given = world(*lines)
    for order in given["orders"]:
        order["purchased_at"] = ago(40)
    found = metric(duck_db(given))
    row = only(found)
    assert row["short_history"]
    assert row["final_lo"] < row["rate"] < row["final_rate"] < row["final_hi"]
    assert row["final_hi"] > 1.3 * row["final_rate"]
    assert row["lo"] <= row["final_lo"] * 1.2
    assert row["hi"] > row["final_rate"]
    assert any("short_history" in note.en for note in found.notes)


def test_without_any_claim_a_short_history_bounds_nothing(duck_db: Any) -> None:
    given = world(*({"stored": days} for days in range(1, 40)))
    given["claims"] = [{"claim_id": "K", "kind": "late", "order_no": "Z", "opened_at": ago(5)}]
    row = only(damage_rates(duck_db(given)))
    assert (row["short_history"], row["final_lo"], row["final_hi"]) == (True, 0.0, 1.0)


def test_a_long_history_is_not_flagged(duck_db: Any) -> None:
    row = only(damage_rates(duck_db(world({"delivered": 150, "told": 140}, {"delivered": 3}))))
    assert row["short_history"] is False


def test_claims_by_piece_come_late_too(duck_db: Any) -> None:
    given = world({"delivered": 150, "told": 140}, {"delivered": 150}, {"delivered": 2})
    for line in given["order_lines"]:
        line["qty_received"] = 10
    given["claims"][0]["qty_affected"] = 4
    row = only(damage_rates(duck_db(given), unit="piece"))
    assert (row["n"], row["events"]) == (30, 4)
    assert row["final_rate"] == pytest.approx(4 / (30 * row["ripe_share"]))
    assert 0.13 < row["final_rate"] < 0.2


def test_a_late_claim_counts_from_the_delivery_and_ends_the_way(duck_db: Any) -> None:
    """Claims after the delivery are awaited from there on, not from the purchase."""
    lines = [{"delivered": 100, "told": 95} for _ in range(3)] + [{"delivered": 100}] * 3
    row = only(claim_rates(duck_db(world(*lines, {"delivered": 50}, {}))))
    # the one that is not there has all of it before it, but for what its horizon took
    assert (row["n"], row["events"]) == (8, 3)
    assert row["final_rate"] == pytest.approx(3 / (8 * row["ripe_share"]))
    assert row["ripe_share"] == 1.0
