"""What a mapping may say of one column: where it comes from and how its texts are read."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from math import isfinite
from typing import Any

import duckdb

from rakustats.config.toml import Located, guess
from rakustats.config.toml_positions import Place
from rakustats.schema.tables import Column
from rakustats.schema.vocabularies import VOCABULARY, canonical

_GIVERS = ("from", "const", "counter")
_KEYS = {
    *_GIVERS,
    *("join", "digest", "format", "null", "null_pattern", "extract", "match", "values", "scale"),
}
# Carriers word their scans as they like, and those words are kept.
_FREE = {("tracking_events", "kind")}


def check(file: Located, at: Place, table: str, column: Column, spec: Any) -> None:
    """Raise UsageError where a column of a mapping says something that cannot be followed."""
    if not isinstance(spec, dict):
        _headers(file, at, spec)
        return
    file.keys(at, spec, _KEYS, "key")
    _giver(file, at, spec)
    if "from" in spec:
        _headers(file, (*at, "from"), spec["from"])
    for key in ("counter", "digest"):
        file.flag((*at, key), spec.get(key, False))
    file.text((*at, "join"), spec.get("join", ""))
    file.texts((*at, "null"), spec.get("null", []))
    for key in ("extract", "null_pattern"):
        if key in spec:
            pattern(file, (*at, key), spec[key], grouped=key == "extract")
    if "format" in spec:
        _formats(file, (*at, "format"), column, spec["format"])
    if "scale" in spec:
        _scale(file, (*at, "scale"), column, spec["scale"])
    for place, value in _values(file, at, spec):
        _allowed(file, place, table, column, file.scalar(place, value))


def _giver(file: Located, at: Place, spec: dict[str, Any]) -> None:
    given = [key for key in _GIVERS if key in spec]
    if not given:
        raise file.wrong(at, "says neither from, const nor counter")
    if "const" in given and len(given) > 1:
        raise file.wrong((*at, "const"), "goes with neither from nor counter")


def _headers(file: Located, at: Place, given: Any) -> None:
    headers = file.texts(at, given)
    if not headers:
        raise file.wrong(at, "names no header")
    for header in headers:
        if not header.strip():
            raise file.wrong(at, "a blank is no header")


def _formats(file: Located, at: Place, column: Column, given: Any) -> None:
    if column.type != "TIMESTAMP":
        raise file.wrong(at, f"{column.name} holds no dates, so it has no format")
    for form in file.texts(at, given):
        if "%" not in form or _complaint("SELECT try_strptime('', ?)", form):
            right = "a date format such as %Y-%m-%d or %d/%m/%Y %H:%M"
            raise file.wrong(at, f"{form!r} is not {right}")


def _scale(file: Located, at: Place, column: Column, factor: Any) -> None:
    if not column.type.startswith(("DECIMAL", "INTEGER", "BIGINT")):
        raise file.wrong(at, f"{column.name} holds no numbers, so it has no scale")
    if type(factor) not in (int, float) or not isfinite(factor) or not 1e-9 <= abs(factor) <= 1e9:
        raise file.wrong(at, f"{factor!r} is no number to multiply with")


def _values(file: Located, at: Place, spec: dict[str, Any]) -> list[tuple[Place, Any]]:
    """Return every value that the column may get from this mapping, with its place."""
    found = [((*at, "const"), spec["const"])] if "const" in spec else []
    for text, value in file.table((*at, "values"), spec.get("values", {})).items():
        found.append(((*at, "values", file.text((*at, "values"), text)), value))
    pairs = spec.get("match", [])
    if not isinstance(pairs, list):
        raise file.wrong((*at, "match"), 'write [["pattern", "value"], …]')
    for number, pair in enumerate(pairs):
        here: Place = (*at, "match", number)
        if not isinstance(pair, list) or len(pair) != 2:
            raise file.wrong(here, 'write ["pattern", "value"]')
        pattern(file, (*here, 0), pair[0])
        found.append((here, pair[1]))
    return found


def _allowed(file: Located, at: Place, table: str, column: Column, value: str) -> None:
    """Refuse a value that a column of few values does not have; a blank says unknown."""
    vocabulary = VOCABULARY.get((table, column.name), ("", None))[0]
    right = canonical(vocabulary) if vocabulary else column.values
    if right and value and value not in right and (table, column.name) not in _FREE:
        raise file.wrong(at, f"{value!r} is no {column.name}{guess(value, right)}")


def pattern(file: Located, at: Place, given: Any, *, grouped: bool = False) -> None:
    """Refuse a pattern that the engine does not know, or one without a group to take."""
    text = file.text(at, given)
    if complaint := _complaint("SELECT regexp_full_match('', ?)", text):
        raise file.wrong(at, f"{text!r} is no pattern ({complaint})")
    with suppress(re.error):  # what only the engine understands is not counted
        if grouped and not re.compile(text).groups:
            raise file.wrong(at, f"{text!r} has no (group) that says what to take")


def _complaint(query: str, argument: str) -> str:
    """Return what the engine says against a pattern or format; empty if it takes it."""
    try:
        _engine().execute(query, [argument])
    except duckdb.Error as error:
        return str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
    return ""


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()
