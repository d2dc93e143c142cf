from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import rakustats as rs
from rakustats.cli.app import main
from rakustats.engine import BOOKS
from rakustats.errors import UsageError
from rakustats.quality.summary import Quality
from rakustats.schema.issue_rules import rules

PARCELS = "shipment_id,発送日,配達完了日,配送状況\n"
ODD = "S1,2026-05-10 10:00,2026-05-01 10:00,どこか\nS2,2026-05-10 10:00,2026-05-02 10:00,どこか\n"


LOOKED = "Exports were seen up to: shipments 2026-06-01–2026-06-10, all others 2026-06-01."


def quality(loaded: Any) -> Quality:
    with rs.connect(loaded.path) as db:
        return rs.data_quality(db)


def test_issues_are_told_by_rule_the_gravest_first(loaded: Any) -> None:
    damaged = "注文番号,注文日時\n1200000000000000,2026-05-01\n"
    loaded.load({"parcels.csv": PARCELS + ODD, "orders.csv": damaged})
    issues = quality(loaded).issues
    order = [(row.rule, row.severity, row.n) for row in issues.itertuples()]
    assert order == [
        ("rounded_id", "error", 1), ("time_reversed", "warning", 2), ("unknown_word", "warning", 2)
    ]  # fmt: skip
    reversed_, unknown = (issues.loc[issues["rule"] == r, "detail"].item()
                          for r in ("time_reversed", "unknown_word"))  # fmt: skip
    assert reversed_.count(" lies before ") == 2
    assert "どこか" in unknown
    assert " · " not in unknown


@pytest.mark.parametrize(("lang", "grave"), [("ja", "注意"), ("en", "warning")])
def test_issues_in_words(loaded: Any, lang: Any, grave: str) -> None:
    loaded.load({"parcels.csv": PARCELS + ODD})
    shown = quality(loaded).issues_in(lang)
    assert list(shown.columns) == ["severity", "meaning", "table_name", "n", "detail"]
    assert list(shown["severity"]) == [grave, grave]
    assert list(shown["meaning"]) == [
        getattr(rules()[rule], lang) for rule in ("time_reversed", "unknown_word")
    ]


