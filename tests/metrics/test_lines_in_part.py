"""A line of which parcels bring a part is not there, and one without a parcel is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from canonical_db import OpenDb, local
from case_folders import CASES, needs_cases

import rakustats as rs

CASE = CASES / "line-unit-leg1"
CN = "Asia/Shanghai"


def world(first: int, again: int | None = None, **line: Any) -> dict[str, list[dict[str, Any]]]:
    """Return a line of 10 pieces, ``first`` of them in a parcel, and a line without a parcel."""
    lines = [{"order_no": "A", "line_no": n, "qty_ordered": 10} for n in ("1", "2")]
    lines[0] |= line
    parcel = {"order_no": "A", "leg": 1, "shipped_at": local("2026-03-02", CN)}
    parcel["promised_at"] = local("2026-03-10 23:59:59", CN)
    days = {"P": "2026-03-09", "Q": "2026-03-13"}
    brought = {"P": first, "Q": again}
    there = {name: qty for name, qty in brought.items() if qty is not None}
    return {
        "orders": [{"order_no": "A", "purchased_at": local("2026-03-01", CN)}],
        "order_lines": lines,
        "shipments": [
            {"shipment_id": name, "delivered_at": local(days[name], CN), **parcel} for name in there
        ],
        "shipment_lines": [
            {"shipment_id": name, "order_no": "A", "line_no": "1", "qty": qty}
            for name, qty in there.items()
        ],
    }


def counts(result: rs.Result, *more: str) -> list[int]:
    (row,) = result.table.to_pylist()
    names = ("n", "events", "n_open", "n_not_due", "n_excluded")
    return [row[name] for name in (*names, *more) if name in row]


@pytest.mark.parametrize(
    ("given", "late"),
    [
        (world(10), 0),
        (world(5), 1),
        (world(5, 5), 1),
        (world(5, qty_received=10, arrived_at=local("2026-03-09", CN)), 0),
        (world(5, qty_received=5, stored_at=local("2026-03-10", CN)), 1),
    ],
    ids=["whole", "a part", "the rest late", "counted there", "counted there in part"],
)
def test_a_line_is_there_with_its_last_piece(
    open_db: OpenDb, given: dict[str, Any], late: int
) -> None:
    with open_db(given, as_of="2026-04-01") as db:
        found = rs.delay_rates(db, unit="line", leg=1)
    assert counts(found, "n_no_promise") == [1, late, 0, 0, 1, 1]


def test_what_is_still_to_come_is_open_until_the_promise_is_over(open_db: OpenDb) -> None:
    with open_db(world(5), as_of="2026-03-09") as db:
        assert counts(rs.delay_rates(db, unit="line", leg=1)) == [0, 0, 1, 0, 1]
    with open_db(world(10), as_of="2026-03-09") as db:
        assert counts(rs.delay_rates(db, unit="line", leg=1)) == [0, 0, 0, 1, 1]


def test_what_the_warehouse_keeps_back_is_not_awaited(open_db: OpenDb) -> None:
    given = world(8, qty_short=1, qty_defective=1)
    for parcel in given["shipments"]:
        parcel["leg"] = 2
    with open_db(given, as_of="2026-04-01") as db:
        assert counts(rs.delay_rates(db, unit="line", leg=2)) == [1, 0, 0, 0, 1]


@pytest.mark.parametrize(("leg", "n"), [(None, 10), (1, 10), (2, 0)])
def test_pieces_are_held_against_the_promises_of_their_leg(
    open_db: OpenDb, leg: int | None, n: int
) -> None:
    with open_db(world(5), as_of="2026-04-01") as db:
        found = rs.fill_rates(db, leg=leg)
    assert counts(found) == [n, n // 2, 0, 0, 20 - n]


@needs_cases
def test_all_ten_lines_are_in_one_count(tmp_path: Path) -> None:
    rs.load(CASE, db=tmp_path / "case.duckdb", exported_at="2026-04-01")
    with rs.connect(tmp_path / "case.duckdb") as db:
        late = counts(rs.delay_rates(db, unit="line", leg=1))
        pieces = counts(rs.fill_rates(db), "n_no_promise")
    assert late == [9, 3, 0, 0, 1]
    assert pieces == [90, 16, 0, 0, 10, 10]
