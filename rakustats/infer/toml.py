"""TOML as text: strings that no text from a file can break out of, comments of one line."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

LONGEST = 40
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
# Control characters, and signs that turn or hide what follows them on a terminal.
_HIDDEN = ("Cc", "Cf", "Zl", "Zp", "Co", "Cn")


def quoted(text: str) -> str:
    r"""Return a text as a TOML string of one line.

    Examples
    --------
    >>> print(quoted('5" \n注文'))
    "5\" \n注文"
    """
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(sign: str) -> str:
    if sign in _SHORT:
        return _SHORT[sign]
    category = unicodedata.category(sign)
    if category == "Cs":
        return "\\uFFFD"  # half a character has no name in TOML
    if category in _HIDDEN:
        return f"\\u{ord(sign):04X}" if ord(sign) <= 0xFFFF else f"\\U{ord(sign):08X}"
    return sign


def listed(texts: Sequence[str]) -> str:
    """Return texts as a TOML list."""
    return f"[{', '.join(map(quoted, texts))}]"


def comment(text: str) -> str:
    """Return a text as comment lines; each line of the text is one."""
    return "\n".join(f"# {line}".rstrip() for line in text.strip("\n").split("\n"))


def shortened(text: str) -> str:
    """Return a text as a quoted example, not too long."""
    return quoted(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
