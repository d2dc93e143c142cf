from typing import Any

import pytest
from canonical_db import Row, all_in_one, local

from rakustats.errors import UsageError
from rakustats.metrics.goods.damage import damage_rates

COUNTS = [
    *("n", "events", "n_open", "n_recent"),
    *("n_cancelled", "n_replacement", "n_no_quantity", "n_test"),
]
LONG_AGO, LATELY = local("2026-09-01 10:00"), local("2026-11-20 10:00")
OTHER = {"claim_id": "elsewhere", "kind": "damaged", "order_no": "Z", "opened_at": LONG_AGO}
LINE = {"order_no": "A", "line_no": "1", "seller_id": "x", "stored_at": LONG_AGO}


def claim(**facts: Any) -> Row:
    return {"claim_id": "K", "kind": "damaged", "opened_at": LONG_AGO, **facts}


def world(line: Row, claims: list[Row] | None = None, **tables: list[Row]) -> dict[str, list[Row]]:
    base = {"orders": [{"order_no": "A", "purchased_at": local("2026-08-01 10:00")}]}
    return {**base, "order_lines": [line], "claims": [*(claims or []), OTHER], **tables}


def parcels(*facts: Row) -> dict[str, list[Row]]:
    rows = [{"shipment_id": f"S{i}", "leg": 2, **f} for i, f in enumerate(facts)]
    lines = [{"shipment_id": r["shipment_id"], "order_no": "A", "line_no": "1"} for r in rows]
    return {"shipments": rows, "shipment_lines": lines}


def counts(result: Any) -> dict[str, int]:
    row = result.table.to_pylist()[0]
    assert row["n_excluded"] == sum(row[c] for c in COUNTS[4:])
    return {c: row[c] for c in COUNTS if row[c]}


SOUND, BAD = {"n": 1}, {"n": 1, "events": 1}
WAITING = {"order_no": "A", "line_no": "1"}
SECOND = {**LINE, "line_no": "2"}
CASES: dict[str, tuple[dict[str, list[Row]], dict[str, int]]] = {
    "received and not claimed": (world(LINE), SOUND),
    "claimed by its number": (world(LINE, [claim(order_no="A", line_no="1")]), BAD),
    "claimed by its order": (world(LINE, [claim(order_no="A")]), BAD),
    "one of an order's two lines is bad": (
        world(LINE, [claim(order_no="A")], order_lines=[LINE, SECOND]), {"n": 2, "events": 1}
    ),
    "claimed by its parcel": (world(LINE, [claim(shipment_id="S0")], **parcels({})), BAD),
    "a withdrawn claim is none": (
        world(LINE, [claim(order_no="A", line_no="1", resolution="withdrawn")]), SOUND
    ),
    "another kind of claim": (
        world(LINE, [claim(order_no="A", line_no="1", kind="late")]), SOUND
    ),
    "defective at the warehouse": (world({**LINE, "qty_defective": 2}), BAD),
    "none defective": (world({**LINE, "qty_defective": 0}), SOUND),
    "not received": (world(WAITING), {"n_open": 1}),
    "received by its count": (world({**WAITING, "qty_received": 3}), SOUND),
    "received by its state": (world({**WAITING, "state": "stored"}), SOUND),
    "received by its parcel": (
        world(WAITING, **parcels({"delivered_at": LONG_AGO})), SOUND
    ),
    "a delivered first leg alone is a scan of the parcel, not of the line": (
        world(WAITING, **parcels({"leg": 1, "delivered_at": LONG_AGO})), {"n_open": 1}
    ),
    "received lately": (world({**LINE, "stored_at": LATELY}), {"n": 1, "n_recent": 1}),
    "cancelled": (
        world(WAITING, cancellations=[
            {"cancellation_id": "C", "order_no": "A", "level": "order", "requested_at": LATELY}
        ]), {"n_cancelled": 1},
    ),
    "a replacement": (
        world(LINE, orders=[{"order_no": "A", "replacement_of": "B"}]), {"n_replacement": 1}
    ),
    "nothing ordered": (world({**LINE, "qty_ordered": 0}), {"n_no_quantity": 1}),
    "a sample": (world({**LINE, "item_title": "【サンプル】 帽子"}), {"n_test": 1}),
    "goods that are for testing": (world({**LINE, "item_title": "HIV test kit"}), SOUND),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_line_is_judged(duck_db: Any, name: str) -> None:
    given, expected = CASES[name]
    assert counts(damage_rates(duck_db(given))) == expected


def test_all_lines_are_judged_on_both_engines(open_db: Any) -> None:
    given, expected = all_in_one(CASES.values())
    assert counts(damage_rates(open_db(given))) == expected


def test_where_it_was_found(open_db: Any) -> None:
    given = world(
        {**LINE, "qty_defective": 1},
        [claim(order_no="A", line_no="1", stage_found="delivery")],
        order_lines=[{**LINE, "qty_defective": 1}, {**SECOND, "order_no": "B"}],
    )
    db = open_db(given)
    for found, events in (("warehouse", 1), ("delivery", 1), ("transit", 0), (None, 1)):
        assert damage_rates(db, found=found).table.column("events").to_pylist() == [events]
    only_damage = damage_rates(db, kinds=["damaged"], found=["warehouse", "transit"])
    assert only_damage.table.column("events").to_pylist() == [0]


def test_by_carrier_of_the_final_leg(open_db: Any) -> None:
    shipped = parcels(
        {"leg": 1, "carrier": "first"},
        {"carrier": "plane"},
        {"carrier": "ship"},
        {"carrier": "ship"},
    )
    db = open_db(world(LINE, [claim(order_no="A", line_no="1")], **shipped))
    by_carrier = damage_rates(db, by=["carrier", "month"])
    assert by_carrier.table.select(["carrier", "month", "n", "events"]).to_pylist() == [
        {"carrier": "plane", "month": "2026-08", "n": 1, "events": 1},
        {"carrier": "ship", "month": "2026-08", "n": 1, "events": 1},
    ]
    assert damage_rates(db, since="2026-08-02").n == 0


def test_unknown_damage_is_not_zero(open_db: Any) -> None:
    silent = {"orders": [{"order_no": "A"}], "order_lines": [LINE]}
    with pytest.raises(UsageError, match=r"claims.kind.*qty_defective.*unknown, not zero"):
        damage_rates(open_db(silent))
    counted = open_db({**silent, "order_lines": [{**LINE, "qty_defective": 0}]})
    assert damage_rates(counted).table.column("events").to_pylist() == [0]
    with pytest.raises(UsageError, match=r"claims.kind \(トラブル種類\), so damage is unknown"):
        damage_rates(counted, kinds="damaged")


def test_unknown_kinds_are_refused(open_db: Any) -> None:
    db = open_db(world(LINE))
    with pytest.raises(UsageError, match="Unknown kind 'ugly'"):
        damage_rates(db, kinds=["ugly"])
    with pytest.raises(UsageError, match="Unknown stage_found 'moon'"):
        damage_rates(db, found="moon")
