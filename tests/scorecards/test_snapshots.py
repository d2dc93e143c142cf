"""Scores as they were published: kept once, shown again as they were, compared with today's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rakustats as rs
from rakustats.cli import app
from rakustats.errors import UsageError


@pytest.fixture(scope="module")
def db(sample_database: Path) -> Iterator[rs.Database]:
    with rs.connect(sample_database) as opened:
        yield opened


def test_what_was_published_is_shown_as_it_was(db: rs.Database, tmp_path: Path) -> None:
    scores = rs.carrier_scores(db, as_of="2026-03-01", lang="ja")
    path = rs.keep_scores(scores, tmp_path)
    kept = rs.kept_scores("carrier", folder=tmp_path)
    assert kept.table == scores.table
    for name in ("as_of", "since", "until", "title", "notes", "by", "kind", "sql"):
        assert getattr(kept, name) == getattr(scores, name)
    assert path.parent == tmp_path


def test_a_snapshot_is_never_written_again(db: rs.Database, tmp_path: Path) -> None:
    scores = rs.carrier_scores(db, as_of="2026-03-01")
    first = rs.keep_scores(scores, tmp_path)
    before = first.read_bytes()
    assert rs.keep_scores(scores, tmp_path) == first
    assert first.read_bytes() == before
    other = rs.keep_scores(rs.carrier_scores(db, as_of="2026-04-01"), tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([first, other])
    assert rs.kept_scores("carrier", folder=tmp_path).as_of.month == 4


def test_changes_are_told_as_published_and_restated(db: rs.Database, tmp_path: Path) -> None:
    strict = tmp_path / "strict.toml"
    strict.write_text(
        "[carrier.criteria]\non_time = { weight = 40, good = 0.0, bad = 0.1 }\n", encoding="utf-8"
    )
    then = rs.carrier_scores(db, as_of="2026-03-01", policy=strict)
    rs.keep_scores(then, tmp_path / "scores")
    now = {row["carrier"]: row for row in rs.carrier_scores(db).table.to_pylist()}
    restated = rs.carrier_scores(db, as_of="2026-03-01").table.to_pylist()
    told = rs.score_changes(db, "carrier", folder=tmp_path / "scores")
    rows = {row["carrier"]: row for row in told.table.to_pylist()}
    assert rows.keys() == now.keys()
    for old, again in zip(then.table.to_pylist(), restated, strict=True):
        assert rows[old["carrier"]]["published"] == old["score"]
        assert rows[again["carrier"]]["restated"] == again["score"]
    for carrier, row in rows.items():
        assert row["change_restated"] == pytest.approx(now[carrier]["score"] - row["restated"])
        assert row["published"] < row["restated"]
    assert "2026-03-01" in told.notes[0].en


def test_changes_are_told_from_the_newest_look_before_this_one(
    db: rs.Database, tmp_path: Path
) -> None:
    for day in ("2026-04-01", "2026-03-01", None):
        rs.keep_scores(rs.carrier_scores(db, as_of=day), tmp_path)

    def compared(**asked: Any) -> str:
        return rs.score_changes(db, "carrier", folder=tmp_path, **asked).notes[0].en

    assert "as of 2026-04-01" in compared()
    assert "as of 2026-04-01" in compared(as_of="2026-04-02")
    assert "as of 2026-03-01" in compared(as_of="2026-04-01")
    with pytest.raises(UsageError, match=r"as of a time before 2026-03-01.*newer exports"):
        compared(as_of="2026-03-01")


def test_nothing_published_is_said_with_the_way_out(db: rs.Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no scores by seller_id were published.*--keep"):
        rs.kept_scores(folder=tmp_path)
    rs.keep_scores(rs.carrier_scores(db), tmp_path)
    with pytest.raises(UsageError, match="published by 2020-01-01"):
        rs.kept_scores("carrier", published_by="2020-01-01", folder=tmp_path)
    (tmp_path / "other.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"other\.parquet: no snapshot"):
        rs.kept_scores("carrier", folder=tmp_path)


def test_only_scores_are_kept(db: rs.Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Only tables of scores"):
        rs.keep_scores(rs.delay_rates(db), tmp_path)


def test_the_command_keeps_and_compares(
    sample_database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "rakustats.duckdb"
    copy.write_bytes(sample_database.read_bytes())
    asked = ["score", "--by", "carrier", "--db", str(copy), "--lang", "en"]
    assert app.main([*asked, "--keep"]) == 0
    assert len(list((tmp_path / "scores").glob("carrier_*.parquet"))) == 1
    capsys.readouterr()
    assert app.main([*asked, "--changes"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "nothing to compare with yet" in shown.err
    assert app.main([*asked, "--keep", "--as-of", "2026-03-01"]) == 0
    assert app.main([*asked, "--changes"]) == 0
    assert "change_restated" in capsys.readouterr().out
    assert app.main([*asked, "--changes", "--keep"]) == 2
