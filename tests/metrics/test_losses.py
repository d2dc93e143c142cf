"""Accepted losses: what a closed and paid claim of non-arrival settled is open nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from canonical_db import Row, local, promise

import rakustats as rs
from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.metrics.delivery.completeness import order_times
from rakustats.metrics.delivery.delays import delay_rates
from rakustats.metrics.delivery.lead_times import lead_times
from rakustats.metrics.delivery.non_arrival import loss_rates, non_arrival
from rakustats.metrics.delivery.tracking import open_deliveries
from rakustats.risk.deliveries import delivery_rows

OPEN_ON = "2026-10-20"
PAID = local("2026-10-21 10:00")
PAID_ON = "2026-10-22"

World = dict[str, list[Row]]


def order(number: int, **facts: Any) -> Row:
    bought = local("2026-09-01 10:00")
    return {"order_no": f"O{number}", "submitted_at": bought, "purchased_at": bought, **facts}


def line(number: int, line_no: str = "1", **facts: Any) -> Row:
    return {"order_no": f"O{number}", "line_no": line_no, "qty_ordered": 1, "seller_id": "A",
            "item_id": f"I{number}-{line_no}", **facts}  # fmt: skip


def parcel(name: str, **facts: Any) -> Row:
    return {"shipment_id": name, "leg": 2, "mode": "air", "carrier": "plane",
            "tracking_no": f"T{name}",
            "requested_at": local("2026-09-05 10:00"), "shipped_at": local("2026-09-10 10:00"),
            "promised_at": promise("2026-09-20"), **facts}  # fmt: skip


def aboard(name: str, number: int, line_no: str = "1") -> Row:
    return {"shipment_id": name, "order_no": f"O{number}", "line_no": line_no}


def claim(**facts: Any) -> Row:
    return {"claim_id": "C1", "kind": "non_arrival", "shipment_id": "S1", "order_no": "O1",
            "line_no": "1", "opened_at": local("2026-09-25 10:00"),
            "decided_at": local("2026-10-10 10:00"), "closed_at": local("2026-10-15 10:00"),
            "resolution": "refund_full", "amount_granted": 100, "currency": "CNY",
            **facts}  # fmt: skip


def refund(**facts: Any) -> Row:
    return {"refund_id": "R1", "claim_id": "C1", "requested_at": local("2026-10-15 10:00"),
            "approved_at": local("2026-10-15 10:00"), "amount_expected": 100, "amount_paid": 100,
            "currency": "CNY", "paid_at": PAID, **facts}  # fmt: skip


def one_parcel(**more: list[Row]) -> World:
    world = {
        "orders": [order(1)],
        "order_lines": [line(1)],
        "shipments": [parcel("S1")],
        "shipment_lines": [aboard("S1", 1)],
        "claims": [claim()],
        "refunds": [refund()],
        **more,
    }
    # there are no times to arrival without an arrival, be it one of days to come
    begun = local("2026-12-05 10:00")
    arrival = parcel("S0", requested_at=begun, shipped_at=begun, delivered_at=begun)
    return {**world, "shipments": [*world["shipments"], arrival]}


def awaited(db: Database) -> set[str]:
    return set(open_deliveries(db).table.column("shipment_id").to_pylist())


def overdue(db: Database, **how: Any) -> int:
    (row,) = delay_rates(db, **how).table.to_pylist()
    assert row["n"] == row["events"]
    return int(row["n_overdue_open"])


def replaced(item: str, begun: str) -> World:
    again = {"order_no": "O9", "replacement_of": "O1", "submitted_at": local(begun)}
    return one_parcel(
        orders=[order(1), again],
        order_lines=[line(1), {"order_no": "O9", "line_no": "1", "item_id": item}],
        claims=[claim(resolution="resend", amount_granted=0)], refunds=[],
    )  # fmt: skip


OFF = {
    "cancellation_id": "X1", "level": "order", "order_no": "O1", "outcome": "accepted",
    "requested_at": local("2026-10-01 10:00"), "accepted_at": local("2026-10-01 10:00"),
}  # fmt: skip

MADE_GOOD: dict[str, World] = {
    "a refund": one_parcel(),
    "paid short": one_parcel(refunds=[refund(amount_paid=60)]),
    "seen on the account only": one_parcel(refunds=[refund(paid_at=None, confirmed_at=PAID)]),
    "a share of a refund for several claims": one_parcel(
        refunds=[refund(claim_id="C1, C2")],
        refund_allocations=[{"refund_id": "R1", "claim_id": "C1", "amount": 50, "paid_at": PAID}],
    ),
    "closed after it was paid": one_parcel(
        claims=[claim(closed_at=PAID)], refunds=[refund(paid_at=local("2026-10-12 10:00"))]
    ),
    "sent again": replaced("I1-1", "2026-10-21 10:00"),
    "names the first number of a chain": one_parcel(
        shipments=[parcel("S1"), parcel("S2", parent_shipment_id="S1")]
    ),
    "names its line alone": one_parcel(claims=[claim(shipment_id=None)]),
    "names its order alone": one_parcel(claims=[claim(shipment_id=None, line_no=None)]),
    "on the first leg": one_parcel(shipments=[parcel("S1", leg=1)]),
}
NOT_MADE_GOOD: dict[str, World] = {
    "no claim": one_parcel(claims=[]),
    "withdrawn": one_parcel(claims=[claim(resolution="withdrawn")]),
    "refused": one_parcel(claims=[claim(resolution="rejected")]),
    "closed, not paid": one_parcel(refunds=[]),
    "approved, not paid": one_parcel(refunds=[refund(paid_at=None, amount_paid=None)]),
    "paid nothing": one_parcel(refunds=[refund(amount_paid=0)]),
    "paid, not closed": one_parcel(claims=[claim(closed_at=None)]),
    "late, not lost": one_parcel(claims=[claim(kind="late")]),
    "a refund of the order, for whatever": one_parcel(
        refunds=[refund(claim_id=None, order_no="O1")]
    ),
    "to be sent again, and was not": one_parcel(claims=[claim(resolution="resend")], refunds=[]),
    "something else of the order sent again": replaced("I7", "2026-10-21 10:00"),
    "sent again before this claim was made": replaced("I1-1", "2026-09-24 10:00"),
    "names another parcel": one_parcel(claims=[claim(shipment_id="S8")]),
    "names an order with two parcels awaited": one_parcel(
        order_lines=[line(1), line(1, "2")], shipments=[parcel("S1"), parcel("S2")],
        shipment_lines=[aboard("S1", 1), aboard("S2", 1, "2")],
        claims=[claim(shipment_id=None, line_no=None)],
    ),
    "names an order with a line in no parcel": one_parcel(
        order_lines=[line(1), line(1, "2")], claims=[claim(shipment_id=None, line_no=None)]
    ),
    "names a line of which a later parcel goes": one_parcel(
        shipments=[parcel("S1", requested_at=local("2026-09-26 10:00"),
                          shipped_at=local("2026-09-27 10:00"))],
        claims=[claim(shipment_id=None)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MADE_GOOD)
def test_a_loss_is_accepted_from_the_day_of_the_payment(case: str, duck_db: Any) -> None:
    before = duck_db(MADE_GOOD[case], as_of=OPEN_ON)
    assert (len(awaited(before)), overdue(before)) == (1, 1)
    after = duck_db(MADE_GOOD[case], as_of=PAID_ON)
    assert (len(awaited(after)), overdue(after)) == (0, 0)
    if case != "on the first leg":
        (times,) = lead_times(after).table.to_pylist()
        assert (times["n_open"], times["n_lost"]) == (0, 1)


@pytest.mark.parametrize("case", NOT_MADE_GOOD)
def test_nothing_else_makes_a_parcel_lost(case: str, duck_db: Any) -> None:
    db = duck_db(NOT_MADE_GOOD[case], as_of=PAID_ON)
    assert "S1" in awaited(db)
    assert overdue(db) == len(awaited(db))


def test_an_order_claim_means_the_one_parcel_that_did_not_come(duck_db: Any) -> None:
    came = parcel("S2", delivered_at=local("2026-09-18 10:00"))
    world = one_parcel(
        order_lines=[line(1), line(1, "2")],
        shipments=[parcel("S1"), came],
        shipment_lines=[aboard("S1", 1), aboard("S2", 1, "2")],
        claims=[claim(shipment_id=None, line_no=None)],
    )
    assert awaited(duck_db(world, as_of=PAID_ON)) == set()
    # what is sent later does not change what the claim was about
    later = parcel("S3", requested_at=local("2026-10-21 10:00"), shipped_at=PAID)
    world["shipments"].append(later)
    world["shipment_lines"].append(aboard("S3", 1))
    assert awaited(duck_db(world, as_of=PAID_ON)) == {"S3"}


def test_what_was_found_again_is_not_lost(duck_db: Any) -> None:
    found = parcel("S1", delivered_at=local("2026-11-02 10:00"))
    db = duck_db(one_parcel(shipments=[found]))
    (times,) = lead_times(db).table.to_pylist()
    assert (times["n_arrived"], times["n_lost"], times["n_open"]) == (1, 0, 0)
    db = duck_db(one_parcel(shipments=[found]), as_of=PAID_ON)
    assert lead_times(db).table.to_pylist()[0]["n_lost"] == 1


def test_a_lost_parcel_is_late_either_way(duck_db: Any) -> None:
    unpaid, paid = (
        delay_rates(duck_db(one_parcel(refunds=refunds), as_of=PAID_ON)).table.to_pylist()[0]
        for refunds in ([], [refund()])
    )
    moved = {name for name in paid if paid[name] != unpaid[name]}
    moved -= {name for name in moved if paid[name] != paid[name]}
    assert moved == {"n_overdue_open"}


def test_other_lists_of_what_is_awaited(duck_db: Any) -> None:
    def counted(day: str) -> dict[str, Any]:
        db = duck_db(one_parcel(), as_of=day)
        # without scans it is presumed lost by its age before
        lost = loss_rates(db, by=None)
        return {
            "awaited": _sum(non_arrival(db, by=None), "n_open"),
            "lost": _sum(lost, "events") - _sum(lost, "n_presumed_lost"),
            "orders": _pair(order_times(db), "n_open", "n_lost"),
        }

    assert counted(OPEN_ON) == {"awaited": 1, "lost": 0, "orders": (1, 0)}
    assert counted(PAID_ON) == {"awaited": 0, "lost": 1, "orders": (0, 1)}


def test_both_engines_tell_what_a_claim_is_about(open_db: Any) -> None:
    after = open_db(MADE_GOOD["names its order alone"], as_of=PAID_ON)
    assert (len(awaited(after)), overdue(after)) == (0, 0)


def test_a_line_in_no_parcel_is_lost_with_its_claim(duck_db: Any) -> None:
    promised = line(1, delivery_promised_at=promise("2026-09-20"))
    world = one_parcel(
        order_lines=[promised], shipments=[], shipment_lines=[], claims=[claim(shipment_id=None)]
    )
    assert overdue(duck_db(world, as_of=OPEN_ON), unit="line") == 1
    after = duck_db(world, as_of=PAID_ON)
    assert overdue(after, unit="line") == 0
    assert _pair(order_times(after), "n_open", "n_lost") == (0, 1)


def test_a_line_that_was_made_good_waits_for_no_dispatch(duck_db: Any) -> None:
    sent = line(1, "2", seller_shipped_at=local("2026-09-02 10:00"))
    world = one_parcel(
        order_lines=[line(1), sent], shipments=[], shipment_lines=[], claims=[claim()]
    )
    counts = [
        _pair(rs.dispatch_rates(duck_db(world, as_of=day)), "events", "n_undispatched")
        for day in (OPEN_ON, PAID_ON)
    ]
    assert counts == [(1, 1), (1, 0)]


def test_a_line_that_was_made_good_does_not_leak(duck_db: Any) -> None:
    paid_for = order(1, paid_at=local("2026-08-31 10:00"))
    world = one_parcel(orders=[paid_for], cancellations=[OFF])
    leaks = [
        rs.cancel_leaks(duck_db(world, as_of=day)).table.column("leaks").to_pylist()
        for day in (OPEN_ON, PAID_ON)
    ]
    assert leaks == [["no_refund"], []]


BACK = {"claim_id": None, "cancellation_id": "X1"}
PAID_BACK: dict[str, tuple[Row, Row, int]] = {
    "in full": ({}, {}, 0),
    "less a fee": ({}, {"amount_paid": 90, "fee_deducted": 10}, 0),
    "of its line": ({"level": "line", "line_no": "1"}, {}, 0),
    "short": ({}, {"amount_paid": 60}, 1),
    "not yet": ({}, {"paid_at": None, "amount_paid": None}, 1),
    "another line": ({"level": "line", "line_no": "2"}, {}, 1),
    "called off in part": ({"outcome": "partial"}, {}, 1),
    "refused": ({"outcome": "refused"}, {}, 1),
}


@pytest.mark.parametrize("case", PAID_BACK)
def test_what_was_called_off_and_paid_back_is_awaited_by_nobody(case: str, duck_db: Any) -> None:
    off, back, expected = PAID_BACK[case]
    world = one_parcel(
        claims=[], cancellations=[{**OFF, **off}], refunds=[refund(**{**BACK, **back})]
    )
    for day, count in ((OPEN_ON, 1), (PAID_ON, expected)):
        db = duck_db(world, as_of=day)
        assert (len(awaited(db)), overdue(db)) == (count, count), day


def test_risk_knows_the_loss_from_the_day_on_which_it_was_accepted(duck_db: Any) -> None:
    def ends(world: World, day: str) -> tuple[Any, ...]:
        db = duck_db(world, as_of=day)
        columns = "failed, failed_at, ended_at, arrived_at, late"
        text = with_steps(
            delivery_rows(db.snapshot(None)), f"SELECT {columns} FROM risk_deliveries"
        )
        (row,) = db.engine.query(text).to_pylist()
        return tuple(row.values())

    assert ends(one_parcel(), OPEN_ON) == (False, None, None, None, True)
    assert ends(one_parcel(), PAID_ON) == (True, PAID, PAID, None, True)
    back = one_parcel(claims=[], cancellations=[OFF], refunds=[refund(**BACK)])
    assert ends(back, PAID_ON) == (False, None, PAID, None, True)


def paid_claims(db: Database) -> set[str]:
    """Parcels that did not come with a closed and paid claim, as known then, by another way."""
    at = db.snapshot(None).at
    rows = db.engine.query(f"""\
