from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.money.prices import quote_drift
from rakustats.metrics.money.weights import weight_gaps

BOUGHT = local("2026-09-01 10:00")


def line(number: int, quoted: float | None, paid: float | None, **facts: Any) -> Row:
    prices = {"unit_price_cny_quoted": quoted, "unit_price_cny": paid}
    return {"order_no": "A", "line_no": str(number), "seller_id": "x", **prices, **facts}


def world(*lines: Row, **tables: list[Row]) -> dict[str, list[Row]]:
    orders = [{"order_no": "A", "purchased_at": BOUGHT}, {"order_no": "B", "submitted_at": BOUGHT}]
    return {"orders": orders, "order_lines": list(lines), **tables}


def test_drift_and_who_is_left_out(open_db: Any) -> None:
    given = world(
        *(line(i, 100, paid) for i, paid in enumerate((100, 100, 100, 110, 130, 95))),
        line(7, None, 50),
        line(8, 0, 50),
        line(9, 100, None),
        line(10, 100, None, order_no="B"),
        line(11, 100, 200, qty_ordered=0),
        line(12, 100, 200, remark="サンプル"),
        claims=[{"claim_id": "Q", "kind": "freight_change", "order_no": "A", "line_no": "0"}],
    )
    (row,) = quote_drift(open_db(given), by="seller").table.to_pylist()
    assert (row["n"], row["events"], row["n_lowered"], row["n_freight_change"]) == (6, 2, 1, 1)
    assert (row["n_no_quote"], row["n_no_price"], row["n_open"]) == (2, 1, 1)
    assert (row["n_no_quantity"], row["n_test"], row["n_excluded"]) == (1, 1, 5)
    assert row["rate"] == pytest.approx(1 / 3)
    # sorted drifts: -.05 0 0 0 .1 .3; the 90 % quantile lies half way between the last two
    assert row["drift_median"] == pytest.approx(0)
    assert row["drift_p90"] == pytest.approx(0.2)


def test_a_price_is_known_once_the_order_is_bought(duck_db: Any) -> None:
    given = world(line(1, 100, 110))
    # without the day of its quote nobody could tell whether there was one by then
    given["orders"][0] |= {"submitted_at": local("2026-08-01 10:00")}
    given["orders"][0] |= {"quoted_at": local("2026-08-02 10:00")}
    (row,) = quote_drift(duck_db(given), as_of="2026-08-15").table.to_pylist()
    assert (row["n"], row["n_open"], row["drift_median"], row["rate"]) == (0, 1, None, None)


def test_without_both_prices_nothing_is_said(duck_db: Any) -> None:
    with pytest.raises(UsageError, match=r"unit_price_cny_quoted \(見積単価（元）\)"):
        quote_drift(duck_db(world(line(1, None, 5))))


def parcel(number: int, actual: float | None, charged: float | None, **facts: Any) -> Row:
    weights = {"actual_kg": actual, "chargeable_kg": charged, "shipped_at": BOUGHT}
    return {"shipment_id": f"S{number}", "leg": 2, "ship_method": "EMS", **weights, **facts}


def test_weight_charged_beyond_the_scales(open_db: Any) -> None:
    parcels = [
        parcel(1, 10, 12), parcel(2, 30, 30), parcel(3, None, 5), parcel(4, 0, 5),
        parcel(5, 8, 9, leg=1), parcel(6, 8, 9, state="void"),
        parcel(7, 5, None, ship_method="OCS"), parcel(8, 1, 2, ship_method="sea", shipped_at=None),
    ]  # fmt: skip
    db = open_db({"shipments": parcels})
    rows = {r["ship_method"]: r for r in weight_gaps(db).table.to_pylist()}
    assert (rows["EMS"]["n"], rows["EMS"]["n_unknown"], rows["EMS"]["gap_kg"]) == (2, 2, 2)
    assert rows["EMS"]["gap_share"] == pytest.approx(0.05)
    assert [rows["OCS"][c] for c in ("n", "n_unknown", "actual_kg", "gap_share")] == [
        *(0, 1), *(None, None)
    ]  # fmt: skip
    later = weight_gaps(db, by=["month"], since="2026-09-01").table.to_pylist()
    assert [(r["month"], r["n"]) for r in later] == [("2026-09", 2)]
    with pytest.raises(UsageError, match="A parcel has no seller_id"):
        weight_gaps(db, by="seller")
