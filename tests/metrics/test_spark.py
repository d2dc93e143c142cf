from pathlib import Path
from typing import Any

import pytest
from canonical_db import as_parquet, build

from rakustats.engine.database import connect
from rakustats.errors import UsageError

pytestmark = pytest.mark.spark


def test_a_session_in_another_zone_is_refused(spark: Any) -> None:
    other = spark.newSession()
    other.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    with pytest.raises(UsageError, match=r"Asia/Tokyo; set spark\.sql\.session\.timeZone to UTC"):
        connect(spark=other, tables={"orders": "orders.parquet"})


def test_wrong_tables_are_refused(spark: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'parcels' is no canonical table; use orders"):
        connect(spark=spark, tables={"parcels": "x"})
    with pytest.raises(UsageError, match="cannot be read as Parquet"):
        connect(spark=spark, tables={"orders": str(tmp_path / "none.parquet")})
    few = spark.sql("SELECT 'A' AS order_no")
    with pytest.raises(UsageError, match="orders lacks agency, member_id"):
        connect(spark=spark, tables={"orders": few})


def test_frames_do_as_well_as_paths_and_closing_drops_the_views(spark: Any, tmp_path: Path) -> None:
    path = build(tmp_path / "a.duckdb", {"orders": [{"order_no": "A"}]})
    frame = spark.read.parquet(as_parquet(path, {"orders"})["orders"])
    before = len(spark.catalog.listTables())
    with connect(spark=spark, tables={"orders": frame}) as db:
        assert db.sql("SELECT order_no FROM orders").table.to_pylist() == [{"order_no": "A"}]
    assert len(spark.catalog.listTables()) == before
