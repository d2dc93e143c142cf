"""Each row counts as far as it was looked at: exports of different ages in one database."""

from __future__ import annotations

from datetime import date, datetime
from math import exp
from typing import Any

import pytest
from canonical_db import Row, local, promise

import rakustats as rs
from rakustats.risk.decisions import NOW
from rakustats.risk.features import feature_table
from rakustats.risk.open_state import open_state_table

MAY, JUNE = "2026-05-31 15:59:59", "2026-06-21 15:59:59"
MESSAGE = {"message_id": "M", "sent_at": local("2026-06-20 10:00"), "exported_at": JUNE}


def parcel(name: str, promised: str, delivered: str | None = None, **facts: Any) -> Row:
    """A parcel of leg 2, requested on the 10th of May."""
    return {
        "shipment_id": name,
        "leg": 2,
        "carrier": "K",
        "requested_at": local("2026-05-10 10:00"),
        "shipped_at": local("2026-05-12 10:00"),
        "promised_at": promise(promised),
        "delivered_at": None if delivered is None else local(f"{delivered} 10:00"),
        "exported_at": MAY,
        **facts,
    }


def row(found: rs.Result) -> dict[str, Any]:
    (only,) = found.table.to_pylist()
    return only


PARCELS = [
    parcel("in time", "2026-05-25", "2026-05-20"),
    parcel("late", "2026-05-25", "2026-05-28"),
    parcel("awaited", "2026-06-05"),
]


def test_a_newer_file_of_another_kind_makes_nobody_late(open_db: Any) -> None:
    alone = row(rs.delay_rates(open_db({"shipments": PARCELS})))
    found = rs.delay_rates(open_db({"shipments": PARCELS, "messages": [MESSAGE]}))
    late = row(found)
    assert found.as_of.date() == date(2026, 6, 21)
    assert (late["n"], late["events"], late["n_open"]) == (2, 1, 1)
    assert (late["n_stale"], late["stale_since"]) == (1, date(2026, 5, 31))
    assert (alone["n_stale"], alone["stale_since"]) == (0, None)
    assert {k: v for k, v in late.items() if "stale" not in k} == {
        k: v for k, v in alone.items() if "stale" not in k
    }
    (note,) = (n.en for n in found.notes if "last seen" in n.en)
    assert "1 of the open shipments" in note
    assert "shipments 2026-05-31" in note


def test_slices_of_open_ones_do_not_look_late_nor_old_full_ones_good(duck_db: Any) -> None:
    """Of two promised for June one was last seen in May, the other was exported anew, open."""
    again = parcel("again", "2026-06-05", exported_at=JUNE)
    found = row(rs.delay_rates(duck_db({"shipments": [*PARCELS, again]})))
    # what came by May of those promised for June is as little due as what had not come
    early = parcel("early", "2026-06-05", "2026-05-30")
    with_early = row(rs.delay_rates(duck_db({"shipments": [*PARCELS, again, early]})))
    assert (found["n"], found["events"], found["n_open"], found["n_stale"]) == (3, 2, 1, 1)
    assert (with_early["n"], with_early["events"], with_early["n_not_due"]) == (3, 2, 1)


def test_times_end_where_the_row_was_last_seen(duck_db: Any) -> None:
    db = duck_db({"shipments": PARCELS, "messages": [MESSAGE]})
    curve = rs.arrival_curve(db).frame()
    # requested on the 10th, last seen as the 31st ended
    assert curve.loc[curve["n_open"] > 0, "days"].tolist() == [21]
    times = row(rs.lead_times(db))
    assert (times["n"], times["n_open"], times["n_stale"]) == (3, 1, 1)


def test_open_lists_are_as_last_seen(open_db: Any) -> None:
    overdue = parcel("overdue", "2026-05-20")
    found = rs.open_deliveries(open_db({"shipments": [*PARCELS, overdue], "messages": [MESSAGE]}))
    rows = {r["shipment_id"]: r for r in found.table.to_pylist()}
    assert rows["awaited"]["overdue_days"] is None
    assert rows["overdue"]["overdue_days"] == 11
    assert {r["age_days"] for r in rows.values()} == {19}
    assert {r["seen_until"].isoformat(" ") for r in rows.values()} == {MAY}
    assert "2 of the parcels were last seen in exports from before 2026-06-21" in found.notes[0].en


