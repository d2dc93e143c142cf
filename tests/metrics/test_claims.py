from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.claims.claims import APART, claim_rates

LONG_AGO, LATELY = local("2026-09-01 10:00"), local("2026-11-20 10:00")
BOUGHT = {"purchased_at": local("2026-08-01 10:00")}
LINE = {"line_no": "1", "seller_id": "x", "stored_at": LONG_AGO}
COUNTS = (
    *("n", "events", "events_with_withdrawn", "n_open", "n_recent", "n_cancelled"),
    *("n_replacement", "n_no_quantity", "n_test", *(f"n_{kind}" for kind in APART)),
)


def case(*claims: Row, line: Row | None = None, order: Row | None = None, **more: Any) -> Any:
    return {"claims": claims, "line": line or {}, "order": order or {}, **more}


def claim(kind: str | None = "damaged", **facts: Any) -> Row:
    return {"kind": kind, "opened_at": LONG_AGO, "line_no": "1", **facts}


WITHDRAWN = {"resolution": "withdrawn", "decided_at": LATELY}
SOUND = {"n": 1}
BAD = {"n": 1, "events": 1, "events_with_withdrawn": 1}
CASES: dict[str, tuple[Any, dict[str, int]]] = {
    "not claimed": (case(), SOUND),
    "claimed": (case(claim()), BAD),
    "claimed twice": (case(claim(), claim("short")), BAD),
    "by its order": (case(claim(line_no=None)), BAD),
    "of a kind that no export tells": (case(claim(None)), BAD),
    "withdrawn": (case(claim(**WITHDRAWN)), {"n": 1, "events_with_withdrawn": 1}),
    "one withdrawn, one not": (case(claim(**WITHDRAWN), claim("late")), BAD),
    "dearer": (case(claim("price_change")), {"n": 1, "n_price_change": 1}),
    "freight": (case(claim("freight_change")), {"n": 1, "n_freight_change": 1}),
    "another option": (case(claim("option_change")), {"n": 1, "n_option_change": 1}),
    "the customer's own doing": (case(claim("customer_reason")), {"n": 1, "n_customer_reason": 1}),
    "withdrawn changes are none": (case(claim("price_change", **WITHDRAWN)), SOUND),
    "stored lately": (case(line={"stored_at": LATELY}), {"n": 1, "n_recent": 1}),
    "still on its way": (case(line={"stored_at": None}), {"n": 1, "n_recent": 1}),
    "never came, and claimed": (
        case(claim("non_arrival"), line={"stored_at": None}), {**BAD, "n_recent": 1}
    ),
    "not bought yet": (
        case(line={"stored_at": None}, order={"purchased_at": None, "state": "paid"}),
        {"n_open": 1},
    ),
    "called off": (case(line={"stored_at": None, "state": "cancelled"}), {"n_cancelled": 1}),
    "called off after a claim": (
        case(claim("non_arrival"), line={"stored_at": None, "state": "cancelled"}),
        {**BAD, "n_recent": 1},
    ),
    "sent to make good": (case(claim(), order={"replacement_of": "Z"}), {"n_replacement": 1}),
    "nothing ordered": (case(line={"qty_ordered": 0}), {"n_no_quantity": 1}),
    "a sample": (case(line={"item_title": "【サンプル】帽子"}), {"n_test": 1}),
}  # fmt: skip


def together(cases: dict[str, tuple[Any, Any]]) -> dict[str, list[Row]]:
    """Each case has an order and a category of its own, so that one look tells of all."""
    given: dict[str, list[Row]] = {"orders": [], "order_lines": [], "claims": []}
    for name, (parts, _) in cases.items():
        given["orders"].append({"order_no": name, **BOUGHT, **parts["order"]})
        given["order_lines"].append({"order_no": name, "category": name, **LINE, **parts["line"]})
        given["claims"] += [
            {"claim_id": f"{name} {n}", "order_no": name, **c}
            for n, c in enumerate(parts["claims"])
        ]
    return given


def test_each_line_is_judged(open_db: Any) -> None:
    rows = claim_rates(open_db(together(CASES)), by="category").table.to_pylist()
    found = {r["category"]: {c: r[c] for c in COUNTS if r[c]} for r in rows}
    assert found == {name: expected for name, (_, expected) in CASES.items()}
    assert all(r["rate"] is None for r in rows if not r["n"])


def test_withdrawn_claims_count_on_request(duck_db: Any) -> None:
    db = duck_db(together({"A": (case(claim(**WITHDRAWN)), None), "B": (case(), None)}))
    without, with_them = claim_rates(db), claim_rates(db, withdrawn=True)
    assert [without.frame()[c][0] for c in ("rate", "rate_with_withdrawn")] == [0, 0.5]
    assert [with_them.frame()[c][0] for c in ("rate", "rate_with_withdrawn")] == [0.5, 0.5]


def test_a_claim_belongs_to_the_month_of_its_order_whenever_it_came(duck_db: Any) -> None:
    db = duck_db(together({"A": (case(claim(opened_at=LATELY)), None)}))
    rows = claim_rates(db, by="month", since="2026-08-01", until="2026-09-01").table.to_pylist()
    assert [(r["month"], r["n"], r["events"]) for r in rows] == [("2026-08", 1, 1)]
    assert claim_rates(db, since="2026-11-01").n == 0
    before = claim_rates(db, as_of="2026-11-01").table.to_pylist()
    assert [(r["n"], r["events"]) for r in before] == [(1, 0)]


def test_claims_without_an_order_are_told_and_hide_sellers(open_db: Any) -> None:
    loose = {"claim_id": "lost", "kind": "damaged", "order_no": "typo", "opened_at": LONG_AGO}
    given = together({"A": (case(claim()), None)})
    given["order_lines"].append({"order_no": "A", **LINE, "line_no": "2"})
    given["claims"] += [loose, {**loose, "claim_id": "which", "order_no": "A"}]
    db = open_db(given)
    whole = claim_rates(db)
    (row,) = whole.table.to_pylist()
    assert (row["n"], row["events"], row["n_unlinked"], row["n_no_line"]) == (2, 1, 1, 1)
    assert (
        "1 without a known order are not counted; 1 that" in whole.notes[-2].en + whole.notes[-1].en
    )
    (seller,) = claim_rates(db, by="seller").table.to_pylist()
    assert [seller[c] for c in ("n", "events", "rate", "estimate", "lo", "hi")] == [
        *(2, 1), *[None] * 4
    ]  # fmt: skip


def test_few_claims_without_an_order_hide_nothing(duck_db: Any) -> None:
    given = together({str(i): (case(claim()), None) for i in range(8)})
    given["claims"].append({"claim_id": "lost", "kind": "damaged", "opened_at": LONG_AGO})
    (row,) = claim_rates(duck_db(given), by="seller").table.to_pylist()
    assert (row["n_unlinked"], row["rate"]) == (1, 1.0)


def test_bad_use(duck_db: Any) -> None:
    db = duck_db(together({"A": (case(claim()), None)}))
    with pytest.raises(UsageError, match="never counts against a seller"):
        claim_rates(db, by="seller", kinds=["customer_reason"])
    assert claim_rates(db, kinds="customer_reason").n == 1
    with pytest.raises(UsageError, match="Unknown kind 'sad'"):
        claim_rates(db, kinds=["sad"])
    with pytest.raises(UsageError, match=r"claims\.claim_id \(クレーム番号\)"):
        claim_rates(duck_db({"orders": [{"order_no": "A"}]}))
    assert claim_rates(db, by="seller", since="2030-01-01").table.num_rows == 0
