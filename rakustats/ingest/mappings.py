"""Mappings: TOML files that say how any other layout becomes canonical columns."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from rakustats.config import toml
from rakustats.config.toml import Located
from rakustats.errors import UsageError
from rakustats.ingest import mapping_checks
from rakustats.ingest.headers import left_over
from rakustats.ingest.plan import Field, Note, Plan, Target
from rakustats.schema.tables import tables
from rakustats.schema.text_normalisation import normalise, plain


@dataclass(frozen=True)
class Source:
    """One layout: the headers by which it is known and what each table takes from it."""

    headers: tuple[str, ...]
    tables: dict[str, dict[str, dict[str, Any]]]
    where: dict[str, dict[str, Any]]
    skip: str


@dataclass(frozen=True)
class Mapping:
    """A mapping file, checked; ``words`` are its own words by vocabulary."""

    name: str
    zone: str
    exported_at: datetime | None
    name_date: str | None
    sources: tuple[Source, ...]
    words: dict[str, dict[str, str]]

    def plan(self, headers: Sequence[str]) -> Plan | None:
        """Return the plan of the first source whose headers are all there, or None."""
        have = {normalise(h) for h in headers}
        for source in self.sources:
            if all(normalise(h) in have for h in source.headers):
                return self._plan(source, headers)
        return None

    def _plan(self, source: Source, headers: Sequence[str]) -> Plan | None:
        fed = [table for table in source.tables if _can_feed(source, table, headers)]
        targets = tuple(_target(source, table, headers) for table in fed)
        if not targets and not source.skip:
            return None
        _keyed(self.name, source, targets)
        rest = left_over(headers, targets)
        missing = _missing(source, headers, rest["unknown"])
        return Plan(
            self.name,
            targets,
            zone=self.zone,
            day_zone=self.zone,
            exported_at=self.exported_at,
            name_date=self.name_date,
            unknown=rest["unknown"],
            skip=source.skip,
            notes=(*rest["notes"], *missing),
        )


def _can_feed(source: Source, table: str, headers: Sequence[str]) -> bool:
    """Return whether a sheet has the column without which no row feeds the table."""
    condition = source.where.get(table)
    return condition is None or _position(condition["from"], headers) is not None


def _keyed(name: str, source: Source, targets: Sequence[Target]) -> None:
    """Refuse a file without the column that a key comes from: its rows could not be identified."""
    for target in targets:
        for key in tables()[target.table].key:
            if key in source.tables[target.table] and target[key] is None:
                wanted = [repr(h) for h in source.tables[target.table][key].get("from", ())]
                at = f"[source.{target.table}] {key}"
                raise UsageError(
                    ja=f"{name}.toml の {at}：列 {' または '.join(wanted)} が"
                    "ファイルにないので、行を区別するキーがありません。",
                    en=f"{name}.toml, {at}: the file has no column {' or '.join(wanted)}, "
                    "and without it a row has no key.",
                )


def _missing(source: Source, headers: Sequence[str], unused: Sequence[str]) -> list[Note]:
    """Return notes on headers that are not in the sheet while one of almost that name is unused."""
    left = {normalise(h): h for h in unused}
    wanted = {
        h for columns in source.tables.values() for s in columns.values() for h in s.get("from", ())
    }
    found = []
    for header in sorted(h for h in wanted if _position(h, headers) is None):
        close = difflib.get_close_matches(normalise(header), left, n=1, cutoff=0.75)
        if close:
            detail = (
                f"no column {header!r} here, as the mapping expects; is {left[close[0]]!r} meant?"
            )
            found.append(Note("missing_header", detail))
    return found


def _position(header: str, headers: Sequence[str]) -> int | None:
    """Return where a header stands: word for word if it does, else in any spelling."""
    for spelled in (plain, normalise):
        have = [spelled(h) for h in headers]
        if spelled(header) in have and spelled(header):
            return have.index(spelled(header))
    return None


def _target(source: Source, table: str, headers: Sequence[str]) -> Target:
    fields = (_field(column, spec, headers) for column, spec in source.tables[table].items())
    condition = source.where.get(table)
    if not condition:
        return Target(table, tuple(f for f in fields if f))
    where, refused = _position(condition["from"], headers), condition.get("not", ())
    return Target(table, tuple(f for f in fields if f), where, refused)


def _field(column: str, spec: dict[str, Any], headers: Sequence[str]) -> Field | None:
    wanted = spec.get("from", ())
    places = (_position(h, headers) for h in wanted)
    sources = tuple(dict.fromkeys(place for place in places if place is not None))
    if wanted and not sources:
        return None
    pairs = [(re.escape(k), v) for k, v in spec.get("values", {}).items()]
    return Field(
        column,
        sources,
        join=spec.get("join"),
        const=spec.get("const"),
        digest=spec.get("digest", False),
        counter=spec.get("counter", False),
        formats=spec.get("format", ()),
        nulls=spec.get("null", ()),
        null_pattern=spec.get("null_pattern"),
        extract=spec.get("extract"),
        match=(*pairs, *spec.get("match", ())),
        scale=spec.get("scale"),
    )


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
        If there is no such mapping, or something in it is wrong; the message names the line.
    """
    path = Path(given)
    if path.suffix.lower() == ".toml":
        if not path.is_file():
            raise UsageError(
                ja=f"マッピングのファイル {path} がありません。",
                en=f"{path}: no such mapping file.",
            )
        return checked(toml.read(path))
    if str(given) in shipped():
        return checked(toml.shipped("ingest", "mappings", f"{given}.toml"))
    raise UsageError(
        ja=f"{str(given)!r} という名前のマッピングはありません。付属のものは"
        f" {'、'.join(shipped())} です。ほかは .toml ファイルを指定してください。",
        en=f"No mapping named {str(given)!r}. Shipped ones: {', '.join(shipped())}; "
        "or give a .toml file.",
    )


def checked(file: Located) -> Mapping:
    """Return a mapping file as what it says.

    Raises
    ------
    UsageError
        If something in it is wrong; the message names the line.
    """
    found = mapping_checks.checked(file)
    sources = tuple(Source(**source) for source in found.pop("sources"))
    return Mapping(file.name.removesuffix(".toml"), sources=sources, **found)
