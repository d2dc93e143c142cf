"""Sellers cleaned of their carriers, carriers of their sellers: planted parts are told apart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from canonical_db import Row, local, promise

import rakustats as rs
from rakustats.errors import UsageError

DUE = promise("2026-05-10")
IN_TIME, LATE = local("2026-05-09 12:00"), local("2026-05-12 12:00")


def parcels(*kinds: tuple[str | None, str, int, int]) -> dict[str, list[Row]]:
    """Parcels by seller and carrier: how many, and how many of them late."""
    orders, lines, shipments, carried = [], [], [], []
    for seller, carrier, n, late in kinds:
        for number in range(n):
            name = f"{seller}-{carrier}-{number}"
            line = {"order_no": name, "line_no": "1"}
            orders.append({"order_no": name, "submitted_at": local("2026-04-20 12:00")})
            lines.append({**line, "seller_id": seller, "seller_name": seller and f"{seller}店"})
            there = LATE if number < late else IN_TIME
            shipments.append(
                {
                    "shipment_id": name, "leg": 2, "carrier": carrier, "promised_at_original": DUE,
                    "shipped_at": local("2026-05-01 12:00"), "delivered_at": there,
                }
            )  # fmt: skip
            carried.append({"shipment_id": name, **line, "qty": 1, "allocation": "stated"})
    return {
        "orders": orders, "order_lines": lines, "shipments": shipments, "shipment_lines": carried
    }  # fmt: skip


# the carrier is late with 4 in 10 whoever sends; seller A uses it, B does not, both send alike
UNLUCKY = (
    *(("A", "slow", 40, 16), ("A", "fast", 10, 1)),
    *(("B", "slow", 10, 4), ("B", "fast", 40, 4)),
    *((f"C{i}", "slow", 15, 6) for i in range(6)),
    *((f"D{i}", "fast", 15, 1) for i in range(6)),
)


def test_a_seller_is_not_blamed_for_its_carrier(open_db: Any) -> None:
    found = rs.crossed_effects(open_db(parcels(*UNLUCKY))).frame().set_index("seller_id")
    a, b = found.loc["A"], found.loc["B"]
    assert (a["n"], a["events"], a["rate"]) == (50, 17, pytest.approx(0.34))
    assert a["seller_name"] == "A店"
    raw, own = a["raw_estimate"] - b["raw_estimate"], a["estimate"] - b["estimate"]
    assert raw > 0.1
    assert abs(own) < raw / 2
    assert a["company_rate"] > a["common_rate"] + 0.05 > b["company_rate"] + 0.1
    assert a["lo"] < a["estimate"] < a["hi"]
    assert "Its carriers and seasons alone would put an average one" in a["explained"]


def test_the_carrier_is_found(open_db: Any) -> None:
    result = rs.crossed_effects(open_db(parcels(*UNLUCKY)), of="carrier")
    found = result.frame().set_index("carrier")
    assert found.index.tolist() == ["fast", "slow"]
    assert found.loc["slow", "odds_lo"] > 1 > found.loc["fast", "odds_hi"]
    assert found.loc["slow", "estimate"] == pytest.approx(0.4, abs=0.08)
    assert found["odds_ratio"].prod() == pytest.approx(1)


def test_a_bad_seller_with_usual_carriers_stays_bad(duck_db: Any) -> None:
    kinds = [("X", "slow", 20, 16), ("X", "fast", 20, 14), *UNLUCKY]
    found = rs.crossed_effects(duck_db(parcels(*kinds))).frame().set_index("seller_id")
    assert found["estimate"].idxmax() == "X"
    assert found.loc["X", "flagged"]
    assert found.loc["X", "odds_lo"] > 1
    assert found["flagged"].sum() == 1


def test_damage_is_told_apart_too(duck_db: Any) -> None:
    given = parcels(*UNLUCKY)
    for order, line in zip(given["orders"], given["order_lines"], strict=True):
        order["purchased_at"] = local("2026-04-21 12:00")
        line |= {"arrived_at": local("2026-04-25 12:00"), "qty_received": 1}
    broken = [x["shipment_id"] for x in given["shipments"] if x["delivered_at"] == LATE]
    given["claims"] = [
        {
            "claim_id": f"K{name}", "order_no": name, "line_no": "1", "kind": "damaged",
            "stage_found": "delivery", "opened_at": local("2026-05-14 12:00"),
        }
        for name in broken
    ]  # fmt: skip
    db = duck_db(given)
    found = rs.crossed_effects(db, of="carrier", outcome="damage").frame().set_index("carrier")
    assert found.loc["slow", ["n", "events"]].tolist() == [140, 56]
    assert found.loc["slow", "odds_lo"] > 1


def test_what_is_not_due_is_open_and_has_no_rate(duck_db: Any) -> None:
    given = parcels(*UNLUCKY)
    for number, day in enumerate((DUE, promise("2027-01-10"))):
        given["orders"].append(
            {"order_no": f"N{number}", "submitted_at": local("2026-04-20 12:00")}
        )
        given["order_lines"].append(
            {"order_no": f"N{number}", "line_no": "1", "seller_id": f"N{number}"}
        )
        given["shipments"].append(
            {"shipment_id": f"N{number}", "leg": 2, "carrier": "fast", "promised_at_original": day}
        )
        given["shipment_lines"].append(
            {"shipment_id": f"N{number}", "order_no": f"N{number}", "line_no": "1", "qty": 1}
        )
    found = rs.crossed_effects(duck_db(given), lang="ja").frame().set_index("seller_id")
    assert found.loc["N0", ["n", "events", "n_open"]].tolist() == [1, 1, 0]
    assert found.loc["N1", ["n", "events", "n_open"]].tolist() == [0, 0, 1]
    figures = ["rate", "estimate", "lo", "hi", "odds_ratio", "company_rate", "flagged"]
    assert found.loc["N1", figures].isna().all()
    assert found.loc["N1", "explained"] == "まだ判定できるものがない"
    assert "だけで" in found.loc["A", "explained"]


def test_sellers_nobody_knows_are_left_out_and_said(duck_db: Any) -> None:
    result = rs.crossed_effects(duck_db(parcels(*UNLUCKY, (None, "fast", 3, 0))))
    assert "unknown" not in result.frame()["seller_id"].tolist()
    assert any("3 units without a known seller" in note.en for note in result.notes)


def test_carriers_nobody_knows_are_no_carrier(open_db: Any) -> None:
    known = open_db(parcels(*UNLUCKY))
    db = open_db(parcels(*UNLUCKY, *((f"D{i}", None, 12, 12) for i in range(6))))
    left, right = (rs.crossed_effects(d, of="carrier") for d in (known, db))
    assert right.table.equals(left.table)
    assert any("72 units without a known carrier" in note.en for note in right.notes)
    assert any("配送業者（shipments.carrier）が分からない 72 件" in n.ja for n in right.notes)


def on_leg(given: dict[str, list[Row]], leg: int, **names: str) -> dict[str, list[Row]]:
    """The parcels again on another leg, by carriers of other names."""
    sent = [
        {
            **parcel, "shipment_id": f"{parcel['shipment_id']}/{leg}", "leg": leg,
            "carrier": names.get(parcel["carrier"], parcel["carrier"]),
        }
        for parcel in given["shipments"]
    ]  # fmt: skip
    carried = [
        {**row, "shipment_id": f"{row['shipment_id']}/{leg}"} for row in given["shipment_lines"]
    ]
    return {"shipments": sent, "shipment_lines": carried}


def test_carriers_are_compared_with_those_of_their_leg(open_db: Any) -> None:
    given = parcels(*UNLUCKY)
    alone = rs.crossed_effects(open_db(given), of="carrier").frame()
    other = on_leg(given, 1, slow="slow")
    for parcel in other["shipments"]:
        parcel["delivered_at"] = LATE if parcel["carrier"] == "fast" else IN_TIME
    both = {**given, **{name: given[name] + rows for name, rows in other.items()}}
    found = rs.crossed_effects(open_db(both), of="carrier").frame()
    assert found[["carrier", "leg"]].to_numpy().tolist() == [
        ["fast", 1], ["fast", 2], ["slow", 1], ["slow", 2]
    ]  # fmt: skip
    second = found[found["leg"] == 2].reset_index(drop=True)
    assert second.equals(alone)
    assert second.loc[1, "odds_lo"] > 1 > found.loc[2, "odds_hi"]
    # who is alone on a leg has nobody to be compared with
    lonely = {**given, **{name: given[name] + rows for name, rows in on_leg(given, 1).items()}}
    for parcel in lonely["shipments"]:
        parcel["carrier"] = "one" if parcel["leg"] == 1 else parcel["carrier"]
    one = rs.crossed_effects(open_db(lonely), of="carrier").frame().set_index("carrier").loc["one"]
    assert (one["n"], one["leg"]) == (280, 1)
    assert one[["estimate", "odds_ratio", "p_worse", "flagged"]].isna().all()
    assert "none to compare it with" in one["explained"]


def test_a_parcel_of_several_sellers_is_one_parcel_of_its_carrier(open_db: Any) -> None:
    once = open_db(parcels(*UNLUCKY))
    given = parcels(*UNLUCKY)
    for parcel in list(given["shipment_lines"]):
        for more in range(1, 4):
            name = parcel["order_no"]
            line = {"order_no": name, "line_no": f"{more + 1}"}
            given["order_lines"].append({**line, "seller_id": f"{name[0]}/{more}"})
            given["shipment_lines"].append({**parcel, **line})
    shared = open_db(given)
    left, right = (rs.crossed_effects(d, of="carrier").frame() for d in (once, shared))
    same = ["carrier", "leg", "n", "events", "rate", "raw_estimate", "raw_lo", "raw_hi"]
    assert left[same].equals(right[same])
    delays = rs.delay_rates(shared, by=["carrier", "leg"]).frame()
    assert right["n"].tolist() == delays["n"].tolist()
    wide = [np.log(t["odds_hi"] / t["odds_lo"]).to_numpy() for t in (left, right)]
    assert wide[1] == pytest.approx(wide[0], rel=0.25)
    watched = rs.drift(shared, of="carrier").frame()
    assert sorted(watched["n"]) == sorted(delays["n"])


def test_days_choose_the_cohort_and_the_future_does_not_count(duck_db: Any) -> None:
    db = duck_db(parcels(*UNLUCKY))
    assert rs.crossed_effects(db, since="2026-05-01").table.num_rows == 0
    early = rs.crossed_effects(db, of="carrier", as_of="2026-05-11").frame()
    assert (early["rate"] == rs.crossed_effects(db, of="carrier").frame()["rate"]).all()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"of": "agency"}, "of is seller, carrier or ship_method"),
        ({"outcome": "lost"}, "outcome is late or damage, not 'lost'"),
        ({"outcome": "damage"}, "No export brought claims.kind"),
    ],
)
def test_bad_questions_are_refused(duck_db: Any, arguments: Row, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rs.crossed_effects(duck_db(parcels(*UNLUCKY)), **arguments)


@pytest.mark.parametrize(
    ("kinds", "of", "said"),
    [
        ([("A", "fast", 3, 1), ("B", "fast", 3, 1)], "carrier", "the same carrier"),
        ([("A", "fast", 3, 1), ("A", "slow", 3, 1)], "seller", "the same seller"),
        ([(None, "fast", 3, 1)], "seller", "names its seller"),
    ],
)
def test_who_stands_alone_cannot_be_compared(
    duck_db: Any, kinds: list[Any], of: Any, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        rs.crossed_effects(duck_db(parcels(*kinds)), of=of)


def legs(days: dict[str, list[int | None]], start: datetime) -> dict[str, list[Row]]:
    """Lines by seller: bought at ``start``, there so many days later, or not yet."""
    orders, lines = [], []
    for seller, taken in days.items():
        for number, later in enumerate(taken):
            name = f"{seller}-{number}"
            orders.append({"order_no": name, "purchased_at": start, "state": "purchased"})
            there = None if later is None else start + timedelta(days=later)
            lines.append(
                {"order_no": name, "line_no": "1", "seller_id": seller, "arrived_at": there}
            )
    return {"orders": orders, "order_lines": lines}


# a Monday: 4 days later is the fourth working day after it, 14 days later the tenth
BOUGHT = local("2026-06-22 12:00", "Asia/Shanghai")


def test_sellers_are_judged_on_their_own_leg_in_working_days(open_db: Any) -> None:
    given = legs({"Q": [3, 4, 4, 3], "S": [14, 14, 11, 14], "M": [7, 7, 8, 8]}, BOUGHT)
    found = rs.leg_times(open_db(given)).frame().set_index("seller_id")
    assert found["n"].tolist() == [4, 4, 4]
    assert found.loc["Q", "raw_days"] == pytest.approx((3 * 4 * 4 * 3) ** 0.25)
    assert found.loc["S", "raw_days"] == pytest.approx((10 * 10 * 9 * 10) ** 0.25)
    assert found.loc["S", "lo"] > 1 > found.loc["Q", "hi"]
    assert (found["p50"] < found["p80"]).all()
    assert (found["lo"] <= found["slowness"]).all()


def test_what_is_still_awaited_makes_a_seller_slow(duck_db: Any) -> None:
    given = legs({"Q": [4] * 6, "O": [4, 4, None, None, None, None]}, BOUGHT)
    db = duck_db(given, as_of="2026-07-20")
    found = rs.leg_times(db).frame().set_index("seller_id")
    assert found.loc["O", ["n", "n_open"]].tolist() == [6, 4]
    assert found.loc["O", "raw_days"] == pytest.approx(4)
    assert found.loc["O", "slowness"] > 1.5 * found.loc["Q", "slowness"]


def test_what_was_called_off_is_awaited_no_longer(open_db: Any) -> None:
    given = legs({"Q": [4] * 6, "O": [4, 4, None, None, None]}, BOUGHT)
    off = {"level": "order", "accepted_at": BOUGHT + timedelta(days=2), "outcome": "accepted"}
    given["cancellations"] = [
        {**off, "cancellation_id": name, "order_no": name} for name in ("O-2", "O-3")
    ]
    found = rs.leg_times(open_db(given), as_of="2026-07-20").frame().set_index("seller_id")
    assert found.loc["O", ["n", "n_open", "n_ended"]].tolist() == [5, 3, 2]
    assert found.loc["Q", ["n", "n_open", "n_ended"]].tolist() == [6, 0, 0]


@pytest.mark.parametrize("hour", ["00:10", "12:00", "23:50"])
def test_the_hour_of_the_as_of_changes_no_days(open_db: Any, hour: str) -> None:
    quick, slow, late = (BOUGHT + timedelta(days=d, hours=1) for d in (1, 3, 7))
    given = legs({"Q": [1] * 9, "S": [3] * 9}, BOUGHT)
    for number, there in enumerate((quick, slow, late)):
        name = f"N{number}"
        given["orders"].append({"order_no": name, "purchased_at": BOUGHT, "state": "purchased"})
        line = {"order_no": name, "line_no": "1", "seller_id": "N", "arrived_at": there}
        given["order_lines"].append(line)
    # the day on which the last of them came is not over
    end = local(f"2026-06-29 {hour}", "Asia/Shanghai")
    found = rs.leg_times(open_db(given), as_of=end).frame().set_index("seller_id")
    assert found.loc["N", ["n", "n_open"]].tolist() == [3, 1]
    over = local("2026-06-28 23:59:59.999999", "Asia/Shanghai")
    before = rs.leg_times(open_db(given), as_of=over).frame().set_index("seller_id")
    assert before["slowness"].tolist() == pytest.approx(found["slowness"].tolist())


def test_a_day_off_takes_no_time(open_db: Any) -> None:
    friday, saturday, monday = (local(f"2026-06-{d} 22:00", "Asia/Shanghai") for d in (26, 27, 29))
    kinds = {"F": (friday, monday), "S": (saturday, monday), "D": (friday, friday)}
    given: dict[str, list[Row]] = {"orders": [], "order_lines": []}
    for seller, (bought, there) in kinds.items():
        for number in range(30):
            name = f"{seller}{number}"
            given["orders"].append({"order_no": name, "purchased_at": bought})
            line = {"order_no": name, "line_no": "1", "seller_id": seller}
            given["order_lines"].append({**line, "arrived_at": there + timedelta(minutes=9)})
    found = rs.leg_times(open_db(given)).frame().set_index("seller_id")
    assert found["n"].tolist() == [30, 30, 30]
    # from Friday, 22 o'clock, to some hour of Monday is hardly more than from Saturday on
    assert found.loc["F", "slowness"] == pytest.approx(found.loc["S", "slowness"], rel=0.35)
    assert found.loc["D", "slowness"] < found.loc["S", "slowness"]


def test_carriers_are_compared_within_their_method(duck_db: Any) -> None:
    shipments = [
        {
            "shipment_id": f"{carrier}{method}{n}", "leg": 2, "carrier": carrier,
            "ship_method": method, "shipped_at": BOUGHT,
            "delivered_at": BOUGHT + timedelta(days=days + n % 2),
        }
        for carrier, method, days in (
            ("K", "sea", 20), ("L", "sea", 28), ("K", "air", 5), ("L", "air", 7), ("K", "air", 5)
        )
        for n in range(8)
    ]  # fmt: skip
    unique = {row["shipment_id"]: row for row in shipments}
    found = rs.leg_times(duck_db({"shipments": list(unique.values())}), of="carrier").frame()
    slow = found.set_index("carrier")["slowness"]
    assert slow["L"] / slow["K"] == pytest.approx(1.4, abs=0.1)


def test_leg_times_say_what_is_missing(duck_db: Any) -> None:
    with pytest.raises(UsageError, match=r"orders\.purchased_at"):
        rs.leg_times(duck_db(parcels(*UNLUCKY)))
    given = legs({"Q": [3]}, BOUGHT)
    given["orders"][0]["purchased_at"] = None
    given["orders"].append({"order_no": "Z", "purchased_at": BOUGHT})
    given["order_lines"][0]["stored_at"] = given["order_lines"][0]["arrived_at"]
    with pytest.raises(UsageError, match="both when the leg began and when it ended"):
        rs.leg_times(duck_db(given))
    with pytest.raises(UsageError, match="of is seller"):
        rs.leg_times(duck_db(given), of="agency")  # type: ignore[arg-type]
