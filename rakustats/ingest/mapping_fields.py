"""What a mapping may say of one column: where it comes from and how its texts are read."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from typing import Any

import duckdb

from rakustats.config import validators as v
from rakustats.config.toml import Located
from rakustats.config.toml_positions import Place
from rakustats.schema.tables import Column
from rakustats.schema.vocabularies import VOCABULARY, canonical

_GIVERS = ("from", "const", "counter")
# Carriers word their scans as they like, and those words are kept.
_FREE = {("tracking_events", "kind")}


@cache
def of_column(table: str, column: Column) -> v.Check[dict[str, Any]]:
    """Return the check of what is said of a column: its header or headers, or a table."""
    value = _allowed(table, column)
    form = v.table(
        {
            "from": _headers,
            "const": value,
            "counter": v.flag,
            "join": v.text,
            "digest": v.flag,
            "format": _formats(column),
            "null": v.texts,
            "null_pattern": _pattern,
            "extract": _extract,
            "match": _match(value),
            "values": _each(value),
            "scale": _scale(column),
        }
    )

    def check(file: Located, at: Place, given: Any) -> dict[str, Any]:
        if not isinstance(given, dict):
            return {"from": _headers(file, at, given)}
        spec = form(file, at, given)
        givers = [key for key in _GIVERS if key in spec]
        if not givers:
            raise file.wrong(
                at,
                ja="from、const、counter のどれもありません",
                en="says neither from, const nor counter",
            )
        if "const" in givers and len(givers) > 1:
            raise file.wrong(
                (*at, "const"),
                ja="from や counter と一緒には書けません",
                en="goes with neither from nor counter",
            )
        return spec

    return check


def _headers(file: Located, at: Place, given: Any) -> tuple[str, ...]:
    """Take one header or several."""
    found = v.texts(file, at, given)
    if not found:
        raise file.wrong(at, ja="見出しが書かれていません", en="names no header")
    if not all(header.strip() for header in found):
        raise file.wrong(at, ja="空白は見出しになりません", en="a blank is no header")
    return found


def _formats(column: Column) -> v.Check[tuple[str, ...]]:
    def check(file: Located, at: Place, given: Any) -> tuple[str, ...]:
        if column.type != "TIMESTAMP":
            raise file.wrong(
                at,
                ja=f"{column.name} は日時の列ではないので、format は書けません",
                en=f"{column.name} holds no dates, so it has no format",
            )
        found = v.texts(file, at, given)
        for form in found:
            if "%" not in form or _complaint("SELECT try_strptime('', ?)", form):
                right = "%Y-%m-%d", "%d/%m/%Y %H:%M"
                raise file.wrong(
                    at,
                    ja=f"{form!r} は {right[0]} や {right[1]} のような日付の形式ではありません",
                    en=f"{form!r} is not a date format such as {right[0]} or {right[1]}",
                )
        return found

    return check


def _scale(column: Column) -> v.Check[Any]:
    def check(file: Located, at: Place, factor: Any) -> Any:
        if not column.type.startswith(("DECIMAL", "INTEGER", "BIGINT")):
            raise file.wrong(
                at,
                ja=f"{column.name} は数値の列ではないので、scale は書けません",
                en=f"{column.name} holds no numbers, so it has no scale",
            )
        ja, en = (
            f"{factor!r} は掛けられる数値ではありません",
            f"{factor!r} is no number to multiply with",
        )
        v.number(lambda given: 1e-9 <= abs(given) <= 1e9, ja=ja, en=en)(file, at, factor)
        return factor  # whole where it was written so

    return check


def _each(value: v.Check[str]) -> v.Check[dict[str, str]]:
    def check(file: Located, at: Place, given: Any) -> dict[str, str]:
        pairs = v.mapping(file, at, given).items()
        return {v.text(file, at, text): value(file, (*at, text), means) for text, means in pairs}

    return check


def _match(value: v.Check[str]) -> v.Check[tuple[tuple[str, str], ...]]:
    def check(file: Located, at: Place, pairs: Any) -> tuple[tuple[str, str], ...]:
        if not isinstance(pairs, list):
            form = '[["pattern", "value"], …]'
            raise file.wrong(at, ja=f"{form} の形で書いてください", en=f"write {form}")
        return tuple(_pair(file, (*at, number), pair) for number, pair in enumerate(pairs))

    def _pair(file: Located, at: Place, pair: Any) -> tuple[str, str]:
        if not isinstance(pair, list) or len(pair) != 2:
            form = '["pattern", "value"]'
            raise file.wrong(at, ja=f"{form} の形で書いてください", en=f"write {form}")
        return _pattern(file, (*at, 0), pair[0]), value(file, at, pair[1])

    return check


def _allowed(table: str, column: Column) -> v.Check[str]:
    """Refuse a value that a column of few values does not have; a blank says unknown."""
    vocabulary = VOCABULARY.get((table, column.name), ("", None))[0]
    right = canonical(vocabulary) if vocabulary else column.values
    free = not right or (table, column.name) in _FREE

    def check(file: Located, at: Place, given: Any) -> str:
        value = v.scalar(file, at, given)
        if value and not free and value not in right:
            ja, en = (
                f"{value!r} は {column.name} の値ではありません",
                f"{value!r} is no {column.name}",
            )
            raise file.unknown(at, value, right, ja=ja, en=en)
        return value

    return check


def _pattern(file: Located, at: Place, given: Any) -> str:
    """Refuse a pattern that the engine does not know."""
    text = v.text(file, at, given)
    if complaint := _complaint("SELECT regexp_full_match('', ?)", text):
        raise file.wrong(
            at,
            ja=f"{text!r} は正規表現ではありません（{complaint}）",
            en=f"{text!r} is no pattern ({complaint})",
        )
    return text


def _extract(file: Located, at: Place, given: Any) -> str:
    """Refuse a pattern without a group to take, too."""
    text = _pattern(file, at, given)
    with suppress(re.error):  # what only the engine understands is not counted
        if not re.compile(text).groups:
            raise file.wrong(
                at,
                ja=f"{text!r} には取り出す部分を示す (グループ) がありません",
                en=f"{text!r} has no (group) that says what to take",
            )
    return text


def _complaint(query: str, argument: str) -> str:
    """Return what the engine says against a pattern or format; empty if it takes it."""
    try:
        _engine().execute(query, [argument])
    except duckdb.Error as error:
        return str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
    except UnicodeDecodeError:
        # a format is quoted up to the byte that is wrong, which may be half a character
        return f"{argument!r} is not understood"
    return ""


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()
