from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.settlement.cancellations import cancellation_rates

ASKED, DONE = local("2026-09-04 10:00"), local("2026-09-05 10:00")
WAY = {
    "quoted_at": local("2026-09-01 10:00"),
    "paid_at": local("2026-09-02 10:00"),
    "purchased_at": local("2026-09-03 10:00"),
}


def off(number: int = 1, **facts: Any) -> Row:
    return {
        "cancellation_id": f"C{number}",
        "level": "order",
        "order_no": "A",
        "requested_at": ASKED,
        "requested_by": "customer",
        "reason_code": "mind",
        "accepted_at": DONE,
        "outcome": "accepted",
        **facts,
    }


def line(order: str = "A", number: str = "1", **facts: Any) -> Row:
    base = {"order_no": order, "line_no": number, "seller_id": "x", "qty_ordered": 2}
    return {**base, "unit_price_cny_quoted": 10, **facts}


def world(*cancellations: Row, lines: list[Row] | None = None, **order: Any) -> dict[str, Any]:
    orders = [{"order_no": o, "fx_rate": 20, **WAY, **order} for o in "AB"]
    lines = lines or [line(), line("A", "2"), line("B"), line("B", "2", seller_id="y")]
    return {"orders": orders, "order_lines": lines, "cancellations": list(cancellations)}


def whole(db: Any, **options: Any) -> Row:
    (row,) = cancellation_rates(db, **options).table.to_pylist()
    return row


CASES: dict[str, tuple[list[Row], dict[str, Any]]] = {
    "a whole order": ([off()], {"events": 2, "n_cancellations": 1, "n_by_customer": 1}),
    "one line": (
        [off(level="line", line_no="2")], {"events": 1, "n_cancellations": 1, "n_by_customer": 1}
    ),
    "refused": ([off(outcome="refused", accepted_at=None)], {"n_refused": 1}),
    "undecided": ([off(outcome=None, accepted_at=None)], {"n_open": 2, "n_pending": 1}),
    "accepted in part": (
        [off(outcome="partial")],
        {"events": 2, "n_cancellations": 1, "n_by_customer": 1, "n_partial": 1},
    ),
    "refused first, accepted then": (
        [off(1, outcome="refused", accepted_at=None), off(2)],
        {"events": 2, "n_cancellations": 1, "n_refused": 1, "n_by_customer": 1},
    ),
    "out of stock is the seller's, whoever says so": (
        [off(requested_by="agency", reason_text="店舗在庫切れ", reason_code=None)],
        {"events": 2, "n_cancellations": 1, "n_by_seller": 1},
    ),
    "nobody knows who": (
        [off(requested_by=None)], {"events": 2, "n_cancellations": 1}
    ),
    "a line, nobody says which": ([off(level="line")], {}),
    "no such order": ([off(order_no="Z")], {}),
}  # fmt: skip


COUNTS = ("n", "events", "n_open", "n_excluded", "n_cancellations", "n_refused", "n_pending",
          "n_partial", "n_by_customer", "n_by_agency", "n_by_seller", "n_by_system")  # fmt: skip


def test_each_cancellation_is_judged(open_db: Any) -> None:
    # an order and a category of its own for each case, so that one look tells of all
    given: dict[str, list[Row]] = {"orders": [], "order_lines": [], "cancellations": []}
    for name, (cancellations, _) in CASES.items():
        given["orders"].append({"order_no": name, **WAY})
        given["order_lines"] += [line(name, n, category=name) for n in "12"]
        for c in cancellations:
            ids = {"cancellation_id": f"{name} {c['cancellation_id']}"}
            given["cancellations"].append(
                {**c, **ids, "order_no": c["order_no"].replace("A", name)}
            )
    rows = cancellation_rates(open_db(given), by="category").table.to_pylist()
    found = {r["category"]: {c: r[c] for c in COUNTS if r[c]} for r in rows}
    all_ordered = {"undecided": {}}
    assert found == {
        name: {**all_ordered.get(name, {"n": 2}), **expected}
        for name, (_, expected) in CASES.items()
    }


def test_stages_come_from_what_had_happened_when_it_was_asked_for(open_db: Any) -> None:
    moments = {
        "quote": "2026-08-31",
        "payment": "2026-09-01",
        "buying": "2026-09-02",
        "seller_dispatch": "2026-09-03",
        "leg1": "2026-09-06",
        "inspection": "2026-09-08",
        "stored": "2026-09-09",
        "shipped": "2026-09-12",
    }
    goods = {
        "seller_shipped_at": local("2026-09-06 10:00"),
        "arrived_at": local("2026-09-08 10:00"),
        "stored_at": local("2026-09-09 10:00"),
    }
    parcel = {"shipment_id": "S", "leg": 2, "shipped_at": local("2026-09-12 10:00")}
    given = world(
        *(
            off(i, requested_at=local(f"{day} 18:00"), accepted_at=local("2026-09-20 10:00"))
            for i, day in enumerate(moments.values())
        ),
        lines=[line(**goods)],
    )
    given |= {
        "shipments": [parcel],
        "shipment_lines": [{"shipment_id": "S", "order_no": "A", "line_no": "1"}],
    }
    rows = cancellation_rates(open_db(given), by="stage").table.to_pylist()
    found = {r["stage"]: (r["n_cancellations"], r["n_asked_late"], r["n_accepted_late"])
             for r in rows}  # fmt: skip
    late = ("leg1", "inspection", "stored", "shipped")
    assert found == {stage: (1, int(stage in late), int(stage not in late)) for stage in moments}
    assert sum(r["events"] for r in rows) == 1


