"""Dispatch by sellers: against their promise, else by Chinese working days from the purchase."""

from __future__ import annotations

from typing import Any

import pytest
from canonical_db import Row, all_in_one, local, promise

import rakustats as rs
from rakustats.errors import UsageError

CHINA = "Asia/Shanghai"


def at(day: str, clock: str = "15:00") -> Any:
    return local(f"{day} {clock}", CHINA)


def world(*lines: Row, bought: str | None = "2026-11-02", **order: Any) -> dict[str, list[Row]]:
    bought_at = at(bought) if bought else None
    return {
        "orders": [{"order_no": "A", "purchased_at": bought_at, **order}],
        "order_lines": [
            {"order_no": "A", "line_no": str(n), "seller_id": "S", "qty_ordered": 1, **line}
            for n, line in enumerate(lines, start=1)
        ],
    }


# a line that was dispatched in time goes along: without any dispatch nothing is told
TENTH, THIRD = (promise(day, CHINA) for day in ("2026-11-10", "2026-11-03"))
SENT = {"seller_shipped_at": at("2026-11-03")}
CASES: dict[str, tuple[Row, dict[str, int]]] = {
    "on the third working day": ({"seller_shipped_at": at("2026-11-05", "23:30")}, {"n": 2}),
    "on the fourth": ({"seller_shipped_at": at("2026-11-06", "00:30")}, {"n": 2, "events": 1}),
    "by the seller's later promise": (
        {"seller_shipped_at": at("2026-11-10"), "dispatch_promised_at": TENTH},
        {"n": 2, "n_promised": 1},
    ),
    "after the seller's promise": (
        {"seller_shipped_at": at("2026-11-04"), "dispatch_promised_at": THIRD},
        {"n": 2, "events": 1, "n_promised": 1},
    ),
    "never, and the day is over": ({}, {"n": 2, "events": 1, "n_undispatched": 1}),
    "there by the day, dispatch unknown": ({"arrived_at": at("2026-11-05")}, {"n": 2}),
    "there later, dispatch unknown": (
        {"arrived_at": at("2026-11-09")}, {"n": 1, "n_no_date": 1, "n_excluded": 1}
    ),
    "promised for a day to come": (
        {"dispatch_promised_at": promise("2026-12-24", CHINA)}, {"n": 1, "n_open": 1}
    ),
    "sent before a day to come": (
        {**SENT, "dispatch_promised_at": promise("2026-12-24", CHINA)}, {"n": 1, "n_not_due": 1}
    ),
    "nothing ordered": ({"qty_ordered": 0}, {"n": 1, "n_no_quantity": 1, "n_excluded": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), CASES.values(), ids=CASES)
def test_a_line_is_judged_by_the_day_of_its_dispatch(
    duck_db: Any, line: Row, expected: dict[str, int]
) -> None:
    (row,) = rs.dispatch_rates(duck_db(world(SENT, line))).table.to_pylist()
    usual = {"n": 2, "events": 0, "n_open": 0, "n_excluded": 0, "n_not_due": 0}
    assert {name: row[name] for name in usual | expected} == usual | expected
    assert row["rate"] == row["events"] / row["n"]


def test_all_lines_are_judged_on_both_engines(open_db: Any) -> None:
    given, expected = all_in_one((world(SENT, line), counts) for line, counts in CASES.values())
    (row,) = rs.dispatch_rates(open_db(given)).table.to_pylist()
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(("day", "late"), [("2026-10-09", 0), ("2026-10-10", 1)])
def test_holidays_are_nobodys_fault_and_make_up_days_are_worked(
    duck_db: Any, day: str, late: int
) -> None:
    given = world({"seller_shipped_at": at(day)}, bought="2026-09-29")
    (row,) = rs.dispatch_rates(duck_db(given)).table.to_pylist()
    assert (row["n"], row["events"]) == (1, late)


def test_a_line_called_off_before_its_day_is_left_out_and_later_it_is_late(duck_db: Any) -> None:
    for asked, expected in (("2026-11-04", (1, 0, 1)), ("2026-11-20", (2, 1, 0))):
        off = {
            "cancellation_id": "C", "level": "line", "order_no": "A", "line_no": "2",
            "requested_at": at(asked), "accepted_at": at(asked),
        }  # fmt: skip
        given = world(SENT, {}) | {"cancellations": [off]}
        (row,) = rs.dispatch_rates(duck_db(given)).table.to_pylist()
        assert (row["n"], row["events"], row["n_cancelled"]) == expected


def test_the_first_scan_stands_for_a_seller_that_says_nothing(duck_db: Any) -> None:
    given = world(SENT, {}) | {
        "shipments": [{"shipment_id": "P", "leg": 1, "shipped_at": at("2026-11-04")}],
        "shipment_lines": [{"shipment_id": "P", "order_no": "A", "line_no": "2"}],
    }
    (row,) = rs.dispatch_rates(duck_db(given)).table.to_pylist()
    assert (row["n"], row["events"], row["n_dispatched"]) == (2, 0, 2)


def test_without_any_dispatch_nothing_is_told(duck_db: Any) -> None:
    with pytest.raises(UsageError, match="seller_shipped_at"):
        rs.dispatch_rates(duck_db(world({}, {})))


def test_a_purchase_that_is_not_known_starts_no_clock(duck_db: Any) -> None:
    promised = {**SENT, "dispatch_promised_at": THIRD}
    given = world(SENT, promised, {"dispatch_promised_at": THIRD}, bought=None)
    (row,) = rs.dispatch_rates(duck_db(given)).table.to_pylist()
    assert (row["n"], row["events"], row["n_no_start"]) == (2, 1, 1)


def test_the_future_changes_nothing(duck_db: Any) -> None:
    given = world(SENT, {"seller_shipped_at": at("2026-11-20")})
    known = rs.dispatch_rates(duck_db(given), as_of="2026-11-10").table.to_pylist()
    given["order_lines"][1]["seller_shipped_at"] = at("2026-11-28")
    assert rs.dispatch_rates(duck_db(given), as_of="2026-11-10").table.to_pylist() == known
    assert (known[0]["n"], known[0]["events"], known[0]["n_undispatched"]) == (2, 1, 1)
