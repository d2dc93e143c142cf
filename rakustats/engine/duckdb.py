"""The published DuckDB file, read-only."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from rakustats.engine.steps import Step, SteppedQuery, with_steps
from rakustats.errors import RakustatsError, UsageError

ANY_ORDER = "SET preserve_insertion_order = false"
KEPT_ORDER = "RESET preserve_insertion_order"
# A SELECT that ends a script is planned twice, once for its columns and once for its rows.
PLANNED_ONCE = "{};\nSET TimeZone = 'UTC'"


class DuckDBEngine:
    """Reads one published file; every thread has a cursor of its own.

    ``memory`` is the most that queries take, such as "2GB"; what does not fit goes to the disk.
    """

    name = "duckdb"

    def __init__(self, path: Path, memory: str | None = None) -> None:
        if not path.is_file():
            raise UsageError(
                ja=f"{path}：データベースがまだありません。"
                "`rakustats load PATH` で作ってください。",
                en=f"{path}: there is no database yet. `rakustats load PATH` makes it.",
            )
        try:
            limits: dict[str, Any] = {"memory_limit": memory} if memory else {}
            self._connection = duckdb.connect(str(path), read_only=True, config=limits)
        except duckdb.Error as error:
            raise RakustatsError(
                ja=f"{path} を DuckDB のファイルとして開けません（{error}）。",
                en=f"{path} cannot be opened as a DuckDB file: {error}",
            ) from error
        self._local = threading.local()
        # whether order is kept is a setting of all cursors at once: questions take turns
        self._turn = threading.RLock()
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._names = self._read_names()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """Return this thread's cursor; a cursor does not inherit the session's time zone."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._connection.cursor()
            cursor.execute("SET TimeZone='UTC'")
            # its own bar would write into output that somebody pipes into a file
            cursor.execute("SET enable_progress_bar = false")
            self._local.cursor = cursor
            self._local.lent = {}
            self._cursors.append(cursor)
        return cursor

    def _read_names(self) -> set[tuple[str, str]]:
        rows = self._cursor().execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
        )
        return {(str(schema), str(name)) for schema, name in rows.fetchall()}

    def query(self, sql: str) -> pa.Table:
        """Return the rows of one SELECT."""
        with self._turn:
            if isinstance(sql, SteppedQuery) and sql.materialised:
                return self._by_steps(sql)
            return self._rows(sql)

    def _rows(self, sql: str) -> pa.Table:
        return self._cursor().sql(PLANNED_ONCE.format(sql)).to_arrow_table()

    def _by_steps(self, query: SteppedQuery) -> pa.Table:
        """Materialise steps one after the other as temporary tables, which may go to the disk.

        In what order their rows lie is nobody's matter: the last step says its own.
        """
        cursor, steps, made = self._cursor(), list[Step](), list[str]()
        try:
            cursor.execute(ANY_ORDER)
            for name, text in query.steps:
                if name not in query.materialised:
                    steps.append((name, text))
                    continue
                made.append(f"made_{len(made)}")
                whole = with_steps(steps, text)
                cursor.execute(f"CREATE OR REPLACE TEMP TABLE {made[-1]} AS {whole}")
                steps.append((name, f"SELECT * FROM temp.main.{made[-1]}"))
            # what is read from a script lies in any order too, unless this is taken back
            cursor.execute(KEPT_ORDER)
            return self._rows(with_steps(steps, query.last))
        finally:
            cursor.execute(KEPT_ORDER)
            for table in made:
                cursor.execute(f"DROP TABLE IF EXISTS temp.main.{table}")

    def source(self, table: str, *, history: bool = False) -> str | None:
        """Return the table's name with its schema, None where the file has no such table."""
        schema = "history" if history else "main"
        return f"{schema}.{table}" if (schema, table) in self._names else None

    def lend(self, name: str, table: pa.Table) -> str:
        """Return the name of a temporary table, which every thread's cursor has for itself."""
        cursor, lent = self._cursor(), self._local.lent
        if lent.get(name) is not table:
            cursor.register(f"given_{name}", table)
            cursor.execute(f"CREATE OR REPLACE TEMP TABLE lent_{name} AS FROM given_{name}")
            cursor.unregister(f"given_{name}")
            lent[name] = table
        return f"temp.main.lent_{name}"

    def each(self, column: str) -> str:
        """Return the SQL of a row for every value of a list."""
        return f"unnest({column})"

    def first(self, column: str) -> str:
        """Return the SQL of the first value of a list."""
        return f"{column}[1]"

    def close(self) -> None:
        """Close the file; it stays open as long as any cursor does."""
        for cursor in self._cursors:
            cursor.close()
        self._connection.close()
