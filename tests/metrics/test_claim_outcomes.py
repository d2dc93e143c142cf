from datetime import date
from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.config.claim_windows import ClaimWindow
from rakustats.errors import UsageError
from rakustats.marts import claim_cases
from rakustats.metrics.claims.claim_outcomes import claim_outcomes

DECIDED = local("2026-11-05 10:00")


def claim(number: int, **facts: Any) -> Row:
    return {
        "claim_id": f"Q{number}",
        "order_no": "A",
        "kind": "damaged",
        "opened_at": local("2026-11-01 10:00"),
        "decided_at": DECIDED,
        "currency": "CNY",
        "amount_claimed": 100,
        **facts,
    }


def world(*claims: Row, **order: Any) -> dict[str, list[Row]]:
    return {
        "orders": [{"order_no": "A", "fx_rate": 20, "agency": "楽", **order}],
        "claims": list(claims),
    }


GRANTED = {"resolution": "refund_full", "amount_granted": 100}
CASES: dict[str, tuple[Row, dict[str, Any]]] = {
    "granted": (
        GRANTED, {"n": 1, "events": 1, "n_valued": 1, "granted_jpy": 2000, "recovery_rate": 1}
    ),
    "granted in part, and sent back at a cost": (
        {"resolution": "refund_partial", "amount_granted": 50, "return_cost": 60},
        {"n": 1, "events": 1, "granted_jpy": 1000, "return_jpy": 1200, "recovered_jpy": -200,
         "granted_share": 0.5, "recovery_rate": -0.1},
    ),
    "rejected": (
        {"resolution": "rejected", "amount_granted": 0}, {"n": 1, "events": 0, "recovery_rate": 0}
    ),
    "sent again": (
        {"resolution": "resend", "amount_granted": 0}, {"n": 1, "events": 0, "n_in_kind": 1}
    ),
    "a refund of unknown size": (
        {"resolution": "refund_full"},
        {"n": 1, "events": 1, "n_valued": 0, "claimed_jpy": None, "recovery_rate": None},
    ),
    "in yen": ({**GRANTED, "currency": "JPY"}, {"granted_jpy": 100, "recovery_rate": 1}),
    "in no known currency": (
        {**GRANTED, "currency": None}, {"n": 1, "events": 1, "n_valued": 0, "recovery_rate": None}
    ),
    "cost of sending back in no known currency": (
        {**GRANTED, "currency": None, "return_cost": 5}, {"n_valued": 0, "return_jpy": None}
    ),
    "withdrawn": (
        {"resolution": "withdrawn", "amount_granted": 0}, {"n": 0, "n_withdrawn": 1, "rate": None}
    ),
    "undecided": ({"decided_at": None}, {"n": 0, "n_open": 1}),
    "decided, nobody says how": ({}, {"n": 0, "n_no_amount": 1}),
}  # fmt: skip


def test_each_claim_is_judged(open_db: Any) -> None:
    given = [claim(i, stage_found=name, **CASES[name][0]) for i, name in enumerate(CASES)]
    result = claim_outcomes(open_db(world(*given)), by="stage_found")
    rows = {r["stage_found"]: r for r in result.table.to_pylist()}
    for name, (_, wanted) in CASES.items():
        found = {k: v if v is None else pytest.approx(v) for k, v in rows[name].items()
                 if k in wanted}  # fmt: skip
        assert found == wanted, name
    assert all(r["n_window_unknown"] == 1 for r in rows.values())
    assert all(r["in_window_share"] is None for r in rows.values())
    assert result.notes[0].en.startswith("Claim window unknown")


def test_unknown_costs_of_sending_back_are_not_zero(duck_db: Any) -> None:
    result = claim_outcomes(duck_db(world(claim(1, **GRANTED))))
    (row,) = result.table.to_pylist()
    assert (row["granted_share"], row["recovered_jpy"], row["recovery_rate"]) == (1, None, None)
    assert any("claims.return_cost" in note.en for note in result.notes)


def test_windows_by_version_agency_and_kind(open_db: Any, monkeypatch: Any) -> None:
    windows = (
        ClaimWindow("delivered", kinds=("late",)),
        ClaimWindow("delivered", agency="楽", days=3, until=date(2026, 10, 1)),
        ClaimWindow("delivered", agency="楽", days=7, since=date(2026, 10, 1)),
        ClaimWindow("detected", agency="速", hours=72),
    )
    monkeypatch.setattr(claim_cases, "claim_windows", lambda: windows)
    told = {
        "last day": (claim(1, opened_at=local("2026-11-08 23:00")), "S-new", "in"),
        "a day late": (claim(2, opened_at=local("2026-11-09 00:30")), "S-new", "after"),
        "older terms": (claim(3, opened_at=local("2026-09-25 10:00")), "S-old", "after"),
        "nothing is known of this kind": (claim(4, kind="late"), "S-new", "unknown"),
        "not delivered": (claim(5), "S-open", "unknown"),
        "72 hours": (
            claim(6, order_no="B", detected_at=local("2026-10-29 10:00")), None, "in"
        ),
        "a minute more": (
            claim(7, order_no="B", detected_at=local("2026-10-29 09:59")), None, "after"
        ),
        "no terms of this agency": (claim(8, order_no="C"), "S-new", "unknown"),
    }  # fmt: skip
    given = world(
        *({**c, "shipment_id": s, "stage_found": n, **GRANTED} for n, (c, s, _) in told.items())
    )
    given["orders"] += [{"order_no": "B", "agency": "速"}, {"order_no": "C"}]
    given["shipments"] = [
        {"shipment_id": "S-new", "leg": 2, "delivered_at": local("2026-11-01 10:00")},
        {"shipment_id": "S-old", "leg": 2, "delivered_at": local("2026-09-20 10:00")},
        {"shipment_id": "S-open", "leg": 2},
    ]
    rows = claim_outcomes(open_db(given), by="stage_found").table.to_pylist()
    names = {"n_in_window": "in", "n_after_window": "after", "n_window_unknown": "unknown"}
    found = {r["stage_found"]: [word for c, word in names.items() if r[c]] for r in rows}
    assert found == {name: [word] for name, (_, _, word) in told.items()}


def test_bad_use(duck_db: Any) -> None:
    db = duck_db(world(claim(1, **GRANTED)))
    with pytest.raises(UsageError, match="Unknown kind 'sad'"):
        claim_outcomes(db, kinds="sad")
    assert claim_outcomes(db, kinds="short").n == 0
    with pytest.raises(UsageError, match=r"claims\.amount_granted.* or claims\.resolution"):
        claim_outcomes(duck_db({"orders": [{"order_no": "A"}]}))
