"""Cells: the SQL that turns text into a typed value, and finds the texts that a cast refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from rakustats.ingest.plan import Field, Plan, Target
from rakustats.ingest.text import literal
from rakustats.schema.tables import Column, tables
from rakustats.schema.vocabularies import VOCABULARY, canonical, meaning, vocabularies
from rakustats.staging import casts

_IDS = re.compile(r"(_no|_id|^sku|^sha256)$")
_KINDS = {
    **dict.fromkeys(("order_no", "from_order_no", "replacement_of"), "order number"),
    **dict.fromkeys(("currency", "fee_currency"), "currency"),
    "fx_rate": "rate",
    **dict.fromkeys(
        ("unit_price_cny", "unit_price_cny_quoted", "price_cny", "target_price_cny"), "price"
    ),
    "carrier": "carrier",
}
#: Kinds whose texts name orders and parcels, or count: never a person's number.
NUMBERS = ("id", "order number", "whole", "decimal", "price", "rate", "instant")
# What people write as they like, and persons' numbers with it.
_FREE = ("remark", "reason_text", "attribution_reason", "subject")
#: Amounts that another column of their row gives the currency of, by that column.
AMOUNTS = {
    "currency": (
        *("amount_claimed", "amount_granted", "return_cost"),
        *("amount_expected", "amount_paid", "fee_deducted"),
    ),
    "fee_currency": ("fee_amount",),
}


@dataclass(frozen=True)
class Cell:
    """One value to read from a row: where from, and as what.

    ``kind`` is instant, whole, decimal, price (a decimal that is not below zero), rate,
    boolean, currency, id, order number, carrier, text, free text, word (one of ``vocabulary``) or
    open word (one of it where it is known there).
    ``unit`` and ``time`` are the column's.
    """

    field: Field
    type: str
    kind: str
    vocabulary: str = ""
    unit: str = ""
    time: str = ""

    @property
    def may_fail(self) -> bool:
        """Whether a cast may refuse a text that a parser can read."""
        return self.kind not in ("text", "free text") or bool(self.field.match)

    def text(self) -> str:
        """Return the SQL of the cell's text, with the mapping's null tokens as NULL."""
        f = self.field
        if f.const is not None:
            return literal(f.const) if f.const else "CAST(NULL AS VARCHAR)"
        if f == Field("", f.sources[:1]):
            return f"c{f.sources[0]}"  # the casts bear or refuse blanks, which is faster than trims
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
        if self.kind == "instant" and self.field.formats:
            return casts.formatted(text, self.field.formats, zone)
        if self.kind in ("word", "open word"):
            words = (w for said in vocabularies()[self.vocabulary].values() for w in said)
            meanings = {w: m for w in words if (m := meaning(self.vocabulary, w))}
            return casts.word(text, canonical(self.vocabulary), meanings)
        typed: dict[str, Callable[[], str]] = {
            "instant": lambda: casts.instant(text, zone),
            "whole": lambda: casts.whole(text, self.type, self.field.scale),
            "decimal": lambda: casts.decimal(text, self.type, self.field.scale),
            "price": lambda: casts.price(casts.decimal(text, self.type, self.field.scale)),
            "rate": lambda: casts.rate(text, self.type),
            "boolean": lambda: f"try_cast({text} AS BOOLEAN)",
            "currency": lambda: casts.word(text, ("CNY", "JPY"), {}),
            "id": lambda: casts.identifier(text, joined=self.field.join is not None),
            "order number": lambda: casts.order_number(text),
            "carrier": lambda: casts.carrier(text),
            "text": lambda: casts.text(text),
            "free text": lambda: casts.free_text(text),
        }
        return typed[self.kind]()

    def _matched(self, text: str) -> str:
        whens = (
            f"WHEN regexp_full_match({text}, {literal(pattern)}) THEN {literal(value)}"
            for pattern, value in self.field.match
        )
        return f"CASE {' '.join(whens)} END"

    def is_day(self, text: str) -> str:
        """Return the SQL of whether an instant's text gives only a day."""
        if self.field.formats:
            timed = any("%H" in f or "%I" in f for f in self.field.formats)
            return f"length({text}) <= 10" if not timed else f"NOT contains({text}, ':')"
        return f"strlen({text}) <= 10"


def cells(plan: Plan) -> list[tuple[Target, dict[str, Cell]]]:
    """Return the cells of every target by column, those of derived states and kinds included."""
    return [(target, _of(target)) for target in plan.targets]


def _of(target: Target) -> dict[str, Cell]:
    table = tables()[target.table]
    fields = {f.column: f for f in target.fields if f.column != "exported_at"}
    for (name, column), (_, raw) in VOCABULARY.items():
        if name == target.table and column not in fields and raw in fields:
            fields[column] = replace(fields[raw], column=column)
    for currency, amounts in AMOUNTS.items():
        if currency in table.names and currency not in fields and fields.keys() & set(amounts):
            fields[currency] = Field(currency, const="")  # the amounts' own texts may name it
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
    return Cell(bare, column.type, _kind(column), unit=column.unit, time=column.time)


def _kind(column: Column) -> str:
    if column.name in _KINDS:
        return _KINDS[column.name]
    if column.type == "TIMESTAMP":
        return "instant"
    if column.type in ("INTEGER", "BIGINT") or column.type.endswith(",0)"):
        return "whole"
    if column.type.startswith("DECIMAL"):
        return "decimal"
    if column.type == "BOOLEAN":
        return "boolean"
    if column.name in _FREE:
        return "free text"
    return "id" if _IDS.search(column.name) else "text"
