from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.settlement.refunds import refund_times, unsettled_refunds


def refund(number: int, **facts: Any) -> Row:
    return {
        "refund_id": f"R{number}",
        "order_no": "A",
        "currency": "JPY",
        "method": "card",
        "amount_expected": 1000,
        "approved_at": local("2026-11-01 10:00"),
        **facts,
    }


def paid(day: str, amount: float = 1000, **facts: Any) -> Row:
    return {"paid_at": local(f"{day} 12:00"), "amount_paid": amount, **facts}


# today is 2026-12-01 in Japan
CASES: dict[str, tuple[Row, dict[str, Any]]] = {
    "paid": (paid("2026-11-05"), {"n": 1, "p50": 4}),
    "paid the same day": (paid("2026-11-01"), {"n": 1, "p50": 0}),
    "paid before it was approved": (paid("2026-10-30"), {"n": 1, "p50": 0}),
    "seen on the account": (
        {"confirmed_at": local("2026-11-03 08:00"), "amount_paid": 1000}, {"n": 1, "p50": 2}
    ),
    "unpaid": ({}, {"n": 1, "n_open": 1, "p50": None}),
    "asked for only": (
        {"approved_at": None, "requested_at": local("2026-11-01 10:00")}, {"n_not_approved": 1}
    ),
    "paid, start unknown": (paid("2026-11-05", approved_at=None), {"n_no_start": 1}),
    "paid, day unknown": ({"amount_paid": 1000}, {"n_no_date": 1}),
    "due on the last day that is over": (
        {"expected_by": local("2026-11-30 00:00")},
        {"n": 1, "n_open": 1, "n_due": 1, "n_overdue": 1, "overdue_jpy": 1000},
    ),
    "due today": ({"expected_by": local("2026-12-01 00:00")}, {"n": 1, "n_open": 1}),
    "paid on the expected day": (
        paid("2026-11-05", expected_by=local("2026-11-05 00:00")), {"n": 1, "n_due": 1}
    ),
    "paid a day late": (
        paid("2026-11-06", expected_by=local("2026-11-05 00:00")),
        {"n": 1, "n_due": 1, "n_paid_late": 1},
    ),
    "1 yen less is rounding": (paid("2026-11-05", 999), {"n": 1}),
    "2 yen less": (paid("2026-11-05", 998), {"n": 1, "n_short_paid": 1, "short_jpy": 2}),
    "a fee that is told of": (paid("2026-11-05", 670, fee_deducted=330), {"n": 1}),
    "a fee that does not explain it": (
        paid("2026-11-05", 600, fee_deducted=330), {"n": 1, "n_short_paid": 1, "short_jpy": 70}
    ),
    "1 fen less is rounding": (paid("2026-11-05", 999.99, currency="CNY"), {"n": 1}),
    "2 fen less": (
        paid("2026-11-05", 999.98, currency="CNY"), {"n": 1, "n_short_paid": 1, "short_jpy": 0.4}
    ),
    "more than was due": (paid("2026-11-05", 1200), {"n": 1}),
    "amount unknown": (paid("2026-11-05", amount_paid=None), {"n": 1, "n_no_amount": 1}),
}  # fmt: skip
ALWAYS = {"n_open": 0, "n_excluded": 0, "n_due": 0, "n_overdue": 0, "n_paid_late": 0,
          "n_short_paid": 0, "n_no_amount": 0, "overdue_jpy": 0, "short_jpy": 0, "n": 0,
          "n_not_approved": 0, "n_no_start": 0, "n_no_date": 0}  # fmt: skip
STARTED = refund(9, order_no="Z", method="bank")


def world(*refunds: Row, **tables: list[Row]) -> dict[str, list[Row]]:
    orders = [{"order_no": "A", "fx_rate": 20}, {"order_no": "B"}]
    return {"orders": orders, "refunds": [*refunds, STARTED], **tables}


def test_each_refund_is_judged(open_db: Any) -> None:
    # a method of its own for each, so that one look tells of all
    given = [refund(i, method=name, **CASES[name][0]) for i, name in enumerate(CASES)]
    rows = {r["method"]: r for r in refund_times(open_db(world(*given)), by="method")
            .table.to_pylist()}  # fmt: skip
    for name, (_, expected) in CASES.items():
        left_out = sum(expected.get(n, 0) for n in ("n_not_approved", "n_no_start", "n_no_date"))
        wanted = {**ALWAYS, **expected, "n_excluded": left_out}
        found = {k: v if v is None else pytest.approx(v) for k, v in rows[name].items()}
        assert {k: found[k] for k in wanted} == wanted, name


def test_unpaid_refunds_are_counted_and_seen_on_both_engines(open_db: Any) -> None:
    facts = [paid("2026-11-03"), paid("2026-11-05"), {}, {}]
    db = open_db(world(*(refund(i, **f) for i, f in enumerate(facts))))
    first, _ = refund_times(db, by=["method", "month"]).table.to_pylist()[::-1]
    assert (first["method"], first["month"], first["n"], first["n_open"]) == (
        "card",
        "2026-11",
        4,
        2,
    )
    # half are paid after 4 days; more than that never was: not the 2 days of the paid ones alone
    assert (first["p50"], first["p80"]) == (4, None)
    assert refund_times(db, since="2026-11-02").n == 0


