"""Of whom to buy again: by what a good piece cost, never of whom is to be paused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rakustats as rs
from rakustats.errors import UsageError
from rakustats.results import result as results
from rakustats.scorecards import buy_again
from rakustats.scorecards.buy_again import _placed

Row = dict[str, Any]


def seller(name: str, cost: float | None, **facts: Any) -> Row:
    base = {"item_id": "i", "seller_id": name, "n": 3, "n_unknown": 0, "missing_columns": None}
    trust = {"score": 50.0, "grade": "C", "standing": "ask_first", "standing_why": "grade C"}
    return {**base, **trust, "cost_per_good_piece": cost, "expected_cost": cost, **facts}


CASES: dict[str, tuple[list[Row], list[tuple[str, int | None, str]]]] = {
    "the cheaper first, dear ones by how much": (
        [seller("A", 150), seller("B", 100)],
        [("B", 1, "lowest expected cost of a good piece, 33% below the next"),
         ("A", 2, "50% above the lowest expected cost")],
    ),
    "the better score first where costs are alike": (
        [seller("A", 100, score=40.0), seller("B", 100, score=60.0)],
        [("B", 1, "lowest expected cost of a good piece, 0% below the next"),
         ("A", 2, "0% above the lowest expected cost")],
    ),
    "nobody who is paused": (
        [seller("A", 50, standing="pause", standing_why="grade D"), seller("B", 100)],
        [("B", 1, "the only seller to choose"), ("A", None, "paused: grade D")],
    ),
    "nobody whose cost is not known": (
        [seller("A", None, n_unknown=3, missing_columns="freight_jpy"), seller("B", 100)],
        [("B", 1, "the only seller to choose"), ("A", None, "cost unknown (freight_jpy missing)")],
    ),
    "nobody of whom no good piece came": (
        [seller("A", None)], [("A", None, "no good piece came")],
    ),
    "somebody without a score, if cheap": (
        [seller("A", 90, score=None, grade=None, standing=None), seller("B", 100)],
        [("A", 1, "lowest expected cost of a good piece, 10% below the next"),
         ("B", 2, "11% above the lowest expected cost")],
    ),
    "nobody with too few lines": (
        [seller("A", 50, n=4, n_unknown=2), seller("B", 100)],
        [("B", 1, "the only seller to choose"),
         ("A", None, "fewer than 3 lines whose cost is known")],
    ),
    "a D after all others": (
        [seller("A", 50, grade="D"), seller("B", 100), seller("C", 200)],
        [("B", 1, "lowest expected cost of a good piece, 50% below the next"),
         ("C", 2, "100% above the lowest expected cost"), ("A", 3, "after all others: grade D")],
    ),
    "a D never first": (
        [seller("A", 50, grade="D")], [("A", None, "grade D, never the first choice")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), CASES.values(), ids=CASES)
def test_places(rows: list[Row], expected: list[tuple[str, int | None, str]]) -> None:
    placed = _placed(rows, "item_id", "en")
    assert [(row["seller_id"], row["place"], row["why"]) for row in placed] == expected
    assert [row["seller_id"] for row in _placed(rows[::-1], "item_id", "ja")] == [
        name for name, _, _ in expected
    ]


def test_the_sample_agrees_with_costs_and_scores(sample_database: Path) -> None:
    with rs.connect(sample_database) as db:
        found = rs.buy_again(db, same="item_title").frame()
        costs = rs.landed_costs(db, by=["item_title", "seller"]).frame()
        scores = rs.seller_scores(db).frame().set_index("seller_id")
    known = costs.set_index(["item_title", "seller_id"])["cost_per_good_piece"]
    first = found[found["place"] == 1]
    assert len(first) > 10
    for row in first.to_dict("records"):
        rivals = found[(found["item_title"] == row["item_title"]) & found["place"].notna()]
        rivals = rivals[rivals["grade"] != "D"]
        assert row["grade"] != "D"
        assert row["expected_cost"] == rivals["expected_cost"].min()
        cost = known[row["item_title"], row["seller_id"]]
        assert row["cost_per_good_piece"] == pytest.approx(cost)
        if row["seller_id"] in scores.index:
            assert row["standing"] == scores.loc[row["seller_id"], "standing"] != "pause"
    paused = found[found["standing"] == "pause"]
    assert len(paused) > 0
    assert paused["place"].isna().all()


def test_where_scores_cannot_be_told_costs_still_are(
    sample_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*args: Any, **options: Any) -> results.Result:
        raise UsageError(ja="", en="No criterion can be told.")

    monkeypatch.setattr(buy_again, "seller_scores", nothing)
    with rs.connect(sample_database) as db:
        told = rs.buy_again(db)
    assert told.table.column("score").null_count == told.table.num_rows > 0
    assert any("No scores: No criterion can be told." in note.en for note in told.notes)


@pytest.mark.parametrize(
    ("same", "said"), [("sku", "same is item_id"), ("client_sku", r"client_skus\.client_sku")]
)
def test_what_cannot_make_an_item_is_refused(sample_database: Path, same: Any, said: str) -> None:
    with rs.connect(sample_database) as db, pytest.raises(UsageError, match=said):
        rs.buy_again(db, same=same)
