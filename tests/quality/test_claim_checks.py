from __future__ import annotations

from typing import Any

import pytest

KNOWN = ["2026071715475684-300001", "2026071715475685-300002", "2026080100000000-300001"]
CASES: dict[str, tuple[dict[str, Any], str | None]] = {
    "known": ({"order_no": KNOWN[0]}, None),
    "known by its lines": ({"order_no": "of a line"}, None),
    "known by its parcel": ({"order_no": "of a parcel"}, None),
    "not stated": ({}, "order_no: not stated"),
    "not stated, but its parcel is": ({"shipment_id": "S"}, None),
    "a digit mistyped": (
        {"order_no": "2026071715475684-300007"},
        f"order_no: no such order: '2026071715475684-300007'; perhaps '{KNOWN[0]}'",
    ),
    "a digit left out and one swapped": (
        {"order_no": "026071715475684-300011"},
        f"order_no: no such order: '026071715475684-300011'; perhaps '{KNOWN[0]}'",
    ),
    "two orders in one text": (
        {"order_no": f"{KNOWN[0]}, {KNOWN[2]}"},
        f"order_no: no such order: '{KNOWN[0]}, {KNOWN[2]}'; perhaps '{KNOWN[0]}', '{KNOWN[2]}'",
    ),
    "nothing like it": (
        {"order_no": "1999010100000000-123456"},
        "order_no: no such order: '1999010100000000-123456'",
    ),
    "too short to tell": ({"order_no": "A1"}, "order_no: no such order: 'A1'"),
}


@pytest.mark.parametrize("name", CASES)
def test_unlinked_claim(look: Any, name: str) -> None:
    claim, detail = CASES[name]
    found = look(
        "unlinked_claim",
        orders=[{"order_no": no} for no in KNOWN],
        order_lines=[{"order_no": "of a line", "line_no": "1"}],
        shipments=[{"shipment_id": "S", "order_no": "of a parcel"}],
        claims=[{"claim_id": "C", **claim}],
    )
    assert found == ([] if detail is None else [("C", detail)])


def test_without_any_order_nothing_can_be_said(look: Any) -> None:
    assert look("unlinked_claim", claims=[{"claim_id": "C", "order_no": "X"}]) == []


def test_a_suggestion_is_never_taken(look: Any, con: Any) -> None:
    wrong = KNOWN[0][:-1] + "9"
    look(
        "unlinked_claim",
        orders=[{"order_no": KNOWN[0]}],
        claims=[{"claim_id": "C", "order_no": wrong}],
    )
    assert con.execute("SELECT order_no FROM main.claims").fetchall() == [(wrong,)]
