"""On which line of a TOML text each of its keys and values begins."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

#: Names of tables and keys and numbers in lists, from the outside in.
Place = tuple[str | int, ...]

_TOKEN = re.compile(
    r'(?P<blank>[ \t]+|\#[^\n]*)|(?P<end>\r?\n)|(?P<text>"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}'
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')|(?P<word>[^\s\[\]{}=,.#"\']+)|(?P<sign>[\[\]{}=,.])',
    re.DOTALL,
)


def lines_of(text: str) -> dict[Place, int]:
    r"""Return the line of every place in a TOML text that is known to be right.

    Examples
    --------
    >>> lines_of("[[source]]\nheaders = [\n 'A',\n 'B']")["source", 0, "headers", 1]
    4
    """
    return _Walk(text).lines


class _Walk:
    """One pass over a text: tables, keys and members as they come."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {(): 1}
        self._tokens = _tokens(text)
        self._counts: dict[Place, int] = {}
        self._next()
        table: Place = ()
        while self._kind:
            if self._kind == "end":
                self._next()
            elif self._is("["):
                table = self._header()
            else:
                self._pair(table)

    def _next(self) -> None:
        self._kind, self._text, self._line = next(self._tokens, ("", "", 0))

    def _is(self, signs: str) -> bool:
        return self._kind == "sign" and self._text in signs

    def _header(self) -> Place:
        line, listed = self._line, False
        self._next()
        if listed := self._is("["):
            self._next()
        names = self._key()
        place: Place = ()
        for at, name in enumerate(names):
            place = (*place, name)
            self.lines.setdefault(place, line)
            if listed and at == len(names) - 1:
                self._counts[place] = self._counts.get(place, -1) + 1
            if place in self._counts:
                place = (*place, self._counts[place])
                self.lines.setdefault(place, line)
        while self._is("]"):
            self._next()
        return place

    def _key(self) -> list[str]:
        names = []
        while not self._is("=]"):
            if not self._is("."):
                names.append(_plain(self._text) if self._kind == "text" else self._text)
            self._next()
        return names

    def _pair(self, table: Place) -> None:
        line = self._line
        place = table
        for name in self._key():
            place = (*place, name)
            self.lines.setdefault(place, line)
        self._next()
        self._value(place)

    def _value(self, place: Place) -> None:
        self.lines.setdefault(place, self._line)
        if self._is("["):
            self._members(place, "]")
        elif self._is("{"):
            self._members(place, "}")
        else:
            while self._kind in ("text", "word") or self._is("."):
                self._next()

    def _members(self, place: Place, closing: str) -> None:
        self._next()
        number = 0
        while not self._is(closing):
            if self._kind == "end" or self._is(","):
                self._next()
            elif closing == "}":
                self._pair(place)
            else:
                self._value((*place, number))
                number += 1
        self._next()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "blank":
            yield str(match.lastgroup), match[0], line
        line += match[0].count("\n")


def _plain(key: str) -> str:
    return str(next(iter(tomllib.loads(f"{key} = 0"))))
