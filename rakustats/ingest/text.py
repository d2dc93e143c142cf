"""CSV and its relatives: scanned where they lie if they are plain, else row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from rakustats.errors import UsageError
from rakustats.ingest import encodings
from rakustats.ingest.files import Bytes
from rakustats.ingest.header_detection import HeaderDetection
from rakustats.ingest.lines import Lines
from rakustats.ingest.plan import Note, Sheet
from rakustats.ingest.records import Records, is_said, parsed
from rakustats.ingest.rows import RowFile, scanned

DELIMITERS = ",\t;|"
PREAMBLE = 30
MOST_COLUMNS = 2_000


def read(
    path: Path, facts: Bytes, scratch: Path, encoding: str | None, detection: HeaderDetection
) -> Sheet:
    """Return a text file as a sheet that DuckDB scans where it lies.

    Plain UTF-8 with its header in the first line needs no copy; anything else is read by
    ``careful``.
    """
    found = "utf-8" if facts.ascii and not encoding else _encoding(path, encoding)
    delimiter, records = _top(Lines(path, found, given=encoding is not None), detection)
    at = detection.header_in(records)
    # of a header over several lines DuckDB may make that the file has no rows
    odd_header = at > 0 or any(end in cell for cell in records[at] for end in "\r\n")
    if found not in ("utf-8", "utf-8-sig") or odd_header or not facts.plain:
        return careful(path, facts, scratch, encoding, detection)
    names = _header(path, records[0])
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(names)))
    relation = (
        f"read_csv({scanned(path)}, header = true, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{columns}}}, auto_detect = false, "
        "strict_mode = true, null_padding = false, max_line_size = 16777216)"
    )
    return Sheet(path, facts.sha256, found, 1, names, relation, numbered=False)


def careful(
    path: Path, facts: Bytes, scratch: Path, encoding: str | None, detection: HeaderDetection
) -> Sheet:
    """Return a text file read row by row: any encoding and line end, what is wrong marked."""
    found = _encoding(path, encoding)
    top, lines = (Lines(path, found, given=encoding is not None) for _ in range(2))
    delimiter, rows = _top(top, detection)
    at, records = detection.header_in(rows), Records(lines, delimiter)
    names = _header(path, next(islice(records, at, None)).cells)
    records.width = len(names)
    with RowFile(scratch, len(names)) as out:
        for number, record in enumerate(records, start=at + 2):
            cells = record.cells[: len(names)]
            # Exports put one after the other bring their header again.
            again = cells and cells[0].strip() == names[0] and _clean(cells) == names
            nothing = again or not any(map(is_said, record.cells))
            out.add(number, () if nothing else cells, None if nothing else record.fault)
    sheet = Sheet(path, facts.sha256, found, at + 1, names, out.relation)
    return _mixed(sheet, lines) if lines.others else sheet


def _encoding(path: Path, given: str | None) -> str:
    return encodings.named(given) if given else encodings.detect(path)


def _mixed(sheet: Sheet, lines: Lines) -> Sheet:
    """Return a sheet that says in which encodings its lines are."""
    others = ", ".join(f"{n:,} as {name}" for name, n in lines.others.items())
    detail = f"lines that are not {sheet.encoding} were read: {others}"
    return replace(
        sheet,
        encoding=" + ".join([sheet.encoding, *lines.others]),
        notes=(*sheet.notes, Note("mixed_encodings", detail)),
    )


def _top(lines: Lines, detection: HeaderDetection) -> tuple[str, list[list[str]]]:
    """Return the delimiter under which a header is found best, and the first rows."""
    top = list(islice(lines, PREAMBLE))
    if not any(map(str.strip, top)):
        raise UsageError(
            ja=f"{lines.name}：先頭から {PREAMBLE} 行が空白か、ファイルが空です。",
            en=f"{lines.name}: the file begins with {PREAMBLE} blank lines or is empty.",
        )
    rows = {d: list(parsed(top, d)) for d in DELIMITERS}

    def rating(delimiter: str) -> tuple[int, int]:
        known = max((detection.score(row) for row in rows[delimiter]), default=0)
        return known, max((line.count(delimiter) for line in top), default=0)

    best = max(DELIMITERS, key=rating)
    return best, rows[best]


def _header(path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    if len(cells) > MOST_COLUMNS:
        raise UsageError(
            ja=f"{path.name}：列が {len(cells):,} もあります。取り込める表ではありません。",
            en=f"{path.name}: {len(cells):,} columns; this is no export.",
        )
    return _clean(cells)


def _clean(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(c.replace("\ufeff", "").strip() for c in cells)


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
