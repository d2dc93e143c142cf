"""CSV and its relatives: scanned where they lie if they are plain, else row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from rakustats.errors import UsageError
from rakustats.ingest import encodings
from rakustats.ingest.expected import Expected
from rakustats.ingest.files import Bytes
from rakustats.ingest.plan import Sheet
from rakustats.ingest.rows import RowFile

DELIMITERS = ",\t;|"
PREAMBLE = 30

csv.field_size_limit(1 << 24)


def read(
    path: Path, facts: Bytes, scratch: Path, encoding: str | None, expected: Expected
) -> Sheet:
    """Return a text file as a sheet that DuckDB scans where it lies.

    Plain UTF-8 with its header in the first line needs no copy; anything else is read by
    ``careful``.
    """
    encoding = encoding or encodings.detect(path)
    delimiter, records = _top(path, encoding)
    at = expected.header_in(records)
    if encoding not in ("utf-8", "utf-8-sig") or at > 0 or not facts.plain:
        return careful(path, facts, scratch, encoding, expected)
    names = _header(records[0])
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(names)))
    relation = (
        f"read_csv({literal(path.as_posix())}, header = true, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{columns}}}, auto_detect = false, "
        "strict_mode = true, null_padding = false, max_line_size = 16777216)"
    )
    return Sheet(path, facts.sha256, encoding, 1, names, relation, numbered=False)


def careful(
    path: Path, facts: Bytes, scratch: Path, encoding: str | None, expected: Expected
) -> Sheet:
    """Return a text file read row by row: any encoding and line end, ragged rows marked."""
    encoding = encoding or encodings.detect(path)
    delimiter, records = _top(path, encoding)
    at = expected.header_in(records)
    rows = islice(_records(path, encoding, delimiter), at, None)
    names = _header(next(rows)[1])
    with RowFile(scratch, len(names)) as out:
        for number, cells, fault in _checked(rows, len(names), encoding):
            out.add(number, cells, fault)
    return Sheet(path, facts.sha256, encoding, at + 1, names, out.relation)


def _top(path: Path, encoding: str) -> tuple[str, list[list[str]]]:
    lines = list(islice(encodings.lines(path, encoding), PREAMBLE))
    delimiter = max(DELIMITERS, key=lambda d: max((line.count(d) for line in lines), default=0))
    return delimiter, list(csv.reader(lines, delimiter=delimiter))


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(encodings.lines(path, encoding), delimiter=delimiter)
    try:
        yield from enumerate(reader, start=1)
    except csv.Error as error:
        raise UsageError(f"{path.name}, line {reader.line_num}: {error}.") from None


def _checked(
    rows: Iterator[tuple[int, list[str]]], width: int, encoding: str
) -> Iterator[tuple[int, list[str], str | None]]:
    for number, cells in rows:
        blank = not any(c.strip() for c in cells)
        surplus = any(c.strip() for c in cells[width:])
        fault = None
        if surplus or (len(cells) < width and not blank):
            fault = f"row has {len(cells)} cells, the header {width}"
        elif any(encodings.BROKEN in c for c in cells):
            fault = f"row has bytes that are not {encoding}"
        yield number, cells[:width], fault


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(c.replace("\ufeff", "").strip() for c in cells)


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
