"""Times of spells, on both engines: the golden example and what is left out."""

from __future__ import annotations

from typing import Any

import pytest

from rakustats.engine.database import Database, with_steps
from rakustats.engine.steps import Step
from rakustats.errors import RakustatsError
from rakustats.i18n.phrases import phrase
from rakustats.marts.keys import Cohort
from rakustats.marts.question import Question
from rakustats.metrics.spec.quantiles import BOUNDS
from rakustats.metrics.spec.survival import curve_steps
from rakustats.metrics.spec.times import Times
from rakustats.results.result import Result

Spell = tuple[str | None, int | None, str | None, str | None]

# ten units with (day, ended); the 0s were still open then
GOLDEN = [(3, 1), (4, 1), (4, 0), (5, 1), (6, 0), (7, 1), (7, 1), (9, 0), (10, 1), (12, 0)]
ANY = {"orders": [{"order_no": "A"}]}


def times(excluded: str = "", **extra: str) -> Times:
    """Return the specification of times until something is there."""
    reasons = {excluded: "for a reason"} if excluded else {}
    counted = {name: (test, "counted apart") for name, test in extra.items()}
    return Times("there", "units", "open ones", "days", reasons, counted)


def spells(rows: list[Spell]) -> list[Step]:
    values = ", ".join(f"({', '.join(map(written, row))})" for row in rows)
    seen = "TIMESTAMP '2026-12-01 00:00:00' AS seen_until, CAST(NULL AS INT) AS seen"
    text = (
        f"SELECT carrier, CAST(days AS INT) AS days, ending, status, {seen} FROM (VALUES {values})"
    )
    return [("spells", f"{text} AS given(carrier, days, ending, status)")]


