"""Looking back with today's export shows what an export made at the time showed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from case_folders import CASES, needs_cases
from looked_back import DAYS, METRICS, TODAY, answer, assert_same, made_world

import rakustats as rs

CASE = CASES / "asof-lost-facts"
# Columns that today's export cannot tell as of then, with the reason.
NOT_TOLD = {
    # nobody writes when a promise was changed: until the parcel is there the first one stands
    "delay_rates": ("drift_p50", "drift_p90"),
    "delay_rates of lines": ("drift_p50", "drift_p90"),
}

Opened = Callable[[str], tuple[rs.Database, rs.Database]]


@pytest.fixture(scope="module")
def opened() -> Iterator[Opened]:
    """Return a function that opens an export made at a day, and today's, both as of that day."""

    made = made_world()
    with ExitStack() as stack:
        databases = {
            day: tuple(
                stack.enter_context(rs.connect(made / f"{file}.duckdb", as_of=day))
                for file in (day, TODAY)
            )
            for day in DAYS
        }
        yield lambda day: (databases[day][0], databases[day][1])


# what takes long stands on the rates of the other days
LONG = (
    *("seller_scores", "carrier_scores", "crossed_effects", "drift"),
    *("score_criteria", "buy_again"),
)
ASKED = [(m, day) for m in METRICS for day in (DAYS[-1:] if m in LONG else DAYS)]


@pytest.mark.parametrize(("metric", "day"), ASKED)
def test_looking_back_equals_having_looked(opened: Opened, metric: str, day: str) -> None:
    then, now = (answer(METRICS[metric], db) for db in opened(day))
    assert "refused" not in then.columns
    assert_same(then, now, NOT_TOLD.get(metric, ()))


@needs_cases
def test_facts_without_an_instant_are_not_lost(tmp_path: Path) -> None:
    made = []
    for day in ("2026-04-01", "2026-06-01"):
        db = tmp_path / f"{day}.duckdb"
        rs.load(CASE, db=db, zone="Asia/Tokyo", exported_at=day)
        made.append(db)
    with (
        rs.connect(made[0], as_of="2026-04-01") as then,
        rs.connect(made[1], as_of="2026-04-01") as now,
    ):
        for metric, ask in METRICS.items():
            if metric not in LONG:
                assert_same(answer(ask, then), answer(ask, now))
        assert events(now, "damage_rates") == 8
        assert events(now, "claim_rates") == 2
        assert events(now, "cancellation_rates") == 0


def events(db: rs.Database, metric: str) -> int:
    return int(METRICS[metric](db).frame()["events"].max())


def test_what_later_exports_cannot_tell_is_said(opened: Opened) -> None:
    then, now = opened(DAYS[1])
    for ask, words in (
        (rs.delay_rates, "when a promise was changed"),
        (rs.fill_rates, "when a promise was changed"),
        (rs.cancellation_rates, "a refusal without its day"),
        (rs.claim_waits, "Whose turn it was"),
    ):
        said = [any(words in note.en for note in ask(db).notes) for db in (then, now)]
        assert said == [False, True], ask
