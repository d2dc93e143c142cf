import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from canonical_db import Row, local, promise

from rakustats.errors import UsageError
from rakustats.metrics.delivery.delays import delay_rates
from rakustats.metrics.goods.damage import damage_rates
from rakustats.store.instants import instant

AT = "2026-11-15"
BEFORE, AFTER = local("2026-11-10 10:00"), local("2026-11-20 10:00")
EARLY_EXPORT, LATE_EXPORT = "2026-11-11 00:00", "2026-12-01 00:00"


def seen(db: Any, table: str) -> list[Row]:
    rows: list[Row] = db.sql(f"SELECT * FROM {table}").table.to_pylist()
    return rows


def test_a_day_ends_in_shanghai_and_a_naive_instant_is_utc() -> None:
    assert instant("2026-11-15") == datetime(2026, 11, 15, 15, 59, 59, 999999)
    assert instant("2026-11-15T12:00:00+09:00") == datetime(2026, 11, 15, 3)
    assert instant(datetime(2026, 11, 15, 3)) == datetime(2026, 11, 15, 3)
    with pytest.raises(UsageError, match="neither a day"):
        instant("last week")


def test_later_instants_are_blank_and_promises_stay(open_db: Any) -> None:
    parcel = {"shipment_id": "S", "leg": 2, "requested_at": BEFORE, "shipped_at": BEFORE,
              "delivered_at": AFTER, "promised_at": promise("2026-11-18"),
              "state": "delivered", "state_raw": "配達完了", "freight_jpy": 900}  # fmt: skip
    (row,) = seen(open_db({"shipments": [parcel]}, as_of=AT), "shipments")
    assert (row["delivered_at"], row["delivered_day"]) == (None, None)
    assert row["promised_day"].isoformat() == "2026-11-18"
    assert (row["state"], row["state_raw"]) == ("shipped", None)
    assert row["freight_jpy"] == 900


def test_rows_not_born_are_not_there(open_db: Any) -> None:
    given = {
        "orders": [{"order_no": "A", "submitted_at": BEFORE},
                   {"order_no": "B", "submitted_at": AFTER}, {"order_no": "C"}],
        "order_lines": [{"order_no": o, "line_no": "1", "seller_shipped_at": AFTER} for o in "ABC"],
        "shipments": [{"shipment_id": s, "requested_at": BEFORE if s == "A" else AFTER}
                      for s in "AB"],
        "shipment_lines": [{"shipment_id": s, "order_no": "A", "line_no": "1"} for s in "AB"],
    }  # fmt: skip
    db = open_db(given, as_of=AT)
    assert sorted(r["order_no"] for r in seen(db, "orders")) == ["A", "C"]
    # nothing tells when C was ordered, so its line begins with its own first instant
    assert [r["order_no"] for r in seen(db, "order_lines")] == ["A"]
    assert [r["shipment_id"] for r in seen(db, "shipment_lines")] == ["A"]


def test_facts_wait_for_their_stage(open_db: Any) -> None:
    facts = {"qty_received": 5, "qty_defective": 1, "qty_shipped": 4, "qty_purchased": 5}
    lines = [
        {"order_no": "A", "line_no": "arrived", "arrived_at": BEFORE, "stored_at": AFTER, **facts},
        {"order_no": "A", "line_no": "stored", "stored_at": BEFORE, **facts},
        {"order_no": "A", "line_no": "claimed", **facts},
        {"order_no": "A", "line_no": "shipped", **facts},
        {"order_no": "A", "line_no": "stated", "exported_at": EARLY_EXPORT, **facts},
    ]
    given = {
        "orders": [{"order_no": "A", "submitted_at": BEFORE, "purchased_at": AFTER}],
        "order_lines": lines,
        "claims": [{"claim_id": "K", "order_no": "A", "line_no": "claimed", "opened_at": BEFORE,
                    "decided_at": AFTER, "resolution": "withdrawn"}],
        "shipments": [{"shipment_id": "S", "leg": 2, "shipped_at": BEFORE}],
        "shipment_lines": [{"shipment_id": "S", "order_no": "A", "line_no": "shipped"}],
    }  # fmt: skip
    db = open_db(given, as_of=AT)
    known = {r["line_no"]: {c for c in facts if r[c] is not None} for r in seen(db, "order_lines")}
    assert known == {
        # what has arrived was bought, and what is packed was looked at before
        "arrived": {"qty_purchased", "qty_received"},
        "stored": {"qty_purchased", "qty_received", "qty_defective"},
        "claimed": {"qty_defective"},
        "shipped": set(facts),
        "stated": set(facts),
    }
    assert seen(db, "claims")[0]["resolution"] is None


