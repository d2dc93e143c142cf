"""What several rooms' tests share: a sample with its reports and models, databases of few rows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

# Workers share the cores already: threads of their own for small matrices take thrice the time.
# Read when numpy is first imported, by these tests or by a notebook's kernel.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import duckdb
import pytest
from build_cache import cached
from canonical_db import OpenDb, as_parquet, on_duckdb, opening

import rakustats as rs
from rakustats.engine.database import Database, connect
from rakustats.loading.load import LoadReport

QUICK_TO_COMPILE = (
    "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC -Xms1g -Xmn512m"
)


@pytest.fixture(autouse=True, scope="session")
def _english() -> None:
    """What is wrong is told in English here, but for the tests of the other language."""
    os.environ["RAKUSTATS_LANG"] = "en"


def make_sample(folder: Path, orders: int) -> None:
    rs.sample(folder / "raw", orders=orders)
    rs.load(folder / "raw", db=folder / "rakustats.duckdb")


@pytest.fixture(scope="session")
def sample_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a sample of 1,500 orders, and ``raw`` with its exports beside it."""
    made = cached("sample", lambda folder: make_sample(folder, 1500))
    own = shutil.copytree(made, tmp_path_factory.mktemp("sample"), dirs_exist_ok=True)
    return own / "rakustats.duckdb"


@pytest.fixture(scope="session", params=["ja", "en"])
def reports(request: pytest.FixtureRequest, sample_database: Path) -> tuple[str, Path]:
    """A language and the folder of all reports of the sample in it."""
    lang = request.param
    made = cached(
        f"reports-{lang}", lambda folder: rs.report(out=folder, db=sample_database, lang=lang)
    )
    return lang, made


@pytest.fixture(scope="session")
def trained_once() -> Iterator[None]:
    """Whatever is learnt from the same rows is fitted once for a state of the source."""
    import joblib

    from rakustats.risk import training

    really_train = training._trained

    def trained(*given: Any) -> rs.RiskModel:
        name = f"model-{joblib.hash(given)}"
        made = cached(
            name, lambda folder: joblib.dump(really_train(*given), folder / "model.joblib")
        )
        return joblib.load(made / "model.joblib")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_trained", trained)
        yield


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


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A small local session; without a JVM it fails, and with it every test that was asked for."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]")
        # a look back is planned with every WITH step inlined, which takes more than the usual 1 GiB
        .config("spark.driver.memory", "5g")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        # compiling Java for a handful of rows takes longer than anything else here
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        # nor is any of Spark's own code run for so long that it pays to compile it twice
        .config("spark.driver.extraJavaOptions", QUICK_TO_COMPILE)
        .getOrCreate()
    )
    yield session
    session.stop()


_schemas: dict[str, Any] = {}


def read_as_before(session: Any, name: str, file: str) -> Any:
    """Return the rows of a file; a job of Spark's finds out its columns for the first one alone."""
    if name not in _schemas:
        _schemas[name] = session.read.parquet(file).schema
    return session.read.schema(_schemas[name]).parquet(file)


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def open_db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenDb]:
    """Return a function that opens rows as a database on the engine of the test."""

    def on_spark(path: Path, names: set[str], as_of: str | None) -> Database:
        session = request.getfixturevalue("spark")
        files = as_parquet(path, names)
        frames = {name: read_as_before(session, name, file) for name, file in files.items()}
        return connect(as_of=as_of, spark=session, tables=frames)

    yield from opening(tmp_path, on_duckdb if request.param == "duckdb" else on_spark)


@pytest.fixture
def duck_db(tmp_path: Path) -> Iterator[OpenDb]:
    """Return the same on DuckDB alone, for what does not hang on the engine."""
    yield from opening(tmp_path, on_duckdb)
