"""Whether what was ordered is there: partial, too much, never, on the last day."""

from __future__ import annotations

from typing import Any

import pytest
from canonical_db import Row, local, promise

import rakustats as rs
from rakustats.errors import UsageError
from rakustats.metrics.delivery.completeness import fill_rates, order_times

DUE = promise("2026-11-10")
ON_TIME, LATE = local("2026-11-10 23:30"), local("2026-11-11 00:10")
BOUGHT = local("2026-11-01 10:00", "Asia/Shanghai")
COUNTS = ("n", "events", "n_open", "n_not_due", "n_later", "n_excess", "n_no_promise",
          "n_cancelled", "n_no_date", "n_unknown_split", "n_no_quantity", "n_test")  # fmt: skip
CANCEL = {"cancellation_id": "X", "order_no": "A", "line_no": "1", "level": "line",
          "accepted_at": local("2026-11-05 10:00")}  # fmt: skip


def parcel(shipment_id: str, delivered: Any = None, **facts: Any) -> Row:
    begun = {"shipment_id": shipment_id, "leg": 2, "requested_at": local("2026-11-02 10:00")}
    return {**begun, "promised_at": DUE, "delivered_at": delivered, **facts}


def load(shipment_id: str, qty: int | None, line_no: str = "1", box: str | None = None) -> Row:
    return {"shipment_id": shipment_id, "order_no": "A", "line_no": line_no, "qty": qty,
            "box_no": box}  # fmt: skip


def line(line_no: str = "1", qty: int | None = 10, **facts: Any) -> Row:
    return {"order_no": "A", "line_no": line_no, "seller_id": "x", "qty_ordered": qty, **facts}


def world(parcels: list[Row], loads: list[Row], *lines: Row, **tables: list[Row]) -> Any:
    return {
        "orders": [{"order_no": "A", "purchased_at": BOUGHT}],
        "order_lines": list(lines) or [line()],
        "shipments": parcels,
        "shipment_lines": loads,
        **tables,
    }


TWO = [parcel("S", ON_TIME), parcel("T", LATE)]

