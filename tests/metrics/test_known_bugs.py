"""What scorecards elsewhere are known to get wrong, each as a case of its own."""

from __future__ import annotations

import math
from typing import Any

from canonical_db import Row, local, promise

import rakustats as rs

DUE = promise("2026-11-10")


def row(result: rs.Result) -> Row:
    (only,) = result.table.to_pylist()
    return dict(only)


def world(*parcels: Row, **tables: list[Row]) -> dict[str, list[Row]]:
    """One line of ten pieces in each parcel, requested on the 1st and promised for the 10th."""
    facts = {"leg": 2, "requested_at": local("2026-11-01 10:00"), "promised_at": DUE}
    shipments = [{"shipment_id": f"S{n}", **facts, **p} for n, p in enumerate(parcels)]
    return {
        "orders": [{"order_no": "A", "purchased_at": local("2026-10-20 10:00")}],
        "order_lines": [
            {"order_no": "A", "line_no": "1", "seller_id": "x", "qty_ordered": 10},
        ],
        "shipments": shipments,
        "shipment_lines": [
            {"shipment_id": s["shipment_id"], "order_no": "A", "line_no": "1"} for s in shipments
        ],
        **tables,
    }


ARRIVED = {"arrived_at": local("2026-11-01 10:00"), "stored_at": local("2026-11-01 12:00")}
RECEIVED = [{"order_no": "A", "line_no": "1", "seller_id": "x", "qty_ordered": 10, **ARRIVED}]
CLAIM = {
    "claim_id": "C",
    "order_no": "A",
    "line_no": "1",
    "kind": "damaged",
    "opened_at": local("2026-11-20 10:00"),
}


def test_a_seller_without_data_has_no_score_of_any_kind(duck_db: Any) -> None:
    awaited = {"order_no": "A", "line_no": "2", "seller_id": "y", "qty_ordered": 5}
    given = world({"delivered_at": DUE}, order_lines=[*RECEIVED, awaited], claims=[CLAIM])
    known, unknown = rs.damage_rates(duck_db(given), by="seller").table.to_pylist()
    assert (known["n"], known["rate"]) == (1, 1.0)
    assert (unknown["n"], unknown["n_open"]) == (0, 1)
    told = ("rate", "estimate", "lo", "hi", "expected_rank", "p_worst", "reliability")
    assert [unknown[c] for c in told] == [None] * len(told)


def test_nothing_is_divided_by_zero(duck_db: Any) -> None:
    db = duck_db(world({"delivered_at": None}, claims=[CLAIM]), as_of="2026-11-05")
    for result in (rs.delay_rates(db), rs.damage_rates(db), rs.claim_rates(db)):
        for found in result.table.to_pylist():
            numbers = [v for v in found.values() if isinstance(v, float)]
            assert all(map(math.isfinite, numbers))
            assert found["n"] or found["rate"] is None


def test_arriving_on_the_promised_day_is_in_time_to_the_last_second(duck_db: Any) -> None:
    db = duck_db(world({"delivered_at": local("2026-11-10 23:59:59")}))
    assert row(rs.delay_rates(db))["events"] == 0
    # in Japan the day is over an hour before it is in China, and nine before it is in UTC
    db = duck_db(world({"delivered_at": local("2026-11-11 00:00:00")}))
    assert row(rs.delay_rates(db))["events"] == 1


def test_a_part_in_time_and_a_part_late_is_one_late_line_and_one_late_parcel(duck_db: Any) -> None:
    db = duck_db(world({"delivered_at": local("2026-11-05 10:00")}, {"delivered_at": None}))
    line = row(rs.delay_rates(db, unit="line", as_of="2026-11-20"))
    assert (line["n"], line["events"], line["n_overdue_open"]) == (1, 1, 1)
    parcels = row(rs.delay_rates(db, as_of="2026-11-20"))
    assert (parcels["n"], parcels["events"]) == (2, 1)


def test_more_than_was_ordered_is_no_rate_over_one(duck_db: Any) -> None:
    given = [{**RECEIVED[0], "qty_received": 14, "qty_inspected": 14, "qty_defective": 14}]
    db = duck_db(world({"delivered_at": DUE}, order_lines=given))
    found = row(rs.quality_rates(db, what="defective", unit="piece"))
    assert (found["events"], found["rate"]) == (14, 1.0)


def test_what_never_came_stays_in_the_rate(duck_db: Any) -> None:
    db = duck_db(world({"delivered_at": DUE}, {"delivered_at": None}, {"lost_at": DUE}))
    found = row(rs.delay_rates(db, as_of="2026-12-01"))
    assert (found["n"], found["events"]) == (3, 2)


def test_what_was_called_off_is_not_late(duck_db: Any) -> None:
    called_off = {"cancellation_id": "X", "level": "order", "order_no": "A"}
    early = {**called_off, "accepted_at": local("2026-11-03 10:00")}
    db = duck_db(world({"delivered_at": None}, cancellations=[early]))
    found = row(rs.delay_rates(db, as_of="2026-12-01"))
    assert (found["n"], found["n_cancelled"]) == (0, 1)
    after = {**called_off, "accepted_at": local("2026-11-30 10:00")}
    db = duck_db(world({"delivered_at": None}, cancellations=[after]))
    assert row(rs.delay_rates(db, as_of="2026-12-01"))["events"] == 1


def test_the_same_receipt_told_by_two_exports_counts_once(duck_db: Any) -> None:
    parcel = world({})["shipments"][0]
    told = [
        {**parcel, "delivered_at": DUE, "exported_at": "2026-11-12 00:00"},
        {**parcel, "delivered_at": DUE, "exported_at": "2026-11-20 00:00"},
    ]
    given = world({})
    db = duck_db({**given, "shipments": []}, {"shipments": told})
    assert row(rs.delay_rates(db))["n"] == 1


def test_a_withdrawn_claim_is_none(duck_db: Any) -> None:
    given = world({"delivered_at": DUE}, order_lines=RECEIVED)
    for resolution, events in (("withdrawn", 0), ("refund_full", 1), (None, 1)):
        db = duck_db({**given, "claims": [{**CLAIM, "resolution": resolution}]})
        assert row(rs.damage_rates(db))["events"] == events
        assert row(rs.claim_rates(db))["events"] == events


def test_a_claim_after_the_period_counts_for_the_order_in_it(duck_db: Any) -> None:
    given = world({"delivered_at": DUE}, order_lines=RECEIVED, claims=[CLAIM])
    october = {"since": "2026-10-01", "until": "2026-11-01"}
    assert row(rs.claim_rates(duck_db(given), **october))["events"] == 1
    assert rs.claim_rates(duck_db(given), since="2026-11-01", until="2026-12-01").n == 0


def test_a_number_first_scanned_after_the_delivery_is_no_tracking(duck_db: Any) -> None:
    parcel = {
        "carrier": "佐川急便",
        "tracking_no": "400000000002",
        "shipped_at": local("2026-11-05 10:00"),
        "delivered_at": local("2026-11-08 10:00"),
    }
    scan = {"carrier": "佐川急便", "tracking_no": "400000000002", "kind": "in_transit"}
    for at, events in (("2026-11-06 10:00", 0), ("2026-11-09 10:00", 1)):
        given = world(parcel, tracking_events=[{**scan, "event_at": local(at)}])
        found = row(rs.tracking_quality(duck_db(given)))
        assert (found["n"], found["events"]) == (1, events)
