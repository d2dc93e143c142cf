"""A quality check: a rule, the tables that it needs, a query for the bad rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True)
class Check:
    """One rule's query: SELECT table_name, key, detail, source_file, source_row.

    It is left out where one of the tables it ``needs`` is empty, so that a load pays only for
    what it brings.
    """

    rule: str
    needs: tuple[str, ...]
    query: Callable[[], str]


def of_each(
    rule: str, tables: Iterable[str], query: Callable[[str], str], schema: str = "main"
) -> tuple[Check, ...]:
    """Return the checks of a rule that applies to every one of the tables by itself."""
    return tuple(Check(rule, (f"{schema}.{table}",), partial(query, table)) for table in tables)


def quoted(value: str) -> str:
    """Return the SQL that shows a text value between quotation marks."""
    return f"'''' || {value} || ''''"


def minute(value: str) -> str:
    """Return the SQL that shows an instant to the minute."""
    return f"strftime({value}, '%Y-%m-%d %H:%M')"


def provenance(alias: str) -> str:
    """Return the select items that say where a row came from."""
    return f"{alias}.source_file, {alias}.source_row"
