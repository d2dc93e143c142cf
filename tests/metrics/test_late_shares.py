"""The late share of all deliveries that began: open ones, seasons, short follow-up, promises."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from canonical_db import Row, local, promise
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rakustats.metrics.delivery.delays import delay_rates

AUTUMN = date(2026, 10, 20)


def parcel(number: int, begun: date, days: int | None, promised: int = 10, **facts: Any) -> Row:
    """A delivery that takes so many days, promised in so many."""
    return {
        "shipment_id": f"S{number}",
        "leg": 2,
        "requested_at": local(f"{begun} 10:00"),
        "promised_at": promise(str(begun + timedelta(days=promised))),
        "delivered_at": None if days is None else local(f"{begun + timedelta(days=days)} 10:00"),
        **facts,
    }


def row(db: Any, **asked: Any) -> dict[str, Any]:
    (only,) = delay_rates(db, **asked).table.to_pylist()
    return only


def series(first: date, times: list[int | None], **facts: Any) -> list[Row]:
    """One delivery begun on each day."""
    return [parcel(n, first + timedelta(days=n), days, **facts) for n, days in enumerate(times, 1)]


def test_open_ones_count_as_far_as_they_got(open_db: Any) -> None:
    """Eight begun on the 21st to the 28th; on the 31st the youngest were awaited for 3 days."""
    given_rows = series(AUTUMN, [4, 12, 4, 12, 4, None, None, None])
    found = row(open_db({"shipments": given_rows}), as_of="2026-10-31")
    # only the first has come to its promised day; 4 of 7 that were followed to day 4 had come
    assert (found["n"], found["events"], found["n_begun"], found["n_open"]) == (1, 0, 8, 5)
    # verdicts: on time on day 4 of 7 at risk (3), then open at 4, 5, 7, 9: nobody at day 10
    assert found["late_share"] is None
    assert found["n_followed_short"] == 8
    later = row(open_db({"shipments": given_rows}), as_of="2026-11-03")
    # open at day 6, 7, 8 and 10, 12: of 8, three came on day 4; two late, the others read on
    assert later["late_share"] == pytest.approx(5 / 8)
    assert later["n_followed_short"] == 0
    assert later["late_lo"] < 5 / 8 < later["late_hi"]


def test_each_is_read_at_its_own_promise(duck_db: Any) -> None:
    """Those by air promised in 4 days come in 5, those by sea promised in 12 come in 9."""
    air = [parcel(n, AUTUMN, 5, promised=4) for n in range(4)]
    sea = [parcel(n, AUTUMN, 9, promised=12) for n in range(4, 8)]
    found = row(duck_db({"shipments": [*air, *sea]}), as_of="2026-10-30")
    assert (found["n"], found["n_not_due"]) == (4, 4)
    assert (found["rate"], found["late_share"]) == (1.0, pytest.approx(0.5))


def test_lost_is_late_from_its_day_on_and_called_off_is_not_counted(duck_db: Any) -> None:
    rows = [
        parcel(1, AUTUMN, None, lost_at=local("2026-10-22 10:00")),
        parcel(2, AUTUMN, 3),
        parcel(3, AUTUMN, 3),
        parcel(4, AUTUMN, None, order_no="A"),
    ]
    off = {"cancellation_id": "C", "level": "order", "order_no": "A"}
    off["requested_at"] = local("2026-10-21 10:00")
    db = duck_db({"shipments": rows, "orders": [{"order_no": "A"}], "cancellations": [off]})
    found = row(db, as_of="2026-10-25")
    assert (found["n"], found["n_begun"]) == (0, 4)
    assert found["late_share"] == pytest.approx(1 / 3)


def test_a_season_too_short_goes_on_as_it_went_before(duck_db: Any) -> None:
    """Around the Lunar New Year half are late; the year before says so."""
    before = [parcel(n, date(2025, 1, 27), 8 if n % 2 else 30) for n in range(10)]
    now = [parcel(20 + n, date(2026, 2, 15), None) for n in range(6)]
    db = duck_db({"shipments": [*before, *now]})
    found = row(db, since="2026-01-01", as_of="2026-02-18")
    assert (found["n"], found["n_begun"], found["n_followed_short"]) == (0, 6, 6)
    assert found["late_share"] == pytest.approx(0.5)
    alone = duck_db({"shipments": now})
    assert row(alone, since="2026-01-01", as_of="2026-02-18")["late_share"] is None
    told = delay_rates(db, since="2026-01-01", as_of="2026-02-18").notes
    assert any("6 began in a season" in note.en for note in told)


def test_seasons_are_weighed_by_what_began_in_them(duck_db: Any) -> None:
    """All of the two in the holidays are late, none of the six in autumn, two of them open."""
    holidays = [parcel(n, date(2026, 10, 1), 20) for n in range(2)]
    autumn = [parcel(n + 2, date(2026, 10, 10), 5) for n in range(4)]
    young = [parcel(n + 6, date(2026, 10, 20), None) for n in range(2)]
    found = row(duck_db({"shipments": [*holidays, *autumn, *young]}), as_of="2026-10-22")
    assert found["late_share"] == pytest.approx(2 / 8)


def test_early_and_moved_promises(open_db: Any) -> None:
    first = {"promised_at_original": promise("2026-10-25")}
    rows = [
        parcel(1, AUTUMN, 3, **first),
        parcel(2, AUTUMN, 5, **first),
        parcel(3, AUTUMN, 8, **first),
        parcel(4, AUTUMN, 5, promised=5),
    ]
    db = open_db({"shipments": rows})
    found = row(db)
    assert (found["n"], found["events"], found["n_early"], found["early_rate"]) == (4, 1, 1, 0.25)
    assert (found["n_drift"], found["drift_p50"], found["drift_p90"]) == (3, 5.0, 5.0)
    current = row(db, promise="current")
    assert (current["events"], current["n_early"]) == (0, 3)


def test_an_empty_period_has_no_share(duck_db: Any) -> None:
    db = duck_db({"shipments": [parcel(1, AUTUMN, 3)]})
    found = row(db, since="2027-01-01")
    assert (found["n_begun"], found["late_share"], found["early_rate"]) == (0, None, None)
    assert (found["n_followed_short"], found["n_drift"], found["drift_p50"]) == (0, 0, None)


times = st.lists(st.one_of(st.none(), st.integers(0, 25)), min_size=1, max_size=25)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(times=times, promised=st.lists(st.integers(0, 20), min_size=25, max_size=25))
def test_where_all_is_past_the_share_is_the_rate(
    duck_db: Any, times: list[int | None], promised: list[int]
) -> None:
    rows = [
        parcel(n, date(2026, 3, 10) + timedelta(days=n), days, promised[n])
        for n, days in enumerate(times)
    ]
    found = row(duck_db({"shipments": rows}))
    assert found["n_begun"] == found["n"] == len(times)
    assert found["late_share"] == pytest.approx(found["rate"], abs=1e-9)
    assert 0 <= found["late_lo"] <= found["late_share"] + 1e-9
    assert found["late_share"] - 1e-9 <= found["late_hi"] <= 1
