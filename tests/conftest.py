"""What several rooms' tests share: a small sample, and databases made from written exports."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

import rakustats as rs
from rakustats.loading.load import LoadReport


@pytest.fixture(autouse=True, scope="session")
def _english() -> None:
    """What is wrong is told in English here, but for the tests of the other language."""
    os.environ["RAKUSTATS_LANG"] = "en"


@pytest.fixture(scope="session")
def sample_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a sample of 1,500 orders."""
    folder = tmp_path_factory.mktemp("sample")
    rs.sample(folder / "raw", orders=1500)
    rs.load(folder / "raw", db=folder / "rakustats.duckdb")
    return folder / "rakustats.duckdb"


class Loaded:
    """A database of its own, loaded for real from exports that a test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "test.duckdb"

    def write(self, files: Mapping[str, str | bytes]) -> list[Path]:
        paths = []
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            paths.append(path)
        return paths

    def load(self, files: Mapping[str, str | bytes], **options: Any) -> LoadReport:
        options.setdefault("exported_at", "2026-06-30")
        return rs.load(self.write(files), db=self.path, **options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as con:
            con.execute("SET TimeZone = 'UTC'")
            return con.execute(query).fetchall()

    def one(self, query: str) -> Any:
        (row,) = self.rows(query)
        return row[0] if len(row) == 1 else row


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """A database to load into."""
    return Loaded(tmp_path)


@pytest.fixture
def make_loaded(tmp_path: Path) -> Callable[[], Loaded]:
    """Make databases that do not see each other."""
    numbers = count()
    return lambda: Loaded(tmp_path / str(next(numbers)))
