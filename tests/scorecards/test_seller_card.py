"""One seller on one page: every part with its n, and a reason where a part cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import rakustats as rs
from rakustats.errors import UsageError
from rakustats.scorecards import seller_card


@pytest.fixture(scope="module")
def db(sample_database: Path) -> Iterator[rs.Database]:
    with rs.connect(sample_database) as opened:
        yield opened


@pytest.fixture(scope="module")
def card(db: rs.Database, tmp_path_factory: pytest.TempPathFactory) -> rs.Result:
    return rs.seller_card(db, folder=tmp_path_factory.mktemp("none"))


def told(result: rs.Result) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {}
    for row in result.table.to_pylist():
        parts.setdefault(row["part"], []).append(row["told"])
    return parts


def test_it_is_of_the_one_likeliest_among_the_worst(db: rs.Database, card: rs.Result) -> None:
    scores = rs.seller_scores(db).frame()
    worst = scores.sort_values(["p_worst", "n"], ascending=False).iloc[0]
    assert set(card.frame()["seller_id"]) == {worst["seller_id"]}
    assert card.title.en == f"Seller card: {worst['seller_name']}"
    score = told(card)["score"][0]
    assert score.startswith(f"{worst['score']:.0f} (90 %: ")
    assert f"grade {worst['grade']}" in score
    assert f"{worst['n']:,} lines" in score


def test_every_part_is_told(db: rs.Database, card: rs.Result) -> None:
    parts, who = told(card), card.frame()["seller_id"][0]
    wanted = {
        *("score", "standing", "goods", "days to the warehouse"),
        *("whose part (late)", "whose part (damage)"),
        *("getting worse (late)", "getting worse (damage)"),
    }
    assert wanted <= set(parts)
    criteria = rs.score_criteria(db).frame()
    own = criteria[(criteria["seller_id"] == who) & (criteria["n"] > 0)]
    for row in own.to_dict("records"):
        assert parts[row["title"]][0].startswith(f"{row['events']:,} of {row['n']:,}, estimated")
    effects = rs.crossed_effects(db).frame().set_index("seller_id")
    assert parts["whose part (late)"] == [effects.loc[who, "explained"]]
    assert parts["since the last snapshot"] == ["no scores were published yet"]


def test_the_change_since_a_snapshot_is_on_it(db: rs.Database, tmp_path: Path) -> None:
    rs.keep_scores(rs.seller_scores(db, as_of="2026-04-25"), tmp_path)
    who = rs.seller_scores(db, as_of="2026-04-25").frame()["seller_id"][0]
    change = told(rs.seller_card(db, who, folder=tmp_path))["since the last snapshot"][0]
    moved = rs.score_changes(db, folder=tmp_path).frame().set_index("seller_id").loc[who]
    assert change.startswith(f"{moved['change_published']:+.1f} points as published")


def test_scores_of_today_are_no_earlier_ones(db: rs.Database, tmp_path: Path) -> None:
    rs.keep_scores(rs.seller_scores(db), tmp_path)
    change = told(rs.seller_card(db, folder=tmp_path))["since the last snapshot"]
    assert change == ["no scores were published as of an earlier time"]


def test_what_was_called_off_is_not_told_as_not_arrived() -> None:
    row = {"slowness": 1.2, "lo": 1.0, "hi": 1.4, "p50": 3.0, "n": 50, "n_open": 9, "n_ended": 7}
    speed = seller_card._speed(row)
    assert speed.en.endswith("50 lines, 2 not there yet, 7 called off or lost")
    assert speed.ja.endswith("50 件、うち未着 2 件、キャンセル・紛失 7 件")


def test_it_is_written_in_japanese_too(db: rs.Database, tmp_path: Path) -> None:
    parts = told(rs.seller_card(db, lang="ja", folder=tmp_path))
    assert {"スコア", "扱い", "誰のせいか（遅れ）", "悪化（遅れ）", "商品"} <= set(parts)
    assert parts["前回の公表から"] == ["公表したスコアはまだない"]


def test_an_unknown_seller_is_refused(db: rs.Database) -> None:
    with pytest.raises(UsageError, match="No seller has the id 'nobody'"):
        rs.seller_card(db, "nobody")