SELECT DISTINCT c.shipment_id FROM main.claims c
JOIN main.refunds r ON r.claim_id = c.claim_id AND r.amount_paid > 0 AND r.paid_at <= {at}
JOIN main.shipments s ON s.shipment_id = c.shipment_id
WHERE c.kind = 'non_arrival' AND c.closed_at <= {at}
  AND (s.delivered_at IS NULL OR s.delivered_at > {at})""")
    return set(rows.column("shipment_id").to_pylist())


@pytest.mark.parametrize("day", ["2025-12-31", "2026-02-28", "2026-04-30"])
def test_a_settled_parcel_is_open_on_no_day(day: str, sample_database: Any) -> None:
    with rs.connect(sample_database, as_of=day) as db:
        settled = paid_claims(db)
        assert settled
        assert not settled & awaited(db)


def test_a_settled_parcel_is_in_no_list_of_the_sample(sample_database: Any) -> None:
    with rs.connect(sample_database) as db:
        at_risk, settled = rs.at_risk(db).table, paid_claims(db)
        assert settled
        assert not settled & {*awaited(db), *at_risk.column("shipment_id").to_pylist()}
        late = [x for x in at_risk.column("days_overdue").to_pylist() if x is not None and x >= 0]
        # whatever else counts what is overdue counts the same ones
        assert _sum(delay_rates(db), "n_overdue_open") == len(late)


def _sum(result: rs.Result, column: str) -> int:
    return sum(x or 0 for x in result.table.column(column).to_pylist())


def _pair(result: rs.Result, first: str, second: str) -> tuple[int, int]:
    return _sum(result, first), _sum(result, second)
