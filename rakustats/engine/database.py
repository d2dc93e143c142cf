"""A database opened for queries, as of an instant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rakustats.calendar.local_days import OFFSET
from rakustats.config.settings import settings
from rakustats.engine import Engine
from rakustats.engine.duckdb import DuckDBEngine
from rakustats.engine.steps import with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.results.result import Result
from rakustats.schema.tables import tables as canonical
from rakustats.store import open_lists
from rakustats.store.asof import Snapshot
from rakustats.store.horizon import (
    Slices,
    apart,
    clock_of,
    listed,
    newest_of,
    slices,
    slices_query,
)
from rakustats.store.instants import day_or_instant, instant

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AsOf = str | date | datetime | None


class Database:
    """The canonical tables behind one engine, as of an instant.

    Made by :func:`connect`; a context manager that closes itself.

    Attributes
    ----------
    engine : Engine
        Where the SQL runs.
    """

    def __init__(self, engine: Engine, as_of: AsOf = None) -> None:
        self.engine = engine
        self._sources: dict[tuple[str, bool], str | None] = {}
        self._stated = None if as_of is None else day_or_instant(as_of)

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<rakustats database on {self.engine.name}>"

    @cached_property
    def _as_of(self) -> datetime | None:
        return None if self._stated is None else instant(self._stated, self.clock)

    @property
    def clock(self) -> int:
        """The clock of the loaded rows whose day ends last, in minutes from UTC."""
        return clock_of(self.slices)

    def _source(self, table: str, old: bool) -> str | None:
        if (table, old) not in self._sources:
            found = self.engine.source(table, history=old)
            self._sources[table, old] = self._with_all_columns(table, found)
        return self._sources[table, old]

    def _with_all_columns(self, table: str, source: str | None) -> str | None:
        """Let a table that was written before it had a column, or clocks of its rows, have none."""
        if source is None or table not in canonical():
            return source
        there = self.engine.query(f"SELECT * FROM {source} LIMIT 0").column_names
        kinds = {OFFSET: "INT", **{c.name: c.type for c in canonical()[table].columns}}
        absent = "".join(
            f", CAST(NULL AS {'STRING' if kind == 'VARCHAR' else kind}) AS {name}"
            for name, kind in kinds.items()
            if name not in there
        )
        return f"(SELECT *{absent} FROM {source})" if absent else source

    @cached_property
    def slices(self) -> dict[str, Slices]:
        """When the exports of each table were made (UTC), of those with accepted rows or none."""
        text = slices_query(self._source)
        return {} if text is None else slices(self.engine.query(text))

    @property
    def horizon(self) -> Phrase:
        """The days up to which each table was looked at by the as-of, in both languages."""
        return listed(self.slices, self.as_of)

    @property
    def apart(self) -> Phrase | None:
        """What has to be said where tables were looked at up to days that lie apart, else None."""
        moment = self._as_of or self.newest_export
        return apart(self.slices, moment, settings().horizon_days) if moment else None

    @cached_property
    def _open_lists(self) -> list[open_lists.List]:
        """The exports that were lists of open parcels; there is none where all are of one age."""
        age = self.slices.get("shipments")
        text = open_lists.lists_query(self._source)
        if age is None or age.oldest == age.newest or text is None:
            return []
        return open_lists.lists_of(self.engine.query(text))

    @cached_property
    def newest_export(self) -> datetime | None:
        """When the youngest export with accepted rows was made (UTC), None if nothing is loaded.

        Where no row at all was accepted, that is the youngest export there is.
        """
        imports = self.engine.source("imports")
        newest = newest_of(self.slices)
        if newest is None and imports is not None:
            found = self.engine.query(f"SELECT max(exported_at) AS t FROM {imports}")
            newest = found.column("t")[0].as_py()
        return newest

    @property
    def as_of(self) -> datetime:
        """The instant (UTC) of this database's snapshot; default: the newest export."""
        return self.snapshot().moment

    def snapshot(self, as_of: AsOf = None) -> Snapshot:
        """Return the tables as known at ``as_of``, at this database's own as-of by default."""
        newest = self.newest_export
        if newest is None:
            raise UsageError(
                ja="データベースにはまだ何も取り込まれていません。"
                "`rakustats load PATH` で取り込んでください。",
                en="The database holds no export yet. `rakustats load PATH` brings some.",
            )
        moment = instant(as_of, self.clock) if as_of is not None else self._as_of or newest
        lists = [found for found in self._open_lists if found.listed_at <= moment]
        return Snapshot(moment, self.slices, self._source, lists, self.clock)

    # the former name
    look_back = snapshot

    def count(self, table: str, *columns: str) -> int:
        """Return how many values the columns of a table hold, 0 where the table is absent."""
        source = self.engine.source(table)
        if source is None:
            return 0
        sums = " + ".join(f"count({c})" for c in columns)
        return int(self.engine.query(f"SELECT {sums} AS n FROM {source}").column("n")[0].as_py())

    def sql(self, query: str) -> Result:
        """Return the rows of one's own SELECT, as a result.

        The canonical tables are named plainly (``orders``) and are seen as of :attr:`as_of`.

        Raises
        ------
        UsageError
            If the engine cannot run the text.

        Examples
        --------
        >>> counts = db.sql("SELECT state, count(*) AS n FROM orders GROUP BY 1")
        >>> list(counts.frame().columns)
        ['state', 'n']
        """
        named = set(re.findall(r"\w+", query.lower())) & set(canonical())
        snapshot = self.snapshot()
        # what somebody's own text reads, "*" among it, is not to be told from its words
        steps = [(name, str(text)) for name, text in snapshot.steps(named)]
        text = with_steps(steps, f"SELECT * FROM (\n{query.strip().rstrip(';')}\n) AS own")
        try:
            table = self.engine.query(text)
        except Exception as error:
            # every engine has errors of its own, and all of them mean that the text is wrong
            # where it is wrong is said by the lines of the whole text, which nobody has seen
            what = str(error).partition("\n\nLINE ")[0]
            raise UsageError(
                ja=f"SQL を実行できません：{what}", en=f"The query cannot be run: {what}"
            ) from error
        title = phrase(ja="問い合わせ", en="Query")
        return Result(table=table, sql=text, as_of=snapshot.moment, title=title)

    def close(self) -> None:
        """Close the database; results made from it stay."""
        self.engine.close()