PIECES: dict[str, tuple[Any, dict[str, int]]] = {
    "arriving on the last day is in time": (
        world([parcel("S", ON_TIME)], [load("S", 10)]), {"n": 10},
    ),
    "ten past midnight is late": (
        world([parcel("S", LATE)], [load("S", 10)]), {"n": 10, "events": 10, "n_later": 10},
    ),
    "half past eleven in Shanghai is the next day in Tokyo": (
        world([parcel("S", local("2026-11-10 23:30", "Asia/Shanghai"))], [load("S", 10)]),
        {"n": 10, "events": 10, "n_later": 10},
    ),
    "a part in time": (
        world(TWO, [load("S", 6), load("T", 4)]), {"n": 10, "events": 4, "n_later": 4},
    ),
    "a part for ever": (world([parcel("S", ON_TIME)], [load("S", 6)]), {"n": 10, "events": 4}),
    "too much of one line does not make up for another": (
        world([parcel("S", ON_TIME)], [load("S", 15), load("S", 4, "2")], line(), line("2")),
        {"n": 20, "events": 6, "n_excess": 5},
    ),
    "told by box and in all": (
        world([parcel("S", ON_TIME)],
              [load("S", 10), load("S", 6, box="1"), load("S", 4, box="2")]),
        {"n": 10},
    ),
    "never sent, with a promise of its own": (
        world([], [], line(delivery_promised_at=DUE)), {"n": 10, "events": 10},
    ),
    "sent, never there": (world([parcel("S")], [load("S", 10)]), {"n": 10, "events": 10}),
    "lost": (
        world([parcel("S", lost_at=ON_TIME)], [load("S", 10)]), {"n": 10, "events": 10},
    ),
    "no promise": (
        world([parcel("S", ON_TIME, promised_at=None), parcel("V", state="void")],
              [load("S", 10)]),
        {"n_no_promise": 10},
    ),
    "not due, not there": (
        world([parcel("S", promised_at=promise("2026-12-20"))], [load("S", 10)]), {"n_open": 10},
    ),
    "not due, there": (
        world([parcel("S", ON_TIME, promised_at=promise("2026-12-20"))], [load("S", 10)]),
        {"n_not_due": 10},
    ),
    "called off before it was due": (
        world([parcel("S")], [load("S", 10)], cancellations=[CANCEL]), {"n_cancelled": 10},
    ),
    "called off too late": (
        world([parcel("S")], [load("S", 10)],
              cancellations=[{**CANCEL, "accepted_at": local("2026-11-12 10:00")}]),
        {"n": 10, "events": 10},
    ),
    "called off in part": (
        world([parcel("S", ON_TIME)], [load("S", 7)], line(qty_purchased=7),
              cancellations=[{**CANCEL, "outcome": "partial"}]),
        {"n": 7},
    ),
    "nobody counted, all came": (
        world([parcel("S", ON_TIME)], [load("S", None)]), {"n": 10},
    ),
    "nobody counted, a part came in time": (
        world(TWO, [load("S", None), load("T", None)]), {"n_unknown_split": 10},
    ),
    "there, nobody says when": (
        world([parcel("S", state="delivered")], [load("S", 10)]), {"n_no_date": 10},
    ),
    "nothing ordered": (
        world([parcel("S", ON_TIME)], [load("S", 3)], line(qty=0)), {},
    ),
    "the warehouse is not the customer": (
        world([parcel("K", ON_TIME, leg=1), parcel("S", LATE)], [load("K", 10), load("S", 10)]),
        {"n": 10, "events": 10, "n_later": 10},
    ),
    "a void request brings nothing": (
        world([parcel("S", ON_TIME, state="void"), parcel("T", LATE)],
              [load("S", 10), load("T", 10)]),
        {"n": 10, "events": 10, "n_later": 10},
    ),
    "what carries on brings it once": (
        world([parcel("S"), parcel("T", ON_TIME, parent_shipment_id="S", promised_at=None)],
              [load("S", 10)]),
        {"n": 10},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PIECES)
def test_pieces_by_their_promise(duck_db: Any, name: str) -> None:
    given, expected = PIECES[name]
    (row,) = fill_rates(duck_db(given)).table.to_pylist()
    assert {c: row[c] for c in COUNTS if row[c]} == expected
    if row["n"]:
        assert row["fill_rate"] == pytest.approx(1 - row["events"] / row["n"])


def test_a_line_is_whole_or_not(open_db: Any) -> None:
    lines = [line("1"), line("2"), line("3", qty=None), line("4", qty=1, item_title="test")]
    loads = [load("S", 6), load("T", 4), load("S", 12, "2"), load("S", None, "3")]
    db = open_db(world(TWO, [*loads, load("S", 1, "4")], *lines))
    (row,) = fill_rates(db, unit="line").table.to_pylist()
    assert {c: row[c] for c in COUNTS if row[c]} == {
        "n": 3, "events": 1, "n_later": 1, "n_excess": 2, "n_test": 1,
    }  # fmt: skip
    (row,) = fill_rates(db, by="seller").table.to_pylist()
    # what nobody counted weighs as one piece among those left out
    assert {c: row[c] for c in COUNTS if row[c]} == {
        "n": 20, "events": 4, "n_later": 4, "n_excess": 2, "n_no_quantity": 1, "n_test": 1,
    }  # fmt: skip


def test_groups_add_up_on_the_sample(sample_database: Any) -> None:
    with rs.connect(sample_database) as db:
        (whole,) = fill_rates(db).table.to_pylist()
        for by in ("seller", ["month", "platform"], ["carrier"]):
            parts = fill_rates(db, by=by).frame()
            for count in ("n", "events", "n_open", "n_excluded", "n_later", "n_excess"):
                assert parts[count].sum() == whole[count], (by, count)


ORDERS: dict[str, tuple[Any, Any, Any]] = {
    # name: (given, days to the first or how it stands, days to the whole or how it stands)
    "all at once": (world([parcel("S", ON_TIME)], [load("S", 10)]), 9, 9),
    "in two parts": (world(TWO, [load("S", 6), load("T", 4)]), 9, 10),
    "two lines": (
        world(TWO, [load("S", 10), load("T", 10, "2")], line(), line("2")), 9, 10,
    ),
    "one line is missing": (
        world(TWO, [load("S", 10)], line(), line("2")), 9, "n_open",
    ),
    "the missing line was called off": (
        world(TWO, [load("S", 10)], line(), line("2"),
              cancellations=[{**CANCEL, "line_no": "2"}]),
        9, 9,
    ),
    "the rest was lost": (
        world([parcel("S", ON_TIME), parcel("T", lost_at=LATE)], [load("S", 6), load("T", 4)]),
        9, "n_lost",
    ),
    "the rest was lost and sent again": (
        world([parcel("S", ON_TIME), parcel("T", lost_at=ON_TIME), parcel("U", LATE)],
              [load("S", 6), load("T", 4), load("U", 4)]),
        9, 10,
    ),
    "all of it was lost": (
        world([parcel("S", lost_at=LATE)], [load("S", 10)]), "n_lost", "n_lost",
    ),
    "closed with pieces missing": (
        world([parcel("S", ON_TIME)], [load("S", 9)],
              orders=[{"order_no": "A", "purchased_at": BOUGHT, "completed_at": LATE}]),
        9, "n_short",
    ),
    "called off": (
        world([], [], cancellations=[{**CANCEL, "level": "order", "line_no": None}]),
        "n_cancelled", "n_cancelled",
    ),
    "nothing yet": (world([parcel("S")], [load("S", 10)]), "n_open", "n_open"),
    "there, nobody says when": (
        world([parcel("S", state="delivered")], [load("S", 10)]), "n_no_date", "n_no_date",
    ),
    "there before it was bought": (
        world([parcel("S", local("2026-10-20 10:00"))], [load("S", 10)]),
        "n_backwards", "n_backwards",
    ),
    "nobody says when it was bought": (
        world([parcel("S", ON_TIME)], [load("S", 10)],
              orders=[{"order_no": "A"}, {"order_no": "B", "purchased_at": BOUGHT}]),
        "n_no_start", "n_no_start",
    ),
}  # fmt: skip
STANDS = ("n_open", "n_lost", "n_short", "n_cancelled", "n_no_date", "n_backwards", "n_no_start")


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("which", ["first", "complete"])
def test_orders_are_there_in_part_or_whole(duck_db: Any, name: str, which: str) -> None:
    given, first, whole = ORDERS[name]
    expected = first if which == "first" else whole
    # a parcel of nobody, so that arrivals are known at all
    db = duck_db(given | {"shipments": [*given["shipments"], parcel("elsewhere", ON_TIME)]})
    (row,) = order_times(db, which=which).table.to_pylist()
    left_out = expected in ("n_no_date", "n_backwards", "n_no_start")
    assert (row["n"], row["n_excluded"]) == ((0, 1) if left_out else (1, 0))
    found = [c for c in STANDS if row[c]]
    assert (found or [row["p50"]]) == [expected]


def test_orders_of_two_sellers_count_for_each(open_db: Any) -> None:
    given = world(TWO, [load("S", 10), load("T", 10, "2")], line(), line("2", seller_id="y"))
    rows = order_times(open_db(given), by=["seller", "month"]).table.to_pylist()
    assert [(r["seller_id"], r["month"], r["n"], r["p50"]) for r in rows] == [
        ("x", "2026-11", 1, 9),
        ("y", "2026-11", 1, 10),
    ]


def test_wrong_questions_are_refused(duck_db: Any) -> None:
    db = duck_db({"orders": [{"order_no": "A"}], "order_lines": [line()]})
    with pytest.raises(UsageError, match=r"no export brought shipments\.promised_at"):
        fill_rates(db)
    with pytest.raises(
        UsageError, match=r"brought orders\.purchased_at .* with shipments\.delivered_at"
    ):
        order_times(db)
    with pytest.raises(UsageError, match="carrier cannot tell them"):
        order_times(db, by=["carrier"])
    with pytest.raises(UsageError, match="which is first or complete"):
        order_times(db, which="last")
    with pytest.raises(UsageError, match="unit is line or piece"):
        fill_rates(db, unit="box")
