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
from rakustats.schema import tables

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


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def open_db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenDb]:
    """Return a function that opens rows as a database on the engine of the test."""
    opened: list[Database] = []
    number = itertools.count()

    def opener(
        given: dict[str, list[Row]],
        history: dict[str, list[Row]] | None = None,
        as_of: str | None = None,
    ) -> Database:
        path = build(tmp_path / f"{next(number)}.duckdb", given, history)
        if request.param == "duckdb":
            db = connect(path, as_of)
        else:
            parquet = as_parquet(path, {*given, *(history or {})})
            db = connect(as_of=as_of, spark=request.getfixturevalue("spark"), tables=parquet)
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
