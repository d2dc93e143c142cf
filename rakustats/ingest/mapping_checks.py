"""What a mapping may say: every key is checked when it is read, and complaints name the line."""

from __future__ import annotations

import difflib
import re
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rakustats.calendar.timezones import CHINA, JAPAN, end_of_day, to_utc
from rakustats.config import validators as v
from rakustats.config.toml import CLOSE, Located, guess
from rakustats.config.toml_positions import Place
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.ingest.mapping_fields import of_column
from rakustats.schema.tables import Column, Table, tables
from rakustats.schema.text_normalisation import normalise
from rakustats.schema.vocabularies import canonical, vocabularies

_EXPORTED = Column("exported_at", "TIMESTAMP", "when the export was made")


def checked(file: Located) -> dict[str, Any]:
    """Return what a mapping says, with every key of the top; a key that is absent says nothing.

    Raises
    ------
    UsageError
        If something in it cannot be followed; the message names the line.
    """
    given = _form()(file, (), file.values)
    sources = given.get("source")
    if not sources and "words" not in given:
        raise file.wrong(
            ("source",),
            ja="[[source]] がないので、ファイルの内容がわかりません",
            en="no [[source]] says what a file holds",
        )
    for key in ("zone", "exported_at", "name_date"):
        if key in given and not sources:
            ja, en = "対象となる [[source]] が必要です", "needs a [[source]] that it is said of"
            raise file.wrong((key,), ja=ja, en=en)
    zone = given.get("zone", CHINA)
    return {
        "zone": zone,
        "exported_at": _exported_at(file, given.get("exported_at"), zone),
        "name_date": given.get("name_date"),
        "sources": sources or (),
        "words": given.get("words", {}),
    }


@cache
def _form() -> v.Check[dict[str, Any]]:
    what = phrase(ja="語彙", en="vocabulary")
    return v.table(
        {
            "about": v.text,
            "zone": _zone,
            "exported_at": v.anything,
            "name_date": _name_date,
            "source": v.tables(_source, ja="レイアウト", en="layout"),
            "words": v.table({name: _words(name) for name in vocabularies()}, what=what),
        }
    )


def _zone(file: Located, at: Place, value: Any) -> str:
    given = v.text(file, at, value)
    try:
        ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        ja, en = (
            f"{given!r} は {JAPAN} のようなタイムゾーン名ではありません",
            f"{given!r} is not a time zone such as {JAPAN}",
        )
        raise file.wrong(at, ja=ja, en=en) from None
    return given


def _exported_at(file: Located, given: Any, zone: str) -> datetime | None:
    """Return when the exports were made, in UTC; a day counts to its end."""
    if given is None:
        return None
    try:
        if isinstance(given, str):
            given = (date if len(given) <= 10 else datetime).fromisoformat(given)
        return to_utc(given, zone) if isinstance(given, datetime) else end_of_day(given, zone)
    except (ValueError, TypeError, OverflowError):
        raise file.wrong(
            ("exported_at",),
            ja=f"{given!r} は日付ではありません。YYYY-MM-DD のように書いてください",
            en=f"{given!r} is not a day; write it as YYYY-MM-DD",
        ) from None


