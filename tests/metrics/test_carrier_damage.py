"""Damage by carriers: what is certain, and what may be theirs besides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.goods.carrier_damage import carrier_damage

SENT, THERE, LATELY = (local(f"2026-{day} 10:00") for day in ("06-01", "06-10", "11-20"))


def parcel(name: str, **facts: Any) -> Row:
    base = {"leg": 2, "carrier": "plane", "shipped_at": SENT, "delivered_at": THERE}
    return {"shipment_id": name, **base, **facts}


def claim(name: str, parcel: str | None, party: str | None, **facts: Any) -> Row:
    base = {"kind": "damaged", "stage_found": "delivery", "opened_at": LATELY}
    return {"claim_id": name, "shipment_id": parcel, "attributed_to": party, **base, **facts}


def rows(result: Any, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[c] for c in columns) for row in result.table.to_pylist()]


GIVEN = {
    "shipments": [
        parcel("sure"),
        parcel("perhaps"),
        parcel("seller's"),
        parcel("sound"),
        parcel("again"),
        parcel("lately", delivered_at=LATELY),
        parcel("on its way", delivered_at=None),
        parcel("lost", delivered_at=None, lost_at=THERE),
        parcel("called off", delivered_at=None, state="void"),
        parcel("another", carrier="ship"),
        parcel("first leg", leg=1, carrier="truck"),
    ],
    "claims": [
        claim("1", "sure", "leg2_carrier"),
        claim("2", "perhaps", "undetermined"),
        claim("3", "seller's", "seller"),
        claim("4", "again", "leg2_carrier"),
        claim("5", "again", "undetermined"),
        claim("6", "sound", "leg2_carrier", resolution="withdrawn"),
        claim("7", "sound", "leg2_carrier", kind="late"),
        claim("8", "another", None),
        claim("9", "first leg", None, stage_found="warehouse"),
    ],
}
COLUMNS = ("carrier", "n", "events", "events_high", "n_undetermined", "n_open", "n_excluded")


def test_a_range_from_certain_to_possible(open_db: Any) -> None:
    db = open_db(GIVEN)
    result = carrier_damage(db)
    assert rows(result, *COLUMNS, "n_recent") == [
        ("plane", 6, 2, 3, 1, 1, 2, 1),
        ("ship", 1, 0, 1, 1, 0, 0, 0),
    ]
    assert rows(result, "rate", "rate_high") == [(2 / 6, 3 / 6), (0.0, 1.0)]
    for low, high in (("estimate", "estimate_high"), ("lo", "lo_high"), ("hi", "hi_high")):
        assert all(a < b for a, b in rows(result, low, high))
    assert rows(carrier_damage(db, leg=1), *COLUMNS) == [("truck", 1, 0, 1, 1, 0, 0)]


def test_which_of_several_parcels_was_damaged_may_be_unknown(duck_db: Any) -> None:
    lines = [{"shipment_id": s, "order_no": "A", "line_no": "1"} for s in ("one", "two")]
    given = {
        "order_lines": [{"order_no": "A", "line_no": "1"}],
        "shipments": [parcel("one"), parcel("two", carrier="ship")],
        "shipment_lines": lines,
        "claims": [claim("1", None, "leg2_carrier", order_no="A", line_no="1")],
    }
    expected = [("plane", 1, 0, 1), ("ship", 1, 0, 1)]
    assert rows(carrier_damage(duck_db(given)), *COLUMNS[:4]) == expected
    given["shipment_lines"] = lines[:1]
    assert rows(carrier_damage(duck_db(given)), *COLUMNS[:4])[0] == ("plane", 1, 1, 1)


def test_a_parcel_that_carries_on_is_one_delivery_of_the_last_carrier(duck_db: Any) -> None:
    given = {
        "shipments": [
            parcel("master", delivered_at=None),
            parcel("mile", carrier="van", parent_shipment_id="master"),
        ],
        "claims": [claim("1", "master", "leg2_carrier")],
    }
    assert rows(carrier_damage(duck_db(given)), *COLUMNS[:3]) == [("van", 1, 1)]


def test_ones_own_judgement_counts(duck_db: Any, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    text = '[[claims]]\nclaim_id = "2"\nattributed_to = "{}"\nauthor = "t"\nreason = "r"\n'
    for party, expected in (("leg2_carrier", (3, 3)), ("agency", (2, 2))):
        own.write_text(text.format(party), encoding="utf-8")
        damaged = carrier_damage(duck_db(GIVEN), own=own)
        assert rows(damaged, "events", "events_high")[0] == expected


def test_by_handover_and_not_by_what_a_parcel_has_not(duck_db: Any) -> None:
    db = duck_db(GIVEN)
    assert carrier_damage(db, since="2026-06-02").n == 0
    assert rows(carrier_damage(db, by="month"), "month", "n") == [("2026-06", 7)]
    with pytest.raises(UsageError, match="A parcel has no seller_id"):
        carrier_damage(db, by="seller")
    with pytest.raises(UsageError, match="leg is 1 or 2"):
        carrier_damage(db, leg=3)
