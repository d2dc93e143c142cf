"""What a mapping may say: every key is checked when it is read, and complaints name the line."""

from __future__ import annotations

import difflib
import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rakustats.calendar.timezones import CHINA, JAPAN, end_of_day, to_utc
from rakustats.config.toml import CLOSE, Located, guess
from rakustats.config.toml_positions import Place
from rakustats.ingest import mapping_fields
from rakustats.schema.tables import Column, Table, tables
from rakustats.schema.text_normalisation import normalise
from rakustats.schema.vocabularies import canonical, vocabularies

_TOP_KEYS = {"about", "zone", "exported_at", "name_date", "source", "words"}
_SOURCE_KEYS = {"headers", "skip", "where"}
_EXPORTED = Column("exported_at", "TIMESTAMP", "when the export was made")


def check(file: Located) -> None:
    """Raise UsageError with the line of whatever in a mapping cannot be followed."""
    spec = file.values
    file.keys((), spec, _TOP_KEYS, "key")
    file.text(("about",), spec.get("about", ""))
    _name_date(file, spec)
    if not spec.get("source") and "words" not in spec:
        raise file.wrong(("source",), "no [[source]] says what a file holds")
    sources = spec.get("source", [])
    if not isinstance(sources, list) or not all(isinstance(s, dict) for s in sources):
        raise file.wrong(("source",), "write [[source]], once for each layout")
    for key in ("zone", "exported_at", "name_date"):
        if key in spec and not sources:
            raise file.wrong((key,), "needs a [[source]] that it is said of")
    for number, source in enumerate(sources):
        _source(file, ("source", number), source)
    zone(file)
    exported_at(file)
    own_words(file)


def zone(file: Located) -> str:
    """Return the zone of times without one."""
    given = file.text(("zone",), file.values.get("zone", CHINA))
    try:
        ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise file.wrong(("zone",), f"{given!r} is not a time zone such as {JAPAN}") from None
    return given


def exported_at(file: Located) -> datetime | None:
    """Return when the exports were made, in UTC; a day counts to its end."""
    given = file.values.get("exported_at")
    if given is None:
        return None
    try:
        if isinstance(given, str):
            given = (date if len(given) <= 10 else datetime).fromisoformat(given)
        return to_utc(given, zone(file)) if isinstance(given, datetime) else end_of_day(given)
    except (ValueError, TypeError, OverflowError):
        wrong = f"{given!r} is not a day; write it as YYYY-MM-DD"
        raise file.wrong(("exported_at",), wrong) from None


def own_words(file: Located) -> dict[str, dict[str, str]]:
    """Return the canonical value of words, by vocabulary and normalised word.

    Words are listed under the value that they mean, or each stands for itself with its value: an
    empty one is still to be filled in.
    """
    given = file.table(("words",), file.values.get("words", {}))
    file.keys(("words",), given, vocabularies(), "vocabulary")
    return {name: _words(file, ("words", name), name, given[name]) for name in given}


def _words(file: Located, at: Place, vocabulary: str, given: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    right = canonical(vocabulary)
    for key, told in file.table(at, given).items():
        here: Place = (*at, key)
        listed = isinstance(told, list)
        value = key if listed else file.text(here, told)
        if value not in right and (listed or value):
            raise file.wrong(here, f"{value!r} is no value of {vocabulary}{guess(value, right)}")
        words = file.texts(here, told) if listed else (key,) if value else ()
        for word in words:
            if found.setdefault(normalise(word), value) != value:
                raise file.wrong(here, f"{word!r} already means {found[normalise(word)]}")
    return found


def _name_date(file: Located, spec: dict[str, Any]) -> None:
    at: Place = ("name_date",)
    if "name_date" not in spec:
        return
    pattern = file.text(at, spec["name_date"])
    try:
        groups = re.compile(pattern).groupindex.keys()
    except (re.error, OverflowError, RecursionError) as error:
        raise file.wrong(at, f"{pattern!r} is no pattern ({error})") from None
    if pattern != "(?!)" and not {"year", "month"} <= groups:
        right = 'name (?P<year>…) and (?P<month>…), or write "(?!)" for never'
        raise file.wrong(at, f"{pattern!r} does not tell a day; {right}")


def _source(file: Located, at: Place, spec: dict[str, Any]) -> None:
    file.keys(at, spec, {*tables(), *_SOURCE_KEYS}, "table or key")
    headers = file.texts((*at, "headers"), spec.get("headers", []))
    if not headers:
        raise file.wrong((*at, "headers"), "empty; list the headers by which a file is known")
    for number, header in enumerate(headers):
        if not normalise(header):
            raise file.wrong((*at, "headers", number), f"{header!r} is no header to know a file by")
    skip = file.text((*at, "skip"), spec.get("skip", ""))
    fed = [name for name in spec if name in tables()]
    if not fed and not skip:
        raise file.wrong(at, "feeds no table; add one such as [source.orders], or skip")
    for name in fed:
        _table(file, (*at, name), tables()[name], spec[name])
    _counters(file, at, {name: spec[name] for name in fed})
    _where(file, (*at, "where"), spec.get("where", {}), fed)


def _table(file: Located, at: Place, table: Table, given: Any) -> None:
    columns = file.table(at, given)
    for name in columns:
        if name not in table.names and name != "exported_at":
            raise file.wrong((*at, name), f"unknown column{_column_meant(name, table)}")
    for key in table.key:
        if key not in columns and not table[key].optional_key:
            raise file.wrong(at, f"{key} is missing, and without it a row has no key")
    for name, spec in columns.items():
        column = _EXPORTED if name == "exported_at" else table[name]
        mapping_fields.check(file, (*at, name), table.name, column, spec)


def _column_meant(name: str, table: Table) -> str:
    """Suggest a column of the table or, where none is close, one of another."""
    if difflib.get_close_matches(name, table.names, n=1, cutoff=CLOSE):
        return guess(name, table.names)
    homes = {c: t.name for t in tables().values() for c in t.names}
    close = difflib.get_close_matches(name, homes, n=1, cutoff=CLOSE)
    if not close:
        return guess(name, table.names)
    return f"; did you mean {close[0]}? It is a column of {homes[close[0]]}"


def _counters(file: Located, at: Place, fed: dict[str, dict[str, Any]]) -> None:
    """Refuse a counter where no order number says what it counts in."""
    if any("order_no" in columns for columns in fed.values()):
        return
    for table, columns in fed.items():
        for name, spec in columns.items():
            if isinstance(spec, dict) and spec.get("counter"):
                wrong = "a counter numbers the rows of an order, and no table here has an order_no"
                raise file.wrong((*at, table, name), wrong)


def _where(file: Located, at: Place, given: Any, fed: list[str]) -> None:
    conditions = file.table(at, given)
    file.keys(at, conditions, fed, "table of this source")
    for name, spec in conditions.items():
        condition = file.table((*at, name), spec)
        file.keys((*at, name), condition, {"from", "not"}, "key")
        if not file.text((*at, name, "from"), condition.get("from", "")).strip():
            raise file.wrong((*at, name), "from is missing: the header that must not be blank")
        file.texts((*at, name, "not"), condition.get("not", []))
