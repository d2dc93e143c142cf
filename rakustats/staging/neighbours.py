"""What the other cells of a row say about a text: its year, or the currency of its amount."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from rakustats.staging import numbers
from rakustats.staging.casts import local
from rakustats.staging.cells import AMOUNTS
from rakustats.staging.parsers import ASIDE
from rakustats.staging.reading import Feed, Reading

ODD = "stage.main.odd_rows"


def settle_currencies(con: duckdb.DuckDBPyConnection, reading: Reading, odd: set[int]) -> set[int]:
    """Let the currency in an amount's text fill the row's, and set the row's beside the text.

    Returns the currency cells that now have texts to be read.
    """
    filled = set()
    for feed in reading.feeds:
        for currency, amounts in AMOUNTS.items():
            if currency in feed.cells:
                for k in _ids(reading, feed, amounts) & odd:
                    c = reading.ids[feed.cells[currency]]
                    filled |= _settle(con, k, c)
    return filled


def _ids(reading: Reading, feed: Feed, columns: Iterable[str]) -> set[int]:
    return {reading.ids[feed.cells[c]] for c in columns if c in feed.cells}


def _settle(con: duckdb.DuckDBPyConnection, k: int, c: int) -> set[int]:
    said = {text: code for text in texts(con, k) if (code := _said(text))}
    if not said:
        return set()
    con.register("said", pa.table({"raw": list(said), "code": list(said.values())}))
    con.execute(
        f"UPDATE {ODD} SET o{c} = said.code FROM said "
        f"WHERE o{k} = said.raw AND v{c} IS NULL AND o{c} IS NULL"
    )
    con.execute(
        f"UPDATE {ODD} SET o{k} = o{k} || '{ASIDE}' || coalesce(v{c}, o{c}) "
        f"FROM said WHERE o{k} = said.raw"
    )
    con.unregister("said")
    return {c}


def _said(text: str) -> str | None:
    try:
        return numbers.number(text).currency
    except ValueError:
        return None


def set_dates_beside(
    con: duckdb.DuckDBPyConnection, reading: Reading, k: int, bare: list[str], read: set[int]
) -> None:
    """Set the row's first other date beside each of a column's texts without a year.

    ``read`` are the cells whose odd texts have been read already, into their tables fix<k>.
    """
    others = [
        j for cell, j in reading.ids.items() if cell.kind == "instant" and cell.time and j != k
    ]
    known = [f"coalesce(s.v{j}, f{j}.value)" if j in read else f"s.v{j}" for j in others]
    joins = " ".join(f"LEFT JOIN fix{j} f{j} ON s.o{j} = f{j}.raw" for j in others if j in read)
    first = f"coalesce({', '.join([*known, 'NULL::TIMESTAMP'])})"
    day = f"coalesce(strftime({local(first, reading.plan.zone)}, '%Y-%m-%d'), '')"
    con.register("bare", pa.table({"raw": bare}))
    con.execute(
        f"UPDATE {ODD} SET o{k} = o{k} || '{ASIDE}' || beside.day FROM "
        f"(SELECT s.rowid AS at, {day} AS day FROM {ODD} s JOIN bare ON s.o{k} = bare.raw {joins}) "
        f"AS beside WHERE {ODD.rpartition('.')[2]}.rowid = beside.at"
    )
    con.unregister("bare")


def texts(con: duckdb.DuckDBPyConnection, k: int) -> list[str]:
    """Return the distinct odd texts of a cell, in order."""
    odd = f"SELECT DISTINCT o{k} FROM {ODD} WHERE o{k} IS NOT NULL ORDER BY 1"
    return [str(text) for (text,) in con.execute(odd).fetchall()]
