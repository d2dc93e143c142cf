"""Publishing: whole or not at all, whoever else looks on."""

from __future__ import annotations

import duckdb
import pytest

from rakustats.errors import RakustatsError
from rakustats.schema.tables import tables
from rakustats.store.publish import build


def names(path):
    return sorted(p.name for p in path.parent.iterdir())


def test_a_build_that_raises_leaves_nothing(tmp_path):
    path = tmp_path / "a.duckdb"
    with pytest.raises(ZeroDivisionError), build(path):
        raise ZeroDivisionError
    assert names(path) == []


def test_the_published_file_has_every_table_view_and_book(tmp_path):
    path = tmp_path / "a.duckdb"
    with build(path):
        pass
    with duckdb.connect(str(path), read_only=True) as con:
        found = con.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
        ).fetchall()
        for table in tables():
            assert {("main", table), ("versions", table), ("history", table)} <= set(found)
            columns = con.execute(f"SELECT * FROM main.{table} LIMIT 0").description
            assert [c[0] for c in columns] == [n for n, _ in tables()[table].stored]
    assert {("main", "imports"), ("main", "rejects"), ("main", "issues")} <= set(found)
    assert names(path) == ["a.duckdb"]


def add_issue(path, rule, meanwhile=lambda: None):
    with build(path) as (con, _):
        con.execute("INSERT INTO main.issues (rule) VALUES (?)", [rule])
        meanwhile()


def test_of_two_loads_at_once_the_second_to_finish_says_so(tmp_path):
    path = tmp_path / "a.duckdb"
    add_issue(path, "before")
    with pytest.raises(RakustatsError, match="another load finished"):
        add_issue(path, "slow", meanwhile=lambda: add_issue(path, "quick"))
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.execute("SELECT rule FROM issues").fetchall() == [("before",), ("quick",)]
    assert names(path) == ["a.duckdb"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with (
        pytest.raises(RakustatsError, match="cannot be written"),
        build(tmp_path / "file" / "a.duckdb"),
    ):
        pass
