"""Mappings: TOML files that say how any other layout becomes canonical columns."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rakustats.errors import UsageError
from rakustats.ingest.plan import Field, Plan, Target
from rakustats.moments import CHINA, JAPAN, end_of_day
from rakustats.schema import tables
from rakustats.spelling import normalise

_FIELD_KEYS = {
    "from",
    "join",
    "const",
    "counter",
    "format",
    "null",
    "null_pattern",
    "extract",
    "match",
    "values",
    "scale",
}
# date codes that DuckDB reads, each perhaps without its leading zero (%-d)
_FORMAT = re.compile(r"([^%]|%-?[aAbBcdfgGHIjmMnpSuUVwWxXyYzZ%])+")
_SOURCE_KEYS = {"headers", "skip", "where"}
_TOP_KEYS = {"about", "zone", "exported_at", "name_date", "source"}


@dataclass(frozen=True)
class Source:
    """One layout: the headers by which it is known and what each table takes from it."""

    headers: tuple[str, ...]
    tables: dict[str, dict[str, Any]]
    where: dict[str, dict[str, Any]]
    skip: str


@dataclass(frozen=True)
class Mapping:
    """A mapping file, checked."""

    name: str
    zone: str
    exported_at: datetime | None
    name_date: str | None
    sources: tuple[Source, ...]

    def plan(self, headers: Sequence[str]) -> Plan | None:
        """Return the plan of the first source whose headers are all there, or None."""
        have = [normalise(h) for h in headers]
        for source in self.sources:
            if all(normalise(h) in have for h in source.headers):
                return self._plan(source, have, headers)
        return None

    def _plan(self, source: Source, have: list[str], headers: Sequence[str]) -> Plan:
        targets = tuple(_target(source, table, have) for table in source.tables)
        used = {i for t in targets for f in t.fields for i in f.sources}
        return Plan(
            self.name,
            targets,
            zone=self.zone,
            day_zone=self.zone,
            exported_at=self.exported_at,
            name_date=self.name_date,
            unknown=tuple(h for i, h in enumerate(headers) if i not in used and h.strip()),
            skip=source.skip,
        )


def _target(source: Source, table: str, have: list[str]) -> Target:
    fields = (_field(column, spec, have) for column, spec in source.tables[table].items())
    return Target(table, tuple(f for f in fields if f), *_where(source, table, have))


def _where(source: Source, table: str, have: list[str]) -> tuple[int | None, tuple[str, ...]]:
    spec = source.where.get(table)
    if not spec:
        return None, ()
    name = normalise(spec["from"])
    return (have.index(name) if name in have else None), tuple(spec.get("not", ()))


def _field(column: str, spec: Any, have: list[str]) -> Field | None:
    spec = spec if isinstance(spec, dict) else {"from": spec}
    wanted = [normalise(h) for h in _listed(spec.get("from"))]
    sources = tuple(have.index(h) for h in wanted if h in have)
    if wanted and not sources:
        return None
    pairs = [(re.escape(k), str(v)) for k, v in spec.get("values", {}).items()]
    return Field(
        column,
        sources,
        join=spec.get("join"),
        const=str(spec["const"]) if "const" in spec else None,
        counter=bool(spec.get("counter")),
        formats=_listed(spec.get("format")),
        nulls=_listed(spec.get("null")),
        null_pattern=spec.get("null_pattern"),
        extract=spec.get("extract"),
        match=(*pairs, *((p, str(v)) for p, v in spec.get("match", []))),
        scale=spec.get("scale"),
    )


def _listed(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (str(value),)


def shipped() -> list[str]:
    """Return the names of the mappings that come with the package."""
    folder = resources.files("rakustats.ingest").joinpath("mappings")
    return sorted(
        p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")
    )


def read(given: str | Path) -> Mapping:
    """Read a mapping by the path of a TOML file or by the name of a shipped one.

    Raises
    ------
    UsageError
        If there is no such mapping, or its text, a table, a column or a key in it is wrong.
    """
    path = Path(given)
    if path.suffix == ".toml":
        if not path.is_file():
            raise UsageError(f"{path}: no such mapping file.")
        name, text = path.stem, path.read_text(encoding="utf-8")
    elif str(given) in shipped():
        name = str(given)
        text = (
            resources.files("rakustats.ingest")
            .joinpath("mappings", f"{name}.toml")
            .read_text(encoding="utf-8")
        )
    else:
        raise UsageError(
            f"No mapping named {given!r}. Shipped ones: {', '.join(shipped())}; "
            "or give a .toml file."
        )
    try:
        return _checked(name, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name}.toml: {error}.") from None


def _checked(name: str, spec: dict[str, Any]) -> Mapping:
    _refuse(name, "", set(spec) - _TOP_KEYS, _TOP_KEYS)
    zone = spec.get("zone", CHINA)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(f"{name}.toml: {zone!r} is not a time zone such as {JAPAN}.") from None
    if not spec.get("source"):
        raise UsageError(f"{name}.toml: no [[source]] says what a file holds.")
    pattern = spec.get("name_date")
    _compiles(name, "name_date", pattern)
    sources = tuple(_source(name, s) for s in spec["source"])
    return Mapping(name, zone, _day(name, spec.get("exported_at")), pattern, sources)


def _day(name: str, value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        return end_of_day(date.fromisoformat(str(value)[:10]))
    except ValueError:
        raise UsageError(
            f"{name}.toml: exported_at {value!r} is not a day; write it as YYYY-MM-DD."
        ) from None


def _source(name: str, spec: dict[str, Any]) -> Source:
    known = {k: v for k, v in spec.items() if k in tables()}
    _refuse(name, "[[source]]", set(spec) - set(known) - _SOURCE_KEYS, {*tables(), *_SOURCE_KEYS})
    for table, columns in known.items():
        right = set(tables()[table].names)
        _refuse(name, f"[source.{table}]", set(columns) - right, right)
        for column, field in columns.items():
            if isinstance(field, dict):
                _check_field(name, f"{table}.{column}", field)
    where, skip = spec.get("where", {}), str(spec.get("skip", ""))
    return Source(_listed(spec.get("headers")), known, where, skip)


def _check_field(name: str, place: str, field: dict[str, Any]) -> None:
    _refuse(name, place, set(field) - _FIELD_KEYS, _FIELD_KEYS)
    for key in ("extract", "null_pattern"):
        _compiles(name, f"{place} {key}", field.get(key))
    for pattern, _ in field.get("match", []):
        _compiles(name, f"{place} match", pattern)
    for form in _listed(field.get("format")):
        if not _FORMAT.fullmatch(form):
            raise UsageError(f"{name}.toml {place}: format {form!r} has a code that is not known.")


def _compiles(name: str, place: str, pattern: str | None) -> None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise UsageError(f"{name}.toml {place}: {pattern!r} is no pattern ({error}).") from None


def _refuse(name: str, place: str, wrong: set[str], right: set[str]) -> None:
    if wrong:
        unknown, known = ", ".join(sorted(wrong)), ", ".join(sorted(right))
        raise UsageError(f"{name}.toml {place}: {unknown} is unknown here; known: {known}.")