def written(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else str(value)


def golden(carrier: str | None = None) -> list[Spell]:
    return [(carrier, days, "there" if ended else None, None) for days, ended in GOLDEN]


def rows(db: Database, steps: list[Step], cause: str = "there") -> list[dict[str, Any]]:
    """The curve by carrier, day by day."""
    made = [*steps, *curve_steps(["carrier"], cause)]
    text = with_steps(made, "SELECT * FROM curve ORDER BY carrier NULLS LAST, days")
    return db.engine.query(text).to_pylist()


def asked(db: Database, *keys: str) -> Question:
    title, unit = phrase(ja="日数", en="Days"), phrase(ja="件", en="units")
    return Question(keys, Cohort(None, None), db.snapshot(), title, unit)


def test_the_golden_curve(open_db: Any) -> None:
    found = rows(open_db(ANY), spells(golden()))
    assert [row["days"] for row in found] == [3, 4, 5, 6, 7, 9, 10, 12]
    assert [row["at_risk"] for row in found] == [10, 9, 7, 6, 5, 3, 2, 1]
    assert [row["n_there"] for row in found] == [1, 1, 1, 0, 2, 0, 1, 0]
    assert [row["n_open"] for row in found] == [0, 1, 0, 1, 0, 1, 0, 1]
    ended = [row for row in found if row["n_ended"]]
    survival = [0.9, 0.8, 0.6857, 0.4114, 0.2057]
    assert [row["survival"] for row in ended] == pytest.approx(survival, abs=5e-5)
    assert [1 - row["incidence"] for row in ended] == pytest.approx(survival, abs=5e-5)
    greenwood = [0.0949, 0.1265, 0.1515, 0.1756, 0.1699]
    assert [row["survival_sd"] for row in ended] == pytest.approx(greenwood, abs=5e-5)


def test_the_golden_quantiles_and_groups_that_do_not_get_there(open_db: Any) -> None:
    given = [
        *golden("a"),
        ("b", 5, None, None),
        ("c", None, None, "no_start"),
        (None, 0, "there", None),
    ]
    db = open_db(ANY)
    found = times("no_start", n_quick="days < 5").result(db, asked(db, "carrier"), spells(given))
    quantiles = dict.fromkeys(("p50", "p80", "p90", "p95"))
    none = {**quantiles, **dict.fromkeys(BOUNDS)}
    at_once = {**none, **dict.fromkeys(quantiles, 0)}
    # of ten half are there after 5 days or more; one alone says next to nothing
    golden_ends = {"p50_lo": 5, "p90_lo": 10}
    least = {"p50_lo": 0, "p90_lo": 0}
    left = {"n_excluded": 0, "n_quick": 0, "n_no_start": 0, "n_stale": 0, "stale_since": None}
    assert found.table.to_pylist() == [
        {
            "carrier": "a",
            "n": 10,
            "n_open": 4,
            **none,
            **left,
            "p50": 7,
            "n_quick": 3,
            **golden_ends,
        },
        {"carrier": "b", "n": 1, "n_open": 1, **none, **left, **least, "p90_lo": 5},
        {"carrier": "c", "n": 0, "n_open": 0, **none, **left, "n_excluded": 1, "n_no_start": 1},
        {"carrier": None, "n": 1, "n_open": 0, **at_once, **left, "n_quick": 1, **least},
    ]
    assert "n = 12" in found.caption("en")


def test_quantiles_have_the_days_on_which_they_may_lie(duck_db: Any) -> None:
    """Of 40 that end one a day: half of them, give or take 1.645 √(40 / 4), and so nine of ten."""
    db = duck_db(ANY)
    days: list[Spell] = [("a", day, "there", None) for day in range(1, 41)]
    (row,) = times().result(db, asked(db), spells(days)).table.to_pylist()
    assert (row["p50"], row["p50_lo"], row["p50_hi"]) == (20, 15, 26)
    assert (row["p90"], row["p90_lo"], row["p90_hi"]) == (36, 33, 40)
    two: list[Spell] = [("a", 3, "there", None), ("a", 5, "there", None)]
    (row,) = times().result(db, asked(db), spells(two)).table.to_pylist()
    assert (row["p50_lo"], row["p50"], row["p50_hi"], row["p90_hi"]) == (0, 3, None, None)


def test_a_day_that_is_not_over_is_not_looked_at(open_db: Any) -> None:
    """Half of those begun yesterday came today, ten minutes old; all others take a day or two."""
    looked = "CASE WHEN carrier = 'today' THEN 0 WHEN carrier = 'new' THEN -1 END AS seen"
    given = [("old", 1, "there", None), ("old", 2, "there", None)]
    young = [("today", 1, "there", None), ("today", 1, None, None), ("new", 0, None, None)]
    name, text = spells([*given, *young])[0]
    steps = [(name, text.replace("CAST(NULL AS INT) AS seen", looked))]
    db = open_db(ANY)
    (row,) = times(n_came="ending = 'there'").result(db, asked(db), steps).table.to_pylist()
    # counted as they stand, but of the two from yesterday nobody has seen a whole day yet
    assert (row["n"], row["n_open"], row["n_came"]) == (5, 2, 3)
    assert (row["p50"], row["p95"]) == (1, 2)


def test_other_endings_compete(duck_db: Any) -> None:
    """Five of ten lost on day 2: no more than half can ever be there."""
    given: list[Spell] = [("a", 2, "lost", None)] * 5 + [("a", 4, "there", None)] * 5
    first, last = rows(duck_db(ANY), spells(given))
    assert (first["survival"], first["incidence"]) == pytest.approx((0.5, 0.0))
    assert (last["survival"], last["incidence"]) == pytest.approx((0.0, 0.5))
    assert last["survival_sd"] is None
    assert last["sd"] == pytest.approx((0.25 / 9) ** 0.5)


def test_an_end_comes_before_a_last_look_on_the_same_day(duck_db: Any) -> None:
    only, *_ = rows(duck_db(ANY), spells([("a", 4, None, None), ("a", 4, "there", None)]))
    assert (only["at_risk"], only["survival"]) == (2, pytest.approx(0.5))


def test_half_is_half_though_logarithms_round(duck_db: Any) -> None:
    """Ten ends on ten days: the median lies on the fifth for every order of the logarithms."""
    for size in (2, 4, 6, 10, 14, 40, 100):
        given: list[Spell] = [("a", day, "there", None) for day in range(1, size + 1)]
        db = duck_db(ANY)
        found = times().result(db, asked(db, "carrier"), spells(given))
        assert found.table.column("p50").to_pylist() == [size // 2]


def test_without_keys_there_is_one_row(duck_db: Any) -> None:
    db = duck_db(ANY)
    found = times("late").result(db, asked(db), spells([("a", None, None, "late")]))
    assert [(row["n"], row["p50"], row["n_late"]) for row in found.table.to_pylist()] == [
        (0, None, 1)
    ]


def test_a_result_of_times_needs_its_columns(duck_db: Any) -> None:
    db = duck_db(ANY)
    made = times().result(db, asked(db), spells(golden()))
    with pytest.raises(RakustatsError, match="A result of times lacks p95"):
        Result(made.table.drop_columns(["p95"]), "", made.as_of, made.title, "times")
