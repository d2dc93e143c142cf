"""Of the steps of a query an engine is given those that are read."""

from __future__ import annotations

from pathlib import Path

import duckdb

from rakustats.engine.duckdb import DuckDBEngine
from rakustats.engine.steps import steps_read, with_steps
from rakustats.store.columns import listed

STEPS = [
    ("orders", "SELECT * FROM raw"),
    ("lines", "SELECT * FROM raw_lines"),
    ("late", "SELECT * FROM orders, lines"),
    ("never", "SELECT * FROM late"),
]


def test_what_is_read_through_others_stays_in_its_order() -> None:
    assert steps_read(STEPS, "SELECT count(*) FROM late") == STEPS[:3]
    assert steps_read(STEPS, "SELECT * FROM lines") == STEPS[1:2]


def test_what_nobody_reads_is_left_out() -> None:
    assert steps_read(STEPS, "SELECT 1 AS orders_of_nobody") == []


def test_columns_that_nobody_reads_are_left_out() -> None:
    orders = listed({"order_no": "v.no", "state": "v.state", "remark": "v.remark"}, "FROM raw v")
    steps = [("orders", orders), ("late", "SELECT o.* FROM orders o WHERE state = 'late'")]
    text = with_steps(steps, "SELECT order_no FROM late")
    assert text.steps[0] == ("orders", "SELECT v.no AS order_no, v.state AS state\nFROM raw v")
    assert "remark" not in text
    assert "remark" in orders


def test_rows_are_counted_though_no_column_is_read() -> None:
    orders = listed({"order_no": "v.no", "state": "v.state"}, "FROM raw v")
    text = with_steps([("orders", orders)], "SELECT count(*) FROM orders")
    assert text.steps == (("orders", "SELECT v.no AS order_no\nFROM raw v"),)


def test_what_is_shown_by_a_star_is_shown_whole() -> None:
    orders = listed({"order_no": "v.no", "state": "v.state"}, "FROM raw v")
    steps = [("orders", orders), ("late", "SELECT o.* FROM orders o WHERE state = 'late'")]
    for last in ("SELECT * FROM late", "SELECT l.* FROM late l", "select distinct * FROM late"):
        assert with_steps(steps, last).steps[0] == ("orders", str(orders))
    assert "v.no AS order_no\n" in with_steps(steps, "SELECT count(*) FROM orders")


def test_rows_come_in_the_order_that_was_asked_for(tmp_path: Path) -> None:
    """What lies in any order on the way there does not come out so: rows of two such are paired."""
    path = tmp_path / "any.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE numbers AS SELECT (i * 7919) % 20011 AS n FROM range(20011) t(i)")
    steps = [("first", "SELECT n FROM numbers"), ("second", "SELECT n, n + 1 AS m FROM first")]
    query = with_steps(steps, "SELECT m FROM second ORDER BY m", {"first", "second"})
    engine = DuckDBEngine(path)
    for _ in range(3):
        assert engine.query(query).column("m").to_pylist() == list(range(1, 20012))
    engine.close()