def test_E31_rows_that_the_newest_export_does_not_show_are_counted(loaded: Any) -> None:
    loaded.load({"a.csv": PARCELS + "S1,,,\nS2,,,\nS3,,,\n"}, exported_at="2026-06-01")
    loaded.load({"b.csv": PARCELS + "S2,,,\nS4,,,\n"}, exported_at="2026-06-10")
    # an export of another kind says nothing about parcels
    loaded.load({"c.csv": "注文番号,注文日時\nA,2026-05-01\n"}, exported_at="2026-06-20")
    stale = quality(loaded).stale
    assert list(stale.columns) == ["table_name", "rows", "stale", "oldest", "newest"]
    assert stale[["table_name", "rows", "stale"]].to_numpy().tolist() == [
        ["orders", 1, 0], ["shipments", 4, 2]
    ]  # fmt: skip
    assert loaded.one("SELECT count(*) FROM shipments") == 4


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_check_shows_doubts_in_the_language_asked_for(
    loaded: Any, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded.load({"a.csv": PARCELS + ODD + "S3,,,\n"}, exported_at="2026-06-01")
    loaded.load({"b.csv": PARCELS + "S4,,,\n"}, exported_at="2026-06-10")
    assert main(["check", "--lang", lang, "--db", str(loaded.path)]) == 0
    told = capsys.readouterr().out
    assert getattr(rules()["time_reversed"], lang)[:20] in told
    assert {"ja": "最新の出力になく", "en": "Kept as last seen"}[lang] in told


def test_nothing_to_doubt(loaded: Any) -> None:
    loaded.load({"a.csv": PARCELS + "S1,2026-05-01,2026-05-10,配達完了\n"})
    found = quality(loaded)
    assert (len(found.issues), len(found.issues_in("ja"))) == (0, 0)
    assert found.stale["stale"].sum() == 0


def doubtful(loaded: Any) -> Any:
    """Load what is refused for one and for two reasons, doubted, and no longer exported."""
    refused = "S5,いつか,そのうち,\nS6,いつか,2026-05-02,\n"
    refused += "S7,2026-05-01,そのうち,\nS8,2026-05-01,そのうち,\n"
    orders = "注文番号,注文日時\nA,2026-05-01\nA,2026-05-01\n"
    loaded.load({"a.csv": PARCELS + ODD + refused, "o.csv": orders}, exported_at="2026-06-01")
    loaded.load({"b.csv": PARCELS + "S2,,,\nS4,,,\n"}, exported_at="2026-06-10")
    return loaded


def test_it_is_a_result_like_the_others(loaded: Any, tmp_path: Path) -> None:
    found = quality(doubtful(loaded))
    assert isinstance(found, rs.Result)
    rows = found.frame().set_index(["part", "table_name", "name"])
    read = rows.loc[("imports", "shipments", "rows_rejected")]
    assert (read["n"], read["total"], read["share"]) == (4, 8, 0.5)
    assert rows.loc[("issues", "shipments", "time_reversed"), "severity"] == "warning"
    stale = rows.loc[("stale", "shipments", "rows")]
    assert (stale["n"], stale["total"]) == (1, 3)
    assert rows.loc[("horizon", "orders", "days_behind"), "n"] == 9
    known = rows.loc[("coverage", "shipments", "carrier")]
    assert (known["n"], known["total"]) == (0, 3)
    assert found.polars()["part"].unique(maintain_order=True).to_list() == [
        "imports", "rejects", "issues", "stale", "horizon", "coverage",
    ]  # fmt: skip
    assert found.as_of.isoformat() == "2026-06-10T15:59:59.999999"
    assert [note.en for note in found.notes] == [LOOKED]
    written = found.write(tmp_path / "quality.csv").read_text(encoding="utf-8-sig")
    assert written.count("\n") == len(rows) + 1
    with pytest.raises(UsageError, match="use frame"):
        found.plot()
    with rs.connect(loaded.path) as db:
        assert db.engine.query(found.sql) == found.table
        assert db.engine.query(found.part("rejects").sql) == found.part("rejects").table


def test_parts_are_results_and_frames(loaded: Any) -> None:
    found = quality(doubtful(loaded))
    assert list(found.parts) == [
        "imports", "rejects", "reject_rows", "issues", "stale", "horizon", "coverage"
    ]  # fmt: skip
    assert found.rejects["n"].sum() == 5
    first = found.part("reject_rows").table
    assert first.column("source_row").to_pylist() == [4, 5, 6, 7]
    assert len(first.column("reasons")[0].as_py()) == 2
    with pytest.raises(UsageError, match="no part 'files'; use one of imports, rejects"):
        found.part("files")


def test_an_as_of_does_not_hide_later_loads(loaded: Any) -> None:
    doubtful(loaded)
    with rs.connect(loaded.path, as_of="2026-06-02") as db:
        found = rs.data_quality(db)
    assert len(found.imports) == 3
    assert [note.en for note in found.notes] == [
        LOOKED,
        "The books tell of all loads, whatever the as-of.",
    ]


def books(path: Path, folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Write tables and books as Spark would hold them."""
    files = {name: (folder / f"{name}.parquet").as_posix() for name in names}
    with duckdb.connect(str(path), read_only=True) as con:
        for name, file in files.items():
            con.execute(f"COPY (FROM main.{name}) TO '{file}' (FORMAT parquet)")
    return files


@pytest.mark.spark
def test_the_engines_agree(loaded: Any, tmp_path: Path, spark: Any) -> None:
    expected = quality(doubtful(loaded))
    given = books(loaded.path, tmp_path, ["orders", "shipments", "shipment_lines", *BOOKS])
    with rs.connect(spark=spark, tables=given) as db:
        found = rs.data_quality(db)
    assert (found.conserved, found.notes, found.as_of) == (True, expected.notes, expected.as_of)
    for name in ("rejects", "reject_rows", "issues", "stale", "coverage"):
        left, right = expected.part(name), found.part(name)
        assert left.table.num_rows > 0
        assert left.table.to_pylist() == right.table.to_pylist(), name
    assert expected.table.to_pylist() == found.table.to_pylist()
    pd.testing.assert_frame_equal(expected.imports, found.imports)


@pytest.mark.spark
def test_tables_without_books_tell_how_far_they_are_filled(
    loaded: Any, tmp_path: Path, spark: Any
) -> None:
    expected = quality(doubtful(loaded))
    given = books(loaded.path, tmp_path, ["orders", "shipments"])
    with rs.connect(spark=spark, tables=given) as db:
        found = rs.data_quality(db)
    assert list(found.parts) == ["horizon", "coverage"]
    pd.testing.assert_frame_equal(found.coverage, expected.coverage)
    assert "Without the books imports, rejects, issues" in found.notes[-1].en
    for ask in (lambda: found.conserved, lambda: found.stale, lambda: found.rejects):
        with pytest.raises(UsageError, match="Without the books"):
            ask()
