from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.money.landed import landed_costs

BOUGHT, SENT, THERE = (local(f"2026-09-{d} 10:00") for d in ("01", "10", "20"))
ORDER = {"order_no": "A", "purchased_at": BOUGHT, "fx_rate": 20, "domestic_freight_cny": 6,
         "service_fee_jpy": 300}  # fmt: skip
ELSEWHERE = {"claim_id": "Z", "kind": "other", "order_no": "Z", "return_cost": 5, "currency": "JPY"}


def line(number: str, price: float | None, qty: int | None, **facts: Any) -> Row:
    base = {"order_no": "A", "line_no": number, "seller_id": f"s{number}", "item_id": f"i{number}"}
    return {**base, "unit_price_cny": price, "qty_ordered": qty, "qty_purchased": qty, **facts}


def parcel(name: str = "S", **facts: Any) -> Row:
    base = {"shipment_id": name, "leg": 2, "shipped_at": SENT, "delivered_at": THERE}
    return {**base, "freight_jpy": 1000, **facts}


def packed(number: str, qty: int | None, name: str = "S") -> Row:
    return {"shipment_id": name, "order_no": "A", "line_no": number, "qty": qty}


def world(**given: Any) -> dict[str, list[Row]]:
    lines = [line("1", 10, 4), line("2", 20, 1)]
    return {
        "orders": [{**ORDER, **given.pop("order", {})}],
        "order_lines": given.pop("lines", lines),
        "shipments": given.pop("shipments", [parcel()]),
        "shipment_lines": given.pop("packed", [packed("1", 4), packed("2", 1)]),
        "claims": [*given.pop("claims", []), ELSEWHERE],
        **given,
    }


def of(db: Any, by: Any = "seller", **options: Any) -> dict[Any, Row]:
    rows: list[Row] = landed_costs(db, by=by, **options).table.to_pylist()
    return {r[next(iter(r))]: r for r in rows}


MONEY = ("goods_jpy", "domestic_jpy", "fee_jpy", "international_jpy", "recovered_jpy")


def money(row: Row) -> list[float]:
    return [row[name] for name in MONEY]


def test_what_a_good_piece_cost(open_db: Any) -> None:
    claims = [{"claim_id": "Q", "kind": "damaged", "order_no": "A", "line_no": "1",
               "stage_found": "delivery", "qty_affected": 1, "opened_at": THERE,
               "decided_at": THERE, "resolution": "refund_full", "amount_granted": 10,
               "return_cost": 3, "currency": "CNY"}]  # fmt: skip
    found = of(open_db(world(claims=claims)))
    first, second = found["s1"], found["s2"]
    # goods 40 and 20 yuan: freight of 120 yen and the fee are shared 2 to 1, the parcel 4 to 1
    assert money(first) == pytest.approx([800, 80, 200, 800, 140])
    assert money(second) == pytest.approx([400, 40, 100, 200, 0])
    assert (first["good_pieces"], second["good_pieces"]) == (3, 1)
    assert first["cost_per_good_piece"] == pytest.approx((800 + 80 + 200 + 800 - 140) / 3)
    assert (second["cost_jpy"], second["missing_columns"], second["n_unknown"]) == (740, None, 0)


MISSING: dict[str, tuple[dict[str, Any], str]] = {
    "price": ({"lines": [line("1", None, 4)]}, "order_lines.unit_price_cny, orders.fx_rate"),
    "freight in China": ({"order": {"domestic_freight_cny": None}}, "orders.domestic_freight_cny"),
    "fee": ({"order": {"service_fee_jpy": None}}, "orders.service_fee_jpy"),
    "freight to Japan": (
        {"shipments": [parcel(freight_jpy=None)]}, "shipments.freight_jpy, shipment_lines.qty"
    ),
    "what was granted": (
        {"claims": [{"claim_id": "Q", "kind": "late", "order_no": "A", "line_no": "1",
                     "decided_at": THERE, "resolution": "refund_full", "currency": "CNY"}]},
        "claims.amount_granted",
    ),
    "how many were broken": (
        {"claims": [{"claim_id": "Q", "kind": "damaged", "order_no": "A", "line_no": "1",
                     "stage_found": "delivery", "opened_at": THERE}]},
        "claims.qty_affected",
    ),
}  # fmt: skip


def test_what_is_unknown_is_named_and_never_zero(open_db: Any) -> None:
    rows = of(open_db(together(MISSING)), by="category")
    for name, (_, missing) in MISSING.items():
        told = rows[name]
        assert missing in told["missing_columns"]
        assert (told["n"], told["n_unknown"]) == (1, 1)
        assert [told[c] for c in (*MONEY, "good_pieces", "cost_per_good_piece")] == [None] * 7


