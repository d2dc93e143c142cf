"""Whose fault claims are: one's own judgement, the export's word, then rules in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from canonical_db import Row, local, promise

from rakustats.errors import UsageError
from rakustats.metrics.claims.attributions import attributions
from rakustats.metrics.claims.causes import claim_causes, repeat_offenders

BOUGHT, TOLD = local("2026-06-01 10:00"), local("2026-07-10 10:00")
LINE: Row = {"order_no": "A", "line_no": "1", "seller_id": "x", "item_id": "i", "sku": "red"}
ORDER = {"order_no": "A", "purchased_at": BOUGHT}
STORED = {"arrived_at": local("2026-06-05 10:00"), "stored_at": local("2026-06-06 10:00")}
LATE = {"kind": "late", "stage_found": "transit"}
GONE = {"kind": "non_arrival", "stage_found": "transit"}


def claim(**facts: Any) -> Row:
    return {"claim_id": "K", "order_no": "A", "line_no": "1", "opened_at": TOLD, **facts}


def world(told: Row, line: Row | None = None, parcel: Row | None = None, **more: Any) -> Any:
    given = {
        "orders": [ORDER],
        "order_lines": [{**LINE, **(line or {})}],
        "claims": [claim(**told)],
        **more,
    }
    if parcel is not None:
        given["shipments"] = [{"shipment_id": "S", **parcel}]
        given["shipment_lines"] = [{"shipment_id": "S", "order_no": "A", "line_no": "1"}]
    return given


def leg2(**facts: Any) -> Row:
    days = {"requested_at": local("2026-06-08 10:00"), "shipped_at": local("2026-06-12 10:00")}
    return {"leg": 2, "promised_at": promise("2026-06-20"), **days, **facts}


def judged(result: Any, *columns: str) -> list[tuple[Any, ...]]:
    wanted = columns or ("rule", "attributed_to", "share")
    return [tuple(row[c] for c in wanted) for row in result.table.to_pylist()]


PHOTO = {"evidence": [{"evidence_id": "E", "claim_id": "K", "kind": "photo"}]}
MAIL = {"evidence": [{"evidence_id": "E", "claim_id": "K", "kind": "mail"}]}
LOOKED = {**STORED, "qty_inspected": 5}
BROKEN = {"kind": "damaged", "stage_found": "delivery"}
PAID_LATE = {
    "freight_quoted_at": local("2026-06-09 10:00"),
    "freight_paid_at": local("2026-06-16 10:00"),
    "delivered_at": local("2026-06-26 10:00"),
}
NEW_YEAR = {
    "requested_at": local("2026-02-08 10:00"),
    "shipped_at": local("2026-02-10 10:00"),
    "promised_at": promise("2026-02-20"),
    "delivered_at": local("2026-03-03 10:00"),
}
CASES: dict[str, tuple[Any, tuple[str, str]]] = {
    "the export's word stands": (
        world({"kind": "damaged", "attributed_to": "customs"}), ("stated", "customs")
    ),
    "the customer's own reason": (
        world({"kind": "customer_reason", "stage_found": "warehouse"}),
        ("customer_reason", "customer"),
    ),
    "the customer paid as late as the goods came": (
        world(LATE, STORED, leg2(**PAID_LATE)), ("late_payment", "customer")
    ),
    "the customer paid a little late": (
        world(LATE, STORED, leg2(**PAID_LATE | {"delivered_at": local("2026-06-28 10:00")})),
        ("undetermined", "undetermined"),
    ),
    "nobody asked for the delivery": (world(LATE, STORED), ("customer_dwell", "customer")),
    "carriers stood still": (world(LATE, STORED, leg2(**NEW_YEAR)), ("closure", "force_majeure")),
    "what is lost is lost, closure or not": (
        world(GONE, STORED, leg2(**NEW_YEAR, lost_at=TOLD)), ("leg2_lost", "leg2_carrier")
    ),
    "short at the warehouse": (
        world({"kind": "short", "stage_found": "warehouse"}, STORED), ("at_warehouse", "seller")
    ),
    "broken at the warehouse: packing or carrier": (
        world({"kind": "damaged", "stage_found": "warehouse"}, STORED),
        ("undetermined", "undetermined"),
    ),
    "lost before the warehouse": (
        world(GONE, None, {"leg": 1, "shipped_at": BOUGHT, "state": "lost"}),
        ("leg1_lost", "leg1_carrier"),
    ),
    "sent and not there": (
        world(GONE, {"seller_shipped_at": BOUGHT}), ("leg1_lost", "leg1_carrier")
    ),
    "never sent": (world(GONE), ("never_sent", "seller")),
    "on the way to Japan for ever": (
        world(GONE, STORED, leg2()), ("leg2_lost", "leg2_carrier")
    ),
    "delivered, says the carrier": (
        world(GONE, STORED, leg2(delivered_at=local("2026-06-19 10:00"))),
        ("undetermined", "undetermined"),
    ),
    "another price": (
        world({"kind": "price_change", "stage_found": "purchase"}), ("terms", "seller")
    ),
    "customs": (world({"kind": "customs", "stage_found": "transit"}), ("customs", "customs")),
    "broken in Japan, with a photo": (
        world(BROKEN, LOOKED, leg2(), **PHOTO), ("broken", "leg2_carrier")
    ),
    "broken in Japan, with a mail": (
        world(BROKEN, LOOKED, leg2(), **MAIL), ("undetermined", "undetermined")
    ),
    "broken in Japan, but nobody had looked": (
        world(BROKEN, STORED, leg2(), **PHOTO), ("undetermined", "undetermined")
    ),
    "defective in Japan after a plain look": (
        world(BROKEN | {"kind": "defective"}, {"inspection_level": "basic"}),
        ("undetermined", "undetermined"),
    ),
    "a claim about nothing known": (
        {"claims": [claim(kind="other", order_no=None, line_no=None)]},
        ("undetermined", "undetermined"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_first_rule_that_holds_decides(duck_db: Any, name: str) -> None:
    given, expected = CASES[name]
    assert judged(attributions(duck_db(given))) == [(*expected, 1.0)]


ESCAPED = world(
    {"kind": "defective", "stage_found": "after_use"}, {**STORED, "inspection_level": "detailed"}
)


def test_what_a_detailed_inspection_passed_is_shared(open_db: Any) -> None:
    result = attributions(open_db(ESCAPED))
    assert judged(result) == [("escape", "agency", 0.5), ("escape", "seller", 0.5)]
    ((ja, en, seller),) = set(judged(result, "reason_ja", "reason_en", "seller_id"))
    assert "詳細検品" in ja
    assert "detailed inspection" in en
    assert seller == "x"


def test_the_slowest_stage_beyond_the_usual_answers_for_delay(duck_db: Any) -> None:
    """Ten days of packing where others take one, and nobody else was slow."""
    given: dict[str, list[Row]] = {
        name: [] for name in ("orders", "order_lines", "shipments", "shipment_lines")
    }
    for n in range(30):
        key = {"order_no": f"{n:02}", "line_no": "1"}
        slow = 10 if n == 0 else 1
        days = {"requested_at": 10, "freight_quoted_at": 10 + slow, "freight_paid_at": 10 + slow}
        days |= {"shipped_at": 11 + slow, "customs_in_at": 14 + slow, "customs_out_at": 15 + slow}
        days |= {"first_attempt_at": 16 + slow, "delivered_at": 16 + slow}
        instants = {name: local(f"2026-06-{day:02} 10:00") for name, day in days.items()}
        given["orders"].append({"order_no": key["order_no"], "purchased_at": BOUGHT})
        given["order_lines"].append({**key, **STORED})
        parcel = {"shipment_id": key["order_no"], "leg": 2, "ship_method": "air", **instants}
        given["shipments"].append({**parcel, "promised_at": promise("2026-06-20")})
        given["shipment_lines"].append({**key, "shipment_id": key["order_no"]})
    told = [claim(**LATE, order_no="00", claim_id="slow"), claim(**LATE, order_no="01")]
    by_parcel = claim(**LATE, order_no=None, line_no=None, shipment_id="00", claim_id="parcel")
    result = attributions(duck_db({**given, "claims": [*told, by_parcel]}))
    assert judged(result, "claim_id", "rule", "attributed_to") == [
        ("K", "undetermined", "undetermined"),
        ("parcel", "slow_stage", "agency"),
        ("slow", "slow_stage", "agency"),
    ]


OWN = """
[[claims]]
claim_id = "K"
attributed_to = { leg2_carrier = 0.25, seller = 0.75 }
author = "田中"
reason = "店舗の '梱包' が薄い"
decided_on = 2026-08-01

