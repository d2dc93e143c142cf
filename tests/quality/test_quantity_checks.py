from __future__ import annotations

from typing import Any

import pytest

LINE = {"order_no": "A", "line_no": "1"}
ORDERED: dict[str, Any] = {**LINE, "qty_ordered": 3, "unit_price_cny_quoted": "10.00"}
SECOND = {**ORDERED, "line_no": "2"}

TOTALS: dict[str, tuple[str, list[dict[str, Any]], bool]] = {
    "the quote": ("60", [ORDERED, SECOND], False),
    "within 1 yuan a line": ("62", [ORDERED, SECOND], False),
    "off by more": ("62.01", [ORDERED, SECOND], True),
    "too little": ("57.99", [ORDERED, SECOND], True),
    "what was paid": (
        "21", [{**ORDERED, "unit_price_cny": "10.50", "qty_purchased": 2}], False,
    ),
    "the price paid for what was ordered": ("33", [{**ORDERED, "unit_price_cny": "11"}], False),
    "neither quote nor price": ("25", [{**ORDERED, "unit_price_cny": "11"}], True),
    "a line without price": ("999", [ORDERED, {**LINE, "line_no": "2", "qty_ordered": 1}], False),
    "a line without pieces": (
        "999", [ORDERED, {**SECOND, "qty_ordered": None}], False,
    ),
    "no lines": ("999", [], False),
}  # fmt: skip


@pytest.mark.parametrize("name", TOTALS)
def test_total_mismatch(look: Any, name: str) -> None:
    total, lines, doubted = TOTALS[name]
    orders = [{"order_no": "A", "goods_total_cny": total}, {"order_no": "B"}]
    found = look("total_mismatch", orders=orders, order_lines=lines)
    assert [key for key, _ in found] == (["A"] if doubted else [])


COUNTS: dict[str, tuple[dict[str, int], str]] = {
    "more shipped than received": (
        {"qty_received": 2, "qty_shipped": 3}, "shipped 3, received 2"
    ),
    "all shipped": ({"qty_received": 3, "qty_shipped": 3}, ""),
    "more shipped than ever bought": (
        {"qty_ordered": 1, "qty_purchased": 2, "qty_shipped": 3}, "shipped 3, bought 2"
    ),
    "more received than bought": (
        {"qty_purchased": 2, "qty_received": 3}, "received 3, purchased 2"
    ),
    "less of everything": (
        {"qty_ordered": 5, "qty_purchased": 4, "qty_received": 3, "qty_inspected": 2,
         "qty_shipped": 1}, "",
    ),
    "more inspected than received": (
        {"qty_received": 2, "qty_inspected": 3}, "inspected 3, received 2"
    ),
    "more defective than received": (
        {"qty_received": 2, "qty_defective": 3}, "defective 3, received 2"
    ),
    "only one count known": ({"qty_shipped": 3}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
def test_quantity_conflict(look: Any, name: str) -> None:
    counts, detail = COUNTS[name]
    found = look("quantity_conflict", order_lines=[{**LINE, **counts}])
    assert found == ([("A/1", detail)] if detail else [])


def test_what_came_in_excess_is_told_by_its_claim(look: Any) -> None:
    line = {**LINE, "qty_purchased": 2, "qty_received": 5, "qty_shipped": 5}
    claim = {"claim_id": "C", "order_no": "A", "line_no": "1", "kind": "excess"}
    assert (
        look("quantity_conflict", order_lines=[line], claims=[{**claim, "qty_affected": 3}]) == []
    )


def test_parcels_that_hold_more_than_the_line_had(look: Any) -> None:
    sent = {"leg": 2, "shipped_at": "2026-06-01"}
    shipments = [
        {"shipment_id": "S1", **sent},
        {"shipment_id": "S2", **sent},
        {"shipment_id": "again", **sent, "parent_shipment_id": "S1"},
        {"shipment_id": "void", **sent, "state": "void"},
        {"shipment_id": "waiting", "leg": 2},
        {"shipment_id": "first leg", **sent, "leg": 1},
    ]
    packed = [
        {"shipment_id": s["shipment_id"], **LINE, "box_no": "1", "qty": 2, "allocation": "stated"}
        for s in shipments
    ]
    lines = [{**LINE, "qty_ordered": 3}, {"order_no": "B", "line_no": "1"}]
    found = look("quantity_conflict", order_lines=lines, shipments=shipments, shipment_lines=packed)
    assert found == [("A/1", "parcels hold 4, the line had 3")]