def test_a_refund_of_several_claims_counts_once(duck_db: Any) -> None:
    claims = [{"claim_id": c, "order_no": "A"} for c in ("Q1", "Q2")]
    shares = [{"refund_id": "R1", "claim_id": c, "amount": 500, "currency": "JPY"}
              for c in ("Q1", "Q2")]  # fmt: skip
    lump = refund(1, claim_id="Q1,Q2", **paid("2026-11-05", 900))
    db = duck_db(world(lump, claims=claims, refund_allocations=shares))
    (row,) = [r for r in refund_times(db, by="method").table.to_pylist() if r["method"] == "card"]
    assert (row["n"], row["n_short_paid"], row["short_jpy"]) == (1, 1, 100)


OTHERS: dict[str, tuple[list[Row], dict[str, int]]] = {
    "paid by another in full": ([{}, paid("2026-11-20")], {"n_open": 0, "n_overdue": 0}),
    "the rest paid by another": (
        [paid("2026-11-05", 600), paid("2026-11-20", 400, amount_expected=400)],
        {"n_open": 0, "n_short_paid": 0},
    ),
    "instalments, one still due": (
        [paid("2026-11-05", 500, amount_expected=500), {"amount_expected": 500}],
        {"n_open": 1, "n_overdue": 1, "n_short_paid": 0},
    ),
    "the rest in another currency": (
        [paid("2026-11-05", 600), paid("2026-11-20", 400, currency="CNY", amount_expected=400)],
        {"n_open": 0, "n_short_paid": 1},
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_others_of_its_claim_made_up_for_is_settled(case: str, duck_db: Any) -> None:
    given, expected = OTHERS[case]
    expected_by = local("2026-11-10 00:00")
    refunds = [refund(i, claim_id="Q", **{"expected_by": expected_by, **facts})
               for i, facts in enumerate(given)]  # fmt: skip
    claims = [{"claim_id": "Q", "order_no": "A", "amount_granted": 1000, "currency": "JPY"}]
    db = duck_db(world(*refunds, claims=claims))
    (row,) = [r for r in refund_times(db, by="method").table.to_pylist() if r["method"] == "card"]
    assert {name: row[name] for name in expected} == expected
    wrong = expected.get("n_overdue", 0) + expected.get("n_short_paid", 0)
    assert unsettled_refunds(db).table.num_rows == wrong


def test_keys_come_from_the_claimed_line_or_from_lines_that_agree(open_db: Any) -> None:
    lines = [
        {"order_no": o, "line_no": n, "seller_id": s}
        for o, n, s in (("A", "1", "x"), ("A", "2", "y"), ("B", "1", "z"), ("B", "2", "z"))
    ]
    refunds = [refund(1, claim_id="Q"), refund(2), refund(3, order_no=None, cancellation_id="C")]
    claims = [{"claim_id": "Q", "order_no": "A", "line_no": "2"}]
    off = [{"cancellation_id": "C", "order_no": "B"}]
    db = open_db(world(*refunds, order_lines=lines, claims=claims, cancellations=off))
    found = {r["seller_id"]: r["n"] for r in refund_times(db, by="seller").table.to_pylist()}
    assert found == {"y": 1, "z": 1, None: 2}


def test_money_of_an_unknown_rate_is_unknown(duck_db: Any) -> None:
    late = {"expected_by": local("2026-11-10 00:00"), "currency": "CNY", "order_no": "B"}
    (row,) = [r for r in refund_times(duck_db(world(refund(1, **late))), by="method")
              .table.to_pylist() if r["method"] == "card"]  # fmt: skip
    assert (row["n_overdue"], row["overdue_jpy"], row["short_jpy"]) == (1, None, 0)


def test_the_list_of_unsettled_refunds(open_db: Any) -> None:
    late = {"expected_by": local("2026-11-10 00:00")}
    given = world(
        refund(1, **paid("2026-11-05", 600, fee_deducted=330)),
        refund(2, **late),
        refund(3, **paid("2026-11-20", **late)),
    )
    rows = unsettled_refunds(open_db(given)).table.to_pylist()
    assert [(r["refund_id"], r["trouble"], r["days_over"], r["missing"]) for r in rows] == [
        ("R2", "overdue", 21, 1000.0),
        ("R1", "short_paid", None, 70.0),
    ]


def test_what_is_known_later_changes_nothing(duck_db: Any) -> None:
    given = world(refund(1, **paid("2026-11-20")), refund(2, approved_at=local("2026-11-25 10:00")))
    then = refund_times(duck_db(given, as_of="2026-11-15"), by="method").table.to_pylist()
    alone = world(refund(1))
    before = refund_times(duck_db(alone, as_of="2026-11-15"), by="method").table.to_pylist()
    assert then == before
    assert [r["n_open"] for r in then] == [1, 1]


def test_bad_use(duck_db: Any) -> None:
    db = duck_db(world(refund(1)))
    with pytest.raises(UsageError, match='clock="approved"'):
        refund_times(db, clock="requested")
    with pytest.raises(UsageError, match="clock is approved or requested"):
        refund_times(db, clock="paid")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"valid are seller, .*method"):
        refund_times(db, by="colour")
    assert refund_times(db, since="2030-01-01").n == 0
