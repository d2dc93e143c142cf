"""The parts of the sample's world: closures, numbers, chunks."""

from datetime import date, datetime
from itertools import pairwise

import numpy as np
import pytest

from rakustats.simulate import world as worlds
from rakustats.simulate.closures import AGENCY, DAY, SELLERS, in_hours, seconds
from rakustats.simulate.numbering import s10, scattered, unique_seconds, with_mod7
from rakustats.simulate.trade import simulate
from rakustats.simulate.world import local_seconds, make_world, plan

AS_OF = local_seconds(datetime(2026, 5, 31, 23, 59, 59))


def at(text: str) -> float:
    return local_seconds(datetime.fromisoformat(text))


def test_sellers_dispatch_nothing_over_new_year() -> None:
    start = np.array([at("2026-02-06 12:00"), at("2026-04-06 12:00"), np.inf])
    done = SELLERS.after(start, np.array([2.0, 2.0, 2.0]))
    assert done[0] > at("2026-02-25 00:00")
    assert done[1] == at("2026-04-08 12:00")
    assert np.isinf(done[2])


def test_work_is_done_in_opening_hours() -> None:
    begun = seconds(date(2026, 4, 1)) + np.arange(0, 10 * DAY, 977.0)
    done = AGENCY.after(begun, np.full(len(begun), 0.3))
    hour = done % DAY / 3600
    assert hour.min() >= 9
    assert hour.max() <= 19
    assert (done >= begun).all()


def test_opening_hours_never_move_an_instant_back() -> None:
    moments = np.array([at("2026-04-01 08:00"), at("2026-04-01 12:00"), at("2026-04-01 23:00")])
    moved = in_hours(moments)
    assert moved[1] == moments[1]
    assert at("2026-04-01 09:00") <= moved[0] <= at("2026-04-01 10:00")
    assert at("2026-04-02 09:00") <= moved[2] <= at("2026-04-02 10:00")


@pytest.mark.parametrize("digits", [8, 11])
def test_scattered_numbers_never_repeat(digits: int) -> None:
    numbers = scattered(np.arange(200_000), digits)
    assert len(np.unique(numbers)) == 200_000
    assert numbers.max() < 10**digits


def test_check_digits_follow_the_published_rules() -> None:
    assert with_mod7(np.array([40012345678])).tolist() == [40012345678 * 10 + 40012345678 % 7]
    for number in s10(np.arange(1, 300)):
        digits = [int(d) for d in number[2:11]]
        rest = 11 - sum(w * d for w, d in zip((8, 6, 4, 2, 3, 5, 9, 7), digits, strict=False)) % 11
        assert digits[8] == {10: 0, 11: 5}.get(rest, rest)


def test_one_member_never_gets_two_documents_in_a_second() -> None:
    rng = np.random.default_rng(3)
    when = rng.integers(0, 40, 300).astype(float) + 1.7e9
    member = 300_001 + rng.integers(0, 5, 300)
    moved = unique_seconds(when.copy(), member)
    assert len({*zip(moved.tolist(), member.tolist(), strict=True)}) == 300
    assert (moved >= when).all()


def test_chunks_cover_all_orders_and_stay_in_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "CHUNK", 40)
    chunks = plan(make_world(1, 1500, AS_OF))
    assert sum(c.orders for c in chunks) == 1500
    assert max(c.orders for c in chunks) <= 45
    assert len(chunks) > 36
    assert all(a.end <= b.start for a, b in pairwise(chunks))
    assert all(local_month(c.start) == c.month == local_month(c.end - 1) for c in chunks)


def local_month(when: float) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(when // DAY)).strftime("%Y-%m")


def test_numbers_are_unique_over_small_chunks_of_one_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "CHUNK", 40)
    world = make_world(1, 1500, AS_OF)
    trades = [simulate(world, chunk) for chunk in plan(world)]
    for part in ("orders", "ships", "claims", "refunds", "cancelled", "messages"):
        numbers = [
            n
            for t in trades
            for n in getattr(getattr(t, part), "ids" if part != "orders" else "no")
        ]
        assert len(set(numbers)) == len(numbers)
    assert sum(len(t.orders) for t in trades) == 1500


def test_the_default_world_runs_from_december_2024() -> None:
    world = make_world(1, 20, AS_OF)
    assert world.start == seconds(date(2024, 12, 1))
    assert len(world.sellers) == 30
