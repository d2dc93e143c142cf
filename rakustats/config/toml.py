"""TOML that people write: every key with its line, so that a complaint can name the place."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from rakustats.config.toml_positions import Place, lines_of
from rakustats.errors import UsageError

#: How close a word must be to a right one to be taken for a slip.
CLOSE = 0.6
_TOLD = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


@dataclass(frozen=True)
class Located:
    """A TOML document: its values, and the line on which each of them begins."""

    name: str
    values: dict[str, Any]
    lines: dict[Place, int]

    def wrong(self, place: Place, complaint: str) -> UsageError:
        """Return the error that says what is wrong at a place, with its line."""
        known = next(place[:n] for n in range(len(place), -1, -1) if place[:n] in self.lines)
        shown = _shown(place, self._is_table(place))
        where = f", {shown}" if shown else ""
        end = "" if complaint.endswith("?") else "."
        return UsageError(f"{self.name}, line {self.lines[known]}{where}: {complaint}{end}")

    def _is_table(self, place: Place) -> bool:
        found: Any = self.values
        for part in place:
            inside = isinstance(found, dict) and part in found
            if not inside and not (isinstance(found, list) and isinstance(part, int)):
                return False
            found = found[part]
        return isinstance(found, dict)

    def keys(self, at: Place, spec: dict[str, Any], right: Collection[str], what: str) -> None:
        """Refuse the first key that is not right, and tell the closest right one."""
        for key in spec:
            if key not in right:
                raise self.wrong((*at, key), f"unknown {what}{guess(key, right)}")

    def table(self, at: Place, value: Any) -> dict[str, Any]:
        """Return a value that must be a table."""
        if not isinstance(value, dict):
            raise self.wrong(at, f"{_named(value)} stands where a table belongs")
        return value

    def text(self, at: Place, value: Any) -> str:
        """Return a value that must be text."""
        if not isinstance(value, str):
            raise self.wrong(at, f"{_named(value)} stands where text in quotes belongs")
        if "\0" in value:
            raise self.wrong(at, "text with the character U+0000")
        return value

    def texts(self, at: Place, value: Any) -> tuple[str, ...]:
        """Return a value that must be text, or a list of texts."""
        if isinstance(value, list):
            return tuple(self.text((*at, n), v) for n, v in enumerate(value))
        return (self.text(at, value),)

    def flag(self, at: Place, value: Any) -> bool:
        """Return a value that must be true or false."""
        if not isinstance(value, bool):
            raise self.wrong(at, f"{_named(value)} stands where true or false belongs")
        return value

    def scalar(self, at: Place, value: Any) -> str:
        """Return a text, number or date as an export would write it."""
        plain = isinstance(value, bool | int | float | date | time)
        return written(value) if plain else self.text(at, value)


def read(path: Path) -> Located:
    """Return a TOML file with its lines.

    Raises
    ------
    UsageError
        If the file is not there, is not UTF-8 or is no TOML.
    """
    try:
        return parse(path.name, path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UsageError(f"{path.name}, line {line}: not UTF-8; save the file as UTF-8.") from None
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise UsageError(f"{path}: the file cannot be read ({reason}).") from None


def parse(name: str, text: str) -> Located:
    r"""Return a TOML text with its lines; ``name`` is the file's, for complaints.

    Examples
    --------
    >>> found = parse("x.toml", "zone = 'UTC'\n[words]\nlevel = ['a', 'b']")
    >>> found.lines["words", "level", 1], found.wrong(("words", "level"), "too long").args[0]
    (3, 'x.toml, line 3, [words] level: too long.')
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(_syntax(name, text, str(error))) from None
    except (RecursionError, ValueError):
        raise UsageError(f"{name}: too deep or too large to be read as TOML.") from None
    return Located(name, values, lines_of(text))


def written(value: bool | int | float | date | time | str) -> str:
    """Return a value as an export would write it: true, 1.5, 2026-05-31 09:00:00."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def guess(word: str, right: Collection[str]) -> str:
    """Return `; did you mean …?` for the closest of the right words, else what they are."""
    close = difflib.get_close_matches(word, right, n=1, cutoff=CLOSE)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(sorted(right))}"


def _named(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text"}
    names |= {list: "a list", dict: "a table"}
    return names.get(type(value), "a date")


def _syntax(name: str, text: str, told: str) -> str:
    match = _TOLD.fullmatch(told)
    if not match:
        return f"{name}: {told}."
    line = match[2] or str(text.count("\n") + 1)
    column = f" (column {match[3]})" if match[3] else ""
    return f"{name}, line {line}{column}: {match[1][:1].lower()}{match[1][1:]}."


def _shown(place: Place, is_table: bool) -> str:
    """Return a place as a file shows it: [table.sub] key.inner."""
    names = [p if re.fullmatch(r"[\w-]+", p) else repr(p) for p in place if isinstance(p, str)]
    if not names:
        return ""
    table = min(len(names) - (not is_table), 2)
    rest = ".".join(names[table:])
    if not table:
        return rest
    listed = table == 1 and len(place) > 1 and isinstance(place[1], int)
    header = f"[[{names[0]}]]" if listed else f"[{'.'.join(names[:table])}]"
    return f"{header} {rest}".strip()
