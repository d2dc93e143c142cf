"""Facts without an instant, looked back at from an export that is made later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from canonical_db import Row, local, promise

import rakustats as rs

EARLY, LATE, AT = "2026-04-01 00:00", "2026-06-01 00:00", "2026-04-01"
BEFORE, BETWEEN, AFTER = (
    local(f"{day} 10:00") for day in ("2026-01-10", "2026-01-20", "2026-05-01")
)
Given = dict[str, list[Row]]


def seen(db: Any, table: str) -> list[Row]:
    rows: list[Row] = db.sql(f"SELECT * FROM {table}").table.to_pylist()
    return rows


def trade() -> Given:
    """Twenty lines: eight with a defect, two of four claims withdrawn, five refusals."""
    made: Given = {name: [] for name in ("orders", "order_lines", "shipments", "shipment_lines")}
    for number in range(20):
        no = f"O{number:02}"
        made["orders"].append({"order_no": no, "submitted_at": BEFORE, "purchased_at": BEFORE})
        counts = {"qty_ordered": 10, "qty_received": 10, "qty_inspected": 10}
        made["order_lines"].append(
            {"order_no": no, "line_no": "1", "seller_id": "A", "arrived_at": BEFORE, **counts,
             "qty_defective": int(number < 8)}
        )  # fmt: skip
        made["shipments"].append(
            {"shipment_id": no, "order_no": no, "leg": 2, "requested_at": BETWEEN,
             "shipped_at": BETWEEN, "delivered_at": BETWEEN}
        )  # fmt: skip
        made["shipment_lines"].append({"shipment_id": no, "order_no": no, "line_no": "1"})
    claim = {"line_no": "1", "kind": "damaged", "opened_at": BETWEEN, "closed_at": BETWEEN}
    made["claims"] = [
        {"claim_id": f"C{n}", "order_no": f"O1{n}", **claim, "resolution": "withdrawn"}
        if n < 2
        else {"claim_id": f"C{n}", "order_no": f"O1{n}", **claim, "resolution": "refund_full"}
        for n in range(4)
    ]
    made["cancellations"] = [
        {"cancellation_id": f"X{n}", "level": "line", "order_no": f"O1{5 + n}", "line_no": "1",
         "requested_at": BEFORE, "confirmed_at": BETWEEN, "outcome": "refused"}
        for n in range(5)
    ]  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("ask", "events"),
    [(rs.damage_rates, 10), (rs.claim_rates, 2), (rs.cancellation_rates, 0)],
)
def test_what_was_closed_confirmed_or_packed_is_not_lost(
    duck_db: Any, ask: Callable[..., rs.Result], events: int
) -> None:
    then, now = (
        duck_db({t: [{**r, "exported_at": made} for r in rows] for t, rows in trade().items()},
                as_of=AT)
        for made in (EARLY, LATE)
    )  # fmt: skip
    assert ask(then, by=["seller"]).table == ask(now, by=["seller"]).table
    assert ask(now, by=["seller"]).table.to_pylist()[0]["events"] == events
    assert rs.cancel_leaks(now).table.num_rows == 0


def test_no_arrival_tells_what_an_inspection_found(duck_db: Any) -> None:
    lines = [
        {"order_no": "A", "line_no": n, "arrived_at": BEFORE, "qty_received": 5, "qty_defective": 1}
        for n in ("arrived", "late", "asked", "claimed", "awaited")
    ]
    kinds = {"claimed": "damaged", "awaited": "late"}
    given = {
        "orders": [{"order_no": "A", "submitted_at": BEFORE}],
        "order_lines": [{**line, "exported_at": LATE} for line in lines],
        "shipments": [
            {"shipment_id": "late", "leg": 2, "requested_at": AFTER},
            {"shipment_id": "asked", "leg": 2, "requested_at": BETWEEN},
        ],
        "shipment_lines": [
            {"shipment_id": n, "order_no": "A", "line_no": n} for n in ("late", "asked")
        ],
        "claims": [
            {"claim_id": n, "order_no": "A", "line_no": n, "kind": kind, "opened_at": BETWEEN}
            for n, kind in kinds.items()
        ],
    }
    rows = {r["line_no"]: r for r in seen(duck_db(given, as_of=AT), "order_lines")}
    assert all(row["qty_received"] == 5 for row in rows.values())
    assert {n for n, row in rows.items() if row["qty_defective"] == 1} == {"asked", "claimed"}


def test_descriptions_are_blank_until_what_brings_them(open_db: Any) -> None:
    parcel = {"requested_at": BEFORE, "carrier": "K", "tracking_no": "1", "exported_at": LATE}
    first, later = promise("2026-04-05"), promise("2026-04-20")
    changed = {"promised_at_original": first, "promised_at": later}
    given = {
        "shipments": [
            {**parcel, "shipment_id": "sent", "leg": 1, "shipped_at": BEFORE},
            {**parcel, "shipment_id": "leg 1", "leg": 1, "shipped_at": AFTER},
            {**parcel, "shipment_id": "leg 2", "leg": 2, "shipped_at": AFTER, **changed},
            {**parcel, "shipment_id": "untold", "leg": 1, "promised_at": later},
            {**parcel, "shipment_id": "there", "leg": 2, "delivered_at": BETWEEN, **changed},
            {**parcel, "shipment_id": "void", "leg": 2, "state": "void"},
            {**parcel, "shipment_id": "not yet", "leg": 2, "state": "void", "packed_at": AFTER},
        ],
        "refunds": [
            {"refund_id": n, "requested_at": BEFORE, "approved_at": at, "expected_by": later,
             "exported_at": LATE}
            for n, at in (("yes", BETWEEN), ("no", AFTER))
        ],
    }  # fmt: skip
    db = open_db(given, as_of=AT)
    rows = {r["shipment_id"]: r for r in seen(db, "shipments")}
    assert {n for n, r in rows.items() if r["carrier"] is None} == {"leg 1"}
    assert {n for n, r in rows.items() if r["tracking_no"] is None} == {"leg 1", "leg 2"}
    days = {n: r["promised_day"].day for n, r in rows.items() if r["promised_day"]}
    assert days == {"leg 2": 5, "untold": 20, "there": 20}
    assert {n: r["state"] for n, r in rows.items()}["void"] == "void"
    assert rows["not yet"]["state"] == "requested"
    assert {r["refund_id"] for r in seen(db, "refunds") if r["expected_by"]} == {"yes"}


def test_a_cancelled_state_is_known_by_its_cancellation(duck_db: Any) -> None:
    lines = [{"order_no": o, "line_no": "1", "state": "cancelled"} for o in "ABC"]
    orders = [{"order_no": o, "submitted_at": BEFORE, "purchased_at": BEFORE} for o in "ABC"]
    given = {
        "orders": [{**row, "state": "cancelled", "exported_at": LATE} for row in orders],
        "order_lines": [{**row, "exported_at": LATE} for row in lines],
        "cancellations": [
            {"cancellation_id": o, "level": "order", "order_no": o, "requested_at": BEFORE,
             "accepted_at": at, "outcome": "accepted", "exported_at": LATE}
            for o, at in (("A", BETWEEN), ("B", AFTER))
        ],
    }  # fmt: skip
    db = duck_db(given, as_of=AT)
    states = {r["order_no"]: r["state"] for r in seen(db, "orders")}
    assert states == {"A": "cancelled", "B": "purchased", "C": "purchased"}
    assert {r["order_no"]: r["state"] for r in seen(db, "order_lines")} == {
        "A": "cancelled",
        "B": None,
        "C": None,
    }


def test_evidence_comes_with_its_claim_and_inferred_pieces_with_what_was_counted(
    open_db: Any,
) -> None:
    given = {
        "orders": [{"order_no": "A", "submitted_at": BEFORE}],
        "order_lines": [{"order_no": "A", "line_no": "1", "qty_ordered": 9, "qty_shipped": 7}],
        "shipments": [
            {"shipment_id": n, "order_no": "A", "leg": 2, "requested_at": at, "shipped_at": AFTER}
            for n, at in (("one", BEFORE), ("two", AFTER))
        ],
        "shipment_lines": [
            {"shipment_id": "one", "order_no": "A", "line_no": "1", "allocation": "inferred"}
        ],
        "claims": [{"claim_id": n, "opened_at": at} for n, at in (("C", BEFORE), ("D", AFTER))],
        "evidence": [{"evidence_id": n, "claim_id": n, "taken_at": BEFORE} for n in ("C", "D")],
    }
    late = {t: [{**r, "exported_at": LATE} for r in rows] for t, rows in given.items()}
    db = open_db(late, as_of=AT)
    assert [r["evidence_id"] for r in seen(db, "evidence")] == ["C"]
    # the second parcel was not asked for, and nothing was shipped: all that was ordered
    assert [r["qty"] for r in seen(db, "shipment_lines")] == [9]
