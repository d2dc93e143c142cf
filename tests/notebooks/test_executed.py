"""Every notebook runs on a small sample, in both languages, and becomes a whole report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import rakustats as rs
from rakustats.errors import RakustatsError, UsageError
from rakustats.reports.notebooks import find_notebooks

NAMES = [path.stem for path in find_notebooks()]


@pytest.fixture
def made(reports: tuple[str, Path]) -> tuple[str, Path, dict[str, Any]]:
    lang, out = reports
    return lang, out, json.loads((out / "summary.json").read_text(encoding="utf-8"))


def test_every_report_is_there_and_nothing_else(made: tuple[str, Path, dict[str, Any]]) -> None:
    lang, out, summary = made
    assert [entry["name"] for entry in summary["reports"]] == NAMES
    assert {entry["lang"] for entry in summary["reports"]} == {lang}
    listed = {file for entry in summary["reports"] for file in entry["files"]} | {"summary.json"}
    assert {path.name for path in out.iterdir()} == listed
    for name in NAMES:
        assert {f"{name}.html", f"{name}.xlsx"} <= listed


def test_headlines_carry_n_and_interval(made: tuple[str, Path, dict[str, Any]]) -> None:
    headlines = [h for entry in made[2]["reports"] for h in entry["headlines"]]
    assert len(headlines) == 7
    for figure in headlines:
        assert figure["n"] > 0
        assert figure["rate"] == pytest.approx(figure["events"] / figure["n"])
        assert 0 <= figure["lo"] <= figure["estimate"] <= figure["hi"] <= 1


def test_pages_are_whole_and_in_their_language(made: tuple[str, Path, dict[str, Any]]) -> None:
    lang, out, summary = made
    for entry in summary["reports"]:
        html = (out / f"{entry['name']}.html").read_text(encoding="utf-8")
        assert f'<html lang="{lang}">' in html
        assert entry["title"].split("：")[0].split(":")[0] in html
        assert "rs.connect" not in html
        assert "Traceback" not in html
        assert len(re.findall(r"plotly\.js v\d", html)) == (entry["name"] != "01_load_and_check")


def test_workbook_and_csv_hold_the_tables_shown(made: tuple[str, Path, dict[str, Any]]) -> None:
    _, out, summary = made
    for entry in summary["reports"]:
        book = CalamineWorkbook.from_path(str(out / f"{entry['name']}.xlsx"))
        assert book.sheet_names[1:] == [table["name"] for table in entry["tables"]]
        for table in entry["tables"]:
            rows = book.get_sheet_by_name(table["name"]).to_python()
            frame = pd.read_csv(out / f"{entry['name']}.{table['name']}.csv")
            assert len(rows) - 1 == len(frame) == table["rows"]


def test_same_data_and_as_of_give_the_same_report(
    made: tuple[str, Path, dict[str, Any]], sample_database: Path, tmp_path: Path
) -> None:
    lang, out, summary = made
    rs.report(["damage"], out=tmp_path, db=sample_database, lang=lang)
    entry = next(e for e in summary["reports"] if e["name"] == "03_damage")
    for file in entry["files"]:
        assert (tmp_path / file).read_bytes() == (out / file).read_bytes(), file


def test_a_failing_notebook_publishes_nothing(
    sample_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "notebooks"
    broken.mkdir()
    for path in find_notebooks():
        text = path.read_text(encoding="utf-8")
        if path.stem == "03_damage":
            text = text.replace("rs.damage_rates(db,", "rs.no_such_rates(db,", 1)
        (broken / path.name).write_text(text, encoding="utf-8")
    monkeypatch.setattr("rakustats.reports.notebooks._folder", lambda: broken)
    with pytest.raises(RakustatsError, match=r"03_damage\.ipynb, cell 5: AttributeError"):
        rs.report(["delays", "damage"], out=tmp_path / "out", db=sample_database)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"names": ["nothing"]}, "No report is called nothing"),
        ({"lang": "fr"}, "Unknown language 'fr'"),
        ({"db": "absent.duckdb"}, "there is no database yet"),
    ],
)
def test_wrong_use_is_said_before_anything_runs(
    wrong: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said):
        rs.report(**wrong)
    assert list(tmp_path.iterdir()) == []
