from typing import Any

import pytest
from canonical_db import EXPORTED, Row, all_in_one, local, promise

from rakustats.errors import UsageError
from rakustats.metrics.delivery.delays import delay_rates

DUE = promise("2026-11-10")
COUNTS = [
    "n",
    "events",
    "n_open",
    "n_not_due",
    "n_no_promise",
    "n_cancelled",
    "n_void",
    "n_no_date",
    "n_no_quantity",
    "n_test",
]
ZERO = dict.fromkeys(COUNTS, 0)


def parcel(shipment_id: str = "S1", **facts: Any) -> Row:
    return {
        "shipment_id": shipment_id,
        "leg": 2,
        "requested_at": local("2026-11-01 10:00"),
        "promised_at": DUE,
        **facts,
    }


def line(line_no: str = "1", order_no: str = "A", **facts: Any) -> Row:
    return {"order_no": order_no, "line_no": line_no, "seller_id": "x", **facts}


def packed(shipment_id: str, *lines: tuple[str, str]) -> list[Row]:
    return [{"shipment_id": shipment_id, "order_no": o, "line_no": n} for o, n in lines]


def world(parcels: list[Row], **tables: list[Row]) -> dict[str, list[Row]]:
    one = packed("S1", ("A", "1"))
    base = {"orders": [{"order_no": "A"}], "order_lines": [line()], "shipment_lines": one}
    return {**base, "shipments": parcels, **tables}


def counts(result: Any) -> dict[str, int]:
    row = result.table.to_pylist()[0]
    assert row["n_excluded"] == sum(row[c] for c in COUNTS[4:])
    return {c: row[c] for c in COUNTS if row[c]}


LATE, ON_TIME = {"n": 1, "events": 1}, {"n": 1}
CANCEL = {"cancellation_id": "C", "level": "order", "order_no": "A"}
BEFORE, AFTER = local("2026-11-09 09:00"), local("2026-11-11 09:00")
OWN = promise("2026-11-05")

