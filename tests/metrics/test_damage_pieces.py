"""Damage by stage, by piece, and by what both seller and carrier share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.goods.damage import damage_rates

LONG_AGO = local("2026-06-01 10:00")


def line(order: str, number: int = 1, **facts: Any) -> Row:
    return {"order_no": order, "line_no": str(number), "stored_at": LONG_AGO, **facts}


def claim(order: str, **facts: Any) -> Row:
    base = {"claim_id": f"K{order}{len(facts)}", "kind": "damaged", "opened_at": LONG_AGO}
    return {**base, "order_no": order, "line_no": "1", "stage_found": "delivery", **facts}


def sent(carrier: str, *orders: str) -> dict[str, list[Row]]:
    parcel = {"shipment_id": carrier, "leg": 2, "carrier": carrier, "delivered_at": LONG_AGO}
    lines = [{"shipment_id": carrier, "order_no": o, "line_no": "1"} for o in orders]
    return {"shipments": [parcel], "shipment_lines": lines}


def rows(result: Any, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[c] for c in columns) for row in result.table.to_pylist()]


def test_pieces_of_one_order_do_not_count_as_if_independent(open_db: Any) -> None:
    db = open_db(
        {
            "order_lines": [
                line("A", qty_received=6, qty_defective=2),
                line("A", 2, qty_received=4, qty_defective=0),
                line("B", qty_received=30),
            ]
        }
    )
    result = damage_rates(db, unit="piece")
    ((n, events, rate, effect, n_effective),) = rows(
        result, "n", "events", "rate", "design_effect", "n_effective"
    )
    assert (n, events, rate) == (40, 2, 0.05)
    # orders of 10 and 30 pieces: 25 on average over the pieces, alike by 0.2
    assert effect == pytest.approx(1 + 24 * 0.2)
    assert n_effective == pytest.approx(40 / 5.8)
    ((lo, hi),) = rows(result, "lo", "hi")
    assert hi - lo > 0.1


def test_how_much_alike_pieces_are_is_measured(open_db: Any) -> None:
    rng = np.random.default_rng(5)
    sizes = rng.integers(1, 40, 60)
    bad = rng.binomial(sizes, rng.beta(0.5, 4.5, 60))
    group = np.arange(60) % 3
    given = [
        line(f"{i:02}", seller_id=f"s{g}", qty_received=int(m), qty_defective=int(x))
        for i, (m, x, g) in enumerate(zip(sizes, bad, group, strict=True))
    ]
    result = damage_rates(open_db({"order_lines": given}), by="seller", unit="piece")
    total = [sizes[group == g].sum() for g in range(3)]
    between = sum(
        (bad[group == g] ** 2 / sizes[group == g]).sum() - bad[group == g].sum() ** 2 / total[g]
        for g in range(3)
    ) / (60 - 3)
    within = (bad - bad**2 / sizes).sum() / (sizes.sum() - 60)
    squares = [(sizes[group == g] ** 2).sum() for g in range(3)]
    n0 = (sizes.sum() - sum(s / t for s, t in zip(squares, total, strict=True))) / (60 - 3)
    rho = (between - within) / (between + (n0 - 1) * within)
    assert 0.03 < rho < 0.3
    expected = [1 + (s / t - 1) * rho for s, t in zip(squares, total, strict=True)]
    assert [e for (e,) in rows(result, "design_effect")] == pytest.approx(expected, abs=1e-9)


def test_a_claim_says_how_many_pieces_or_one_is_taken(duck_db: Any) -> None:
    given = {
        "order_lines": [line(o, qty_received=10) for o in "ABC"],
        "claims": [claim("A", qty_affected=3), claim("B"), claim("C", qty_affected=99)],
    }
    assert rows(damage_rates(duck_db(given), unit="piece"), "n", "events", "n_assumed") == [
        (30, 3 + 1 + 10, 10)
    ]


def test_the_count_and_the_claim_of_the_same_pieces_are_not_added(duck_db: Any) -> None:
    given = {
        "order_lines": [line("A", qty_received=10, qty_defective=3)],
        "claims": [
            claim("A", kind="defective", qty_affected=2, stage_found="warehouse"),
            claim("A", qty_affected=1, claim_id="other"),
        ],
        **sent("plane", "A"),
    }
    assert rows(damage_rates(duck_db(given), unit="piece"), "n", "events") == [(10, 4)]


def test_lines_without_a_number_of_pieces_are_left_out(duck_db: Any) -> None:
    given = {"order_lines": [line("A", qty_received=10, qty_defective=0), line("B")]}
    result = damage_rates(duck_db(given), unit="piece")
    assert rows(result, "n", "events", "n_no_number", "n_excluded") == [(10, 0, 1, 1)]


def test_each_stage_has_the_lines_that_reached_it(open_db: Any) -> None:
    given = {
        "order_lines": [line("A", qty_defective=1), line("B", qty_defective=0), line("C")],
        "claims": [claim("B"), claim("B", stage_found="after_use", kind="defective")],
        **sent("plane", "A", "B"),
    }
    db = open_db(given)
    found = damage_rates(db, by="stage_found")
    assert rows(found, "stage_found", "n", "events", "n_open") == [
        ("after_use", 2, 1, 1),
        ("delivery", 2, 1, 1),
        ("transit", 2, 0, 1),
        ("warehouse", 3, 1, 0),
    ]
    assert rows(damage_rates(db), "n", "events") == [(3, 2)]
    assert rows(damage_rates(db, found=["delivery", "after_use"]), "n", "events") == [(2, 1)]
    unknown = {**given, "claims": [claim("B", stage_found=None)]}
    by_stage = damage_rates(open_db(unknown), by="stage_found")
    assert rows(by_stage, "stage_found", "events")[-1] == (None, 1)


def test_by_seller_and_carrier_and_by_inspection(duck_db: Any) -> None:
    given = {
        "order_lines": [
            line("A", seller_id="x", inspection_level="basic"),
            line("B", seller_id="x", inspection_level="detailed"),
            line("C", seller_id="y", inspection_level="detailed"),
        ],
        "claims": [claim("B")],
    }
    for carrier, orders in (("plane", "AC"), ("ship", "B")):
        for name, added in sent(carrier, *orders).items():
            given.setdefault(name, []).extend(added)
    db = duck_db(given)
    both = damage_rates(db, by=["seller", "carrier"])
    assert rows(both, "seller_id", "carrier", "n", "events") == [
        ("x", "plane", 1, 0),
        ("x", "ship", 1, 1),
        ("y", "plane", 1, 0),
    ]
    by_level = damage_rates(db, by="inspection_level")
    assert rows(by_level, "inspection_level", "n", "events") == [
        ("basic", 1, 0),
        ("detailed", 2, 1),
    ]


def test_a_claim_of_a_parcel_that_names_an_order_concerns_that_order_alone(duck_db: Any) -> None:
    given = {
        "order_lines": [line("A"), line("B")],
        "claims": [claim("A", line_no=None, shipment_id="plane")],
        **sent("plane", "A", "B"),
    }
    assert rows(damage_rates(duck_db(given)), "n", "events") == [(2, 1)]


def test_stages_are_not_drawn_to_each_other(duck_db: Any) -> None:
    """Most is found at the warehouse; that says nothing about what is found at delivery."""
    names = [f"{n:03}" for n in range(200)]
    given = {
        "order_lines": [line(o, qty_defective=int(o < "080")) for o in names],
        "claims": [claim("000")],
        **sent("plane", *names),
    }
    found = damage_rates(duck_db(given), by="stage_found")
    estimates = dict(rows(found, "stage_found", "estimate"))
    assert estimates["warehouse"] == pytest.approx(0.4, abs=0.01)
    assert estimates["delivery"] == pytest.approx(1 / 200, abs=0.003)
    assert estimates["transit"] < 0.003
    with pytest.raises(UsageError, match="do not go together"):
        damage_rates(duck_db(given), by="stage_found", adjust="category")


def test_what_is_expected_of_pieces_is_as_uncertain_as_they_are(duck_db: Any) -> None:
    given = {
        "order_lines": [
            line(f"{n:02}", seller_id=f"s{n % 2}", qty_received=20, qty_defective=(n % 5 == 0) * 10)
            for n in range(40)
        ]
    }
    db = duck_db(given)
    lines = damage_rates(db, by="seller", adjust="category")
    pieces = damage_rates(db, by="seller", adjust="category", unit="piece")
    assert rows(pieces, "ratio") == rows(lines, "ratio") == [(1.0,), (1.0,)]
    for (of_lines,), (of_pieces,) in zip(
        rows(lines, "ratio_hi"), rows(pieces, "ratio_hi"), strict=True
    ):
        # ten times the events, but no more orders
        assert of_pieces > 0.9 * of_lines


def test_another_unit_is_refused(duck_db: Any) -> None:
    with pytest.raises(UsageError, match="unit is line or piece, not 'box'"):
        damage_rates(duck_db({"order_lines": [line("A")]}), unit="box")
