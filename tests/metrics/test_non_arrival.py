"""Open deliveries that may never arrive, and how often deliveries were lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from canonical_db import Row, local

from rakustats.errors import UsageError
from rakustats.metrics.delivery.non_arrival import loss_rates, non_arrival

TODAY = date(2026, 11, 30)
LOST = local("2026-09-20 10:00")


def parcel(number: int, age: int, took: int | None = None, **facts: Any) -> Row:
    """A parcel by air handed over so many days ago, and there after so many."""
    begun = TODAY - timedelta(days=age)
    return {
        "shipment_id": f"S{number}",
        "leg": 2,
        "mode": "air",
        "carrier": "plane",
        "tracking_no": f"T{number}",
        "requested_at": local(f"{begun} 08:00"),
        "shipped_at": local(f"{begun} 10:00", "Asia/Shanghai"),
        "delivered_at": None if took is None else local(f"{begun + timedelta(days=took)} 10:00"),
        **facts,
    }


def scan(number: int, days_ago: int) -> Row:
    at = local(f"{TODAY - timedelta(days=days_ago)} 09:00")
    return {"carrier": "plane", "tracking_no": f"T{number}", "event_at": at, "kind": "moved"}


def past() -> list[Row]:
    """Ten parcels long ago: six came after 5 days, two after 10, two were lost after 12."""
    came = [parcel(n, 80, 5 if n < 6 else 10) for n in range(8)]
    gone = (TODAY - timedelta(days=80 - 12)).isoformat()
    return [*came, *(parcel(n, 80, lost_at=local(f"{gone} 10:00")) for n in (8, 9))]


def test_the_probability_is_that_of_those_still_open_at_that_age(open_db: Any) -> None:
    young, old = parcel(20, 2), parcel(21, 7)
    db = open_db({"shipments": [*past(), young, old], "tracking_events": [scan(0, 79)]})
    rows = non_arrival(db, by=["stage", "age"]).table.to_pylist()
    assert [(r["stage"], r["age"], r["n_open"]) for r in rows] == [("in_transit", "00-07", 2)]
    # of 11 followed beyond day 2, 6/11 came on day 5; of 4 beyond day 7, two came and two did not
    beyond_2 = 5 / 11 * 0.5
    assert rows[0]["probability"] == pytest.approx((beyond_2 + 0.5) / 2)
    assert rows[0]["expected"] == pytest.approx(beyond_2 + 0.5)
    assert rows[0]["n"] == pytest.approx(2 / (1 / 11 + 1 / 4))
    assert rows[0]["lo"] < rows[0]["probability"] < rows[0]["hi"]
    assert rows[0]["oldest"] == 7


def test_silence_counts_as_loss_where_the_carrier_scans(duck_db: Any) -> None:
    silent = [parcel(30, 16), parcel(31, 14), parcel(32, 40), parcel(33, 16, carrier="mute")]
    sea = parcel(34, 29, mode="sea")
    scans = [scan(0, 79), scan(32, 3)]
    db = duck_db({"shipments": [*past(), *silent, sea], "tracking_events": scans})
    (row,) = non_arrival(db, by=None).table.to_pylist()
    assert (row["n_open"], row["n_presumed_lost"]) == (5, 1)
    (mute,) = [r for r in non_arrival(db, by="carrier").table.to_pylist() if r["carrier"] == "mute"]
    assert mute["n_presumed_lost"] == 0


def test_scans_of_another_parcel_with_the_number_break_no_silence(duck_db: Any) -> None:
    """Carriers use numbers again, and two carriers may use the same."""
    old, anew = parcel(35, 70, tracking_no="T1"), parcel(36, 4, tracking_no="T1")
    other = parcel(37, 40, tracking_no="T2")
    scans = [scan(0, 79), scan(1, 1), {**scan(2, 1), "carrier": "ship"}]
    db = duck_db({"shipments": [*past()[3:], old, anew, other], "tracking_events": scans})
    (row,) = non_arrival(db, by=None).table.to_pylist()
    assert (row["n_open"], row["n_presumed_lost"]) == (3, 2)


def test_stages_and_what_is_not_handed_over(duck_db: Any) -> None:
    at = local("2026-11-29 10:00")
    parcels = [
        *past(),
        parcel(40, 3, customs_in_at=at),
        parcel(41, 3, customs_in_at=at, customs_out_at=at),
        parcel(42, 3, shipped_at=None, mode=None, carrier=None),
    ]
    db = duck_db({"shipments": parcels})
    rows = {r["stage"]: r for r in non_arrival(db, by="stage").table.to_pylist()}
    assert set(rows) == {"customs", "last_mile", "to_ship"}
    # everything was handed over on the day of its request, but for this one
    assert rows["to_ship"]["n_judged"] == 0
    assert rows["to_ship"]["probability"] is None
    waiting = [parcel(n, 80 - n, 9, shipped_at=local(f"{TODAY - timedelta(days=75 - n)} 10:00"))
               for n in range(50, 54)]  # fmt: skip
    db = duck_db({"shipments": [*past(), *waiting, parcels[-1]]})
    (later,) = non_arrival(db, by="stage").table.to_pylist()
    # all four that were not handed over on day 3 were on day 5, and of all 14 two were lost
    assert (later["n_judged"], later["n"]) == (1, 4)
    assert later["probability"] == pytest.approx(2 / 14)


def test_a_delivery_with_two_sellers_is_one_example(duck_db: Any) -> None:
    lines = [{"order_no": "A", "line_no": n, "seller_id": f"s{n}"} for n in "12"]
    packed = [{"shipment_id": "S21", "order_no": "A", "line_no": n} for n in "12"]
    given = {"shipments": [*past(), parcel(21, 7)], "order_lines": lines, "shipment_lines": packed}
    rows = non_arrival(duck_db(given), by="seller").table.to_pylist()
    assert [(r["seller_id"], r["n_open"], r["probability"]) for r in rows] == [
        ("s1", 1, pytest.approx(0.5)),
        ("s2", 1, pytest.approx(0.5)),
    ]


def test_nothing_open_is_an_empty_table(duck_db: Any) -> None:
    assert non_arrival(duck_db({"shipments": past()})).table.num_rows == 0


def test_loss_rates_count_what_is_old_enough(open_db: Any) -> None:
    parcels = [
        *past(),
        parcel(50, 20, 5),
        parcel(51, 20),
        parcel(52, 40),
        parcel(53, 80, state="void"),
        parcel(54, 80, returned_at=LOST),
    ]
    db = open_db({"shipments": parcels, "tracking_events": [scan(0, 79), scan(51, 1)]})
    (row,) = loss_rates(db, by="carrier").table.to_pylist()
    counts = ("n", "events", "n_open", "n_not_due", "n_presumed_lost", "n_excluded", "n_void")
    assert {c: row[c] for c in counts} == {
        "n": 12, "events": 4, "n_open": 1, "n_not_due": 1, "n_presumed_lost": 1,
        "n_excluded": 1, "n_void": 1,
    }  # fmt: skip
    assert row["lo"] < row["estimate"] < row["hi"]


def test_a_wrong_question_is_one_sentence(duck_db: Any) -> None:
    with pytest.raises(UsageError, match=r"shipments.delivered_at"):
        non_arrival(duck_db({"shipments": [parcel(1, 3)]}))
    db = duck_db({"shipments": past()})
    with pytest.raises(UsageError, match="Unknown key 'stages'"):
        non_arrival(db, by="stages")
    with pytest.raises(UsageError, match="leg is 1 or 2"):
        loss_rates(db, leg=3)
