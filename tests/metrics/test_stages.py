"""Order lines cut into stages: who has them in hand, for how many days."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from canonical_db import Row, local

import rakustats as rs
from rakustats.errors import UsageError
from rakustats.marts.staged import OWNERS, STAGE_NAMES, STAGES
from rakustats.metrics.delivery.stages import stage_days, stage_times

CN = "Asia/Shanghai"
LINE = {"order_no": "A", "line_no": "1", "seller_id": "x"}
ORDER = {
    "order_no": "A",
    "submitted_at": local("2026-02-01 10:00"),
    "quoted_at": local("2026-02-02 10:00", CN),
    "paid_at": local("2026-02-04 10:00"),
    "payment_reached_at": local("2026-02-05 10:00"),
    "purchased_at": local("2026-02-06 10:00", CN),
}
SENT = {
    "seller_shipped_at": local("2026-02-08 10:00", CN),
    "arrived_at": local("2026-02-10 10:00", CN),
    "stored_at": local("2026-03-03 10:00", CN),
}
PARCEL = {
    "shipment_id": "S",
    "leg": 2,
    "carrier": "C2",
    "requested_at": local("2026-03-13 10:00"),
    "freight_quoted_at": local("2026-03-14 10:00", CN),
    "freight_paid_at": local("2026-03-16 10:00"),
    "shipped_at": local("2026-03-17 10:00", CN),
    "customs_in_at": local("2026-03-20 10:00"),
    "customs_out_at": local("2026-03-22 10:00"),
    "first_attempt_at": local("2026-03-23 10:00"),
    "delivered_at": local("2026-03-25 10:00"),
}
FULL = {
    "quote": 1, "payment": 3, "buying": 1, "seller_dispatch": 2, "leg1": 2, "inspection": 21,
    "customer_dwell": 10, "packing": 1, "freight_payment": 2, "dispatch": 1, "leg2": 3,
    "customs": 2, "last_mile": 1, "recipient": 2, "unallocated": 0,
}  # fmt: skip


def without(row: Row, *names: str, **changed: Any) -> Row:
    return {k: v for k, v in {**row, **changed}.items() if k not in names}


def in_parcels(*ids: str) -> list[Row]:
    return [{"shipment_id": i, "order_no": "A", "line_no": "1", "qty": 1} for i in ids]


def world(**tables: Any) -> dict[str, list[Row]]:
    parcels = tables.get("shipments", [PARCEL])
    given = {
        "orders": [ORDER],
        "order_lines": [{**LINE, **SENT}],
        "shipments": parcels,
        "shipment_lines": in_parcels(*(p["shipment_id"] for p in parcels)),
    }
    return given | tables


def way(db: Any, line_no: str = "1", **options: Any) -> dict[str, Any]:
    """Days of the stages that have any, else the status."""
    rows = [r for r in stage_days(db, **options).table.to_pylist() if r["line_no"] == line_no]
    return {
        r["stage"]: r["days"] if r["status"] == "done" else
        (r["status"] if r["days"] is None else (r["status"], r["days"]))
        for r in rows
    }  # fmt: skip


def test_a_full_way_is_cut_into_all_its_stages(open_db: Any) -> None:
    db = open_db(world())
    rows = {r["stage"]: r for r in stage_days(db).table.to_pylist()}
    assert {stage: row["days"] for stage, row in rows.items()} == FULL
    assert sum(FULL.values()) == 52
    # 2026-02-10 to 2026-03-03: 21 calendar days, 15 Monday to Friday, 11 Chinese business days
    assert (rows["inspection"]["days"], rows["inspection"]["business_days"]) == (21, 11)
    assert rows["inspection"]["start_at"] == SENT["arrived_at"]
    assert rows["inspection"]["end_at"] == SENT["stored_at"]
    owners = {stage: row["owner"] for stage, row in rows.items()}
    assert owners == {
        "quote": "agency", "payment": "customer", "buying": "agency", "seller_dispatch": "seller",
        "leg1": "leg1_carrier", "inspection": "agency", "customer_dwell": "customer",
        "packing": "agency", "freight_payment": "customer", "dispatch": "agency",
        "leg2": "leg2_carrier", "customs": "customs", "last_mile": "jp_carrier",
        "recipient": "recipient", "unallocated": "undetermined",
    }  # fmt: skip


def test_times_per_stage(open_db: Any) -> None:
    result = stage_times(open_db(world()))
    rows = {r["stage"]: r for r in result.table.to_pylist()}
    assert list(rows) == [s for s in STAGE_NAMES if s in FULL]
    for stage, days in FULL.items():
        row = rows[stage]
        assert (row["n"], row["n_open"], row["p50"], row["p95"]) == (1, 0, days, days), stage
        assert (row["n_finished"], row["mean_days"]) == (1, days), stage
    assert rows["inspection"]["mean_business_days"] == 11
    assert result.notes == ()


SCAN = {"carrier": "C1", "tracking_no": "T1", "kind": "shipped"}
LEG1 = {
    "shipment_id": "K", "leg": 1, "carrier": "C1", "tracking_no": "T1",
    "requested_at": ORDER["purchased_at"], "shipped_at": SENT["seller_shipped_at"],
}  # fmt: skip
WITHOUT_CUSTOMS = without(PARCEL, "customs_in_at", "customs_out_at")
LOST = {
    "shipment_id": "L",
    "leg": 2,
    "requested_at": local("2026-03-04 10:00"),
    "shipped_at": local("2026-03-05 10:00", CN),
    "lost_at": local("2026-03-12 10:00"),
}

WAYS: dict[str, tuple[dict[str, list[Row]], dict[str, Any]]] = {
    "without a handover seller and carrier cannot be told apart": (
        world(order_lines=[without({**LINE, **SENT}, "seller_shipped_at")]),
        {**FULL, "seller_dispatch": "not_separable", "leg1": "not_separable",
         "seller_to_warehouse": 4},
    ),
    "the carrier's scan goes before the seller's word": (
        world(shipments=[PARCEL, LEG1],
              tracking_events=[{**SCAN, "event_at": local("2026-02-09 10:00", CN)}]),
        {**FULL, "seller_dispatch": 3, "leg1": 1},
    ),
    "a scan of the number's earlier trip is not this one's": (
        world(shipments=[PARCEL, LEG1],
              tracking_events=[{**SCAN, "event_at": local("2025-08-09 10:00", CN)}]),
        FULL,
    ),
    "the scan of the arrival alone tells no handover": (
        world(shipments=[PARCEL, without(LEG1, "shipped_at")],
              order_lines=[without({**LINE, **SENT}, "seller_shipped_at")],
              tracking_events=[{**SCAN, "kind": "delivered",
                                "event_at": local("2026-02-10 09:00", CN)}]),
        {**FULL, "seller_dispatch": "not_separable", "leg1": "not_separable",
         "seller_to_warehouse": 4},
    ),
    "missing instants go to unallocated": (
        world(shipments=[WITHOUT_CUSTOMS]),
        {**FULL, "leg2": "missing", "customs": "missing", "last_mile": "missing",
         "unallocated": 6},
    ),
    "customs are told by scans too": (
        world(shipments=[{**WITHOUT_CUSTOMS, "tracking_no": "T2"}], tracking_events=[
            {"carrier": "C2", "tracking_no": "T2", "kind": "import_customs",
             "event_at": local("2026-03-20 12:00")},
            {"carrier": "C2", "tracking_no": "T2", "kind": "domestic_handoff",
             "event_at": local("2026-03-22 12:00")}]),
        FULL,
    ),
    "a way without a quote begins with its payment": (
        world(orders=[without(ORDER, "submitted_at", "quoted_at")]),
        {**FULL, "quote": "missing", "payment": "missing"},
    ),
    "ended before it began": (
        world(order_lines=[{**LINE, **SENT, "arrived_at": local("2026-02-07 10:00", CN)}]),
        {**FULL, "leg1": "negative", "inspection": "missing", "unallocated": 23},
    ),
    "what lies after the delivery is left out": (
        world(shipments=[{**PARCEL, "customs_in_at": local("2026-04-20 10:00")}]),
        {**FULL, "leg2": "missing", "customs": "negative", "unallocated": 5},
    ),
    "the same day is no day": (
        world(order_lines=[{**LINE, **SENT, "arrived_at": local("2026-02-08 09:00", CN)}]),
        {**FULL, "leg1": 0, "inspection": 23},
    ),
    "freight paid without a quote is not the customer's time": (
        world(shipments=[without(PARCEL, "freight_quoted_at",
                                 packed_at=local("2026-03-14 10:00", CN))]),
        {**FULL, "freight_payment": "missing", "unallocated": 2},
    ),
    "delivered without an attempt of its own": (
        world(shipments=[without(PARCEL, "first_attempt_at")]),
        {**FULL, "last_mile": 3, "recipient": "missing"},
    ),
    "the last box ends the way": (
        world(shipments=[PARCEL, {**PARCEL, "shipment_id": "S2",
                                  "delivered_at": local("2026-03-28 10:00")}]),
        {**FULL, "recipient": 5},
    ),
    "a parcel that carries on ends the way": (
        world(shipments=[without(PARCEL, "customs_out_at", "first_attempt_at", "delivered_at"),
                         {"shipment_id": "S2", "leg": 2, "parent_shipment_id": "S",
                          "customs_out_at": PARCEL["customs_out_at"],
                          "first_attempt_at": PARCEL["first_attempt_at"],
                          "delivered_at": PARCEL["delivered_at"]}],
              shipment_lines=in_parcels("S")),
        FULL,
    ),
    "a void request is none": (
        world(shipments=[PARCEL, without(PARCEL, "delivered_at", shipment_id="V", state="void")]),
        FULL,
    ),
    "a loss is not the customer's dwelling": (
        world(shipments=[LOST, PARCEL]),
        {**FULL, "customer_dwell": 1, "packing": "missing", "freight_payment": "missing",
         "dispatch": "missing", "unallocated": 13},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_ways(duck_db: Any, name: str) -> None:
    given, expected = WAYS[name]
    found = way(duck_db(given))
    assert found == expected
    order = given["orders"][0]
    began = order.get("submitted_at") or order["payment_reached_at"]
    there = max(parcel["delivered_at"] for parcel in given["shipments"] if "delivered_at" in parcel)
    days = sum(days for days in found.values() if isinstance(days, int))
    assert days == (there.date() - began.date()).days


OPEN = without(PARCEL, "customs_in_at", "customs_out_at", "first_attempt_at", "delivered_at")
CANCEL = {"cancellation_id": "X", "order_no": "A", "level": "order",
          "accepted_at": local("2026-02-07 10:00")}  # fmt: skip
BOUGHT = {"order_lines": [LINE], "shipments": [], "shipment_lines": []}

KNOWN = {"exported_at": "2026-03-30"}

ENDS = {
    "open up to the as-of": (world(shipments=[OPEN]), {"leg2": ("open", 14)}),
    "lost": (
        world(shipments=[{**OPEN, "lost_at": local("2026-03-27 10:00")}]),
        {"leg2": ("lost", 10)},
    ),
    "lost, nobody knows when": (
        world(shipments=[{**OPEN, **KNOWN, "state": "lost"}]),
        {"leg2": "no_date"},
    ),
    "delivered, nobody knows when": (
        world(shipments=[{**OPEN, **KNOWN, "state": "delivered"}]),
        {"leg2": "no_date"},
    ),
    "cancelled": (
        world(**BOUGHT, cancellations=[CANCEL]),
        {"seller_dispatch": ("cancelled", 1)},
    ),
    "a refused cancellation is none": (
        world(**BOUGHT, cancellations=[{**CANCEL, "outcome": "refused"}]),
        {"seller_dispatch": ("open", 53)},
    ),
    "cancelled, nobody knows when": (
        world(orders=[{**ORDER, **KNOWN, "state": "cancelled"}], **BOUGHT),
        {"seller_dispatch": "no_date"},
    ),
    "the customer takes his time": (
        world(shipments=[], shipment_lines=[]), {"customer_dwell": ("open", 28)}
    ),
    "closed without a delivery": (
        world(orders=[{**ORDER, **KNOWN, "state": "closed"}], shipments=[], shipment_lines=[]),
        {"customer_dwell": "no_date"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_ends(duck_db: Any, name: str) -> None:
    given, expected = ENDS[name]
    db = duck_db(given, as_of="2026-03-31")
    found = way(db)
    assert {stage: end for stage, end in found.items() if end != FULL[stage]} == expected
    ((stage, end),) = expected.items()
    rows = {r["stage"]: r for r in stage_times(db).table.to_pylist()}
    row = rows[stage]
    kind = end if isinstance(end, str) else end[0]
    assert {name: row[name] for name in ("n_open", "n_lost", "n_cancelled", "n_no_date")} == {
        f"n_{status}": int(status == kind) for status in ("open", "lost", "cancelled", "no_date")
    }
    assert row["p50"] is None
    assert row["mean_days"] is None
    assert "unallocated" not in rows


def test_the_as_of_blanks_what_lies_ahead(open_db: Any) -> None:
    found = way(open_db(world(), as_of="2026-03-21"))
    assert found["leg2"] == 3
    assert found["customs"] == ("open", 1)
    assert "last_mile" not in found


def test_a_day_is_read_where_it_counts(duck_db: Any) -> None:
    # half past midnight in Tokyo is still the day before in Shanghai, where the agency works
    late = world(orders=[{**ORDER, "submitted_at": local("2026-02-02 00:30")}])
    assert way(duck_db(late))["quote"] == 1
    # and half past eleven in Shanghai is the next day in Tokyo, where customs work
    parcel = {**PARCEL, "customs_in_at": local("2026-03-20 23:30", CN)}
    found = way(duck_db(world(shipments=[parcel])))
    assert (found["leg2"], found["customs"]) == (4, 1)


def test_carriers_answer_for_their_own_leg(duck_db: Any) -> None:
    rows = stage_times(duck_db(world(shipments=[PARCEL, LEG1])), by="carrier").table.to_pylist()
    by_carrier: dict[str, set[str]] = {}
    for row in rows:
        by_carrier.setdefault(row["carrier"], set()).add(row["stage"])
    assert {"seller_dispatch", "leg1"} <= by_carrier["C1"]
    assert {"leg2", "customs", "last_mile"} <= by_carrier["C2"]
    assert not by_carrier["C1"] & by_carrier["C2"]


def test_owners_have_all_their_stages(duck_db: Any) -> None:
    result = stage_times(duck_db(world()), by=["owner"])
    rows = {r["owner"]: r for r in result.table.to_pylist()}
    assert list(rows) == [o for o in OWNERS if o != "seller_and_leg1"]
    assert rows["agency"]["n"] == sum(s.owner == "agency" for s in STAGES)
    assert rows["agency"]["mean_days"] == 1 + 1 + 21 + 1 + 1
    assert rows["customer"]["mean_days"] == 3 + 10 + 2


def test_tests_and_nothing_ordered_are_left_out(duck_db: Any) -> None:
    lines = [{**LINE, **SENT, "line_no": "2", "qty_ordered": 0},
             {**LINE, **SENT, "line_no": "3", "item_title": "【テスト】帽子"}]  # fmt: skip
    row = stage_times(duck_db(world(order_lines=lines)), by="stage").table.to_pylist()[0]
    assert (row["n"], row["n_no_quantity"], row["n_test"], row["n_excluded"]) == (0, 1, 1, 2)
    assert row["mean_days"] is None


def test_unknown_years_are_noted(duck_db: Any) -> None:
    ordered = {"order_no": "A", "submitted_at": "2027-03-01", "quoted_at": "2027-03-04"}
    given = {"orders": [{**ordered, "exported_at": "2027-04-01"}],
             "order_lines": [{**LINE, "exported_at": "2027-04-01"}]}  # fmt: skip
    result = stage_times(duck_db(given, as_of="2027-04-01"))
    assert [note.en for note in result.notes] == [
        "China's holidays of 2027 are not known: Monday to Friday count as workdays."
    ]


def test_one_order(duck_db: Any) -> None:
    db = duck_db(world())
    assert stage_days(db, "A").table.num_rows == len(FULL)
    assert stage_days(db, "it's none").table.num_rows == 0


def test_what_no_export_tells_is_refused(duck_db: Any) -> None:
    db = duck_db({"orders": [{"order_no": "A"}], "order_lines": [LINE]})
    for ask in (stage_times, stage_days):
        with pytest.raises(UsageError, match=r"no export brought orders\.purchased_at"):
            ask(db)
    # a whole way without anything between is no stage either
    ends = {
        "orders": [{"order_no": "A", "submitted_at": ORDER["submitted_at"]}],
        "order_lines": [LINE],
        "shipments": [{"shipment_id": "S", "leg": 2, "delivered_at": PARCEL["delivered_at"]}],
        "shipment_lines": in_parcels("S"),
    }
    with pytest.raises(UsageError, match=r"shipments\.shipped_at"):
        stage_times(duck_db(ends))
    with pytest.raises(UsageError, match=r"Unknown key 'colour'.*stage, owner"):
        stage_times(db, by="colour")


WHOLE = """\
SELECT l.order_no, l.line_no, min(l.seller_id) AS seller_id, min(o.submitted_at) AS began_at,
  max(s.delivered_at) AS there_at
