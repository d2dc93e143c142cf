"""The tables of an unknown file, whatever their headers: what stands in them, column by column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from rakustats.errors import UsageError
from rakustats.ingest import archives, files, formats, text
from rakustats.ingest.header_detection import HeaderDetection
from rakustats.ingest.plan import Sheet
from rakustats.schema.text_normalisation import NULL_WORDS, plain

SEEN_ROWS = 3_000
MOST_WORDS = 200
_NO_WORD = re.compile(r"[\d\s.,:/年月日%¥￥円元-]*")


class AnyHeader(HeaderDetection):
    """Takes every table for an export, with the header that the dictionary or its form tells."""

    def fits(self, row: Sequence[str]) -> bool:
        """Return whether a row has at least two words in it."""
        return sum(_is_word(c) for c in row) > 1

    def header_in(self, rows: Sequence[Sequence[str]]) -> int:
        """Return the row that says most of what is known, else the first full row of words."""
        at = super().header_in(rows)
        if rows and self.score(rows[at]) > max(1, sum(bool(c.strip()) for c in rows[at]) / 3):
            return at
        widest = max((sum(bool(c.strip()) for c in row) for row in rows), default=0)
        return next((n for n, row in enumerate(rows) if _is_header(row, widest)), 0)


def _is_word(cell: str) -> bool:
    return not _NO_WORD.fullmatch(plain(cell))


def _is_header(row: Sequence[str], widest: int) -> bool:
    filled = [c for c in row if c.strip()]
    return len(filled) > 0.6 * widest and all(map(_is_word, filled))


@dataclass
class Column:
    """One column of a table: its header, the texts of its first rows, and the file behind them."""

    number: int
    header: str
    texts: list[str]
    table: Table = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The column's name in SQL."""
        return f"c{self.number}"

    @cached_property
    def said(self) -> list[str]:
        """The texts that say something."""
        return [t for t in self.texts if plain(t).casefold() not in NULL_WORDS]

    @cached_property
    def distinct(self) -> list[str]:
        """The different texts, in the order in which they come."""
        return list(dict.fromkeys(self.said))

    def words(self) -> list[tuple[str, int]]:
        """Return the different texts of the whole file with their counts, the commonest first."""
        query = (
            f"SELECT trim({self.name}), count(*) FROM {self.table.sheet.relation} "
            f"WHERE trim({self.name}) <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_WORDS}"
        )
        return [(str(t), int(n)) for t, n in self.table.con.execute(query).fetchall()]

    def odd(self, kind: str) -> list[str]:
        """Return different texts of the whole file that do not simply cast to a type."""
        query = (
            f"SELECT DISTINCT trim({self.name}) FROM {self.table.sheet.relation} "
            f"WHERE trim({self.name}) <> '' AND try_cast({self.name} AS {kind}) IS NULL "
            f"ORDER BY 1 LIMIT {SEEN_ROWS}"
        )
        found = [str(t) for (t,) in self.table.con.execute(query).fetchall()]
        return [t for t in found if plain(t).casefold() not in NULL_WORDS]


@dataclass
class Table:
    """One table of a file with its columns."""

    sheet: Sheet
    con: duckdb.DuckDBPyConnection
    rows: int = 0
    columns: list[Column] = field(default_factory=list)

    @property
    def headers(self) -> tuple[str, ...]:
        """The header row."""
        return self.sheet.headers


@contextmanager
def tables_of(path: Path, encoding: str | None = None) -> Iterator[list[Table]]:
    """Yield the tables of a file; one layout that several sheets share comes once.

    Raises
    ------
    UsageError
        If the file is not there or cannot be read, or holds no table.
    """
    if path.is_dir():
        raise UsageError(
            ja=f"{path} はフォルダーです。中のファイルを一つ指定してください。",
            en=f"{path}: a folder; name one of the files in it.",
        )
    export = archives.exports([path])[0]
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch, duckdb.connect() as con:
        facts = export.fingerprint()
        source = export.laid_in(Path(scratch))
        found: dict[tuple[str, ...], Table] = {}
        for sheet in formats.read(source, facts, Path(scratch), encoding, AnyHeader())[0]:
            if any(h.strip() for h in sheet.headers):
                table = _table(replace(sheet, file=export.name), facts, con, encoding, scratch)
                found.setdefault(sheet.headers, table)
        if not found:
            raise UsageError(
                ja=f"{export.name}：見出し行のある表がこのファイルにありません。",
                en=f"{export.name}: no table with a header is in this file.",
            )
        yield list(found.values())


def _table(
    sheet: Sheet,
    facts: files.Bytes,
    con: duckdb.DuckDBPyConnection,
    encoding: str | None,
    scratch: str,
) -> Table:
    try:
        rows = _rows(sheet, con)
    except duckdb.Error:
        # DuckDB refuses ragged files; row by row they can be read
        again = text.careful(sheet.path, facts, Path(scratch), encoding, AnyHeader())
        sheet = replace(again, file=sheet.file)
        rows = _rows(sheet, con)
    table = Table(sheet, con, len(rows))
    table.columns = [
        Column(n, header, [str(row[n]).strip() for row in rows if row[n] is not None], table)
        for n, header in enumerate(sheet.headers)
    ]
    return table


def _rows(sheet: Sheet, con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    names = ", ".join(f"c{n}" for n in range(len(sheet.headers)))
    return con.execute(f"SELECT {names} FROM {sheet.relation} LIMIT {SEEN_ROWS}").fetchall()
