from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rakustats.engine.database import connect
from rakustats.errors import RakustatsError, UsageError
from rakustats.metrics.delivery.delays import delay_rates
from rakustats.schema.tables import tables
from rakustats.store.layout import LOAD_LOG


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "published.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(f"CREATE TABLE imports ({LOAD_LOG['imports']})")
        con.execute(
            "INSERT INTO imports (file, exported_at) VALUES ('a.csv', TIMESTAMP '2026-11-01 12:00')"
        )
    return path


def test_a_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`rakustats load PATH` makes it"):
        connect(tmp_path / "none.duckdb")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.duckdb"
    path.write_text("not a database" * 1000, encoding="utf-8")
    with pytest.raises(RakustatsError, match="cannot be opened as a DuckDB file"):
        connect(path)


def test_the_as_of_is_the_newest_export_unless_given(file: Path) -> None:
    with connect(file) as db:
        assert db.as_of.isoformat() == "2026-11-01T12:00:00"
        assert repr(db) == "<rakustats database on duckdb>"
    with connect(file, "2026-10-01") as db:
        assert db.as_of.isoformat() == "2026-10-01T15:59:59.999999"


def test_nothing_loaded_is_said(tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    duckdb.connect(str(path)).close()
    with connect(path) as db, pytest.raises(UsageError, match="holds no export yet"):
        delay_rates(db)


def test_own_queries_see_absent_tables_as_empty_and_cannot_write(file: Path) -> None:
    with connect(file) as db:
        assert db.sql("SELECT count(*) AS n FROM orders;").frame()["n"].tolist() == [0]
        for wrong in ("SELECT nothing FROM orders", "DROP TABLE imports"):
            with pytest.raises(UsageError, match="cannot be run"):
                db.sql(wrong)


def test_own_queries_see_all_columns_however_they_are_named(file: Path) -> None:
    with connect(file) as db:
        columns = [name for name, _ in tables()["orders"].stored]
        for query in ("SELECT * FROM orders", "FROM orders", "SELECT ORDERS.* FROM ORDERS"):
            assert list(db.sql(query).frame().columns) == [*columns, "seen_until"]


def test_every_thread_reads_in_utc(file: Path) -> None:
    query = "SELECT current_setting('TimeZone') AS zone"
    with connect(file) as db, ThreadPoolExecutor(4) as pool:
        zones = list(pool.map(lambda _: db.sql(query).table.to_pylist(), range(8)))
    assert zones == [[{"zone": "UTC"}]] * 8


def test_a_closed_file_can_be_opened_for_writing(file: Path) -> None:
    with connect(file) as db:
        db.sql("SELECT 1 AS one")
    duckdb.connect(str(file)).close()


@pytest.mark.parametrize("wrong", [{"tables": {}}, {"spark": object()}])
def test_spark_and_duckdb_do_not_mix(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="tables="):
        connect(**wrong)
