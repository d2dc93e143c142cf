"""Spark, for what is past one machine: the same SQL on DataFrames or Parquet."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from rakustats.engine import BOOKS
from rakustats.engine.plans import shortened
from rakustats.engine.steps import SteppedQuery
from rakustats.errors import UsageError
from rakustats.schema.tables import tables as canonical

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_opened = itertools.count(1)
_checked: set[str] = set()


class SparkEngine:
    """Reads canonical tables through temporary views of their own names."""

    name = "spark"

    def __init__(self, spark: SparkSession, tables: Mapping[str, DataFrame | str]) -> None:
        zone = spark.conf.get("spark.sql.session.timeZone")
        if zone != "UTC":
            raise UsageError(
                ja=f"Spark セッションのタイムゾーンが {zone} です。"
                "spark.sql.session.timeZone を UTC にしてください。",
                en=f"The Spark session's zone is {zone}; set spark.sql.session.timeZone to UTC.",
            )
        _require_same_python(spark)
        self._spark = spark
        self._prefix = f"rakustats_{next(_opened)}_"
        self._views: dict[str, str] = {}
        self._lent: dict[str, pa.Table] = {}
        for name, given in tables.items():
            self._views[name] = self._register(name, given)

    def _register(self, name: str, given: DataFrame | str) -> str:
        table = name.removeprefix("history.")
        if table not in canonical() and table not in BOOKS:
            known = (*canonical(), *BOOKS)
            raise UsageError(
                ja=f"{name!r} という表はありません。"
                f"使えるのは {'、'.join(known)} と history.<表> です。",
                en=f"{name!r} is no canonical table; use {', '.join(known)}, or history.<table>.",
            )
        frame = given if hasattr(given, "createOrReplaceTempView") else self._read(str(given))
        if table in canonical():
            frame = _typed(name, table, frame)
        view = self._prefix + name.replace(".", "_")
        frame.createOrReplaceTempView(view)
        return view

    def _read(self, path: str) -> DataFrame:
        from pyspark.errors import AnalysisException

        try:
            return self._spark.read.parquet(path)
        except AnalysisException as error:
            raise UsageError(
                ja=f"{path} を Parquet として読めません。パスを確かめてください。",
                en=f"{path} cannot be read as Parquet; check the path.",
            ) from error

    def query(self, sql: str) -> pa.Table:
        """Return the rows of one SELECT; instants come back in UTC without a zone."""
        if isinstance(sql, SteppedQuery):
            with shortened(self._spark, sql, self._prefix) as short:
                return self._rows(short)
        return self._rows(sql)

    def _rows(self, sql: str) -> pa.Table:
        table = self._spark.sql(sql).toArrow()
        fields = [
            pa.field(f.name, pa.timestamp("us")) if pa.types.is_timestamp(f.type) else f
            for f in table.schema
        ]
        return table.cast(pa.schema([f.with_nullable(True) for f in fields]))

    def source(self, table: str, *, history: bool = False) -> str | None:
        """Return the view's name, None where the table was not given."""
        return self._views.get(f"history.{table}" if history else table)

    def lend(self, name: str, table: pa.Table) -> str:
        """Return the name of a view on the rows."""
        view = f"{self._prefix}lent_{name}"
        if self._lent.get(view) is not table:
            self._spark.createDataFrame(table).createOrReplaceTempView(view)
            self._lent[view] = table
        return view

    def each(self, column: str) -> str:
        """Return the SQL of a row for every value of a list."""
        return f"explode({column})"

    def first(self, column: str) -> str:
        """Return the SQL of the first value of a list."""
        return f"get({column}, 0)"

    def close(self) -> None:
        """Drop the views; the session belongs to its maker and stays."""
        for view in (*self._views.values(), *self._lent):
            self._spark.catalog.dropTempView(view)


def _typed(name: str, table: str, frame: DataFrame) -> DataFrame:
    """Take the table's own columns, each in its own type."""
    stored = canonical()[table].stored
    missing = [column for column, _ in stored if column not in frame.columns]
    if missing:
        raise UsageError(
            ja=f"{name} に列 {'、'.join(missing)} がありません。"
            "公開済みのデータベースから書き出した表を渡してください。",
            en=f"{name} lacks {', '.join(missing)}; write it from a published database.",
        )
    types = {"VARCHAR": "STRING", "INTEGER": "INT"}
    return frame.selectExpr(
        *(f"CAST(`{c}` AS {types.get(kind, kind)}) AS `{c}`" for c, kind in stored)
    )


def _require_same_python(spark: SparkSession) -> None:
    """Run one row through a worker: a mismatch otherwise ends in a page of Java."""
    context = spark.sparkContext
    application = str(context.applicationId)
    if application in _checked:
        return
    try:
        context.parallelize([0], 1).map(lambda value: value).collect()
    except Exception as error:
        # Py4J wraps whatever the worker died of; its text is all there is to tell the cause
        if "PYTHON_VERSION_MISMATCH" not in str(error) and "Cannot run program" not in str(error):
            raise
        raise UsageError(
            ja="Spark のワーカーの Python が、このプログラムの Python と違います。"
            "セッションを始める前に、環境変数 PYSPARK_PYTHON を sys.executable"
            " に合わせてください。",
            en="Spark's workers run another Python than this one; set PYSPARK_PYTHON to this"
            " program's sys.executable before the session starts.",
        ) from error
    _checked.add(application)
