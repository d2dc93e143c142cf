from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.claims.claim_times import claim_times
from rakustats.metrics.claims.claim_waits import claim_waits

OPENED = local("2026-11-01 10:00")


def claim(number: int, **facts: Any) -> Row:
    return {"claim_id": f"Q{number}", "order_no": "A", "opened_at": OPENED, **facts}


def world(*claims: Row) -> dict[str, list[Row]]:
    elsewhere = {"claim_id": "Z", "kind": "other", "first_response_at": OPENED,
                 "decided_at": OPENED, "closed_at": OPENED}  # fmt: skip
    return {"orders": [{"order_no": "A"}], "claims": [*claims, elsewhere]}


def all_ends(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {end: dict(facts) for end in ("response", "decision", "resolution")}


# as of 2026-12-01 09:00 in Japan, 30 days or 719 hours after the opening
CASES: dict[str, tuple[Row, dict[str, dict[str, Any]]]] = {
    "answered, decided, closed": (
        {"first_response_at": local("2026-11-02 12:30"), "decided_at": local("2026-11-05 09:00"),
         "closed_at": local("2026-11-08 20:00"), "resolution": "refund_full"},
        {"response": {"n": 1, "hours_p50": 26}, "decision": {"n": 1, "p50": 4},
         "resolution": {"n": 1, "p50": 7}},
    ),
    "answered only": (
        {"first_response_at": local("2026-11-01 10:59")},
        {"response": {"n": 1, "hours_p50": 0}, "decision": {"n": 1, "n_open": 1},
         "resolution": {"n": 1, "n_open": 1}},
    ),
    "nothing yet": (
        {}, all_ends({"n": 1, "n_open": 1})
    ),
    "decided without an answer": (
        {"decided_at": local("2026-11-05 09:00"), "resolution": "rejected"},
        {"response": {"n": 1, "n_otherwise": 1}, "decision": {"n": 1, "p50": 4},
         "resolution": {"n": 1, "n_open": 1}},
    ),
    "withdrawn": (
        {"first_response_at": local("2026-11-02 10:00"), "decided_at": local("2026-11-05 09:00"),
         "resolution": "withdrawn"},
        {"response": {"n": 1, "hours_p50": 24}, "decision": {"n": 1, "n_otherwise": 1},
         "resolution": {"n": 1, "n_otherwise": 1}},
    ),
    "closed without a decision": (
        {"closed_at": local("2026-11-03 09:00")},
        {"response": {"n": 1, "n_otherwise": 1}, "decision": {"n": 1, "n_otherwise": 1},
         "resolution": {"n": 1, "p50": 2}},
    ),
    "settled, nobody says when": (
        {"resolution": "exchange"},
        all_ends({"n": 0, "n_no_date": 1}),
    ),
    "no day of opening": (
        {"opened_at": None, "closed_at": local("2026-11-03 09:00")},
        all_ends({"n": 0, "n_no_start": 1}),
    ),
    "found, not told when it was reported": (
        {"opened_at": None, "detected_at": OPENED, "closed_at": local("2026-11-03 09:00")},
        {"resolution": {"n": 1, "p50": 2}},
    ),
}  # fmt: skip
NONE = {"n_open": 0, "n_otherwise": 0, "n_no_start": 0, "n_no_date": 0}


@pytest.mark.parametrize("to", ["response", "decision", "resolution"])
def test_each_claim_is_judged(duck_db: Any, to: Any) -> None:
    given = [claim(i, stage_found=name, **CASES[name][0]) for i, name in enumerate(CASES)]
    result = claim_times(duck_db(world(*given)), by="stage_found", to=to)
    rows = {r["stage_found"]: r for r in result.table.to_pylist()}
    for name, (_, ends) in CASES.items():
        wanted = {**NONE, **ends[to]} if to in ends else {}
        assert {k: rows[name][k] for k in wanted} == wanted, name


def test_what_is_still_open_counts(open_db: Any) -> None:
    quick = {"first_response_at": local("2026-11-01 22:00")}
    slow = {"first_response_at": local("2026-11-04 10:00")}
    db = open_db(world(*(claim(i, kind="late", **f) for i, f in enumerate([quick, slow, {}, {}]))))
    (row,) = [r for r in claim_times(db, by="kind", to="response").table.to_pylist()
              if r["kind"] == "late"]  # fmt: skip
    assert (row["n"], row["n_open"]) == (4, 2)
    # of the answered ones alone the median would be 12 hours
    assert (row["p50"], row["hours_p50"], row["p80"]) == (3.0, 72.0, None)


def test_a_claim_of_a_parcel_has_the_keys_of_its_order(duck_db: Any) -> None:
    given = world(claim(1, order_no=None, shipment_id="S", closed_at=OPENED))
    given |= {
        "order_lines": [{"order_no": "A", "line_no": n, "seller_id": "x"} for n in "12"],
        "shipments": [{"shipment_id": "S", "leg": 2}],
        "shipment_lines": [{"shipment_id": "S", "order_no": "A", "line_no": n} for n in "12"],
    }
    rows = claim_times(duck_db(given), by="seller").table.to_pylist()
    assert {r["seller_id"]: r["n"] for r in rows} == {"x": 1, None: 0}


def test_waiting_is_split_by_whom_as_far_as_exports_tell(open_db: Any) -> None:
    answered = local("2026-11-03 10:00")
    facts = {"first_response_at": answered, "order_no": "A", "claim_id": "Q", "opened_at": OPENED}
    versions = [
        {**facts, "exported_at": "2026-11-05 01:00", "waiting_on": "seller"},
        {**facts, "exported_at": "2026-11-08 01:00", "waiting_on": "customer"},
        {**facts, "exported_at": "2026-11-20 01:00", "closed_at": local("2026-11-10 10:00")},
    ]
    db = open_db({"orders": [{"order_no": "A"}]}, {"claims": versions})
    (row,) = claim_waits(db).table.to_pylist()
    parts = {k: row[f"days_{k}"] for k in ("agency", "unknown", "seller", "customer", "carrier")}
    # answered after 2 days, first export 2 days later, 3 days until the next, 2 until the closing
    assert parts == pytest.approx(
        {"agency": 2, "unknown": 2, "seller": 3, "customer": 2, "carrier": 0}
    )
    assert (row["n"], row["n_open"], row["days_open"]) == (1, 0, pytest.approx(9))


def test_without_any_word_of_turns_the_rest_is_unknown(duck_db: Any) -> None:
    result = claim_waits(duck_db(world(claim(1, first_response_at=local("2026-11-11 10:00")))))
    (row,) = result.table.to_pylist()
    assert (row["n"], row["n_excluded"]) == (1, 1)
    assert row["days_agency"] == pytest.approx(10)
    assert row["days_unknown"] == pytest.approx(row["days_open"] - 10)
    assert "No export tells whose turn it is" in result.notes[0].en


def test_bad_use(duck_db: Any) -> None:
    db = duck_db({"orders": [{"order_no": "A"}], "claims": [claim(1)]})
    with pytest.raises(UsageError, match=r"claims\.first_response_at \(初回回答日\)"):
        claim_times(db, to="response")
    with pytest.raises(UsageError, match="to is response, decision or resolution"):
        claim_times(db, to="heaven")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"claims\.opened_at"):
        claim_waits(duck_db({"orders": [{"order_no": "A"}]}))
