"""What a claim or cancellation does not name lies between both ends, and money is never lost."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from canonical_db import OpenDb, Row, local

import rakustats as rs
from rakustats.metrics.spec.pieces import Unit

BOUGHT = local("2026-03-02 10:00")
SEEDS = range(4)
World = dict[str, list[Row]]


def world(seed: int) -> World:
    """Return orders of some sellers, delivered long ago, in which every trouble names its line."""
    random = Random(seed)
    rows: World = {
        name: [] for name in ("orders", "order_lines", "shipments", "shipment_lines", "claims")
    }
    rows["cancellations"] = []
    for number in range(14):
        order_no, parcel = f"O{number}", f"P{number}"
        order: Row = {"order_no": order_no, "purchased_at": BOUGHT, "paid_at": BOUGHT}
        order |= {"fx_rate": 20, "domestic_freight_cny": 0, "service_fee_jpy": 0}
        rows["orders"].append({**order, "completed_at": BOUGHT + timedelta(days=30)})
        there = BOUGHT + timedelta(days=9)
        rows["shipments"].append(
            {"shipment_id": parcel, "leg": 2, "shipped_at": BOUGHT, "delivered_at": there}
            | {"freight_jpy": 1000}
        )
        numbers = [str(n) for n in range(random.randint(1, 3))]
        for line_no in numbers:
            line: Row = {"order_no": order_no, "line_no": line_no, "seller_id": random.choice("AB")}
            line |= dict.fromkeys(("qty_ordered", "qty_purchased", "qty_received"), 5)
            rows["order_lines"].append(line | {"unit_price_cny": 10, "arrived_at": BOUGHT})
            carried = {"shipment_id": parcel, "order_no": order_no, "line_no": line_no, "qty": 5}
            rows["shipment_lines"].append(carried)
        if random.random() < 0.7:
            _trouble(random, rows, f"{number}", order_no, random.choice(numbers))
    return rows


def _trouble(random: Random, rows: World, name: str, order_no: str, line_no: str) -> None:
    own = {"order_no": order_no, "line_no": line_no}
    found = BOUGHT + timedelta(days=12)
    claim: Row = {"claim_id": name, "kind": "damaged", "stage_found": "delivery", **own}
    claim |= {"opened_at": found, "decided_at": found, "resolution": "refund_partial"}
    claim |= {"amount_granted": 300, "return_cost": 0, "currency": "JPY"}
    rows["claims"].append({**claim, "qty_affected": random.choice((1, 2, 5))})
    if random.random() < 0.5:
        cancelled: Row = {"cancellation_id": name, "level": "line", "requested_by": "seller", **own}
        rows["cancellations"].append({**cancelled, "accepted_at": BOUGHT})


def unnamed(rows: World) -> World:
    """Return the same where claims name their order or parcel alone, cancellations the order."""
    told = deepcopy(rows)
    for place, claim in enumerate(told["claims"]):
        claim["line_no"] = None
        if place % 3 == 0:
            claim |= {"order_no": None, "shipment_id": f"P{claim['claim_id']}"}
    for cancelled in told["cancellations"]:
        cancelled |= {"line_no": None, "level": "order"}
    return told


METRICS: dict[str, Callable[..., rs.Result]] = {
    "damage": rs.damage_rates,
    "damaged pieces": lambda db, **how: rs.damage_rates(db, unit="piece", **how),
    "claims": rs.claim_rates,
    "cancellations": rs.cancellation_rates,
}


@pytest.mark.parametrize("name", METRICS)
def test_the_truth_lies_between_both_ends(duck_db: OpenDb, name: str) -> None:
    metric = METRICS[name]
    for seed in SEEDS:
        rows = world(seed)
        named, told = duck_db(rows), duck_db(unnamed(rows))
        truth = by_seller(metric(named, by="seller"))
        for seller, row in by_seller(metric(told, by="seller")).items():
            assert row["n"] == truth[seller]["n"]
            # the whole of an order is cancelled, where one line of it was
            least = 0 if name == "cancellations" else row["events"]
            assert least <= truth[seller]["events"] <= row["events_high"], (seed, seller)
            assert row["events_high"] - row["events"] <= row["n_undetermined"]
            if row["estimate"] is not None:
                assert row["lo"] <= row["estimate"] <= row["hi"]


def test_shares_add_up_to_the_claims(duck_db: OpenDb) -> None:
    for seed in SEEDS:
        db = duck_db(unnamed(world(seed)))
        (whole,) = rs.damage_rates(db).table.to_pylist()
        sellers = by_seller(rs.damage_rates(db, by="seller")).values()
        assert sum(r["events_shared"] for r in sellers) == pytest.approx(whole["events_shared"])
        assert sum(r["events"] for r in sellers) <= whole["events"] <= whole["events_shared"] + 1e-6
        assert whole["events_shared"] <= whole["events_high"] + 1e-6


def test_money_without_a_line_is_not_lost(duck_db: OpenDb) -> None:
    for seed in SEEDS:
        rows = world(seed) | {"cancellations": []}
        named, told = duck_db(rows), duck_db(unnamed(rows))
        (true,), (whole,) = (rs.landed_costs(db, None).table.to_pylist() for db in (named, told))
        for column in ("n", "n_unknown", "recovered_jpy", "cost_jpy", "good_pieces"):
            assert whole[column] == pytest.approx(true[column]), (seed, column)
        assert whole["recovered_low_jpy"] == pytest.approx(whole["recovered_high_jpy"])
        truth = by_seller(rs.landed_costs(named))
        for seller, row in by_seller(rs.landed_costs(told)).items():
            low, high = row["recovered_low_jpy"], row["recovered_high_jpy"]
            assert low - 1e-6 <= truth[seller]["recovered_jpy"] <= high + 1e-6, (seed, seller)


def test_a_shop_that_a_column_names_is_the_one(duck_db: OpenDb) -> None:
    rows = world(1)
    told = unnamed(rows)
    sellers = {(r["order_no"], r["line_no"]): r["seller_id"] for r in rows["order_lines"]}
    for given, bare in zip(rows["cancellations"], told["cancellations"], strict=True):
        bare["seller_id"] = sellers[given["order_no"], given["line_no"]]
    found = by_seller(rs.cancellation_rates(duck_db(told), by="seller")).values()
    assert sum(row["n_undetermined"] for row in found) == 0
    assert [row["events"] for row in found] == [row["events_high"] for row in found]
    assert sum(row["events"] for row in found) > 0


def by_seller(result: rs.Result) -> dict[str, Any]:
    return {row["seller_id"]: row for row in result.table.to_pylist()}


def test_a_line_that_is_in_no_export_is_not_named(duck_db: OpenDb) -> None:
    rows = world(2)
    told = deepcopy(rows)
    for claim in told["claims"]:
        claim["line_no"] = "99"
    known, slips = (rs.damage_rates(duck_db(given)).table.to_pylist()[0] for given in (rows, told))
    assert known["events"] == slips["events"] > 0
    assert slips["n_undetermined"] > 0


def test_bad_pieces_are_shared_by_how_many_a_line_has(duck_db: OpenDb) -> None:
    rows = world(3) | {"cancellations": []}
    for line in rows["order_lines"]:
        pieces = 20 if line["line_no"] == "0" else 1
        line |= dict.fromkeys(("qty_ordered", "qty_purchased", "qty_received"), pieces)
    for claim in rows["claims"]:
        claim["qty_affected"] = 6
    (row,) = rs.damage_rates(duck_db(unnamed(rows)), unit="piece").table.to_pylist()
    assert row["events"] <= row["events_shared"] + 1e-6 <= row["events_high"] + 2e-6
    assert row["events_shared"] == pytest.approx(row["events"])


def test_good_pieces_of_groups_add_up(duck_db: OpenDb) -> None:
    db = duck_db(unnamed(world(0) | {"cancellations": []}))
    (whole,) = rs.landed_costs(db, None).table.to_pylist()
    sellers = by_seller(rs.landed_costs(db)).values()
    assert sum(row["good_pieces"] for row in sellers) == pytest.approx(whole["good_pieces"])


def test_what_was_lost_first_is_lost_in_orders_too(duck_db: OpenDb) -> None:
    rows = world(0) | {"claims": []}
    rows["shipments"][0] |= {"delivered_at": None, "lost_at": BOUGHT + timedelta(days=8)}
    cancelled = {"cancellation_id": "X", "level": "order", "order_no": "O0"}
    rows["cancellations"] = [{**cancelled, "accepted_at": BOUGHT + timedelta(days=10)}]
    (row,) = rs.order_times(duck_db(rows)).table.to_pylist()
    assert (row["n_cancelled"], row["n_lost"]) == (0, 1)


def test_what_inspection_let_through_may_be_more(duck_db: OpenDb) -> None:
    rows = world(2) | {"cancellations": []}
    for line in rows["order_lines"]:
        line |= {"qty_defective": 1, "inspection_level": "basic"}
    for claim in rows["claims"]:
        claim |= {"kind": "defective", "qty_affected": 1}
    named, told = duck_db(rows), duck_db(unnamed(rows))
    units: tuple[Unit, ...] = ("piece", "line")
    for unit in units:
        (true,), (row,) = (
            rs.inspection_escapes(db, None, unit=unit).table.to_pylist() for db in (named, told)
        )
        assert row["events"] <= true["events"] <= row["events_high"]
        assert row["rate"] < true["rate"] <= row["rate_high"] <= 1
        assert row["n_undetermined"] > 0


def test_faults_at_the_warehouse_lie_between_both_ends(duck_db: OpenDb) -> None:
    rows = world(3) | {"cancellations": []}
    for claim in rows["claims"]:
        claim["stage_found"] = "warehouse"
    named, told = duck_db(rows), duck_db(unnamed(rows))
    truth = by_seller(rs.quality_rates(named, by="seller", what="defective"))
    for seller, row in by_seller(rs.quality_rates(told, by="seller", what="defective")).items():
        assert row["events"] <= truth[seller]["events"] <= row["events_high"]
        assert row["n_undetermined"] > 0
        assert row["lo"] <= row["estimate"] <= row["hi"]
