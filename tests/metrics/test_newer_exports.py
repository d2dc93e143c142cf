"""What a metric does not read moves none of its figures, and neither does an old slice again."""

from __future__ import annotations

import inspect
import re
import shutil
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from looked_back import DAYS, METRICS, NOT_METRICS, TODAY, answer, assert_same, made_world

import rakustats as rs
from rakustats.cli.app import main
from rakustats.schema.tables import tables

# they say themselves that the as-of has moved on
OF_THE_AS_OF = ("n_stale", "stale_since")
LONG = (
    "crossed_effects",
    "drift",
    "seller_scores",
    "carrier_scores",
    "score_criteria",
    "buy_again",
)
QUICK = sorted(set(METRICS) - set(LONG))


@pytest.fixture(scope="module")
def published() -> Path:
    """A world of 300 orders as its exports of today show it."""
    return made_world() / f"{TODAY}.duckdb"


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(published, tmp_path / "copy.duckdb"))


@cache
def as_published(path: Path, metric: str) -> tuple[pd.DataFrame, frozenset[str]]:
    """Return a metric's figures and the tables that it read to make them."""
    with rs.connect(path) as db:
        texts: list[str] = []
        query = db.engine.query
        db.newest_export  # noqa: B018, looks at every table and has to be done with before
        db.engine.query = lambda sql: (texts.append(sql), query(sql))[1]  # type: ignore[method-assign]
        found = answer(METRICS[metric], db)
    words = set(re.findall(r"(?:main|history)\.(\w+)", " ".join(texts)))
    return found, frozenset(words & set(tables()))


def exported_later(path: Path, table: str, days: int) -> None:
    """Let all rows of a table have stood in one more, newer export."""
    with duckdb.connect(str(path)) as con:
        for schema in ("main", "versions"):
            con.execute(
                f"UPDATE {schema}.{table} SET exported_at = exported_at + to_days(CAST(? AS INT))",
                [days],
            )


@pytest.mark.parametrize("metric", LONG)
def test_messages_move_no_score(copy: Path, published: Path, metric: str) -> None:
    before, read = as_published(published, metric)
    assert "messages" not in read
    exported_later(copy, "messages", 21)
    with rs.connect(copy) as db:
        assert_same(before, answer(METRICS[metric], db), OF_THE_AS_OF)


def test_messages_move_no_risk(copy: Path, published: Path) -> None:
    exported_later(copy, "messages", 21)
    found = []
    for path in (published, copy):
        with rs.connect(path) as db:
            found.append(rs.at_risk(db, lang="en"))
    before, after = found
    assert before.table.num_rows > 5
    assert after.as_of > before.as_of
    assert_same(before.frame(), after.frame())
    assert "last seen in exports from before 2026-06-21" in after.notes[-1].en


@pytest.mark.parametrize("metric", QUICK)
def test_newer_exports_of_tables_that_are_not_read_change_nothing(
    copy: Path, published: Path, metric: str
) -> None:
    before, read = as_published(published, metric)
    days = Random(metric)
    for table in sorted(set(tables()) - read):
        exported_later(copy, table, days.randint(1, 60))
    with rs.connect(copy) as db:
        assert_same(before, answer(METRICS[metric], db), OF_THE_AS_OF)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(metric=st.sampled_from(QUICK))
def test_an_old_or_an_equal_slice_again_changes_nothing(
    metric: str, loaded_twice: tuple[Path, Path]
) -> None:
    once, again = loaded_twice
    before, _ = as_published(once, metric)
    with rs.connect(again) as db:
        assert_same(before, answer(METRICS[metric], db))


@pytest.fixture(scope="module")
def loaded_twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An older export and today's, and the same with both given once more in other bytes."""
    folder, made = tmp_path_factory.mktemp("again"), made_world()
    older = DAYS[-1]
    once = Path(shutil.copyfile(made / f"{TODAY}.duckdb", folder / "once.duckdb"))
    # members are known again by the salt that lies beside the database
    shutil.copyfile(made / ".member-salt", folder / ".member-salt")
    rs.load(made / older, db=once)
    again = Path(shutil.copyfile(once, folder / "again.duckdb"))
    for day in (older, TODAY):
        other = folder / day
        other.mkdir()
        for file in (made / day).glob("*.csv"):
            # a line more without a cell: other bytes, the same rows
            (other / file.name).write_bytes(file.read_bytes() + b"\r\n")
        assert sum(sheet.loaded for sheet in rs.load(other, db=again).sheets) == 0
    return once, again


def test_late_rates_are_the_same_in_command_report_and_notebook(
    copy: Path, published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exported_later(copy, "messages", 21)
    shown, pages = [], []
    for name, path in (("before", published), ("after", copy)):
        command = ["delays", "--by", "month", "--lang", "en", "--db", str(path)]
        assert main(command) == 0
        said = capsys.readouterr()
        # the first line tells the as-of, which has moved; so do the notes, and the sentence
        shown.append([line for line in said.out.splitlines()[1:] if not line.startswith("*")])
        assert ("all others 2026-05-31" in said.err) is (name == "after")
        rs.report(["delays"], out=tmp_path / name, db=path, lang="en")
        pages.append({
            file.name: pd.read_csv(file) for file in sorted((tmp_path / name).glob("*.csv"))
        })  # fmt: skip
    assert late_rates(shown[0]) == late_rates(shown[1])
    assert pages[0].keys() == pages[1].keys()
    assert pages[0]
    for name, before in pages[0].items():
        kept = [c for c in before.columns if not re.search("stale", c)]
        pd.testing.assert_frame_equal(before[kept], pages[1][name][kept], check_exact=True)
    html = [
        next((tmp_path / name).glob("*.html")).read_text("utf-8") for name in ("before", "after")
    ]
    assert "exports: all 2026-05-31" in html[0]
    assert "exports: messages 2026-06-21, all others 2026-05-31" in html[1]


def late_rates(lines: list[str]) -> list[list[str]]:
    """Return month, n, events and rate of each line of the command's table."""
    return [line.split()[:4] for line in lines]


def test_every_public_metric_is_among_those_asked() -> None:
    asked = {name.partition(" ")[0] for name in METRICS}
    public = {name for name in rs.__all__ if _is_metric(getattr(rs, name))}
    assert public - asked == set(NOT_METRICS)


def _is_metric(found: Any) -> bool:
    return inspect.isfunction(found) and {"db", "as_of"} <= set(inspect.signature(found).parameters)