def test_reasons_add_up_to_the_whole(open_db: Any) -> None:
    given = world(
        off(1),
        off(2, level="line", order_no="B", line_no="1", reason_code="stock_out",
            requested_by="seller"),
        off(3, level="line", order_no="B", line_no="2", reason_code=None, reason_text="高い"),
        off(4, level="line", order_no="B", line_no="2", reason_code="mind", outcome="refused",
            accepted_at=None),
    )  # fmt: skip
    db = open_db(given)
    everything = whole(db)
    reasons = cancellation_rates(db, by=["reason"]).table.to_pylist()
    assert [(r["reason"], r["events"], r["n_cancellations"], r["n_refused"]) for r in reasons] == [
        ("mind", 2, 1, 1),
        ("stock_out", 1, 1, 0),
        ("高い", 1, 1, 0),
    ]
    for name in ("events", "rate", "n_cancellations"):
        assert sum(r[name] for r in reasons) == pytest.approx(everything[name])
    assert {r["n"] for r in reasons} == {everything["n"]} == {4}


def test_only_what_sellers_caused_counts_against_them(open_db: Any) -> None:
    given = world(
        off(1, level="line", line_no="1"),
        off(2, level="line", order_no="B", line_no="1", requested_by="seller"),
    )
    given["order_lines"].append(line("Q", "1"))
    given["orders"].append({"order_no": "Q", "submitted_at": ASKED, "state": "quoted"})
    # who called off what was never paid for does not matter: n must not depend on the outcome
    given["cancellations"].append(off(3, order_no="Q", requested_by="seller"))
    db = open_db(given)
    rows = cancellation_rates(db, by="seller").table.to_pylist()
    assert [(r["seller_id"], r["n"], r["events"], r["n_not_paid"], r["n_by_customer"])
            for r in rows] == [("x", 3, 1, 1, 0), ("y", 1, 0, 0, 0)]  # fmt: skip
    apart = cancellation_rates(db, by=["seller", "requested_by"]).table.to_pylist()
    assert [(r["seller_id"], r["requested_by"], r["n"], r["events"]) for r in apart] == [
        ("x", "customer", 4, 1),
        ("x", "seller", 4, 2),
        ("y", None, 1, 0),
    ]


def test_fees_and_their_share(duck_db: Any) -> None:
    charged = {"fee_amount": 160, "fee_currency": "JPY"}
    row = whole(duck_db(world(off(1, **charged), off(2, order_no="B"))))
    # 4 lines of 2 pieces at 10 yuan and 20 yen each are 1600 yen
    assert (row["n_fee"], row["fee_jpy"], row["value_jpy"]) == (1, 160, 1600)
    assert row["fee_share"] == pytest.approx(0.1)
    split = cancellation_rates(
        duck_db(world(off(1, order_no="B", **charged), off(2, order_no="A"))),
        by=["category", "month"],
    )
    assert split.table.column("fee_jpy").to_pylist() == [160]
    unknown = whole(duck_db(world(off(1, fee_amount=5, fee_currency="CNY"), fx_rate=None)))
    assert (unknown["n_fee"], unknown["fee_jpy"], unknown["fee_share"]) == (1, None, None)
    assert whole(duck_db(world(off())))["n_fee"] is None


def test_a_fee_of_an_order_is_spread_over_its_sellers(duck_db: Any) -> None:
    given = world(off(order_no="B", requested_by="seller", fee_amount=100, fee_currency="JPY"))
    rows = cancellation_rates(duck_db(given), by=["seller", "requested_by"]).table.to_pylist()
    assert [(r["seller_id"], r["n_cancellations"], r["fee_jpy"]) for r in rows] == [
        ("x", 1, 50),
        ("y", 1, 50),
    ]


def test_who_is_left_out(duck_db: Any) -> None:
    given = world(
        off(), lines=[line(), line("B", qty_ordered=0), line("B", "2", remark="サンプル")]
    )
    given["cancellations"] += [off(2, order_no="Z"), off(3, level="line", order_no="B")]
    row = whole(duck_db(given))
    assert row["n_unlinked"] == 2
    assert (row["n"], row["n_no_quantity"], row["n_test"], row["n_excluded"]) == (1, 1, 1, 2)
    again = whole(duck_db(world(off(), replacement_of="Z")))
    assert (again["n"], again["n_replacement"], again["rate"]) == (0, 4, None)


def test_without_any_word_of_acceptance_what_was_asked_for_stands(duck_db: Any) -> None:
    result = cancellation_rates(duck_db(world(off(accepted_at=None, outcome=None))))
    assert result.table.column("events").to_pylist() == [2]
    assert "taken as accepted" in result.notes[-1].en or "taken as accepted" in result.notes[0].en


def test_an_order_without_lines_counts_as_one(duck_db: Any) -> None:
    given = world(off())
    given["order_lines"] = []
    assert (whole(duck_db(given))["n"], whole(duck_db(given))["events"]) == (2, 1)


def test_what_is_known_later_changes_nothing(duck_db: Any) -> None:
    row = whole(duck_db(world(off(), off(2, order_no="B")), as_of="2026-09-04"))
    assert (row["n"], row["events"], row["n_pending"], row["n_open"]) == (0, 0, 2, 4)
    assert whole(duck_db(world(off()), as_of="2026-09-03"))["n_pending"] == 0


def test_bad_use(duck_db: Any) -> None:
    with pytest.raises(UsageError, match=r"cancellations\.order_no"):
        cancellation_rates(duck_db(world()))
    with pytest.raises(UsageError, match=r"valid are seller, .*requested_by, reason, stage"):
        cancellation_rates(duck_db(world(off())), by="colour")
    nothing = cancellation_rates(duck_db(world(off())), by="seller", since="2030-01-01")
    assert nothing.table.num_rows == 0