def _words(vocabulary: str) -> v.Check[dict[str, str]]:
    """Return the check of words of one's own: their canonical values by normalised word.

    Words are listed under the value that they mean, or each stands for itself with its value: an
    empty one is still to be filled in.
    """

    def check(file: Located, at: Place, given: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        right = canonical(vocabulary)
        for key, meant in v.mapping(file, at, given).items():
            here: Place = (*at, key)
            listed = isinstance(meant, list)
            value = key if listed else v.text(file, here, meant)
            if value not in right and (listed or value):
                ja, en = (
                    f"{value!r} は {vocabulary} の値ではありません",
                    f"{value!r} is no value of {vocabulary}",
                )
                raise file.unknown(here, value, right, ja=ja, en=en)
            for word in v.texts(file, here, meant) if listed else (key,) if value else ():
                before = found.setdefault(normalise(word), value)
                if before != value:
                    ja, en = (
                        f"{word!r} はすでに {before} の意味です",
                        f"{word!r} already means {before}",
                    )
                    raise file.wrong(here, ja=ja, en=en)
        return found

    return check


def _name_date(file: Located, at: Place, value: Any) -> str:
    pattern = v.text(file, at, value)
    try:
        groups = re.compile(pattern).groupindex.keys()
    except (re.error, OverflowError, RecursionError) as error:
        raise file.wrong(
            at,
            ja=f"{pattern!r} は正規表現ではありません（{error}）",
            en=f"{pattern!r} is no pattern ({error})",
        ) from None
    if pattern != "(?!)" and not {"year", "month"} <= groups:
        names = "(?P<year>…)", "(?P<month>…)"
        raise file.wrong(
            at,
            ja=f"{pattern!r} からは日付がわかりません。{names[0]} と {names[1]} を入れるか、"
            'ファイル名から日付を読まないなら "(?!)" と書いてください',
            en=f"{pattern!r} does not tell a day; name {names[0]} and {names[1]}, "
            'or write "(?!)" for never',
        )
    return pattern


def _source(file: Located, at: Place, given: Any) -> dict[str, Any]:
    """Return a source: its headers, and by table its columns and conditions; or why to skip it."""
    fed = {name: table for name, table in tables().items() if name in given}
    keys: dict[str, v.Check[Any]] = {
        "headers": _known_by,
        "skip": v.text,
        "where": _where(fed),
        **{name: _table(table) for name, table in tables().items()},
    }
    what = phrase(ja="テーブルまたはキー", en="table or key")
    spec = v.table(keys, needed=["headers"], what=what)(file, at, given)
    columns = {name: spec[name] for name in given if name in fed}
    if not fed and not spec.get("skip"):
        raise file.wrong(
            at,
            ja="取り込み先のテーブルがありません。"
            "[source.orders] のようなテーブルか skip を加えてください",
            en="feeds no table; add one such as [source.orders], or skip",
        )
    _counters(file, at, columns)
    return {
        "headers": spec["headers"],
        "tables": columns,
        "where": spec.get("where", {}),
        "skip": spec.get("skip", ""),
    }


def _known_by(file: Located, at: Place, value: Any) -> tuple[str, ...]:
    found = v.texts(file, at, value)
    if not found:
        raise file.wrong(
            at,
            ja="空です。ファイルを見分けるための見出しを並べてください",
            en="empty; list the headers by which a file is known",
        )
    for number, header in enumerate(found):
        if not normalise(header):
            raise file.wrong(
                (*at, number),
                ja=f"{header!r} はファイルを見分ける見出しになりません",
                en=f"{header!r} is no header to know a file by",
            )
    return found


def _table(table: Table) -> v.Check[dict[str, dict[str, Any]]]:
    def check(file: Located, at: Place, given: Any) -> dict[str, dict[str, Any]]:
        columns = v.mapping(file, at, given)
        for name in columns:
            if name not in table.names and name != "exported_at":
                meant = _column_meant(name, table)
                ja, en = f"この列はありません。{meant.ja}", f"unknown column; {meant.en}"
                raise file.wrong((*at, name), ja=ja, en=en)
        for key in table.key:
            if key not in columns and not table[key].optional_key:
                raise file.wrong(
                    at,
                    ja=f"{key} がありません。これがないと行を区別できません",
                    en=f"{key} is missing, and without it a row has no key",
                )
        return {
            name: of_column(table.name, _EXPORTED if name == "exported_at" else table[name])(
                file, (*at, name), spec
            )
            for name, spec in columns.items()
        }

    return check


def _column_meant(name: str, table: Table) -> Phrase:
    """Suggest a column of the table or, where none is close, one of another."""
    homes = {c: t.name for t in tables().values() for c in t.names}
    close = difflib.get_close_matches(name, homes, n=1, cutoff=CLOSE)
    if difflib.get_close_matches(name, table.names, n=1, cutoff=CLOSE) or not close:
        return guess(name, table.names)
    home = homes[close[0]]
    return phrase(
        ja=f"{home} の列 {close[0]} の間違いではありませんか",
        en=f"did you mean {close[0]}? It is a column of {home}",
    )


def _counters(file: Located, at: Place, fed: dict[str, dict[str, Any]]) -> None:
    """Refuse a counter where no order number says what it counts in."""
    if any("order_no" in columns for columns in fed.values()):
        return
    for table, columns in fed.items():
        for name, spec in columns.items():
            if spec.get("counter"):
                raise file.wrong(
                    (*at, table, name),
                    ja="counter は注文ごとに行を数えますが、どのテーブルにも order_no がありません",
                    en="a counter numbers the rows of an order, and no table here has an order_no",
                )


def _where(fed: dict[str, Table]) -> v.Check[dict[str, Any]]:
    condition = v.table({"from": v.words, "not": v.texts}, needed=["from"])
    what = phrase(ja="テーブル", en="table of this source")
    return v.table(dict.fromkeys(fed, condition), what=what)
