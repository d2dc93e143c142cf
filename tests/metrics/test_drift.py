"""Who got worse: planted changes are found and dated, and what is usual raises no alarm."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from canonical_db import Row, local

import rakustats as rs
from rakustats.errors import UsageError

FIRST = local("2025-03-03 12:00")
FEW, MANY = 10, 3  # late: every tenth parcel, or every third


def parcels(
    kinds: dict[str, tuple[int, int | None]], carrier: str = "K", waves: tuple[int, ...] = ()
) -> dict[str, list[Row]]:
    """Two parcels a week for each seller: how often one is late, and from which on more often.

    In the weeks of ``waves`` every second parcel of all sellers is late.
    """
    rows: dict[str, list[Row]] = {
        name: [] for name in ("orders", "order_lines", "shipments", "shipment_lines")
    }
    for seller, (every, change) in kinds.items():
        for number in range(160):
            name, begun = f"{seller}-{number}", FIRST + timedelta(days=3.5 * number)
            often = MANY if change is not None and number >= change else every
            late = number % (2 if number // 8 in waves else often) == 0
            add(rows, name, seller, carrier, begun, late=late)
    return rows


def add(
    rows: dict[str, list[Row]], name: str, seller: str, carrier: str, begun: datetime, *, late: bool
) -> None:
    line = {"order_no": name, "line_no": "1"}
    due = begun + timedelta(days=20)
    rows["orders"].append({"order_no": name, "submitted_at": begun})
    rows["order_lines"].append({**line, "seller_id": seller, "seller_name": f"{seller}店"})
    rows["shipments"].append(
        {
            "shipment_id": name, "leg": 2, "carrier": carrier, "shipped_at": begun,
            "promised_at_original": due,
            "delivered_at": due + timedelta(days=2 if late else -2),
        }
    )  # fmt: skip
    rows["shipment_lines"].append({"shipment_id": name, **line, "qty": 1, "allocation": "stated"})


USUAL: dict[str, tuple[int, int | None]] = {f"U{i}": (FEW, None) for i in range(5)}


def test_a_seller_that_got_worse_is_found_and_dated(open_db: Any) -> None:
    db = open_db(parcels({**USUAL, "W": (FEW, 100)}))
    result = rs.drift(db)
    found = result.frame()
    worst = found.iloc[0]
    assert (worst["seller_id"], worst["seller_name"]) == ("W", "W店")
    assert found["alarm"].tolist() == [True, False, False, False, False, False]
    assert worst[["n", "n_watched"]].tolist() == [160, 100]
    changed = (FIRST + timedelta(days=3.5 * 100 + 20)).date()
    assert abs((worst["worse_since"] - changed).days) <= 20
    assert worst["worse_since"] < worst["alarm_on"]
    assert worst["n_before"] + worst["n_after"] == 160
    assert worst["rate_before"] == pytest.approx(0.1, abs=0.03)
    assert worst["rate_after"] == pytest.approx(1 / 3, abs=0.03)
    assert worst["before_lo"] < worst["rate_before"] < worst["before_hi"] < worst["after_lo"]
    assert worst["odds_ratio"] > 2.5
    assert f"late more often from {worst['worse_since']} on" in worst["explained"]
    assert found["explained"].iloc[1] == "no sign of a change for the worse"
    assert "6 of 6 sellers are watched" in result.notes[0].en
    assert "at most 5% raise an alarm in a year" in result.notes[0].en
    assert "1 年に最大 5%" in result.notes[0].ja
    path = rs.drift_path(db, "W").frame()
    assert path["cusum"].max() >= path["limit"].iloc[0] == pytest.approx(worst["limit"])
    over = path[path["cusum"] >= path["limit"]]
    assert over["day"].iloc[0] == worst["alarm_on"]


def test_always_bad_is_no_change(duck_db: Any) -> None:
    found = rs.drift(duck_db(parcels({**USUAL, "B": (3, None)}))).frame().set_index("seller_id")
    assert not found["alarm"].any()
    assert found.loc["B", "expected"] == pytest.approx(100 / 3, rel=0.15)


def test_weeks_in_which_all_are_late_raise_no_alarm(duck_db: Any) -> None:
    db = duck_db(parcels(USUAL, waves=(12, 13)))
    assert not rs.drift(db).frame()["alarm"].any()


def test_a_carrier_is_watched_too(duck_db: Any) -> None:
    good = parcels({f"U{i}": (FEW, None) for i in range(2)}, "good")
    bad = parcels({f"V{i}": (FEW, 110) for i in range(2)}, "bad")
    both = {table: good[table] + bad[table] for table in good}
    found = rs.drift(duck_db(both), of="carrier", lang="ja").frame().set_index("carrier")
    assert found["alarm"].to_dict() == {"bad": True, "good": False}
    assert "以降の分から遅れが増えた" in found.loc["bad", "explained"]


def test_what_nobody_names_is_not_watched(duck_db: Any) -> None:
    good = parcels({f"U{i}": (FEW, None) for i in range(2)}, "good")
    bad = parcels({f"V{i}": (FEW, 110) for i in range(2)}, "bad")
    none = parcels({f"W{i}": (1, None) for i in range(2)}, "nobody")
    for parcel in none["shipments"]:
        parcel["carrier"] = None
    named = {table: good[table] + bad[table] for table in good}
    every = {table: rows + none[table] for table, rows in named.items()}
    left, right = (rs.drift(duck_db(given), of="carrier") for given in (named, every))
    assert right.table.equals(left.table)
    assert right.frame()["leg"].tolist() == [2, 2]
    assert any("320 units without a known carrier" in note.en for note in right.notes)


def test_a_carrier_on_both_legs_is_watched_on_each(duck_db: Any) -> None:
    first = parcels({f"U{i}": (3, None) for i in range(2)}, "K")
    for number, parcel in enumerate(first["shipments"]):
        parcel["leg"] = 1 if number % 320 < 200 else 2
    db = duck_db(first)
    found = rs.drift(db, of="carrier").frame()
    assert sorted(zip(found["leg"], found["n"], strict=True)) == [(1, 200), (2, 120)]
    with pytest.raises(UsageError, match="watched on both legs"):
        rs.drift_path(db, "K", of="carrier")
    assert rs.drift_path(db, "K", of="carrier", leg=2).frame()["n"].sum() == 120


def test_too_few_units_are_said_to_be_too_few(duck_db: Any) -> None:
    rows = parcels(USUAL)
    for number in range(10):
        add(rows, f"N{number}", "N", "K", FIRST + timedelta(days=number), late=False)
    found = rs.drift(duck_db(rows)).frame().set_index("seller_id")
    assert found.loc["N", ["n", "n_watched"]].tolist() == [10, 0]
    assert found.loc["N", ["alarm", "worse_since", "limit", "rate_after"]].isna().all()
    assert found.loc["N", "explained"] == "too few to tell (10; watched from 60 on)"


def test_the_future_does_not_count(duck_db: Any) -> None:
    db = duck_db(parcels({**USUAL, "W": (FEW, 100)}))
    early = FIRST + timedelta(days=3.5 * 100 + 18)
    before = rs.drift(db, as_of=early).frame()
    assert not before["alarm"].any()
    assert before["n"].max() <= 100


def test_the_order_of_rows_changes_nothing(duck_db: Any) -> None:
    rows = parcels({**USUAL, "W": (FEW, 100)})
    turned = {table: list(reversed(kept)) for table, kept in rows.items()}
    left, right = (rs.drift(duck_db(given)).table for given in (rows, turned))
    assert left.equals(right)


def test_lines_received_lately_are_open_where_claims_may_come(duck_db: Any) -> None:
    rows = parcels(USUAL)
    for number, (order, line) in enumerate(zip(rows["orders"], rows["order_lines"], strict=True)):
        order["purchased_at"] = order["submitted_at"]
        line |= {"arrived_at": order["submitted_at"] + timedelta(days=5), "qty_received": 1}
        line |= {"qty_inspected": 1, "qty_defective": int(number % 10 == 0), "stored_at": None}
        line["stored_at"] = line["arrived_at"] + timedelta(days=1)
    as_of = FIRST + timedelta(days=3.5 * 160 + 5)
    found = rs.drift(duck_db(rows), outcome="damage", as_of=as_of).frame()
    assert (found["n"] + found["n_open"] == 160).all()
    assert (found["n_open"] >= 8).all()
    assert not found["alarm"].any()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"of": "agency"}, "of is seller, carrier or ship_method"),
        ({"outcome": "lost"}, "outcome is late or damage"),
        ({"outcome": "damage"}, r"claims\.kind"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    duck_db: Any, arguments: Row, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        rs.drift(duck_db(parcels({"U": (FEW, None)})), **arguments)


def test_the_path_of_nobody_is_refused(duck_db: Any) -> None:
    with pytest.raises(UsageError, match="No seller_id 'X'"):
        rs.drift_path(duck_db(parcels(USUAL)), "X")


def test_a_period_without_units_is_refused(duck_db: Any) -> None:
    with pytest.raises(UsageError, match="ask for more days"):
        rs.drift(duck_db(parcels(USUAL)), since=date(2030, 1, 1))
