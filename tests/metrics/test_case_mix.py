"""Observed over expected: a group is compared with what its own mix would bring elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from canonical_db import OpenDb, Row, promise

import rakustats as rs
from rakustats.errors import UsageError
from rakustats.metrics.spec.case_mix import price_band

Rows = dict[str, list[Row]]
GLASS, CLOTH = ("ガラス", 50.0), ("衣類", 5.0)


def trade(*parts: tuple[str, tuple[str, float], int, int]) -> Rows:
    """Parcels of one line each: seller, kind of goods, how many, how many of them late."""
    given: Rows = {"orders": [], "order_lines": [], "shipments": [], "shipment_lines": []}
    for seller, (category, price), n, late in parts:
        for i in range(n):
            order = f"{seller}-{category}-{i}"
            line = {"order_no": order, "line_no": "1", "seller_id": seller, "seller_name": seller}
            line |= {"category": category, "unit_price_cny": price, "qty_ordered": 1}
            day = "2026-03-10" if i < late else "2026-03-01"
            parcel = {"shipment_id": order, "order_no": order, "leg": 2, "ship_method": "EMS"}
            parcel |= {"requested_at": "2026-02-20 00:00", "promised_at": promise("2026-03-05")}
            parcel |= {"delivered_at": f"{day} 03:00", "state": "delivered"}
            given["orders"].append({"order_no": order, "submitted_at": "2026-02-10 00:00"})
            given["order_lines"].append(line)
            given["shipments"].append(parcel)
            given["shipment_lines"].append(
                {"shipment_id": order, "order_no": order, "line_no": "1"}
            )
    return given


def by_seller(result: rs.Result) -> dict[str, dict[str, Any]]:
    return {row["seller_id"]: row for row in result.table.to_pylist()}


# 4 of 10 glasses are late and 1 of 10 clothes: A sells glass, B sells cloth, C both
MIXED = trade(("A", GLASS, 80, 32), ("B", CLOTH, 80, 8), ("C", GLASS, 30, 12), ("C", CLOTH, 30, 3))


@pytest.mark.parametrize("unit", ["shipment", "line"])
def test_expected_events_are_those_of_the_strata(duck_db: OpenDb, unit: Any) -> None:
    db = duck_db(MIXED)
    rows = by_seller(rs.delay_rates(db, by="seller", unit=unit, adjust="category"))
    assert {s: row["expected"] for s, row in rows.items()} == pytest.approx(
        {"A": 32.0, "B": 8.0, "C": 15.0}
    )
    for row in rows.values():
        assert row["ratio"] == pytest.approx(row["events"] / row["expected"])
        assert row["judged"] == "similar"


def test_without_strata_the_glass_seller_would_look_bad(duck_db: OpenDb) -> None:
    db = duck_db(MIXED)
    plain = by_seller(rs.delay_rates(db, by="seller"))
    fair = by_seller(rs.delay_rates(db, by="seller", adjust=["category", "price_band"]))
    assert "expected" not in plain["A"]
    assert plain["A"]["expected_rank"] < 1.2
    assert fair["A"]["expected_rank"] == pytest.approx(2, abs=0.35)
    for key in ("n", "events", "rate", "n_open", "n_excluded"):
        assert [plain[s][key] for s in plain] == [fair[s][key] for s in fair]


@pytest.mark.parametrize(
    ("late", "judged"), [(0, "better"), (10, "similar"), (18, "worse"), (45, "much worse")]
)
def test_the_word_follows_the_interval(duck_db: OpenDb, late: int, judged: str) -> None:
    db = duck_db(trade(("X", CLOTH, 60, late), ("Y", CLOTH, 240, 48 - late)))
    row = by_seller(rs.delay_rates(db, by="seller", adjust="category"))["X"]
    # what is usual is what the others do
    assert row["expected"] == pytest.approx(60 * (48 - late) / 240)
    assert row["judged"] == judged
    assert row["ratio_lo"] <= row["ratio"] <= row["ratio_hi"]


def test_the_interval_is_the_exact_one_of_a_poisson_count(duck_db: OpenDb) -> None:
    rows = by_seller(
        rs.delay_rates(duck_db(trade(("X", CLOTH, 50, 5))), by="seller", adjust="season")
    )
    # tables of exact Poisson limits: 5 events, 90 %: 1.970 to 10.513
    found = [rows["X"][c] * 5 for c in ("ratio_lo", "ratio_hi")]
    assert found == pytest.approx([1.970, 10.513], abs=0.001)


def test_a_small_stratum_takes_the_rate_of_the_wider_one(duck_db: OpenDb) -> None:
    rare = ("ガラス", 500.0)
    glass = ("A", GLASS, 40, 8), ("C", GLASS, 40, 12), ("B", rare, 10, 10)
    db = duck_db(trade(*glass, ("B", CLOTH, 50, 0), ("D", CLOTH, 50, 5)))
    rows = by_seller(rs.delay_rates(db, by="seller", adjust=["category", "price_band"]))
    # nobody else sells B's dear glasses: all glasses of others, 20 of 80; cloth as D's
    assert rows["B"]["expected"] == pytest.approx(10 * 20 / 80 + 50 * 5 / 50)
    # for A and C there are enough others in their band
    assert (rows["A"]["expected"], rows["C"]["expected"]) == pytest.approx((12, 8))


def test_one_that_is_most_of_a_stratum_is_not_its_own_measure(duck_db: OpenDb) -> None:
    trades = ("A", GLASS, 100, 2), ("B", GLASS, 30, 9), ("C", CLOTH, 60, 18), ("D", CLOTH, 60, 18)
    rows = by_seller(rs.delay_rates(duck_db(trade(*trades)), by="seller", adjust="category"))
    assert rows["A"]["expected"] == pytest.approx(30)
    assert rows["A"]["judged"] == "better"
    # two sellers say little of how hard glass is, but A is better than B at it
    assert rows["A"]["expected_rank"] > 3.3
    assert rows["A"]["adjusted_hi"] < rows["B"]["adjusted"]


def test_nothing_known_and_nothing_happened_stay_apart(duck_db: OpenDb) -> None:
    quiet = by_seller(
        rs.delay_rates(duck_db(trade(("A", CLOTH, 40, 0))), by="seller", adjust="category")
    )["A"]
    assert quiet["expected"] == 0
    assert quiet["ratio"] is None
    assert quiet["judged"] is None
    given = trade(("A", CLOTH, 40, 4), ("B", CLOTH, 1, 0))
    given["shipments"][-1]["promised_at"] = None
    unjudged = by_seller(rs.delay_rates(duck_db(given), by="seller", adjust="category"))["B"]
    assert (unjudged["n"], unjudged["expected"], unjudged["ratio"]) == (0, None, None)


def test_all_together_are_as_expected(duck_db: OpenDb) -> None:
    (row,) = rs.delay_rates(duck_db(MIXED), adjust=["category", "season"]).table.to_pylist()
    assert row["expected"] == pytest.approx(row["events"])
    assert row["p_worst"] is None


def test_damage_is_adjusted_alike(duck_db: OpenDb) -> None:
    given = trade(("A", GLASS, 60, 0), ("B", CLOTH, 60, 0), ("C", GLASS, 30, 0))
    broken = ["A-ガラス-0", "A-ガラス-1", "C-ガラス-0", "B-衣類-0"]
    given["claims"] = [
        {"claim_id": o, "order_no": o, "line_no": "1", "kind": "damaged", "opened_at": "2026-03-02"}
        for o in broken
    ]
    rows = by_seller(rs.damage_rates(duck_db(given), by="seller", adjust=["category"]))
    assert {s: row["expected"] for s, row in rows.items()} == pytest.approx(
        # nobody else sells cloth: B is held against all others, 3 of 90
        {"A": 2.0, "B": 2.0, "C": 1.0}
    )


@pytest.mark.parametrize(
    ("price", "band"), [(0, "0: <10"), (9.99, "0: <10"), (10, "1: <30"), (300, "4: 300+")]
)
def test_bands_hold_their_lower_end(duck_db: OpenDb, price: float, band: str) -> None:
    db = duck_db({})
    found = db.engine.query(f"SELECT {price_band(f'CAST({price} AS DOUBLE)')} AS band")
    assert found.to_pylist() == [{"band": band}]


def test_an_unknown_stratum_is_refused(duck_db: OpenDb) -> None:
    with pytest.raises(UsageError, match="'colour'; valid are category"):
        rs.delay_rates(duck_db(MIXED), adjust=["category", "colour"])
