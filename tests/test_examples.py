"""The examples in docstrings run as they stand, on a sample loaded where users keep theirs."""

from __future__ import annotations

import doctest
import shutil
from importlib import import_module
from pathlib import Path

import pytest

import rakustats as rs

ROOT = Path(rs.__path__[0])
MODULES = sorted(
    ".".join(("rakustats", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def examples(name: str) -> list[doctest.DocTest]:
    found = doctest.DocTestFinder(exclude_empty=True).find(import_module(name), name)
    return [test for test in found if test.examples]


@pytest.mark.usefixtures("trained_once")
@pytest.mark.parametrize("name", MODULES)
def test_examples_run(
    name: str, sample_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "data" / "processed"
    home.mkdir(parents=True)
    shutil.copyfile(sample_database, home / "rakustats.duckdb")
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    with rs.connect() as db:
        for test in examples(name):
            test.globs |= {"rs": rs, "db": db}
            runner.run(test)
    failed, tried = runner.failures, runner.tries
    assert (failed, tried > 0) == (0, True)


@pytest.mark.parametrize("name", [n for n in rs.__all__ if not isinstance(getattr(rs, n), type)])
def test_every_public_function_has_an_example_that_is_not_skipped(name: str) -> None:
    text = getattr(rs, name).__doc__
    assert ">>> " in text
    assert "+SKIP" not in text
