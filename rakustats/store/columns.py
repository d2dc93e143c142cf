"""SELECTs that can be written with fewer columns: engines plan each one, read or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

# "SELECT *" and "t.*", not "count(*)" nor a product
_STAR = re.compile(r"\bSELECT\s+(?:DISTINCT\s+)?\*|\w\.\*", re.IGNORECASE)

Write = Callable[[Sequence[str]], str]


class Columns(str):
    """The text of a SELECT that also knows how to be written with some of its columns.

    Attributes
    ----------
    names : tuple of str
        All its columns.
    write : callable
        Returns the text with the given ones.
    """

    names: tuple[str, ...]
    write: Write


def columns(names: Sequence[str], write: Write) -> Columns:
    """Return a SELECT with all of its columns."""
    text = Columns(write(names))
    text.names, text.write = tuple(names), write
    return text


def listed(items: Mapping[str, str], source: str) -> Columns:
    """Return the SELECT of columns, each with its SQL, from a source."""

    def write(read: Sequence[str]) -> str:
        return f"SELECT {', '.join(f'{items[name]} AS {name}' for name in read)}\n{source}"

    return columns(list(items), write)


def only_read(text: str, words: set[str]) -> str:
    """Return a SELECT without columns that are in none of the words of what reads it."""
    if not isinstance(text, Columns):
        return text
    return text.write([name for name in text.names if name in words] or text.names[:1])


def words_of(text: str) -> set[str]:
    """Return the words of a text in SQL, names among them, in small letters."""
    return set(re.findall(r"\w+", text.lower()))


def words_read_whole(text: str) -> set[str]:
    """Return the words of a text that takes all columns of something, none of another text."""
    return words_of(text) if _STAR.search(text) else set()
