from __future__ import annotations

from typing import Any

import pytest


def versions(*states: str | None, **key: str) -> list[dict[str, Any]]:
    return [
        {**key, "state": state, "exported_at": f"2026-06-{day:02}"}
        for day, state in enumerate(states, start=1)
    ]


PARCELS: dict[str, tuple[tuple[str | None, ...], int]] = {
    "on its way": (("requested", "shipped", "in_transit", "delivered"), 0),
    "steps left out": (("requested", "delivered"), 0),
    "the same again": (("shipped", "shipped"), 0),
    "delivered, then in transit": (("delivered", "in_transit"), 1),
    "an unknown between": (("delivered", None, "shipped"), 1),
    "back twice": (("delivered", "shipped", "delivered", "packing"), 2),
    "a second attempt": (("attempted", "out_for_delivery", "delivered"), 0),
    "found again": (("investigating", "in_transit"), 0),
    "a new quote": (("awaiting_freight_payment", "packing"), 0),
    "on after customs": (("import_customs", "in_transit"), 0),
    "a word of no rank": (("delivered", "somewhere"), 0),
}


@pytest.mark.parametrize("name", PARCELS)
def test_status_regress_of_parcels(look: Any, name: str) -> None:
    states, n = PARCELS[name]
    found = look("status_regress", versions_shipments=versions(*states, shipment_id="S"))
    assert [key for key, _ in found] == ["S"] * n


ORDERS: dict[str, tuple[tuple[str, str], int]] = {
    "a problem solved": (("problem", "purchased"), 0),
    "counted again": (("inspecting", "received_wh"), 0),
    "quoted again": (("awaiting_payment", "quote_in_progress"), 0),
    "taken off the shelf": (("stored", "inspecting"), 0),
    "the delivery request was voided": (("delivery_requested", "stored"), 0),
    "unpaid again": (("paid", "awaiting_payment"), 1),
    "open again": (("closed", "stored"), 1),
    "called off and alive": (("cancelled", "purchased"), 1),
    "money after calling off": (("cancelled", "refunded"), 0),
}


@pytest.mark.parametrize("name", ORDERS)
def test_status_regress_of_orders_and_lines(look: Any, name: str) -> None:
    states, n = ORDERS[name]
    found = look(
        "status_regress",
        versions_orders=versions(*states, order_no="A"),
        versions_order_lines=versions(*states, order_no="A", line_no="1"),
    )
    assert [key for key, _ in found] == ["A", "A/1"][: 2 * n]


def test_both_observations_are_told(look: Any) -> None:
    found = look("status_regress", versions_orders=versions("closed", "paid", order_no="A"))
    assert found == [("A", "state: 'paid' on 2026-06-02 after 'closed' on 2026-06-01")]
