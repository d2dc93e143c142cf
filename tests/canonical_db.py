"""Published databases made of given rows, as the loader would have made them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from rakustats.engine.database import Database, connect
from rakustats.schema.tables import Column, Table, tables
from rakustats.store.layout import LOAD_LOG

Row = dict[str, Any]
OpenDb = Callable[..., Database]
Opener = Callable[[Path, set[str], str | None], Database]
ZONES = {"cn": ZoneInfo("Asia/Shanghai"), "jp": ZoneInfo("Asia/Tokyo")}
ROWS_AT_ONCE = 50
EXPORTED = "2026-12-01 00:00"


def local(text: str, zone: str = "Asia/Tokyo") -> datetime:
    """An instant in UTC without a zone, given as local time."""
    there = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return there.astimezone(UTC).replace(tzinfo=None)


def promise(day: str, zone: str = "Asia/Tokyo") -> datetime:
    """A promise given as a day lies at the last second of that day."""
    return local(f"{day} 23:59:59", zone)


_IDS = {
    *("order_no", "shipment_id", "parent_shipment_id", "claim_id", "cancellation_id"),
    *("replacement_of", "tracking_no", "delivery_request_no"),
}


def all_in_one(
    cases: Iterable[tuple[dict[str, list[Row]], dict[str, int]]],
) -> tuple[dict[str, list[Row]], dict[str, int]]:
    """Return the rows of many small databases as those of one, and the sum of their counts."""
    given: dict[str, list[Row]] = {}
    expected: Counter[str] = Counter()
    for number, (tables_of_one, counts) in enumerate(cases):
        expected.update(counts)
        for table, rows in tables_of_one.items():
            given.setdefault(table, []).extend(_apart(row, number) for row in rows)
    return given, dict(expected)


def _apart(row: Row, number: int) -> Row:
    own = {name: f"{row[name]}-{number}" for name in _IDS & set(row) if row[name] is not None}
    return {**row, **own}


def opening(folder: Path, connected: Opener) -> Iterator[OpenDb]:
    """Yield a function that opens given rows as a database, and close all of them at the end."""
    opened: list[Database] = []
    number = itertools.count()

    def opener(
        given: dict[str, list[Row]],
        history: dict[str, list[Row]] | None = None,
        as_of: str | None = None,
    ) -> Database:
        path = build(folder / f"{next(number)}.duckdb", given, history)
        db = connected(path, {*given, *(history or {})}, as_of)
        opened.append(db)
        return db

    yield opener
    for db in opened:
        db.close()


def on_duckdb(path: Path, names: set[str], as_of: str | None) -> Database:
    return connect(path, as_of)


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


def build(
    path: Path, given: dict[str, list[Row]], history: dict[str, list[Row]] | None = None
) -> Path:
    """Write a published file; ``history`` holds every version of the keys that have several."""
    history = history or {}
    path.write_bytes(_empty())
    with _written(path) as con:
        for table in tables().values():
            versions = history.get(table.name, [])
            main = given.get(table.name, []) + _newest(table, versions)
            _fill(con, f"main.{table.name}", table, main)
            _fill(con, f"history.{table.name}", table, versions, _counts(table, versions))
            if versions:
                _recount(con, table)
    return path


@contextmanager
def _written(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that writes to a file; to attach it takes less than to open it."""
    con = _instance()
    con.execute(f"ATTACH '{path.as_posix()}' AS built")
    try:
        con.execute("USE built")
        con.execute("BEGIN")
        yield con
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    finally:
        con.execute("USE memory")
        con.execute("DETACH built")


@cache
def _instance() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET threads = 1")
    return con


@cache
def _empty() -> bytes:
    """Return a published file without rows: to write it takes less than to make its tables."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        with duckdb.connect(str(path)) as con:
            con.execute("CREATE SCHEMA history")
            con.execute(f"CREATE TABLE main.imports ({LOAD_LOG['imports']})")
            for table in tables().values():
                columns = ", ".join(f"{c} {kind}" for c, kind in table.stored)
                for schema in ("main", "history"):
                    con.execute(f"CREATE TABLE {schema}.{table.name} ({columns})")
        return path.read_bytes()


def _newest(table: Table, versions: list[Row]) -> list[Row]:
    ordered = sorted(versions, key=lambda r: _when(r.get("exported_at", EXPORTED)))
    return list({tuple(r.get(k) for k in table.key): r for r in ordered}.values())


def _counts(table: Table, versions: list[Row]) -> dict[tuple[Any, ...], int]:
    keys = [tuple(r.get(k) for k in table.key) for r in versions]
    return {key: keys.count(key) for key in keys}


def _recount(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    same = " AND ".join(f"h.{k} IS NOT DISTINCT FROM m.{k}" for k in table.key)
    con.execute(
        f"UPDATE main.{table.name} m SET n_versions = greatest(1, (SELECT count(*) FROM"
        f" history.{table.name} h WHERE {same}))"
    )


def _fill(
    con: duckdb.DuckDBPyConnection,
    name: str,
    table: Table,
    rows: list[Row],
    counts: dict[tuple[Any, ...], int] | None = None,
) -> None:
    if rows:
        marks = ", ".join("?" for _ in table.stored)
        filled = [_filled(table, row, number) for number, row in enumerate(rows, start=2)]
        for row in filled:
            key = tuple(row.get(k) for k in table.key)
            row["n_versions"] = (counts or {}).get(key, 1)
        # one statement for many rows: one for each takes several times as long
        for start in range(0, len(filled), ROWS_AT_ONCE):
            some = filled[start : start + ROWS_AT_ONCE]
            values = ", ".join([f"({marks})"] * len(some))
            flat = [row.get(c) for row in some for c, _ in table.stored]
            con.execute(f"INSERT INTO {name} VALUES {values}", flat)


def _filled(table: Table, row: Row, number: int) -> Row:
    unknown = set(row) - {name for name, _ in table.stored}
    assert not unknown, f"{table.name} has no {unknown}"
    out = {"source_file": "given", "source_row": number, "exported_at": EXPORTED, **row}
    for column in table.columns:
        if column.time and out.get(column.name) is not None:
            out[column.name] = _when(out[column.name])
            out |= _companions(column, out[column.name], out.get("leg"))
    out["exported_at"] = _when(out["exported_at"])
    return out


def _when(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _companions(column: Column, at: datetime, leg: int | None) -> Row:
    place = ("cn" if leg == 1 else "jp") if column.place == "leg" else column.place
    zone = ZONES[place]
    day = at.replace(tzinfo=UTC).astimezone(zone).date()
    made: list[date | datetime] = [day, _end(day, zone)]
    return {name: value for (name, _), value in zip(column.companions, made, strict=False)}


def _end(day: date, zone: ZoneInfo) -> datetime:
    over = datetime.combine(day + timedelta(days=1), time(), zone)
    return over.astimezone(UTC).replace(tzinfo=None)
