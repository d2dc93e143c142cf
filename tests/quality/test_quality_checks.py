from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from conftest import SALT

from rakustats import quality
from rakustats.schema.issue_rules import rules
from rakustats.schema.tables import tables

CELLS = ("unknown_word", "several_values")


def issues(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return con.execute("SELECT * FROM main.issues ORDER BY ALL").fetchall()


def test_empty_tables_leave_no_doubt(con: duckdb.DuckDBPyConnection) -> None:
    quality.run_checks(con, SALT)
    assert issues(con) == []


def test_rows_of_unknowns_leave_no_doubt(con: duckdb.DuckDBPyConnection) -> None:
    for table in tables().values():
        for schema in ("main", "versions"):
            keys = ", ".join(table.key)
            values = ", ".join(
                f"'{n}'" if table[n].type == "VARCHAR" else "NULL" for n in table.key
            )
            con.execute(f"INSERT INTO {schema}.{table.name} ({keys}) VALUES ({values})")
            con.execute(f"INSERT INTO {schema}.{table.name} DEFAULT VALUES")
    quality.run_checks(con, SALT)
    found = {rule for _, _, rule, *_ in issues(con)}
    assert found == {"unlinked_claim"}


def test_doubts_are_made_anew_and_those_of_cells_stay(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO main.orders (order_no, goods_total_cny) VALUES ('A', 0)")
    con.execute("INSERT INTO main.issues (rule, key) VALUES ('unknown_word', 'kept')")
    quality.run_checks(con, SALT)
    once = issues(con)
    assert [(rule, key) for _, key, rule, *_ in once] == [
        ("zero_price_order", "A"), ("unknown_word", "kept")
    ]  # fmt: skip
    quality.run_checks(con, SALT)
    assert issues(con) == once
    con.execute("UPDATE main.orders SET goods_total_cny = 1")
    quality.run_checks(con, SALT)
    assert [rule for _, _, rule, *_ in issues(con)] == ["unknown_word"]


def test_every_check_has_words_and_every_rule_of_tables_a_maker() -> None:
    checked = {check.rule for check in quality.CHECKS}
    assert checked <= set(rules())
    made_while_folding = {"blanked", "shared_tracking"}
    assert {n for n, r in rules().items() if r.of == "tables"} - checked <= made_while_folding


@pytest.mark.parametrize(
    "check", quality.CHECKS, ids=lambda check: " ".join((check.rule, *check.needs))
)
def test_a_check_is_one_query_with_the_columns_of_issues(
    con: duckdb.DuckDBPyConnection, check: Any
) -> None:
    con.execute("SET VARIABLE member_salt = 'x'")
    for prepare in quality.PREPARE:
        prepare(con)
    columns = [c[0] for c in con.execute(f"SELECT * FROM ({check.query()})").description]
    assert columns == ["table_name", "key", "detail", "source_file", "source_row"]


def test_nothing_temporary_is_left(con: duckdb.DuckDBPyConnection) -> None:
    quality.run_checks(con, SALT)
    left = con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    assert left == []
    assert con.execute("SELECT getvariable('member_salt')").fetchone() == (None,)


def test_where_it_was_said(look: Callable[..., Any], con: duckdb.DuckDBPyConnection) -> None:
    look("zero_price_order", orders=[{"order_no": "A", "total_jpy": 0}])
    assert issues(con) == [
        ("orders", "A", "zero_price_order", "info",
         "goods_total_cny: unknown, total_jpy: 0, replacement_of is not stated", "f", 2),
    ]  # fmt: skip
