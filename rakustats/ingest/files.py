"""Which files to read, what they really are, and their fingerprint, in one pass over the bytes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from rakustats.errors import UsageError

TEXT = {".csv", ".tsv", ".txt"}
WORKBOOK = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}
SUFFIXES = TEXT | WORKBOOK | {".parquet"}
BLOCK = 1 << 17  # larger ones cost a page fault for every page

_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a rich-text document"),
)
_DAY = re.compile(r"(20\d{2})[-_.年]?(\d{2})[-_.月]?(\d{2})(?!\d)")
_MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]


@dataclass(frozen=True)
class Bytes:
    """What one pass over a file's bytes tells."""

    sha256: str
    size: int
    plain: bool


def find(paths: Iterable[str | Path]) -> list[Path]:
    """Return the export files under the given files and folders, sorted.

    A folder gives all the files of known kinds below it, but for hidden ones, Excel's lock files
    (``~$…``) and folders named ``truth`` (what ``rakustats sample`` knows about its own exports).

    Raises
    ------
    UsageError
        If a path does not exist, or nothing that could be an export is there.
    """
    found: set[Path] = set()
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise UsageError(f"{path}: no such file or folder.")
        inside = [p for p in path.rglob("*") if _wanted(p, path)] if path.is_dir() else [path]
        if not inside:
            raise UsageError(
                f"{path}: no exports here (looked for {', '.join(sorted(SUFFIXES))}, also .gz)."
            )
        found.update(inside)
    return sorted(found, key=lambda p: unicodedata.normalize("NFC", p.as_posix()))


def _wanted(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    hidden = any(part.startswith((".", "~$")) for part in parts)
    return path.is_file() and not hidden and "truth" not in parts[:-1] and suffix(path) in SUFFIXES


def suffix(path: Path) -> str:
    """Return the ending that counts, below ``.gz``."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def shown(path: Path) -> str:
    """Return the file's name as the books keep it: composed characters, no folder."""
    return unicodedata.normalize("NFC", path.name)


def kind(path: Path) -> str:
    """Return ``text``, ``workbook`` or ``parquet``, by the bytes rather than by the ending.

    Raises
    ------
    UsageError
        If the file is empty or something that is no export: a PDF, a picture, a web page.
    """
    with path.open("rb") as stream:
        head = stream.read(512)
    if not head.strip():
        raise UsageError(f"{shown(path)}: the file is empty.")
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise UsageError(
                f"{shown(path)}: this is {what}, not an export. Export CSV or XLSX and load that."
            )
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<table")):
        raise UsageError(
            f"{shown(path)}: this is a web page. Open it in Excel, save it as XLSX and load that."
        )
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "workbook"
    if suffix(path) in WORKBOOK:
        raise UsageError(
            f"{shown(path)}: named like a workbook, but it is none. Is the download complete?"
        )
    return "text"


def fingerprint(path: Path, advance: Callable[[int], None] = lambda _: None) -> Bytes:
    """Hash a file and learn whether DuckDB can read it as it is.

    ``plain`` is true for text without NUL, lone carriage returns or blank lines: what DuckDB would
    read otherwise than a spreadsheet does, or skip without counting it.
    """
    digest, size, plain, last = hashlib.sha256(), 0, True, b""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            size += len(block)
            plain = plain and _is_plain(last + block)
            last = block[-1:]
            advance(len(block))
    return Bytes(digest.hexdigest(), size, plain)


def _is_plain(block: bytes) -> bool:
    """Tell that a block has no NUL, no blank line and no carriage return but before a newline."""
    if b"\0" in block:
        return False
    codes = np.frombuffer(block, dtype=np.uint8)
    newline = codes == 10
    if (newline[1:] & newline[:-1]).any():
        return False
    if b"\r" not in block:
        return True
    returned = codes == 13
    blank = (newline[:-1] & returned[1:]).any()
    lone = (returned[:-1] & ~newline[1:]).any()
    return not (blank or lone)


def day_in_name(name: str, pattern: str | None = None) -> date | None:
    """Return the export's day as its name tells it: the last full date, or a month's end.

    Parameters
    ----------
    name : str
        A file name.
    pattern : str, optional
        A regular expression with groups ``year``, ``month`` and perhaps ``day`` from a mapping;
        one that never matches says that names of this layout do not tell.

    Examples
    --------
    >>> day_in_name("注文一覧_2026-03_出力20260531.csv")
    datetime.date(2026, 5, 31)
    """
    if pattern:
        match = re.search(pattern, name)
        return _named(match) if match else None
    days = [_date(*map(int, m.groups())) for m in _DAY.finditer(name)]
    return next((d for d in reversed(days) if d), None)


def _named(match: re.Match[str]) -> date | None:
    groups = match.groupdict()
    word = groups["month"].lower()
    month = int(word) if word.isdigit() else _MONTHS.index(word) + 1 if word in _MONTHS else 0
    year = int(groups["year"])
    if groups.get("day"):
        return _date(year, month, int(groups["day"]))
    return next((d for d in (_date(year, month, n) for n in (31, 30, 29, 28)) if d), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
