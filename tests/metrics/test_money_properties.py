"""What holds for all tables of claims, cancellations, refunds and costs, whatever is in them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pandas as pd
from canonical_db import Row, local

import rakustats as rs

AS_OF = "2026-11-15"
FUTURE = local("2026-11-20 10:00")
# Everything of a row that begins after the as-of.
BEGUN = dict.fromkeys(
    (
        "opened_at",
        "requested_at",
        "approved_at",
        "accepted_at",
        "decided_at",
        "closed_at",
        "paid_at",
    ),
    FUTURE,
)
QUESTIONS: list[Callable[..., rs.Result]] = [
    lambda db: rs.claim_rates(db, by="category", as_of=AS_OF),
    lambda db: rs.claim_times(db, by="kind", as_of=AS_OF),
    lambda db: rs.claim_waits(db, by="kind", as_of=AS_OF),
    lambda db: rs.claim_outcomes(db, by=["kind", "month"], as_of=AS_OF),
    lambda db: rs.cancellation_rates(db, by=["reason", "stage"], as_of=AS_OF),
    lambda db: rs.cancel_leaks(db, as_of=AS_OF),
    lambda db: rs.refund_times(db, by=["method", "seller"], as_of=AS_OF),
    lambda db: rs.unsettled_refunds(db, as_of=AS_OF),
    lambda db: rs.quote_drift(db, by="platform", as_of=AS_OF),
    lambda db: rs.landed_costs(db, by="item_id", as_of=AS_OF),
    lambda db: rs.weight_gaps(db, as_of=AS_OF),
]


def day(rng: random.Random, month: int) -> Any:
    return local(f"2026-{month:02}-{rng.randint(1, 14):02} {rng.randint(0, 23):02}:15")


def world(seed: int) -> dict[str, list[Row]]:
    """A small trade in which everything that happens has happened by the as-of."""
    rng = random.Random(seed)
    given: dict[str, list[Row]] = {name: [] for name in (
        "orders", "order_lines", "shipments", "shipment_lines", "claims", "cancellations", "refunds"
    )}  # fmt: skip
    for n in range(12):
        no, bought = f"A{n}", day(rng, 8)
        given["orders"].append({
            "order_no": no, "submitted_at": day(rng, 7), "paid_at": bought, "purchased_at": bought,
            "fx_rate": 20, "domestic_freight_cny": 3, "service_fee_jpy": 100,
        })  # fmt: skip
        for line in "12":
            given["order_lines"].append({
                "order_no": no, "line_no": line, "seller_id": rng.choice("xyz"), "category": "c",
                "item_id": rng.choice("pq"), "qty_ordered": 4, "unit_price_cny_quoted": 10,
                "unit_price_cny": rng.choice([10, 11, 9]), "stored_at": day(rng, 9),
            })  # fmt: skip
            given["shipment_lines"].append(
                {"shipment_id": f"S{n}", "order_no": no, "line_no": line, "qty": 4}
            )
        given["shipments"].append({
            "shipment_id": f"S{n}", "leg": 2, "shipped_at": day(rng, 9), "ship_method": "EMS",
            "delivered_at": rng.choice([day(rng, 10), None]), "freight_jpy": 900, "actual_kg": 2,
            "chargeable_kg": 3,
        })  # fmt: skip
        given["claims"].append({
            "claim_id": f"Q{n}", "order_no": no, "line_no": "1",
            "kind": rng.choice(["late", "short"]),
            "opened_at": day(rng, 10), "decided_at": (decided := rng.choice([day(rng, 11), None])),
            "resolution": decided and "refund_full", "amount_granted": decided and 5,
            "currency": "CNY", "amount_claimed": 9, "qty_affected": 1, "return_cost": 1,
            "closed_at": local("2026-11-14 10:00") if n == 0 else None,
        })  # fmt: skip
        given["cancellations"].append({
            "cancellation_id": f"C{n}", "order_no": no, "line_no": "2", "level": "line",
            "requested_at": day(rng, 8), "accepted_at": day(rng, 9), "outcome": "accepted",
            "reason_code": rng.choice(["a", "b"]),
        })  # fmt: skip
        given["refunds"].append({
            "refund_id": f"R{n}", "order_no": no, "method": rng.choice(["card", "bank"]),
            "approved_at": day(rng, 9), "expected_by": day(rng, 10), "amount_expected": 100,
            "paid_at": (paid := rng.choice([day(rng, 10), None])), "amount_paid": paid and 90,
            "currency": "JPY",
        })  # fmt: skip
    return given


def same_answers(left: Any, right: Any) -> None:
    for ask in QUESTIONS:
        expected, found = ask(left).frame(), ask(right).frame()
        assert len(expected) > 0
        pd.testing.assert_frame_equal(expected, found, rtol=0, atol=1e-9)


def test_the_order_of_rows_changes_nothing(duck_db: Any) -> None:
    given = world(1)
    shuffled = {name: random.Random(2).sample(rows, len(rows)) for name, rows in given.items()}
    same_answers(duck_db(given), duck_db(shuffled))


def test_the_future_changes_nothing(duck_db: Any) -> None:
    given = world(3)
    later = {name: [dict(row) for row in rows] for name, rows in given.items()}
    for claim in later["claims"]:
        claim["closed_at"] = claim["closed_at"] or FUTURE
    for refund in later["refunds"]:
        refund["paid_at"] = refund["paid_at"] or FUTURE
        refund["amount_paid"] = refund["amount_paid"] or 100
    for parcel in later["shipments"]:
        parcel["delivered_at"] = parcel["delivered_at"] or FUTURE

    def begun(table: str, **facts: Any) -> Row:
        known = given[table][0]
        return {**known, **{k: v for k, v in BEGUN.items() if k in known}, **facts}

    later["claims"].append(begun("claims", claim_id="new"))
    later["cancellations"].append(begun("cancellations", cancellation_id="new", order_no="A1"))
    later["refunds"].append(begun("refunds", refund_id="new"))
    same_answers(duck_db(given), duck_db(later))
