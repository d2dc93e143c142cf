"""Delivery times: when the clock starts, what ends it, what is open and what does not count."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from canonical_db import Row, local

import rakustats as rs
from rakustats.errors import UsageError
from rakustats.metrics.delivery.lead_times import LEAD_TIMES, arrival_curve, lead_times

NONE = {"p50": None, "p80": None, "p90": None, "p95": None}
COUNTS = [
    "n",
    "n_open",
    "n_arrived",
    "n_lost",
    "n_cancelled",
    *(f"n_{r}" for r in LEAD_TIMES.excluded),
]


def parcel(shipment_id: str = "S1", **facts: Any) -> Row:
    start = {"requested_at": local("2026-11-01 10:00")}
    return {"shipment_id": shipment_id, "leg": 2, **start, **facts}


def there(day: str, **facts: Any) -> Row:
    return parcel(delivered_at=local(f"2026-11-{day} 10:00"), **facts)


def world(parcels: list[Row], **tables: list[Row]) -> dict[str, list[Row]]:
    elsewhere = parcel("T", carrier="other", delivered_at=local("2026-11-02 10:00"))
    base = {
        "orders": [{"order_no": "A"}],
        "order_lines": [{"order_no": "A", "line_no": "1"}],
        "shipment_lines": [{"shipment_id": "S1", "order_no": "A", "line_no": "1"}],
    }
    return {**base, "shipments": [elsewhere, *parcels], **tables}


def found(db: rs.Database, **asked: Any) -> dict[str, int]:
    """The counts of the deliveries that no other carrier made, and the median."""
    rows = lead_times(db, by="carrier", **asked).table.to_pylist()
    row = next(r for r in rows if r["carrier"] is None)
    assert row["n"] == sum(row[c] for c in COUNTS[1:5])
    assert row["n_excluded"] == sum(row[c] for c in COUNTS[5:])
    return {c: row[c] for c in (*COUNTS, "p50") if row[c] is not None and (row[c] or c == "p50")}


ONE = {"n": 1, "n_arrived": 1}
CANCEL = {"cancellation_id": "C", "level": "order", "order_no": "A"}
CASES = {
    "from the request to the delivery": (world([there("08")]), {**ONE, "p50": 7}),
    "the same day is no day": (world([there("01")]), {**ONE, "p50": 0}),
    "to the first attempt": (
        world([there("08", first_attempt_at=local("2026-11-05 10:00"))]), {**ONE, "p50": 4}
    ),
    "late in the evening is the same day": (
        world([parcel(delivered_at=local("2026-11-05 23:59"))]), {**ONE, "p50": 4}
    ),
    "after midnight in Japan is the next day": (
        world([parcel(delivered_at=local("2026-11-05 23:30", "Asia/Shanghai"))]), {**ONE, "p50": 5}
    ),
    "open": (world([parcel()]), {"n": 1, "n_open": 1}),
    "lost never arrives": (world([parcel(lost_at=local("2026-11-05 10:00"))]),
                           {"n": 1, "n_lost": 1}),
    "returned after an attempt never arrives": (
        world([there("08", returned_at=local("2026-11-09 10:00"))]), {"n": 1, "n_lost": 1}
    ),
    "lost on an unknown day": (world([parcel(state="lost")]), {"n": 1, "n_lost": 1}),
    "called off": (
        world([parcel()], cancellations=[{**CANCEL, "accepted_at": local("2026-11-03 10:00")}]),
        {"n": 1, "n_cancelled": 1},
    ),
    "called off but there": (
        world([there("08")], cancellations=[{**CANCEL, "accepted_at": local("2026-11-03 10:00")}]),
        {**ONE, "p50": 7},
    ),
    "called off by its state alone": (
        world([parcel()], orders=[{"order_no": "A", "state": "cancelled"}]),
        {"n": 1, "n_cancelled": 1},
    ),
    "a withdrawn request": (world([there("08", state="void")]), {"n_void": 1}),
    "no pieces": (
        world([there("08")], order_lines=[{"order_no": "A", "line_no": "1", "qty_ordered": 0}]),
        {"n_no_quantity": 1},
    ),
    "a test": (
        world([there("08")],
              order_lines=[{"order_no": "A", "line_no": "1", "item_title": "テスト注文"}]),
        {"n_test": 1},
    ),
    "delivered on an unknown day": (world([parcel(state="delivered")]), {"n_no_date": 1}),
    "no day to count from": (world([there("08", requested_at=None)]), {"n_no_start": 1}),
    "there before it began": (
        world([there("08", requested_at=local("2026-11-10 10:00"))]), {"n_backwards": 1}
    ),
    "begun on a day that is not over": (
        world([parcel(requested_at=local("2026-12-01 00:30"))]), {"n_just_begun": 1}
    ),
    "there on a day that is not over is still open": (
        world([parcel(delivered_at=local("2026-12-01 00:30"))]), {"n": 1, "n_open": 1}
    ),
    "the last of a chain of numbers is there": (
        world([there("04"), parcel("L", parent_shipment_id="S1",
                                   delivered_at=local("2026-11-09 10:00"))]),
        {**ONE, "p50": 8},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_delivery_takes_days(duck_db: Any, name: str) -> None:
    given, expected = CASES[name]
    assert found(duck_db(given)) == expected


def packed(*pairs: tuple[str, str]) -> list[Row]:
    return [{"shipment_id": s, "order_no": "A", "line_no": n} for s, n in pairs]


LINES = [{"order_no": "A", "line_no": "1"}, {"order_no": "A", "line_no": "2"}]
BOUGHT = [{"order_no": "A", "purchased_at": local("2026-10-20 10:00", "Asia/Shanghai")}]
LINE_CASES = {
    "a line is there with its last parcel": (
        [there("04"), parcel("S2", delivered_at=local("2026-11-09 10:00"))],
        packed(("S1", "1"), ("S2", "1"), ("S1", "2")),
        {"n": 2, "n_arrived": 2, "p50": 15},
    ),
    "partly there is open": (
        [there("04"), parcel("S2")],
        packed(("S1", "1"), ("S2", "1"), ("S1", "2")),
        {"n": 2, "n_arrived": 1, "n_open": 1, "p50": 15},
    ),
    "partly lost is lost": (
        [there("04"), parcel("S2", lost_at=local("2026-11-09 10:00"))],
        packed(("S1", "1"), ("S2", "1"), ("S1", "2")),
        {"n": 2, "n_arrived": 1, "n_lost": 1, "p50": 15},
    ),
    "the warehouse is not the door": (
        [there("04", leg=1)], packed(("S1", "1"), ("S1", "2")), {"n": 2, "n_open": 2},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LINE_CASES)
def test_a_line_takes_days_from_door_to_door(duck_db: Any, name: str) -> None:
    parcels, shipment_lines, expected = LINE_CASES[name]
    given = world(parcels, orders=BOUGHT, order_lines=LINES, shipment_lines=shipment_lines)
    assert found(duck_db(given), unit="line", clock="purchase") == expected


def fortnight() -> dict[str, list[Row]]:
    """One delivery asked for on each day; the first nine take as many days as their number."""
    parcels = [
        parcel(f"P{n}", requested_at=local(f"2026-11-{n:02d} 10:00"), carrier="van",
               delivered_at=local(f"2026-11-{2 * n:02d} 09:00") if n < 10 else None)
        for n in range(1, 15)
    ]  # fmt: skip
    return {"shipments": parcels}


def test_open_ones_count_while_they_are_open(open_db: Any) -> None:
    """As of the 15th: of 14, seven are there; the others have waited 0 to 7 days."""
    db = open_db(fortnight())
    (row,) = lead_times(db, by="carrier", as_of="2026-11-15").table.to_pylist()
    assert (row["n"], row["n_arrived"], row["n_open"]) == (14, 7, 7)
    # at risk 14, 12, 10, 8 … before days 1, 2, 3, 4: each day one came and the last begun went
    assert {p: row[p] for p in NONE} == {"p50": 6, "p80": None, "p90": None, "p95": None}
    curve = arrival_curve(db, by="carrier", as_of="2026-11-15").table.to_pylist()
    assert [r["at_risk"] for r in curve] == [14, 12, 10, 8, 6, 4, 2]
    assert [r["days"] for r in curve] == [1, 2, 3, 4, 5, 6, 7]
    for earlier, later in pairwise(curve):
        assert earlier["incidence"] < later["incidence"]
    assert all(r["lo"] <= r["incidence"] <= r["hi"] for r in curve)
    assert {r["n"] for r in curve} == {14}


def test_days_choose_by_the_start_of_the_clock(duck_db: Any) -> None:
    db = duck_db(world([there("08"), parcel("S3", requested_at=None)]))
    asked = lead_times(db, since="2026-11-01", until="2026-11-02")
    assert asked.table.column("n").to_pylist() == [2]
    assert any("1 shipments without a known cohort day" in note.en for note in asked.notes)
    assert lead_times(db, since="2026-11-02").n == 0


def test_the_legs_have_times_of_their_own(duck_db: Any) -> None:
    given = world([there("04", leg=1), there("09") | {"shipment_id": "S2"}, parcel("S3", leg=None)])
    db = duck_db(given)
    assert found(db, leg=1) == {**ONE, "p50": 3}
    assert found(db, leg=2) == {**ONE, "p50": 8}
    assert found(db) == {"n": 2, "n_arrived": 1, "n_open": 1, "p50": 8}


def test_a_wrong_question_is_one_sentence(duck_db: Any) -> None:
    empty = duck_db({"shipments": [parcel()]})
    with pytest.raises(UsageError, match=r"shipments.delivered_at \(配達完了日\)"):
        lead_times(empty)
    full = duck_db(world([there("08")]))
    with pytest.raises(UsageError, match="clock is request, shipped or purchase"):
        lead_times(full, clock="door")  # type: ignore[arg-type]
    assert lead_times(full, since="2030-01-01").table.to_pylist()[0]["p50"] is None
