"""Names of files: as the load log keeps them, the day in them, which are temporary."""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import suppress
from datetime import date
from pathlib import Path, PurePath

from rakustats.ingest import similarity

# Locks of office programs, and downloads that have not ended.
_LOCKS = ("~$", ".~lock.", "~WRL", "~WRD")
_UNFINISHED = (".tmp", ".crdownload", ".part", ".partial", ".download", ".opdownload")
_DAY = re.compile(r"(20\d{2})[-_.年]?(\d{2})[-_.月]?(\d{2})(?!\d)")
_MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]


def shown(path: Path) -> str:
    """Return the file's name as the load log keeps it: composed characters, no folder."""
    try:
        path.name.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8, as old archives leave them
        return decoded(os.fsencode(path.name))
    return unicodedata.normalize("NFC", path.name)


def decoded(raw: bytes) -> str:
    """Return a file's name that came as bytes: UTF-8, else what reads best in Japan or China.

    Examples
    --------
    >>> decoded("注文.csv".encode("cp932")), decoded("订单.csv".encode("gbk"))
    ('注文.csv', '订单.csv')
    """
    texts = []
    for name in ("utf-8", "cp932", "gb18030"):
        with suppress(UnicodeDecodeError):
            texts.append(raw.decode(name))
            if name == "utf-8":
                break
    best = max(texts, key=similarity.of, default=None)
    return unicodedata.normalize("NFC", raw.decode("cp437") if best is None else best)


def is_temporary(path: PurePath) -> bool:
    """Return whether a file is a program's lock, or something still on its way."""
    name = path.name
    return name.startswith(_LOCKS) or name.lower().endswith(_UNFINISHED)


def day_in_name(name: str, pattern: str | None = None) -> date | None:
    """Return the export's day by its name: the last full date, or a month's end.

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