def connect(
    path: str | Path | None = None,
    as_of: AsOf = None,
    *,
    spark: SparkSession | None = None,
    tables: Mapping[str, Any] | None = None,
    memory: str | None = None,
) -> Database:
    """Return the published database, read-only.

    Parameters
    ----------
    path : str or Path, optional
        DuckDB file; ``data/processed/rakustats.duckdb`` by default.
    as_of : str, date or datetime, optional
        Take the snapshot as of then: what had happened and was known. A day means its end by the
        clock of the loaded rows, at Asia/Shanghai where they were loaded without a zone of their
        own; an instant without a zone is UTC. Default: when the newest export was made.
    spark : SparkSession, optional
        Run on Spark instead; its session time zone has to be UTC.
    tables : mapping, optional
        For Spark: canonical table name to a DataFrame or a Parquet path. ``"history.orders"`` and
        the like, optional, hold older versions; ``imports``, ``rejects`` and ``issues``, the
        books of loading, are for data quality.
    memory : str, optional
        The most that DuckDB takes for queries, such as ``"2GB"``; what does not fit goes to the
        disk. By default four fifths of the machine's.

    Raises
    ------
    UsageError
        If the file is missing, the as-of unreadable, or Spark is given without tables.

    Examples
    --------
    >>> import rakustats as rs
    >>> with rs.connect(as_of="2026-03-01") as then:
    ...     print(rs.delay_rates(then, by=["carrier"]).as_of)
    2026-03-01 15:59:59.999999
    """
    if spark is None:
        if tables is not None:
            raise UsageError(
                ja="tables= は spark= と一緒に使います。DuckDB はファイルから表を読みます。",
                en="tables= belongs to spark=; DuckDB reads the tables from its file.",
            )
        return Database(DuckDBEngine(Path(path) if path else settings().database, memory), as_of)
    if path is not None or not tables:
        raise UsageError(
            ja="Spark では、path ではなく tables=（表の名前と、DataFrame か Parquet のパス）を"
            "指定してください。",
            en="On Spark give tables= (name to DataFrame or Parquet path) and no path.",
        )
    from rakustats.engine.spark import SparkEngine

    return Database(SparkEngine(spark, tables), as_of)
