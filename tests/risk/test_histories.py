"""Histories at an instant: equal to counting by hand, and blind to what comes later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from rakustats.engine.steps import with_steps
from rakustats.risk.histories import RECENT_DAYS, history_steps

START = datetime(2025, 1, 1)
SUMS = ("n", "late", "log_days")
COLUMNS = tuple(f"told_{when}{what}" for when in ("", "recent_") for what in SUMS)
Row = dict[str, Any]


def asked(questions: Sequence[Row], outcomes: Sequence[Row]) -> dict[str, Row]:
    with duckdb.connect() as con:
        for name, rows in (("questions", questions), ("outcomes", outcomes)):
            con.register(f"{name}_rows", pa.Table.from_pylist(list(rows), SCHEMAS[name]))
            con.execute(f"CREATE TABLE {name} AS FROM {name}_rows")
        steps = history_steps("seller_id", "told", SUMS[:2], SUMS[2:], "outcomes")
        rows = con.sql(with_steps(steps, "SELECT * FROM told")).to_arrow_table().to_pylist()
    return {row["unit_id"]: row for row in rows}


SCHEMAS = {
    "questions": pa.schema(
        [("unit_id", pa.string()), ("seller_id", pa.string()), ("asked_at", pa.timestamp("us"))]
    ),
    "outcomes": pa.schema(
        [
            ("seller_id", pa.string()),
            ("known_at", pa.timestamp("us")),
            ("n", pa.int64()),
            ("late", pa.int64()),
            ("log_days", pa.int64()),
        ]
    ),
}


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def drawn(seed: int, n: int = 400) -> tuple[list[Row], list[Row]]:
    """Questions and outcomes of ten sellers over 300 days, many at the same instant."""
    chance = np.random.default_rng(seed)
    questions = [
        {"unit_id": f"u{i}", "seller_id": f"s{chance.integers(10)}", "asked_at": day(d)}
        for i, d in enumerate(chance.integers(0, 300, n).tolist())
    ]
    outcomes = [
        {"seller_id": f"s{chance.integers(10)}", "known_at": day(d), "n": 1,
         "late": int(chance.random() < 0.3), "log_days": int(chance.integers(0, 4_000_000))}
        for d in chance.integers(0, 300, n).tolist()
    ]  # fmt: skip
    return questions, outcomes


def by_hand(question: Row, outcomes: Sequence[Row]) -> Row:
    before = [
        o
        for o in outcomes
        if o["seller_id"] == question["seller_id"] and o["known_at"] < question["asked_at"]
    ]
    limit = question["asked_at"] - timedelta(days=RECENT_DAYS)
    recent = [o for o in before if o["known_at"] >= limit]
    told: Row = {}
    for name, rows in (("told", before), ("told_recent", recent)):
        told[f"{name}_n"] = len(rows)
        told[f"{name}_late"] = sum(o["late"] for o in rows)
        told[f"{name}_log_days"] = sum(o["log_days"] or 0 for o in rows)
    return told


@pytest.mark.parametrize("seed", range(3))
def test_sums_are_those_counted_by_hand(seed: int) -> None:
    questions, outcomes = drawn(seed)
    found = asked(questions, outcomes)
    assert len(found) == len(questions)
    for question in questions:
        row = found[question["unit_id"]]
        assert {name: row[name] for name in COLUMNS} == by_hand(question, outcomes)


def test_what_comes_later_changes_not_one_bit() -> None:
    questions, outcomes = drawn(7)
    until = day(150)
    early = [q for q in questions if q["asked_at"] <= until]
    whole = asked(early, outcomes)
    known = [o for o in outcomes if o["known_at"] < until]
    altered = [{**o, "late": 1 - o["late"]} for o in outcomes if o["known_at"] >= until]
    assert asked(early, known) == whole == asked(early, [*altered, *known[::-1]])


CASES: dict[str, tuple[float, float, tuple[int, int]]] = {
    "known before": (10, 11, (1, 1)),
    "known at the very instant": (10, 10, (0, 0)),
    "known later": (10, 9, (0, 0)),
    "ninety days ago": (10, 100, (1, 1)),
    "longer ago": (10, 100.01, (1, 0)),
}


@pytest.mark.parametrize(("known", "at", "told"), CASES.values(), ids=CASES)
def test_an_outcome_counts_from_the_instant_after_it_was_known(
    known: float, at: float, told: tuple[int, int]
) -> None:
    questions = [{"unit_id": "u", "seller_id": "s", "asked_at": day(at)}]
    outcomes = [{"seller_id": "s", "known_at": day(known), "n": 1, "late": 1, "log_days": 5}]
    row = asked(questions, outcomes)["u"]
    assert (row["told_n"], row["told_recent_n"]) == told


def test_nobodys_outcomes_are_no_history() -> None:
    questions = [{"unit_id": "u", "seller_id": None, "asked_at": day(5)},
                 {"unit_id": "v", "seller_id": "s", "asked_at": day(5)}]  # fmt: skip
    outcomes = [{"seller_id": None, "known_at": day(1), "n": 1, "late": 1, "log_days": None},
                {"seller_id": "s", "known_at": None, "n": 1, "late": 1, "log_days": None},
                ]  # fmt: skip
    found = asked(questions, outcomes)
    assert set(found) == {"v"}
    assert found["v"]["told_n"] == 0
