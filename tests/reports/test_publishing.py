"""Finished files take their place all or none."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rakustats.errors import RakustatsError
from rakustats.reports.publishing import Entry, publish, read_summary

LOADED = {"exported_at": "2026-11-01T00:00:00Z", "rows_loaded": {"orders": 3}}


def entry(name: str, *files: str) -> Entry:
    return Entry(name, name.title(), "2026-11-01T00:00:00Z", "ja", [], [], list(files))


def made(folder: Path, content: str, *names: str) -> Path:
    place = folder / f".making-{content}"
    place.mkdir(parents=True)
    for name in names:
        (place / name).write_text(content, encoding="utf-8")
    return place


def test_files_and_summary_are_published(tmp_path: Path) -> None:
    place = made(tmp_path, "one", "a.html", "a.csv")
    paths = publish([entry("a", "a.html", "a.csv")], LOADED, place, tmp_path)
    assert [path.name for path in paths] == ["a.html", "a.csv", "summary.json"]
    summary = json.loads(paths[-1].read_text(encoding="utf-8"))
    assert summary["rows_loaded"] == {"orders": 3}
    assert [report["files"] for report in summary["reports"]] == [["a.html", "a.csv"]]


def test_other_reports_stay_and_stale_files_go(tmp_path: Path) -> None:
    first = [entry("a", "a.html", "a.old.csv"), entry("b", "b.html")]
    publish(first, LOADED, made(tmp_path, "one", "a.html", "a.old.csv", "b.html"), tmp_path)
    publish([entry("a", "a.html")], LOADED, made(tmp_path, "two", "a.html"), tmp_path)
    assert sorted(read_summary(tmp_path)) == ["a", "b"]
    kept = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")}
    assert kept == {"a.html": "two", "b.html": "one"}
    assert not (tmp_path / "a.old.csv").exists()


def test_a_file_that_cannot_be_replaced_undoes_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish([entry("a", "a.html")], LOADED, made(tmp_path, "one", "a.html"), tmp_path)
    before = (tmp_path / "summary.json").read_bytes()
    place = made(tmp_path, "two", "a.html", "a.new.csv", "a.xlsx")
    really_replace = os.replace

    def in_use(source: Path, target: Path) -> None:
        if Path(target) == tmp_path / "a.xlsx":
            raise PermissionError(13, "in use")
        really_replace(source, target)

    monkeypatch.setattr("os.replace", in_use)
    with pytest.raises(RakustatsError, match=r"a\.xlsx cannot be replaced \(in use\)"):
        publish([entry("a", "a.html", "a.new.csv", "a.xlsx")], LOADED, place, tmp_path)
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == "one"
    assert not (tmp_path / "a.new.csv").exists()
    assert (tmp_path / "summary.json").read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "[]", '{"reports": 3}', '{"reports": [{"name": "a"}]}', '{"reports": ["a"]}']
)
def test_a_summary_that_is_none_of_ours_is_no_summary(tmp_path: Path, text: str) -> None:
    (tmp_path / "summary.json").write_text(text, encoding="utf-8")
    assert read_summary(tmp_path) == {}