def test_a_later_scan_follows_a_parcel_and_tells_its_arrival(open_db: Any) -> None:
    seen = parcel("seen", "2026-06-05", tracking_no="1")
    come = parcel("come", "2026-06-05", tracking_no="2")
    scans = [
        {"carrier": "K", "tracking_no": number, "event_at": local(at), "kind": kind,
         "exported_at": JUNE}
        for number, at, kind in (("1", "2026-06-10 09:00", "customs"),
                                 ("2", "2026-06-03 09:00", "delivered"))
    ]  # fmt: skip
    there = parcel("there", "2026-06-05", "2026-05-20")
    db = open_db({"shipments": [seen, come, there], "tracking_events": scans})
    curve = rs.arrival_curve(db).frame().set_index("days")
    assert curve.loc[24, "n_arrived"] == 1  # 10 May to 3 June
    assert curve.loc[30, "n_open"] == 1  # up to the day before the scan of 10 June, which was over
    # whether it was late is told by the slice, and that was made before the promised day
    late = row(rs.delay_rates(db))
    assert (late["n"], late["n_open"], late["n_not_due"]) == (0, 1, 2)
    told = db.sql(
        "SELECT seen_until, state FROM shipments WHERE shipment_id <> 'there' ORDER BY shipment_id"
    ).table
    assert told.column("seen_until").to_pylist() == [
        datetime.fromisoformat(JUNE), local("2026-06-10 09:00"),
    ]  # fmt: skip
    assert told.column("state").to_pylist()[0] == "delivered"


def test_a_lost_parcel_whose_delivery_was_scanned_later_was_found_again(duck_db: Any) -> None:
    rows = [
        parcel(name, "2026-06-05", lost_at=local("2026-05-29 10:00"), tracking_no=name)
        for name in ("1", "2")
    ]
    scan = {"carrier": "K", "tracking_no": "1", "event_at": local("2026-06-03 09:00")}
    scan |= {"kind": "delivered", "exported_at": JUNE}
    times = row(
        rs.lead_times(duck_db({"shipments": [*rows, PARCELS[0]], "tracking_events": [scan]}))
    )
    assert (times["n_arrived"], times["n_lost"], times["n_open"]) == (2, 1, 0)


def test_looking_back_between_two_slices_ends_at_the_older_one(open_db: Any) -> None:
    first = parcel("A", "2026-06-05")
    then = parcel("A", "2026-06-05", "2026-06-15", exported_at=JUNE)
    other = parcel("B", "2026-06-05", "2026-06-04", exported_at=JUNE)
    db = open_db({"shipments": [other]}, {"shipments": [first, then]})
    late = row(rs.delay_rates(db, as_of="2026-06-10"))
    # A was last seen in May; B stood in no older export, and what it shows is complete up to then
    assert (late["n"], late["events"], late["n_open"], late["n_stale"]) == (1, 0, 1, 1)
    assert row(rs.delay_rates(db))["n"] == 2


def test_cancellations_are_known_as_far_as_they_were_exported(duck_db: Any) -> None:
    old = {"cancellation_id": "C", "order_no": "X", "level": "order"}
    old |= {"requested_at": local("2026-05-02 10:00"), "exported_at": "2026-05-22 15:59:59"}
    db = duck_db({"shipments": PARCELS, "cancellations": [old]})
    curve = rs.arrival_curve(db).frame()
    # one came by then; what came after it and what did not are open alike when it was last told
    assert curve.set_index("days").loc[12, "n_open"] == 2
    late = row(rs.delay_rates(db))
    assert (late["n"], late["events"]) == (2, 1)


def test_what_was_bought_after_the_newest_claims_is_open(duck_db: Any) -> None:
    tables = {
        "orders": [
            {"order_no": name, "purchased_at": local(f"{day} 10:00"), "exported_at": JUNE}
            for name, day in (("O1", "2026-05-02"), ("O2", "2026-06-10"))
        ],
        "order_lines": [
            {"order_no": n, "line_no": "1", "qty_ordered": 1, "exported_at": JUNE}
            for n in ("O1", "O2")
        ],
        "claims": [{"claim_id": "C", "order_no": "O1", "line_no": "1", "kind": "damaged",
                    "opened_at": local("2026-05-20 10:00"), "exported_at": MAY}],
    }  # fmt: skip
    found = row(rs.claim_rates(duck_db(tables)))
    assert (found["n"], found["events"], found["n_open"], found["n_stale"]) == (1, 1, 1, 1)