FROM order_lines l JOIN orders o ON o.order_no = l.order_no
JOIN shipment_lines c ON c.order_no = l.order_no AND c.line_no = l.line_no
JOIN shipments s ON s.shipment_id = c.shipment_id AND s.leg = 2
GROUP BY l.order_no, l.line_no"""


@pytest.fixture(scope="module")
def door_to_door(sample_database: Any) -> Any:
    """The days between submission and delivery of the sample's lines, told without stages."""
    with rs.connect(sample_database) as db:
        lines = db.sql(WHOLE).frame().set_index(["order_no", "line_no"])
    began = (lines["began_at"] + pd.Timedelta(hours=8)).dt.normalize()
    there = (lines["there_at"] + pd.Timedelta(hours=9)).dt.normalize()
    return lines.assign(days=(there - began).dt.days)


def test_the_sample_adds_up_to_door_to_door(sample_database: Any, door_to_door: Any) -> None:
    with rs.connect(sample_database) as db:
        lines = stage_days(db).frame()
    done = lines[lines["status"] == "done"].set_index(["order_no", "line_no"])
    assert (done["days"] >= 0).all()
    finished = done.index[done["stage"] == "unallocated"]
    assert len(finished) > 2000
    total = done.loc[finished].groupby(level=[0, 1])["days"].sum()
    assert (total == door_to_door["days"].loc[total.index]).all()


@pytest.mark.parametrize("by", [[], ["seller_id"]])
def test_means_add_up_to_the_mean_way(sample_database: Any, door_to_door: Any, by: Any) -> None:
    with rs.connect(sample_database) as db:
        table = stage_times(db, by=by).frame()
        lines = stage_days(db).frame()
    finished = lines[(lines["stage"] == "unallocated") & (lines["status"] == "done")]
    ways = door_to_door.loc[finished.set_index(["order_no", "line_no"]).index]
    if not by:
        assert table["mean_days"].sum() == pytest.approx(ways["days"].mean())
        return
    means = table.groupby("seller_id")["mean_days"].sum(min_count=1).dropna()
    pd.testing.assert_series_equal(
        means, ways.groupby("seller_id")["days"].mean(), check_names=False
    )
