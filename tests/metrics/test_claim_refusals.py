"""Claims against sellers that came to nothing."""

from __future__ import annotations

from typing import Any

import pytest
from canonical_db import Row, local

import rakustats as rs
from rakustats.errors import UsageError

DECIDED = local("2026-11-05 10:00")
CASES: dict[str, tuple[Row, dict[str, int]]] = {
    "granted": ({"resolution": "refund_full", "amount_granted": 10}, {"n": 1}),
    "sent again": ({"resolution": "resend", "amount_granted": 0}, {"n": 1}),
    "settled as it is": ({"resolution": "accepted_as_is"}, {"n": 1}),
    "rejected": ({"resolution": "rejected"}, {"n": 1, "events": 1, "n_refused": 1}),
    "withdrawn": ({"resolution": "withdrawn"}, {"n": 1, "events": 1, "n_given_up": 1}),
    "withdrawn after a grant": ({"resolution": "withdrawn", "amount_granted": 5}, {"n": 1}),
    "decided with nothing": ({"amount_granted": 0}, {"n": 1, "events": 1, "n_refused": 1}),
    "not decided": ({"decided_at": None}, {"n_open": 1}),
    "closed, nobody says how": ({}, {"n_excluded": 1, "n_no_outcome": 1}),
    "the carrier's fault": (
        {"resolution": "rejected", "attributed_to": "leg2_carrier"},
        {"n_excluded": 1, "n_others_fault": 1},
    ),
    "the customer's wish": ({"kind": "customer_reason", "resolution": "rejected"}, {}),
}


def claim(**facts: Any) -> Row:
    base = {"claim_id": "Q", "order_no": "A", "line_no": "1", "kind": "defective"}
    opened = {"opened_at": local("2026-11-01 10:00"), "decided_at": DECIDED}
    return {**base, **opened, "currency": "CNY", **facts}


def world(*claims: Row) -> dict[str, list[Row]]:
    return {
        "orders": [{"order_no": "A", "purchased_at": local("2026-10-01 10:00")}],
        "order_lines": [{"order_no": "A", "line_no": "1", "seller_id": "S", "qty_ordered": 1}],
        "claims": list(claims),
    }


@pytest.mark.parametrize(("facts", "expected"), CASES.values(), ids=CASES)
def test_a_claim_is_judged_by_its_end(duck_db: Any, facts: Row, expected: dict[str, int]) -> None:
    # a claim of another order keeps the columns from being empty
    other = claim(claim_id="R", order_no="B", resolution="refund_full", amount_granted=1)
    found = rs.claim_refusals(duck_db(world(claim(**facts), other)), by="seller").table.to_pylist()
    row = next((r for r in found if r["seller_id"] == "S"), None)
    usual = {"n": 0, "events": 0, "n_open": 0, "n_excluded": 0, "n_refused": 0, "n_given_up": 0}
    if row is None:
        row = usual
    assert {name: row[name] for name in usual | expected} == usual | expected


def test_without_outcomes_nothing_is_told(duck_db: Any) -> None:
    with pytest.raises(UsageError, match="amount_granted"):
        rs.claim_refusals(duck_db(world(claim())))
