"""What the warehouse finds wrong, and what it lets through."""

from __future__ import annotations

from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.goods.inspection_escapes import inspection_escapes
from rakustats.metrics.goods.quality_rates import quality_rates

LONG_AGO, LATELY = local("2026-09-01 10:00"), local("2026-11-20 10:00")
COUNTED = {"qty_defective": 0, "qty_short": 0, "qty_wrong": 0}


def line(order: str, **facts: Any) -> Row:
    there = {"arrived_at": LONG_AGO, "stored_at": LONG_AGO, "qty_purchased": 10, "qty_received": 10}
    return {"order_no": order, "line_no": "1", **there, **facts}


def claim(order: str, kind: str, **facts: Any) -> Row:
    base = {"claim_id": f"{order}-{kind}", "kind": kind, "opened_at": LONG_AGO, "line_no": "1"}
    return {**base, "order_no": order, "stage_found": "warehouse", **facts}


def delivered(*orders: str, at: Any = LONG_AGO) -> dict[str, list[Row]]:
    return {
        "shipments": [{"shipment_id": f"S{o}", "leg": 2, "delivered_at": at} for o in orders],
        "shipment_lines": [{"shipment_id": f"S{o}", "order_no": o, "line_no": "1"} for o in orders],
    }


def rows(result: Any, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[c] for c in columns) for row in result.table.to_pylist()]


GIVEN: dict[str, list[Row]] = {
    "order_lines": [
        line("A", **COUNTED | {"qty_defective": 2, "qty_inspected": 8}),
        line("B", **COUNTED | {"qty_short": 3, "qty_received": 7}),
        line("C", **COUNTED | {"qty_wrong": 1}),
        line("D", **COUNTED | {"qty_received": 12}),
        line("E", **COUNTED),
        line("F"),
        line("G", stored_at=None),
        {"order_no": "H", "line_no": "1", "qty_purchased": 10},
    ],
    "claims": [
        claim("E", "wrong_item", qty_affected=2),
        claim("A", "wrong_item", resolution="withdrawn"),
        claim("B", "defective", stage_found="delivery"),
    ],
}
LINES = {"defective": 1, "short": 1, "wrong": 2, "any": 5}
# the inspected pieces, else the received ones; for what is missing the ones bought
PIECES = {"defective": (47, 2), "short": (50, 3), "wrong": (47, 3), "any": (50, 10)}


@pytest.mark.parametrize("what", LINES)
def test_a_line_counts_once_somebody_counted_it(duck_db: Any, what: Any) -> None:
    result = quality_rates(duck_db(GIVEN), what=what)
    assert rows(result, "n", "events", "n_open", "n_excluded", "n_not_counted") == [
        (5, LINES[what], 2, 1, 1)
    ]


@pytest.mark.parametrize("what", PIECES)
def test_pieces_have_their_own_denominators(duck_db: Any, what: Any) -> None:
    result = quality_rates(duck_db(GIVEN), what=what, unit="piece")
    assert rows(result, "n", "events") == [PIECES[what]]
    by_received = {"defective": 39, "wrong": 39}
    assert rows(result, "n_by_received") == [(by_received.get(what, 0),)]


def test_too_many(open_db: Any) -> None:
    db = open_db(GIVEN)
    # what is received is known of F and G too, though nobody inspected them
    assert rows(quality_rates(db, what="excess"), "n", "events", "n_open") == [(7, 1, 1)]
    pieces = quality_rates(db, what="excess", unit="piece")
    assert rows(pieces, "n", "events", "n_open") == [(70, 2, 10)]


def test_over_delivery_never_passes_one(duck_db: Any) -> None:
    db = duck_db({"order_lines": [line("A", qty_received=99)]})
    assert rows(quality_rates(db, what="excess", unit="piece"), "n", "events", "rate") == [
        (10, 10, 1.0)
    ]


def test_where_nobody_counts_claims_tell(duck_db: Any) -> None:
    given = {"order_lines": [line("A"), line("B")], "claims": [claim("A", "short")]}
    result = quality_rates(duck_db(given), what="short")
    assert rows(result, "n", "events", "n_not_counted") == [(2, 1, 0)]
    assert any("claims alone" in note.en for note in result.notes)


def test_no_data_is_not_zero(duck_db: Any) -> None:
    db = duck_db({"order_lines": [line("A")]})
    with pytest.raises(UsageError, match=r"no export brought order_lines.qty_short .*claims.kind"):
        quality_rates(db, what="short")
    nothing = quality_rates(duck_db({"order_lines": [line("A", **COUNTED)]}), since="2030-01-01")
    assert rows(nothing, "n", "rate", "estimate") == [(0, None, None)]


def test_other_faults_are_refused(duck_db: Any) -> None:
    db = duck_db(GIVEN)
    with pytest.raises(UsageError, match="or any, not 'ugly'"):
        quality_rates(db, what="ugly")
    with pytest.raises(UsageError, match="Unknown kind 'late'"):
        inspection_escapes(db, kinds=["late"])


def test_levels_are_not_mixed_in_silence(duck_db: Any) -> None:
    db = duck_db(GIVEN)
    assert any("mixed" in note.en for note in quality_rates(db).notes)
    assert not any("mixed" in note.en for note in quality_rates(db, by="inspection_level").notes)


ESCAPED: dict[str, list[Row]] = {
    "order_lines": [
        line("A", inspection_level="basic", **COUNTED | {"qty_defective": 3}),
        line("B", inspection_level="basic", **COUNTED),
        line("C", inspection_level="detailed", **COUNTED | {"qty_defective": 4}),
        line("D", inspection_level="detailed", **COUNTED | {"qty_defective": 5}),
        line("E", inspection_level="basic", qty_defective=None),
    ],
    "claims": [
        claim("A", "defective", stage_found="delivery", qty_affected=2),
        claim("B", "defective", stage_found="after_use"),
        claim("E", "defective", stage_found="delivery"),
        claim("C", "defective", stage_found="delivery", resolution="withdrawn"),
    ],
    **delivered("A", "B", "C", "E"),
}


def test_what_slips_through_inspection(open_db: Any) -> None:
    db = open_db(ESCAPED)
    by_piece = inspection_escapes(db)
    columns = ("inspection_level", "n", "events", "n_not_delivered", "n_not_counted")
    assert rows(by_piece, *columns) == [("basic", 6, 3, 0, 1), ("detailed", 4, 0, 5, 0)]
    by_line = inspection_escapes(db, by=None, unit="line")
    assert rows(by_line, "n", "events") == [(3, 2)]
    assert any("do not compare" in note.en for note in by_piece.notes)


def test_what_japan_may_still_find_is_open(duck_db: Any) -> None:
    given = {**ESCAPED, **delivered("A", "B", "C", "E", at=LATELY)}
    assert rows(inspection_escapes(duck_db(given), by=None), "n", "n_open", "rate") == [
        (0, 10, None)
    ]