def test_what_came_after_the_newest_claims_is_open(duck_db: Any) -> None:
    """Nobody could report its damage yet, and what the warehouse counts is not all of it."""
    days = {"O1": "2026-05-02", "O2": "2026-05-04", "O3": "2026-06-02", "O4": "2026-06-03"}
    lines = [
        {"order_no": name, "line_no": "1", "qty_ordered": 1, "qty_received": 1,
         "qty_defective": int(name == "O4"), "stored_at": local(f"{day} 10:00"),
         "arrived_at": local(f"{day} 09:00"), "exported_at": JUNE}
        for name, day in days.items()
    ]  # fmt: skip
    parcels = [
        parcel(f"P{name}", "2026-06-20", day, order_no=name, exported_at=JUNE,
               shipped_at=local(f"{day} 07:00"))
        for name, day in days.items()
    ]  # fmt: skip
    claim = {"claim_id": "C", "order_no": "O1", "line_no": "1", "shipment_id": "PO1"}
    claim |= {"kind": "damaged", "stage_found": "delivery", "exported_at": MAY}
    claim |= {"opened_at": local("2026-05-20 10:00")}
    orders = [{"order_no": n, "purchased_at": local("2026-05-01 10:00"), "exported_at": JUNE}
              for n in days]  # fmt: skip
    db = duck_db({"orders": orders, "order_lines": lines, "shipments": parcels, "claims": [claim]})
    for found in (rs.damage_rates(db), rs.carrier_damage(db)):
        told = row(found)
        assert (told["n"], told["n_open"], told["n_stale"]) == (2, 2, 2), found.title
    assert row(rs.damage_rates(db))["events"] == 1
    assert row(rs.carrier_damage(db))["events_high"] == 1


def test_a_refund_is_overdue_as_last_seen(duck_db: Any) -> None:
    refund = {"refund_id": "R", "approved_at": local("2026-05-10 10:00"), "amount_expected": 100,
              "currency": "JPY", "exported_at": MAY}  # fmt: skip
    rows = [{**refund, "refund_id": n, "expected_by": promise(day)}
            for n, day in (("due", "2026-05-20"), ("not yet", "2026-06-10"))]  # fmt: skip
    db = duck_db({"refunds": rows, "messages": [MESSAGE]})
    owed = rs.unsettled_refunds(db)
    assert owed.table.column("refund_id").to_pylist() == ["due"]
    assert owed.table.column("days_over").to_pylist() == [12]
    times = row(rs.refund_times(db))
    assert (times["n_open"], times["n_stale"], times["n_due"]) == (2, 2, 1)


@pytest.mark.parametrize("more", [{}, {"messages": [MESSAGE]}])
def test_predictions_know_what_is_open_in_the_same_export(duck_db: Any, more: Any) -> None:
    """Two are awaited, the third was, in an older export: nobody knows whether it still is."""
    older = parcel("older", "2026-06-05", exported_at="2026-05-20 15:59:59")
    given = [*PARCELS, parcel("too", "2026-06-05"), older]
    db = duck_db({"shipments": given, **more})
    asked = feature_table(db, db.snapshot(), [NOW]).to_pylist()
    found = {r["shipment_id"]: round(exp(r["carrier_open"]) - 1) for r in asked}
    assert (found["awaited"], found["too"]) == (2, 2)


@pytest.mark.parametrize("again", [True, False])
def test_what_left_a_list_of_open_parcels_is_a_range(duck_db: Any, again: bool) -> None:
    """A month exported whole, and a week later its open parcels alone; two left the list."""
    before, list_at = "2026-05-22 15:00:00", "2026-05-29 15:00:00"
    whole = [
        parcel("there", "2026-05-20", "2026-05-18", exported_at=before),
        parcel("gone", "2026-06-10", exported_at=before),
        parcel("perhaps", "2026-05-25", exported_at=before),
        parcel("open", "2026-05-27", exported_at=before),
    ]
    listed = [parcel("open", "2026-05-27", exported_at=list_at)] if again else []
    other = parcel("new", "2026-05-28", exported_at=list_at)
    given = [whole[0], whole[1], whole[2], *([] if again else [whole[3]]), other]
    db = duck_db({"shipments": given}, {"shipments": [whole[3], *listed]} if again else None)
    late = row(rs.delay_rates(db))
    if not again:
        # a file of new parcels alone is no list
        assert (late["n_left"], late["n_open"], late["n_stale"]) == (0, 3, 3)
        return
    assert (late["n"], late["events"], late["n_left"], late["n_not_due"]) == (3, 2, 1, 1)
    assert late["late_share"] is None
    assert late["late_share_least"] < late["late_share_most"]
    times = row(rs.lead_times(db))
    assert times["p50_least"] <= times["p50"]
    assert [r["shipment_id"] for r in rs.open_deliveries(db).table.to_pylist()] == ["new", "open"]
    asked, _ = open_state_table(db, db.snapshot())
    assert asked.column("shipment_id").to_pylist() == ["new", "open"]