def test_the_newest_version_by_then_else_the_oldest(open_db: Any) -> None:
    versions = [
        {"shipment_id": "S", "carrier": c, "exported_at": f"2026-11-{d} 00:00"}
        for c, d in (("one", "05"), ("two", "10"), ("three", "20"))
    ]
    single = {"shipment_id": "T", "carrier": "only", "exported_at": "2026-11-20 00:00"}
    for day, carrier in (("01", "one"), ("06", "one"), ("15", "two"), ("25", "three")):
        db = open_db({"shipments": [single]}, {"shipments": versions}, as_of=f"2026-11-{day}")
        assert {r["shipment_id"]: r["carrier"] for r in seen(db, "shipments")} == {
            "S": carrier,
            "T": "only",
        }


def test_a_delivery_still_awaited_then_was_late(open_db: Any) -> None:
    parcel = {"shipment_id": "S", "leg": 2, "requested_at": BEFORE, "delivered_at": AFTER,
              "promised_at": promise("2026-11-12")}  # fmt: skip
    db = open_db({"shipments": [parcel]})
    columns = ["n", "events", "n_open", "n_overdue_open"]
    for as_of, expected in (
        ("2026-11-09", [0, 0, 0, 0]),
        ("2026-11-11", [0, 0, 1, 0]),
        ("2026-11-12", [1, 1, 0, 1]),
        (None, [1, 1, 0, 0]),
    ):
        row = delay_rates(db, as_of=as_of).table.to_pylist()[0]
        assert [row[c] for c in columns] == expected, as_of


def test_adding_the_future_changes_nothing(open_db: Any) -> None:
    assert_future_changes_nothing(open_db, seed=0)


@pytest.mark.parametrize("seed", range(1, 4))
def test_whatever_the_future_is_it_changes_nothing(duck_db: Any, seed: int) -> None:
    assert_future_changes_nothing(duck_db, seed)


def assert_future_changes_nothing(open_db: Any, seed: int) -> None:
    chance = random.Random(seed)
    given = world(chance)
    later = {name: [*rows, *future(chance)[name]] for name, rows in given.items()}
    then, now = open_db(given, as_of=AT), open_db(later, as_of=AT)
    by = ["seller", "carrier", "month"]
    assert delay_rates(then, by).table == delay_rates(now, by).table
    assert delay_rates(then, by, unit="line").table == delay_rates(now, by, unit="line").table
    assert damage_rates(then, by).table == damage_rates(now, by).table


def world(chance: random.Random) -> dict[str, list[Row]]:
    """Orders whose instants lie on both sides of the as-of, exported before or after it."""
    made: dict[str, list[Row]] = {
        name: [] for name in ("orders", "order_lines", "shipments", "shipment_lines", "claims")
    }
    for number in range(40):
        add_order(made, f"O{number}", local("2026-11-01 10:00"), chance)
    return made


def future(chance: random.Random) -> dict[str, list[Row]]:
    made: dict[str, list[Row]] = {
        name: [] for name in ("orders", "order_lines", "shipments", "shipment_lines", "claims")
    }
    for number in range(15):
        add_order(made, f"F{number}", AFTER, chance)
    claim = {"claim_id": "F", "kind": "damaged", "order_no": "O1", "line_no": "1"}
    made["claims"].append({**claim, "opened_at": AFTER, "exported_at": LATE_EXPORT})
    return made


def add_order(made: dict[str, list[Row]], no: str, start: datetime, chance: random.Random) -> None:
    def on(day: float) -> datetime:
        return start + timedelta(days=day + chance.random() * 12)

    made["orders"].append({"order_no": no, "submitted_at": start, "purchased_at": on(0)})
    seller = chance.choice("xyz")
    line = {"order_no": no, "line_no": "1", "seller_id": seller, "stored_at": on(3)}
    made["order_lines"].append({**line, "qty_received": 2, "qty_defective": chance.randint(0, 1)})
    parcel = {"shipment_id": no, "leg": 2, "carrier": chance.choice("ab"), "requested_at": on(3)}
    made["shipments"].append(
        {**parcel, "shipped_at": on(4), "promised_at": on(6), "delivered_at": on(6)}
    )
    made["shipment_lines"].append({"shipment_id": no, "order_no": no, "line_no": "1"})
    if chance.random() < 0.4:
        claim = {"claim_id": no, "kind": "damaged", "order_no": no, "line_no": "1"}
        made["claims"].append({**claim, "opened_at": on(8)})
