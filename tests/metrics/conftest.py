"""The same test body on both engines: databases opened from given rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from canonical_db import Row, build

from rakustats.engine.database import Database, connect
from rakustats.schema.tables import tables

OpenDb = Callable[..., Database]


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A small local session; without a JVM it fails, and with it every test that was asked for."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
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
        .getOrCreate()
    )
    yield session
    session.stop()


Opener = Callable[[Path, set[str], str | None], Database]


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def open_db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenDb]:
    """Return a function that opens rows as a database on the engine of the test."""

    def on_spark(path: Path, names: set[str], as_of: str | None) -> Database:
        session = request.getfixturevalue("spark")
        return connect(as_of=as_of, spark=session, tables=as_parquet(path, names))

    yield from opening(tmp_path, on_duckdb if request.param == "duckdb" else on_spark)


@pytest.fixture
def duck_db(tmp_path: Path) -> Iterator[OpenDb]:
    """Return the same on DuckDB alone, for what does not hang on the engine."""
    yield from opening(tmp_path, on_duckdb)


def on_duckdb(path: Path, names: set[str], as_of: str | None) -> Database:
    return connect(path, as_of)


def opening(tmp_path: Path, connected: Opener) -> Iterator[OpenDb]:
    opened: list[Database] = []
    number = itertools.count()

    def opener(
        given: dict[str, list[Row]],
        history: dict[str, list[Row]] | None = None,
        as_of: str | None = None,
    ) -> Database:
        path = build(tmp_path / f"{next(number)}.duckdb", given, history)
        db = connected(path, {*given, *(history or {})}, as_of)
        opened.append(db)
        return db

    yield opener
    for db in opened:
        db.close()


def as_parquet(path: Path, names: set[str]) -> dict[str, str]:
    """Write the named tables and their history beside the file, as Spark would hold them."""
    written = {}
    with duckdb.connect(str(path), read_only=True) as con:
        for name in names & set(tables()):
            for schema, key in (("main", name), ("history", f"history.{name}")):
                file = path.with_name(f"{path.stem}-{key}.parquet").as_posix()
                con.execute(f"COPY (SELECT * FROM {schema}.{name}) TO '{file}' (FORMAT parquet)")
                written[key] = file
    return written