SHIPMENT_CASES = {
    "the same day is on time": (world([parcel(delivered_at=local("2026-11-10 23:59"))]), ON_TIME),
    "23:30 in Shanghai is the next day in Japan": (
        world([parcel(delivered_at=local("2026-11-10 23:30", "Asia/Shanghai"))]),
        LATE,
    ),
    "23:30 in Shanghai is the same day on the first leg": (
        world([parcel(leg=1, promised_at=promise("2026-11-10", "Asia/Shanghai"),
                      delivered_at=local("2026-11-10 23:30", "Asia/Shanghai"))]),
        ON_TIME,
    ),
    "the next day is late": (world([parcel(delivered_at=local("2026-11-11 00:00"))]), LATE),
    "the first attempt counts": (
        world([parcel(first_attempt_at=BEFORE, delivered_at=local("2026-11-15 10:00"))]),
        ON_TIME,
    ),
    "the first promise counts": (
        world([parcel(promised_at=promise("2026-11-20"), promised_at_original=DUE,
                      delivered_at=local("2026-11-15 10:00"))]),
        LATE,
    ),
    "never delivered and overdue is late": (world([parcel()]), LATE),
    "not due is open": (world([parcel(promised_at=promise("2026-12-20"))]), {"n_open": 1}),
    "there before its day has ended is not due": (
        world([parcel(promised_at=promise("2026-12-20"), delivered_at=BEFORE)]),
        {"n_not_due": 1},
    ),
    "lost is late": (world([parcel(lost_at=BEFORE)]), LATE),
    "lost and refunded is still late": (
        world([parcel(lost_at=BEFORE)], orders=[{"order_no": "A", "state": "refunded"}]),
        LATE,
    ),
    "returned is late though attempted": (
        world([parcel(first_attempt_at=BEFORE, returned_at=AFTER)]),
        LATE,
    ),
    "cancelled before the promise is excluded": (
        world([parcel()], cancellations=[{**CANCEL, "accepted_at": BEFORE}]),
        {"n_cancelled": 1},
    ),
    "cancelled after the promise is late": (
        world([parcel()], cancellations=[{**CANCEL, "accepted_at": AFTER}]),
        LATE,
    ),
    "lost, then cancelled to be paid back, is late": (
        world([parcel(lost_at=local("2026-11-05"))],
              cancellations=[{**CANCEL, "accepted_at": BEFORE}]),
        LATE,
    ),
    "a refused cancellation is none": (
        world([parcel()],
              cancellations=[{**CANCEL, "requested_at": BEFORE, "outcome": "refused"}]),
        LATE,
    ),
    "cancelled but delivered counts": (
        world([parcel(delivered_at=AFTER)], cancellations=[{**CANCEL, "accepted_at": BEFORE}]),
        LATE,
    ),
    "cancelled by its state alone": (
        world([parcel()], orders=[{"order_no": "A", "state": "cancelled"}]),
        {"n_cancelled": 1},
    ),
    "one of two lines cancelled leaves the other": (
        world([parcel()], order_lines=[line("1"), line("2")],
              shipment_lines=packed("S1", ("A", "1"), ("A", "2")),
              cancellations=[{**CANCEL, "level": "line", "line_no": "1", "accepted_at": BEFORE}]),
        LATE,
    ),
    "no promise is excluded": (world([parcel(promised_at=None), parcel("S2")]),
                               {"n": 1, "events": 1, "n_no_promise": 1}),
    "a void request is excluded": (world([parcel(state="void")]), {"n_void": 1}),
    "delivered on an unknown day is excluded": (
        world([parcel(state="delivered")]), {"n_no_date": 1}
    ),
    "a parcel without lines counts": (world([parcel()], shipment_lines=[]), LATE),
    "a line's own promise goes first": (
        world([parcel(delivered_at=BEFORE)], order_lines=[line(delivery_promised_at=OWN)]),
        LATE,
    ),
    "but not on the first leg": (
        world([parcel(leg=1, delivered_at=BEFORE)],
              order_lines=[line(delivery_promised_at=OWN)]),
        ON_TIME,
    ),
    "late if its last line is": (
        world([parcel(delivered_at=BEFORE)],
              order_lines=[line("1"), line("2", delivery_promised_at=OWN)],
              shipment_lines=packed("S1", ("A", "1"), ("A", "2"))),
        LATE,
    ),
    "a parcel without pieces is excluded": (
        world([parcel()], order_lines=[line(qty_ordered=0)]), {"n_no_quantity": 1}
    ),
    "a test is excluded": (
        world([parcel()], order_lines=[line(item_title="テスト注文")]), {"n_test": 1}
    ),
    "the customer's own shipment is excluded": (
        world([parcel(carrier="自社発送")]), {"n_test": 1}
    ),
    "a test beside goods drops out": (
        world([parcel()], order_lines=[line("1", item_title="test"), line("2")],
              shipment_lines=packed("S1", ("A", "1"), ("A", "2"))),
        LATE,
    ),
    "a replacement was promised too": (
        world([parcel()], orders=[{"order_no": "A", "replacement_of": "B"}]), LATE
    ),
    "many orders in one parcel count once": (
        world([parcel(delivered_at=AFTER)],
              orders=[{"order_no": o} for o in "ABC"],
              order_lines=[line("1", o) for o in "ABC"],
              shipment_lines=packed("S1", ("A", "1"), ("B", "1"), ("C", "1"))),
        LATE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHIPMENT_CASES)
def test_a_shipment_is_judged(duck_db: Any, name: str) -> None:
    given, expected = SHIPMENT_CASES[name]
    assert counts(delay_rates(duck_db(given))) == expected


def test_all_shipments_are_judged_on_both_engines(open_db: Any) -> None:
    given, expected = all_in_one(SHIPMENT_CASES.values())
    assert counts(delay_rates(open_db(given))) == expected


LINE_CASES = {
    "partial delivery is late": (
        world([parcel("S1", delivered_at=BEFORE), parcel("S2")],
              shipment_lines=packed("S1", ("A", "1")) + packed("S2", ("A", "1"))),
        LATE,
    ),
    "a line never shipped with a promise is late": (
        world([], order_lines=[line(delivery_promised_at=OWN)], shipment_lines=[]),
        LATE,
    ),
    "a line without any promise is excluded": (
        world([parcel("S9")], shipment_lines=[]), {"n_no_promise": 1},
    ),
    "the first leg is not the arrival": (
        world([parcel("S1", leg=1, delivered_at=BEFORE), parcel("S2")],
              shipment_lines=packed("S1", ("A", "1")) + packed("S2", ("A", "1"))),
        LATE,
    ),
    "the first leg does for a line without another": (
        world([parcel("S1", leg=1, delivered_at=BEFORE)]), ON_TIME,
    ),
    "a void parcel beside a good one drops out": (
        world([parcel("S1", state="void"), parcel("S2", delivered_at=BEFORE)],
              shipment_lines=packed("S1", ("A", "1")) + packed("S2", ("A", "1"))),
        ON_TIME,
    ),
    "a cancelled line is excluded": (
        world([], order_lines=[line(delivery_promised_at=DUE)], shipment_lines=[],
              cancellations=[{**CANCEL, "level": "line", "line_no": "1", "accepted_at": BEFORE}]),
        {"n_cancelled": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LINE_CASES)
def test_a_line_is_judged(duck_db: Any, name: str) -> None:
    given, expected = LINE_CASES[name]
    assert counts(delay_rates(duck_db(given), unit="line")) == expected


def test_all_lines_are_judged_on_both_engines(open_db: Any) -> None:
    given, expected = all_in_one(LINE_CASES.values())
    assert counts(delay_rates(open_db(given), unit="line")) == expected


def last_mile(parent: str = "S1", shipment_id: str = "L1", **facts: Any) -> Row:
    return parcel(shipment_id, parent_shipment_id=parent, **facts)


CHAIN_CASES = {
    "there when the last mile is": (
        [parcel(delivered_at=BEFORE), last_mile(promised_at=None, delivered_at=AFTER)], LATE
    ),
    "promised by the first": (
        [parcel(), last_mile(promised_at=promise("2026-11-20"), delivered_at=AFTER)], LATE
    ),
    "promised by the last where the first promised nothing": (
        [parcel(promised_at=None), last_mile(delivered_at=BEFORE)], ON_TIME
    ),
    "not there yet": ([parcel(delivered_at=BEFORE), last_mile()], LATE),
    "over three numbers": (
        [parcel(), last_mile(promised_at=None),
         last_mile("L1", "L2", promised_at=None, delivered_at=BEFORE)], ON_TIME,
    ),
    "the last of two boxes decides": (
        [parcel(), last_mile(delivered_at=BEFORE),
         last_mile(shipment_id="L2", delivered_at=AFTER)], LATE,
    ),
    "sent again after a loss counts for itself": (
        [parcel(lost_at=BEFORE), last_mile(delivered_at=BEFORE)], {"n": 2, "events": 1}
    ),
    "sent again after a return counts for itself": (
        [parcel(state="returned"), last_mile(promised_at=promise("2026-12-20"))],
        {"n": 1, "events": 1, "n_open": 1},
    ),
    "a withdrawn child carries nothing on": (
        [parcel(delivered_at=BEFORE), last_mile(state="void")], {"n": 1, "n_void": 1}
    ),
    "an unknown parent is none": ([last_mile("elsewhere", delivered_at=BEFORE)], ON_TIME),
    "each the other's parent": (
        [parcel(parent_shipment_id="L1"), last_mile(delivered_at=BEFORE)],
        {"n": 2, "events": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHAIN_CASES)
def test_a_chain_of_numbers_is_one_delivery(duck_db: Any, name: str) -> None:
    parcels, expected = CHAIN_CASES[name]
    assert counts(delay_rates(duck_db(world(parcels)))) == expected


def test_all_chains_are_one_delivery_on_both_engines(open_db: Any) -> None:
    worlds = ((world(parcels), expected) for parcels, expected in CHAIN_CASES.values())
    given, expected = all_in_one(worlds)
    assert counts(delay_rates(open_db(given))) == expected


def test_a_line_arrives_with_the_last_of_its_chain(open_db: Any) -> None:
    chain = [
        parcel(delivered_at=BEFORE, carrier="plane"),
        last_mile(carrier="van", delivered_at=BEFORE),
        last_mile(shipment_id="L2", carrier="bike", delivered_at=AFTER),
    ]
    stated = packed("S1", ("A", "1"), ("A", "2"), ("A", "3")) + packed("L1", ("A", "1"))
    given = world(
        chain, order_lines=[line("1"), line("2"), line("3")],
        shipment_lines=[*stated, *packed("L2", ("A", "2"))],
    )  # fmt: skip
    db = open_db(given)
    assert counts(delay_rates(db, unit="line")) == {"n": 3, "events": 2}
    by_carrier = delay_rates(db, by="carrier").table.select(["carrier", "n", "events"])
    assert by_carrier.to_pylist() == [
        {"carrier": "bike", "n": 1, "events": 1},
        {"carrier": "van", "n": 1, "events": 0},
    ]


def test_two_sellers_in_one_parcel_count_once_each(open_db: Any) -> None:
    given = world(
        [parcel(delivered_at=AFTER)],
        order_lines=[line("1", seller_name="X"), line("2"), line("3", seller_id="y")],
        shipment_lines=packed("S1", ("A", "1"), ("A", "2"), ("A", "3")),
    )
    db = open_db(given)
    rows = delay_rates(db, by="seller").table.select(["seller_id", "seller_name", "n", "events"])
    assert rows.to_pylist() == [
        {"seller_id": "x", "seller_name": "X", "n": 1, "events": 1},
        {"seller_id": "y", "seller_name": None, "n": 1, "events": 1},
    ]
    assert delay_rates(db).n == 1


def test_the_days_choose_by_the_start_of_the_clock(open_db: Any) -> None:
    given = world(
        [
            parcel("S1", requested_at=local("2026-10-31 23:30")),
            parcel("S2", requested_at=None, order_no="A", shipped_at=BEFORE),
            parcel("S3", requested_at=None),
        ],
        orders=[{"order_no": "A", "submitted_at": local("2026-10-02 10:00")}],
        shipment_lines=[],
    )
    db = open_db(given)
    by_month = delay_rates(db, by=["month", "closure"], since="2026-10-01", until="2026-11-01")
    assert by_month.table.select(["month", "closure", "n"]).to_pylist() == [
        {"month": "2026-10", "closure": "national_day", "n": 1},
        {"month": "2026-10", "closure": "none", "n": 1},
    ]
    assert any("1 shipments without a known cohort day" in note.en for note in by_month.notes)
    assert delay_rates(db).n == 3
    shipped = delay_rates(db, by="month", since="2026-11-01", clock="shipped")
    assert shipped.table.select(["month", "n"]).to_pylist() == [{"month": "2026-11", "n": 1}]


def test_legs_are_counted_apart(open_db: Any) -> None:
    given = world(
        [parcel("S1", leg=1, delivered_at=BEFORE), parcel("S2", delivered_at=AFTER)],
        shipment_lines=packed("S1", ("A", "1")) + packed("S2", ("A", "1")),
    )
    db = open_db(given)
    for unit in ("shipment", "line"):
        assert counts(delay_rates(db, leg=1, unit=unit)) == ON_TIME
        assert counts(delay_rates(db, leg=2, unit=unit)) == LATE
    assert delay_rates(db, by="leg").table.column("events").to_pylist() == [0, 1]


def test_every_unit_is_somewhere_and_groups_add_up(open_db: Any) -> None:
    parcels, lines, packing = [], [], []
    for i in range(40):
        facts: Row = {"carrier": "abc"[i % 3], "promised_at": DUE if i % 5 else None}
        if i % 4:
            facts["delivered_at"] = BEFORE if i % 3 else AFTER
        if i % 7 == 0:
            facts |= {"state": "void"}
        parcels.append(parcel(f"S{i}", **facts))
        lines.append(line(str(i), seller_id=f"s{i % 6}"))
        packing += packed(f"S{i}", ("A", str(i)))
    db = open_db(world(parcels, order_lines=lines, shipment_lines=packing))
    whole = delay_rates(db).table.to_pylist()[0]
    assert sum(whole[c] for c in ("n", "n_open", "n_not_due", "n_excluded")) == 40
    groups = {by: delay_rates(db, by=by) for by in ("seller", "carrier", "month")}
    for found in groups.values():
        for column in ("n", "events", "n_open", "n_excluded", "n_void"):
            assert sum(found.table.column(column).to_pylist()) == whole[column]
    by_seller = groups["seller"].frame()
    # computed once by hand from the definition; both engines have to come out here
    assert (by_seller["estimate"].between(by_seller["lo"], by_seller["hi"])).all()
    assert by_seller["rate"].to_numpy() == pytest.approx(
        (by_seller["events"] / by_seller["n"]).to_numpy(), abs=1e-9
    )


def test_a_group_without_matured_units_has_no_rate(open_db: Any) -> None:
    db = open_db(world([parcel(promised_at=promise("2026-12-20"))]))
    row = delay_rates(db).table.to_pylist()[0]
    assert (row["n"], row["n_open"]) == (0, 1)
    assert [row[c] for c in ("rate", "estimate", "lo", "hi")] == [None] * 4


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"by": "shop"}, "Unknown key 'shop'; valid are seller, category"),
        ({"unit": "box"}, "unit is shipment or line"),
        ({"since": "yesterday"}, "since 'yesterday' is not a day"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "period is empty"),
        ({"as_of": "soon"}, "as-of 'soon'"),
    ],
)
def test_wrong_questions_are_refused(open_db: Any, wrong: dict[str, Any], says: str) -> None:
    db = open_db(world([parcel()]))
    with pytest.raises(UsageError, match=says):
        delay_rates(db, **wrong)


def test_without_any_promise_nothing_is_called_late(open_db: Any) -> None:
    with pytest.raises(UsageError, match="promised_at"):
        delay_rates(open_db(world([parcel(promised_at=None)])))


def test_the_result_knows_its_as_of(open_db: Any) -> None:
    result = delay_rates(open_db(world([parcel()])), by="carrier")
    assert result.as_of.isoformat(sep=" ")[:16] == EXPORTED
    assert result.by == ("carrier",)
    assert "units AS" in result.sql
