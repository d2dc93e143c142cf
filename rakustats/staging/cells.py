"""Cells: the SQL that turns text into a typed value, and tells which texts a plain cast refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rakustats.ingest.plan import Field, Plan, Target
from rakustats.ingest.text import literal
from rakustats.moments import fixed_offset
from rakustats.schema import Column, tables
from rakustats.spelling import NULL_WORDS
from rakustats.words import VOCABULARY, canonical

# Kinds whose plain cast bears blanks around a value; what it refuses is looked at again.
_CAST_TRIMS = ("instant", "whole", "decimal", "boolean")
_IDS = re.compile(r"(_no|_id|^box_no|^sku|^sha256)$")
_NULLS = sorted({w for n in NULL_WORDS for w in (n, n.upper(), n.capitalize())})


@dataclass(frozen=True)
class Cell:
    """One value to read from a row: where from, and as what.

    ``kind`` is instant, whole, decimal, boolean, id, text, word (one of ``vocabulary``) or open
    word (one of it where it is known there).
    """

    field: Field
    type: str
    kind: str
    vocabulary: str = ""

    @property
    def doubtful(self) -> bool:
        """Whether a cast may refuse a text that the careful parser can read."""
        return self.kind != "text" or bool(self.field.match)

    def text(self) -> str:
        """Return the SQL of the cell's text, with what the mapping calls unknown as NULL."""
        f = self.field
        if f.const is not None:
            return literal(f.const)
        if self.kind in _CAST_TRIMS and f == Field("", f.sources[:1]):
            return f"c{f.sources[0]}"
        parts = [f"nullif(trim(c{i}), '')" for i in f.sources]
        if f.digest:
            some = f"coalesce({', '.join(parts)}) IS NOT NULL"
            digest = f"substr(md5(concat_ws('|', {', '.join(parts)})), 1, 16)"
            return f"CASE WHEN {some} THEN {digest} END"
        if f.join is not None:
            base = f"nullif(concat_ws({literal(f.join)}, {', '.join(parts)}), '')"
        else:
            base = parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"
        if f.nulls:
            base = f"CASE WHEN {base} NOT IN ({', '.join(map(literal, f.nulls))}) THEN {base} END"
        if f.null_pattern:
            unknown = f"regexp_full_match({base}, {literal(f.null_pattern)})"
            base = f"CASE WHEN NOT {unknown} THEN {base} END"
        if f.extract:
            base = f"nullif(regexp_extract({base}, {literal(f.extract)}, 1), '')"
        return base

    def typed(self, text: str, zone: str) -> str:
        """Return the SQL of a text column's typed value, NULL where a plain cast refuses it."""
        if self.field.match:
            return self._matched(text)
        if self.kind == "instant":
            return self._instant(text, zone)
        if self.kind == "decimal":
            return self._decimal(text)
        if self.kind == "boolean":
            return f"try_cast({text} AS BOOLEAN)"
        if self.kind == "whole":
            return f"CASE WHEN NOT contains({text}, '.') THEN try_cast({text} AS {self.type}) END"
        return f"CASE WHEN {self._as_it_is(text)} THEN {text} END"

    def _as_it_is(self, text: str) -> str:
        """Tell which texts are values already: canonical words, plain ids, anything but unknown."""
        if self.kind in ("word", "open word"):
            return f"{text} IN ({', '.join(map(literal, canonical(self.vocabulary)))})"
        known = f"{text} NOT IN ({', '.join(map(literal, _NULLS))})"
        return f"strlen({text}) = length({text}) AND {known}" if self.kind == "id" else known

    def _matched(self, text: str) -> str:
        whens = (
            f"WHEN regexp_full_match({text}, {literal(pattern)}) THEN {literal(value)}"
            for pattern, value in self.field.match
        )
        return f"CASE {' '.join(whens)} END"

    def _decimal(self, text: str) -> str:
        if self.field.scale is not None:
            return f"try_cast(try_cast({text} AS DOUBLE) * {self.field.scale!r} AS {self.type})"
        return f"try_cast({text} AS {self.type})"

    def _instant(self, text: str, zone: str) -> str:
        if self.field.formats:
            formats = ", ".join(
                map(literal, (*self.field.formats, "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"))
            )
            return utc(f"try_strptime({text}, [{formats}])", zone)
        naive = utc(f"try_cast({text} AS TIMESTAMP)", zone)
        aware = f"CAST(try_cast({text} AS TIMESTAMPTZ) AS TIMESTAMP)"
        fraction = f"length({text}) > 20 AND substr({text}, 20, 1) = '.'"
        return f"""CASE WHEN contains({text}, '+') OR suffix({text}, 'Z') THEN {aware}
            WHEN length({text}) IN (10, 16, 19) OR ({fraction}) THEN {naive} END"""

    def is_day(self, text: str) -> str:
        """Return the SQL that tells whether an instant's text gives only a day."""
        if self.field.formats:
            timed = any("%H" in f or "%I" in f for f in self.field.formats)
            return f"length({text}) <= 10" if not timed else f"NOT contains({text}, ':')"
        return f"length({text}) = 10"


def utc(naive: str, zone: str) -> str:
    """Return the SQL of a naive local instant as UTC."""
    offset = fixed_offset(zone)
    if offset is None:
        return f"CAST(timezone({literal(zone)}, {naive}) AS TIMESTAMP)"
    return f"{naive} - INTERVAL {int(offset.total_seconds())} SECOND" if offset else naive


def local(instant: str, zone: str) -> str:
    """Return the SQL of a UTC instant as the clock of a zone shows it."""
    offset = fixed_offset(zone)
    if offset is None:
        return f"timezone({literal(zone)}, CAST({instant} AS TIMESTAMPTZ))"
    return f"({instant} + INTERVAL {int(offset.total_seconds())} SECOND)" if offset else instant


def cells(plan: Plan) -> list[tuple[Target, dict[str, Cell]]]:
    """Return the cells of every target by column, those of derived states and kinds included."""
    return [(target, _of(target)) for target in plan.targets]


def _of(target: Target) -> dict[str, Cell]:
    table = tables()[target.table]
    fields = {f.column: f for f in target.fields if f.column != "exported_at"}
    for (name, column), (_, raw) in VOCABULARY.items():
        if name == target.table and column not in fields and raw in fields:
            fields[column] = replace(fields[raw], column=column)
    found = {c: _cell(target.table, table[c], f) for c, f in fields.items()}
    if target.table == "tracking_events" and target["kind"]:
        # carriers word scans as they like, and the kind is part of the key: it is never dropped
        found["kind"] = replace(found["kind"], kind="open word")
    for field in target.fields:
        if field.column == "exported_at":
            found["exported_at"] = Cell(replace(field, column=""), "TIMESTAMP", "instant")
    return found


def _cell(table: str, column: Column, field: Field) -> Cell:
    bare = replace(field, column="")
    if field.counter:
        return Cell(bare, "VARCHAR", "id")
    vocabulary = VOCABULARY.get((table, column.name), ("", None))[0]
    if vocabulary and not field.match:
        return Cell(bare, column.type, "word", vocabulary)
    return Cell(bare, column.type, _kind(column))


def _kind(column: Column) -> str:
    if column.type == "TIMESTAMP":
        return "instant"
    if column.type in ("INTEGER", "BIGINT") or column.type.endswith(",0)"):
        return "whole"
    if column.type.startswith("DECIMAL"):
        return "decimal"
    if column.type == "BOOLEAN":
        return "boolean"
    return "id" if _IDS.search(column.name) else "text"
