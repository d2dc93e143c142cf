from __future__ import annotations

from typing import Any

import pytest

import rakustats as rs
from rakustats.cli.commands import main
from rakustats.quality.summary import Quality
from rakustats.schema.issue_rules import rules

PARCELS = "shipment_id,発送日,配達完了日,配送状況\n"
ODD = "S1,2026-05-10 10:00,2026-05-01 10:00,どこか\nS2,2026-05-10 10:00,2026-05-02 10:00,どこか\n"


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
