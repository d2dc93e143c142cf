from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.settlement.leaks import cancel_leaks

BEFORE, ACCEPTED, AFTER = (local(f"2026-09-0{d} 10:00") for d in (3, 5, 7))
OFF = {
    "cancellation_id": "C",
    "level": "order",
    "order_no": "A",
    "requested_at": local("2026-09-04 10:00"),
    "requested_by": "customer",
    "accepted_at": ACCEPTED,
    "outcome": "accepted",
}
LINE = {"order_no": "A", "line_no": "1", "qty_ordered": 2, "unit_price_cny_quoted": 10}
# a refund elsewhere: without any it would be unknown whether there are refunds
ELSEWHERE = {"refund_id": "R0", "order_no": "Z", "approved_at": AFTER}
OVERDUE = {"refund_id": "R1", "order_no": "A", "cancellation_id": "C", "approved_at": AFTER,
           "expected_by": local("2026-09-20 00:00"), "amount_expected": 900,
           "currency": "JPY"}  # fmt: skip


def world(off: Row | None = None, line: Row | None = None, **given: Any) -> dict[str, list[Row]]:
    order = {"order_no": "A", "fx_rate": 20, **given.pop("order", {})}
    return {
        "orders": [order],
        "order_lines": [{**LINE, **(line or {})}],
        "cancellations": [{**OFF, **(off or {})}],
        "refunds": [*given.pop("refunds", []), ELSEWHERE],
        **given,
    }


def sent(**parcel: Any) -> dict[str, list[Row]]:
    return {
        "shipments": [{"shipment_id": "S", "leg": 2, **parcel}],
        "shipment_lines": [{"shipment_id": "S", "order_no": "A", "line_no": "1"}],
    }


CASES: dict[str, tuple[dict[str, list[Row]], str | None]] = {
    "stopped": (world(), None),
    "bought before it was called off": (world(order={"purchased_at": BEFORE}), None),
    "bought all the same": (world(order={"purchased_at": AFTER}), "purchased"),
    "sent by the seller": (world(line={"seller_shipped_at": AFTER}), "seller_shipped"),
    "on its way already": (world(line={"seller_shipped_at": BEFORE}), None),
    "in a delivery request": (world(**sent(requested_at=AFTER)), "delivery_requested"),
    "still in an earlier one": (world(**sent(requested_at=BEFORE)), "still_requested"),
    "in one that was withdrawn": (world(**sent(requested_at=BEFORE, state="void")), None),
    "in one that had left": (world(**sent(requested_at=BEFORE, shipped_at=BEFORE)), None),
    "sent to Japan": (world(**sent(shipped_at=AFTER)), "shipped"),
    "charged": (
        world(order={"paid_at": AFTER}, refunds=[{**OVERDUE, "paid_at": AFTER}]), "charged"
    ),
    "paid before, money under way": (
        world(order={"paid_at": BEFORE, "payment_reached_at": AFTER},
              refunds=[{**OVERDUE, "paid_at": AFTER}]), None
    ),
    "refused": (
        world({"outcome": "refused", "accepted_at": None}, line={"seller_shipped_at": AFTER}), None
    ),
    "another line of the order": (
        world({"level": "line", "line_no": "2"}, line={"seller_shipped_at": AFTER}), None
    ),
    "in part, the rest goes on": (
        world({"outcome": "partial"}, line={"seller_shipped_at": AFTER, "arrived_at": AFTER,
                                            "qty_received": 1}), None
    ),
    "in part, all goes on": (
        world({"outcome": "partial"}, line={"seller_shipped_at": AFTER, "arrived_at": AFTER,
                                            "qty_received": 2}), "seller_shipped"
    ),
    "not refunded": (world(refunds=[OVERDUE]), "not_refunded"),
    "refunded": (world(refunds=[{**OVERDUE, "paid_at": AFTER, "amount_paid": 900}]), None),
    "not due yet": (
        world(refunds=[{**OVERDUE, "expected_by": local("2026-12-01 00:00")}]), None
    ),
    "paid for and no refund on record": (world(order={"paid_at": BEFORE}), "no_refund"),
    "paid for, called off a week ago": (
        world({"accepted_at": local("2026-11-25 10:00")}, order={"paid_at": BEFORE}), None
    ),
    "a refund of the order": (
        world(order={"paid_at": BEFORE}, refunds=[{"refund_id": "R1", "order_no": "A"}]), None
    ),
    "a refund of a claim is no refund of the cancellation": (
        world(order={"paid_at": BEFORE},
              refunds=[{"refund_id": "R1", "order_no": "A", "claim_id": "Q"}]), "no_refund"
    ),
    "both": (
        world(order={"purchased_at": AFTER}, refunds=[OVERDUE]), "purchased, not_refunded"
    ),
}  # fmt: skip


def test_each_leak_is_found_and_nothing_else(open_db: Any) -> None:
    given: dict[str, list[Row]] = {}
    for name, (tables, _) in CASES.items():
        for table, rows in tables.items():
            given.setdefault(table, []).extend(_renamed(row, name) for row in rows)
    rows = cancel_leaks(open_db(given)).table.to_pylist()
    found = {r["order_no"]: r["leaks"] for r in rows}
    assert found == {name: leaks for name, (_, leaks) in CASES.items() if leaks is not None}


def _renamed(row: Row, name: str) -> Row:
    """Give each case ids of its own, so that one look tells of all."""
    ids = ("cancellation_id", "refund_id", "shipment_id", "claim_id")
    own = {k: f"{name} {row[k]}" for k in ids if k in row}
    order = {"order_no": name} if row.get("order_no") == "A" else {}
    return {**row, **own, **order}


def test_what_is_not_refunded_leaks_when_its_day_is_over_in_japan(open_db: Any) -> None:
    (row,) = cancel_leaks(open_db(world(refunds=[OVERDUE]))).table.to_pylist()
    assert row["leaked_at"] == local("2026-09-21 00:00")


def test_one_row_tells_what_leaked_and_what_it_is_worth(open_db: Any) -> None:
    given = world(line={"seller_shipped_at": AFTER}, **sent(shipped_at=local("2026-09-09 10:00")))
    given["order_lines"].append({**LINE, "line_no": "2", "unit_price_cny_quoted": 5})
    db = open_db(given)
    (row,) = cancel_leaks(db).table.to_pylist()
    assert (row["cancellation_id"], row["order_no"], row["line_no"]) == ("C", "A", None)
    assert (row["leaks"], row["leaked_at"]) == ("seller_shipped, shipped", AFTER)
    assert (row["n_lines"], row["value_jpy"]) == (1, 400)
    assert cancel_leaks(db, since="2026-09-06").table.num_rows == 0
    assert cancel_leaks(db, as_of="2026-09-06").table.num_rows == 0


def test_without_refunds_none_is_missed(duck_db: Any) -> None:
    given = world(order={"paid_at": BEFORE})
    assert cancel_leaks(duck_db({**given, "refunds": []})).table.num_rows == 0


def test_without_acceptance_nothing_can_leak(duck_db: Any) -> None:
    with pytest.raises(UsageError, match="accepted_at"):
        cancel_leaks(duck_db(world({"accepted_at": None})))
