"""Numbers that name things: order, parcel and claim numbers, and what spreadsheets do to them."""

from __future__ import annotations

import re

from rakustats.schema.text_normalisation import plain

# Digits that a spreadsheet keeps of a number; the rest it turns into zeros.
PRECISION = 15
_DAMAGED = re.compile(r"[0-9]E\+[0-9]", re.IGNORECASE)
_GUARDED = re.compile(r"=?\"(.*)\"|['’‘`](.*)")
_FLOAT = re.compile(r"(?<![0-9.A-Za-z])([0-9]+)\.0+(?![0-9.A-Za-z])")
_BETWEEN = re.compile(r"\s*[,、，;；\n\r|]\s*|\s+[/／&+]\s+|\s+")
# Dashes and waves that are confused, by keyboards and encodings.
_ALIKE = str.maketrans("−‐‑‒–—―ｰ〜～∼", "--------~~~")


def identifier(text: str) -> str:
    """Return a number that names something, in the one form under which rows are joined.

    Full-width signs become narrow, look-alike dashes one, and the guards go by which people keep
    spreadsheets off: an apostrophe, a tab, ``="…"``. The ``.0`` of a number that went through a
    spreadsheet goes too; leading zeros stay.

    Raises
    ------
    ValueError
        If a spreadsheet has damaged it to powers of ten: its digits are lost.

    Examples
    --------
    >>> identifier("'0123"), identifier("２０２６－１"), identifier("412345678901.0")
    ('0123', '2026-1', '412345678901')
    """
    value = plain(plain(text).translate(_ALIKE))
    if guarded := _GUARDED.fullmatch(value):
        value = (guarded[1] or guarded[2] or "").strip()
    if _DAMAGED.search(value):
        raise ValueError(f"damaged to powers of ten, not recoverable: {text!r}")
    return _FLOAT.sub(r"\1", value)


def is_rounded(text: str) -> bool:
    """Return whether a number has only zeros where a spreadsheet keeps no digits.

    Examples
    --------
    >>> is_rounded("2026071715475680"), is_rounded("2026071715475684-300000")
    (True, False)
    """
    beyond = text[PRECISION:]
    return text.isdecimal() and beyond != "" and not beyond.strip("0")


def several(text: str) -> list[str]:
    """Return the numbers in a cell, where it holds more than one; else nothing.

    Examples
    --------
    >>> several("2026071715475684-300001、2026071715475685-300001")
    ['2026071715475684-300001', '2026071715475685-300001']
    """
    parts = [p for p in _BETWEEN.split(plain(text)) if p]
    return parts if len(parts) > 1 and all(sum(map(str.isdigit, p)) > 5 for p in parts) else []