[[claims]]
claim_id = "unknown"
attributed_to = "customs"
author = "田中"
reason = "-"
"""


def test_ones_own_judgement_goes_first_from_its_day_on(open_db: Any, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN, encoding="utf-8")
    db = open_db(world({"kind": "damaged", "attributed_to": "customs", "decided_at": TOLD}))
    result = attributions(db, own=own)
    assert judged(result, "rule", "attributed_to", "share", "author", "reason_ja") == [
        ("override", "seller", 0.75, "田中", "店舗の '梱包' が薄い"),
        ("override", "leg2_carrier", 0.25, "田中", "店舗の '梱包' が薄い"),
    ]
    assert [note.en for note in result.notes] == [
        "1 claims that you judged yourself are in no export: unknown"
    ]
    assert judged(attributions(db, own=own, as_of="2026-07-31"))[0][0] == "stated"
    with pytest.raises(UsageError, match=r"gone\.toml: the file cannot be read"):
        attributions(db, own=tmp_path / "gone.toml")


def test_the_reason_of_the_export_is_kept(duck_db: Any) -> None:
    given = world(
        {"attributed_to": "seller", "attribution_reason": "外箱つぶれ", "kind": "damaged"}
    )
    assert judged(attributions(duck_db(given)), "reason_ja", "reason_en") == [
        ("外箱つぶれ", "外箱つぶれ")
    ]
    given["claims"][0]["attribution_reason"] = None
    assert judged(attributions(duck_db(given)), "reason_en") == [("as the export says",)]


def test_what_was_decided_later_is_not_known_yet(duck_db: Any) -> None:
    facts = {"attributed_to": "customs", "decided_at": local("2026-09-01 10:00")}
    db = duck_db(world({"kind": "short", "stage_found": "warehouse", **facts}, STORED))
    assert judged(attributions(db))[0][0] == "stated"
    assert judged(attributions(db, as_of="2026-08-01"))[0][0] == "at_warehouse"
    assert judged(attributions(db, as_of="2026-07-01")) == []


def test_claims_go_by_the_day_of_their_order(duck_db: Any) -> None:
    db = duck_db(ESCAPED)
    assert len(judged(attributions(db, since="2026-06-01", until="2026-06-02"))) == 2
    assert judged(attributions(db, since="2026-07-01")) == []


CAUSES = {
    "orders": [ORDER],
    "order_lines": [LINE, {**LINE, "line_no": "2", "inspection_level": "detailed"}],
    "claims": [
        claim(claim_id="1", kind="short", stage_found="warehouse", qty_affected=3),
        claim(claim_id="2", kind="short", stage_found="warehouse", qty_affected=4),
        claim(claim_id="3", kind="short", stage_found="warehouse", resolution="withdrawn"),
        claim(claim_id="4", kind="defective", stage_found="delivery", line_no="2"),
    ],
}


def test_claims_are_counted_by_kind_stage_and_party(open_db: Any) -> None:
    db = open_db(CAUSES)
    columns = (*("kind", "stage_found", "attributed_to"), "n", "claims", "pieces", "n_withdrawn")
    assert judged(claim_causes(db), *columns) == [
        ("short", "warehouse", "seller", 2, 2.0, 7, 1),
        ("defective", "delivery", "agency", 1, 0.5, None, 0),
        ("defective", "delivery", "seller", 1, 0.5, None, 0),
    ]
    by = claim_causes(db, by=["rule", "month"])
    assert ("at_warehouse", "2026-06", 2.0) in judged(by, "rule", "month", "claims")
    assert sum(row[0] for row in judged(by, "share")) == pytest.approx(1)
    with pytest.raises(UsageError, match="Unknown key 'carrier'"):
        claim_causes(db, by="carrier")


def test_who_is_claimed_again_within_days(open_db: Any) -> None:
    days = ["2026-01-01", "2026-04-01", "2026-07-02", "2026-09-20", "2026-09-21"]
    claims = [
        claim(claim_id=f"{n}", kind="short", opened_at=local(f"{day} 10:00"))
        for n, day in enumerate(days)
    ]
    apart = [
        claim(claim_id="w", kind="short", resolution="withdrawn", opened_at=local("2026-02-01")),
        claim(claim_id="c", kind="customer_reason", opened_at=local("2026-02-01")),
        claim(claim_id="z", kind="short", order_no="Z", opened_at=local("2026-01-02")),
    ]
    other = {**LINE, "line_no": "2", "sku": "blue"}
    db = open_db({"order_lines": [LINE, other], "claims": [*claims, *apart]})
    # 90 days lie between the first two, 92 between the next, 80 and 81 after that
    columns = ("seller_id", "n", "most", "claim_ids")
    assert judged(repeat_offenders(db), *columns) == [("x", 5, 3, "0, 1, 2, 3, 4")]
    assert judged(repeat_offenders(db, at_least=3), *columns) == [("x", 3, 3, "2, 3, 4")]
    assert judged(repeat_offenders(db, within_days=1), *columns) == [("x", 2, 2, "3, 4")]
    assert judged(repeat_offenders(db, by="sku"), "item_id", "sku", "n") == [("i", "red", 5)]
    assert judged(repeat_offenders(db, at_least=4), *columns) == []
    with pytest.raises(UsageError, match="at_least 2 or more"):
        repeat_offenders(db, at_least=1)


def test_without_claims_nothing_can_be_said(duck_db: Any) -> None:
    db = duck_db({"order_lines": [LINE]})
    for ask in (attributions, claim_causes, repeat_offenders):
        with pytest.raises(UsageError, match=r"cannot be told: no export brought claims\.kind"):
            ask(db)