def together(cases: dict[str, tuple[dict[str, Any], Any]]) -> dict[str, list[Row]]:
    """Each case has an order and a category of its own, so that one look tells of all."""
    tables: dict[str, list[Row]] = {}
    for name, (given, _) in cases.items():
        default = {"lines": [line("1", 10, 4)], "packed": [packed("1", 4)]}
        for table, rows in world(**{**default, **given}).items():
            tables.setdefault(table, []).extend(_renamed(table, row, name) for row in rows)
    return tables


def _renamed(table: str, row: Row, name: str) -> Row:
    ids = ("shipment_id", "parent_shipment_id", "claim_id")
    own = {k: f"{name} {row[k]}" for k in ids if row.get(k)}
    order = {"order_no": name} if row.get("order_no") == "A" else {}
    return {**row, **own, **order, **({"category": name} if table == "order_lines" else {})}


def test_free_freight_and_no_fee_are_known(duck_db: Any) -> None:
    row = of(duck_db(world(order={"domestic_freight_cny": 0, "service_fee_jpy": 0})))["s2"]
    assert money(row) == pytest.approx([400, 0, 0, 200, 0])


WAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "on its way": ({"shipments": [parcel(delivered_at=None)]}, {"n": 0, "n_open": 1}),
    "lost": (
        {"shipments": [parcel(delivered_at=None, lost_at=THERE)]},
        {"n": 1, "good_pieces": 0, "cost_per_good_piece": None, "international_jpy": 1000},
    ),
    "half there": (
        {"shipments": [parcel(), parcel("T", delivered_at=None)],
         "packed": [packed("1", 2), packed("1", 2, "T")]},
        {"n": 0, "n_open": 1},
    ),
    "in two parcels": (
        {"shipments": [parcel(), parcel("T")], "packed": [packed("1", 2), packed("1", 2, "T")]},
        {"n": 1, "good_pieces": 4, "international_jpy": 2000},
    ),
    "carried on under another number": (
        {"shipments": [parcel(delivered_at=None),
                       parcel("T", parent_shipment_id="S", freight_jpy=None)],
         "packed": [packed("1", 4), packed("1", 4, "T")]},
        {"n": 1, "good_pieces": 4, "international_jpy": 1000},
    ),
    "never sent, order closed": (
        {"shipments": [], "packed": [], "order": {"completed_at": THERE}},
        {"n": 1, "good_pieces": 0, "international_jpy": 0},
    ),
    "called off": (
        {"shipments": [], "packed": [], "lines": [line("1", 10, 4, state="cancelled")]},
        {"n": 0, "n_cancelled": 1, "n_excluded": 1},
    ),
}  # fmt: skip


def test_lines_whose_way_is_over_count(duck_db: Any) -> None:
    rows = of(duck_db(together(WAYS)), by="category")
    for name, (_, wanted) in WAYS.items():
        assert {k: rows[name][k] for k in wanted} == wanted, name


def test_parts_add_up_over_any_key(duck_db: Any) -> None:
    db = duck_db(world())
    (whole,) = landed_costs(db, by=()).table.to_pylist()
    for key in ("item_id", "seller", "month", "carrier"):
        groups = of(db, key).values()
        for name in (*MONEY, "cost_jpy"):
            assert sum(g[name] for g in groups) == pytest.approx(whole[name])
    assert whole["goods_jpy"] + whole["domestic_jpy"] + whole["fee_jpy"] == 1200 + 120 + 300
    assert landed_costs(db, since="2026-10-01").table.num_rows == 0


def test_bad_use(duck_db: Any) -> None:
    with pytest.raises(UsageError, match=r"orders\.fx_rate \(レート\)"):
        landed_costs(duck_db(world(order={"fx_rate": None})))
    with pytest.raises(UsageError, match="item_id"):
        landed_costs(duck_db(world()), by="colour")


def test_own_codes_and_titles_make_groups(open_db: Any) -> None:
    lines = [line("1", 10, 4, item_title="鍋つかみ"), line("2", 20, 1, item_title="鍋つかみ")]
    codes = [{"order_no": "A", "line_no": "1", "client_sku": "AB-1", "mmdd": "0701", "qty": 4}]
    db = open_db(world(lines=lines, client_skus=codes))
    assert of(db, by="item_title")["鍋つかみ"]["n"] == 2
    by_code = of(db, by="client_sku")
    assert (by_code["AB-1"]["n"], by_code[None]["n"]) == (1, 1)
