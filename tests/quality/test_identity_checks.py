from __future__ import annotations

import hashlib
from typing import Any

import pytest
from conftest import SALT

ORDER = "2026071715475684-300001"


def member(number: str) -> str:
    return hashlib.sha256((SALT + number).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("number", "doubted"),
    [
        (ORDER, False),
        (f"P{ORDER}", False),
        ("2026071715475684", False),
        ("2026171715475684-300001", True),
        ("P2026071799475684-300001", True),
        ("4120000000000000-300001", True),
        ("1999010100000000-300001", True),
        ("SCMS-123", False),
        ("order-300001", False),
    ],
)
def test_odd_order_no(look: Any, number: str, doubted: bool) -> None:
    found = look(
        "odd_order_no",
        orders=[{"order_no": number}],
        shipments=[{"shipment_id": "S", "delivery_request_no": number}],
    )
    assert [key for key, _ in found] == ([number, "S"] if doubted else [])
    assert all(f"'{number}'" in detail for _, detail in found)


def test_member_mismatch(look: Any) -> None:
    other = "2026071715475684-300002"
    found = look(
        "member_mismatch",
        orders=[
            {"order_no": ORDER, "member_id": member("300001")},
            {"order_no": other, "member_id": member("300001")},
            {"order_no": "2026071715475699-300003"},
            {"order_no": "W-300004", "member_id": member("300001")},
        ],
    )
    assert found == [(other, f"order_no: its member is not member_id: '{other}'")]


def test_several_members(look: Any) -> None:
    found = look(
        "several_members",
        orders=[
            {"order_no": "A", "member_id": "x", "source_file": "mixed"},
            {"order_no": "B", "member_id": "y", "source_file": "mixed"},
            {"order_no": "C", "source_file": "mixed"},
            {"order_no": "D", "member_id": "z", "source_file": "own"},
            {"order_no": "E", "member_id": "z", "source_file": "own"},
        ],
    )
    assert found == [(None, "orders of 2 members in one file")]
