"""Published files made of given rows, as the loader would have made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

import rakustats as rs
from rakustats.schema.tables import Table, tables
from rakustats.store.layout import create

# minutes from UTC of the places at which days are cut
_CLOCKS = {"cn": "480", "jp": "540", "leg": "CASE WHEN leg = 1 THEN 480 ELSE 540 END"}


@contextmanager
def published(given: Mapping[str, pa.Table], exported: datetime) -> Iterator[rs.Database]:
    """Yield the rows as a database, as exports of an instant (naive UTC) told them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "world.duckdb"
        path.write_bytes(_empty())
        with duckdb.connect(str(path)) as con:
            con.execute("SET TimeZone = 'UTC'; BEGIN")
            for name, rows in given.items():
                con.register("rows_given", rows)
                columns, items = _stored(tables()[name], rows.column_names, exported)
                con.execute(f"INSERT INTO main.{name} ({columns}) SELECT {items} FROM rows_given")
                con.unregister("rows_given")
            con.execute("COMMIT")
        with rs.connect(path) as db:
            yield db


@cache
def _empty() -> bytes:
    """Return a published file without rows: to write it takes less than to make its tables."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        with duckdb.connect(str(path)) as con:
            create(con)
        return path.read_bytes()


def _stored(table: Table, names: list[str], exported: datetime) -> tuple[str, str]:
    """Return the columns to be written and their SQL: those given, their days, and the books."""
    made = {name: name for name in names}
    for column in table.columns:
        if column.name in names and column.companions:
            clock = f"INTERVAL 1 MINUTE * ({_CLOCKS[column.place]})"
            day = f"CAST({column.name} + {clock} AS DATE)"
            over = f"CAST({day} + INTERVAL 1 DAY AS TIMESTAMP) - {clock}"
            sides = zip(column.companions, (day, over), strict=False)
            made |= {name: text for (name, _), text in sides}
    made |= {
        "source_file": "'world'",
        "source_row": "row_number() OVER ()",
        "exported_at": f"TIMESTAMP '{exported}'",
        "n_versions": "1",
    }
    return ", ".join(made), ", ".join(made.values())
