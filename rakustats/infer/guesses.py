"""Which canonical column an unknown header may mean: by its words first, then by its values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.infer import similarity, value_shapes
from rakustats.infer.by_values import SHOWN, Guess, add_by_values
from rakustats.infer.tables import Column, Table
from rakustats.ingest import headers
from rakustats.ingest.plan import Field, Plan, Target
from rakustats.schema.tables import tables
from rakustats.schema.text_normalisation import bracket, normalise
from rakustats.staging.pii import is_pii


@dataclass(frozen=True)
class Inference:
    """A table's inferred plan, if there is one, and the guesses that it rests on, by column."""

    plan: Plan | None
    guesses: dict[int, Guess]


_TRIED = 5
_COMMON = ("orders", "order_lines", "shipments", "shipment_lines")
_NUMBERED = re.compile(
    r"(id|no\.?|number|num|code|#|番号|番號|编号|编码|单号|号|№)\s*$", re.IGNORECASE
)


def infer_table(table: Table) -> Inference:
    """Return the best inference of a table: the one that places most columns, and surely."""
    ranked = sorted(tables(), key=lambda name: -_promise(name, table))
    tries = [_as(name, table) for name in ranked[:_TRIED]]
    if _shows(table, "tracking number", "carrier"):
        tries.append(_as("shipments", table))
    best = max(tries, key=_worth)
    if best.plan is None:
        best = _bare(table)
    used = _used(best.plan)
    return Inference(best.plan, {n: g for n, g in best.guesses.items() if n in used})


def _used(plan: Plan | None) -> set[int]:
    return {i for t in plan.targets for f in t.fields for i in f.sources} if plan else set()


def _promise(name: str, table: Table) -> float:
    """Return how much of a table could belong to a canonical one, by its headers alone."""
    known = headers.hits(name, table.headers)
    rest = [c for c in table.columns if c.number not in known.values() and c.header.strip()]
    best = (_best(name, c, set(known)) for c in rest)
    return 2 * len(known) + sum(g.sure for g in best if g)


def _worth(found: Inference) -> tuple[bool, float]:
    if found.plan is None:
        return False, sum(g.sure for g in found.guesses.values())
    used = _used(found.plan)
    sure = sum(found.guesses[i].sure if i in found.guesses else 1.0 for i in used)
    return True, sure - 1.5 * _far_fetched(found.plan)


def _far_fetched(plan: Plan) -> bool:
    """Return whether rows of a rarer table have no number of their own: they may well be orders."""
    rarest = plan.targets[-1]
    key = rarest[tables()[rarest.table].key[0]]
    return rarest.table not in _COMMON and (key is None or key.join is not None)


def _as(name: str, table: Table) -> Inference:
    """Read a table as one of a canonical table's rows."""
    known = headers.hits(name, table.headers)
    guesses: dict[int, Guess] = {}
    open_columns = [c for c in table.columns if c.number not in known.values()]
    family = headers.family(name)
    taken = {column for other in family for column in headers.hits(other, table.headers)}
    unknown = [c for c in open_columns if not _in_dictionary(family, c) and c.header.strip()]
    candidates = [
        (guess.sure - 0.05 * rank, c.number, guess)
        for c in unknown
        for rank, other in enumerate(family)
        for guess in _all(other, c, taken)
    ]
    for _, number, guess in sorted(candidates, key=lambda found: (-found[0], found[1])):
        if number not in guesses and guess.column not in taken:
            guesses[number] = guess
            taken.add(guess.column)
    add_by_values(name, [c for c in unknown if c.number not in guesses], taken, guesses)
    plan = _plan(name, table, guesses)
    if plan is None:
        plan = _with_a_key(name, table, guesses)
    return Inference(plan, guesses)


def _in_dictionary(family: Sequence[str], column: Column) -> bool:
    return any(normalise(column.header) in headers.dictionary(name) for name in family)


def _all(name: str, column: Column, taken: set[str]) -> list[Guess]:
    """Return what a header may mean in one canonical table by its words, if the values agree."""
    if is_pii(column.header):
        return []
    best: dict[str, tuple[float, str]] = {}
    for alias, target in similarity.aliases(name):
        if target not in taken and similarity.agrees(column.header, tables()[name][target]):
            sure = similarity.header_similarity(column.header, alias)
            if sure >= similarity.ENOUGH and sure > best.get(target, (0.0, ""))[0]:
                best[target] = (sure, alias)
    table = tables()[name]
    return [
        Guess(target, sure, _by_similarity(alias))
        for target, (sure, alias) in best.items()
        if value_shapes.suits(column, table[target]) and (column.distinct or sure > 0.8)
    ]


def _best(name: str, column: Column, taken: set[str]) -> Guess | None:
    return max(_all(name, column, taken), key=lambda g: g.sure, default=None)


def _by_similarity(alias: str) -> Phrase:
    return phrase(ja=f"見出しが「{alias}」に似ている", en=f"the header resembles {alias!r}")


def _with_a_key(name: str, table: Table, guesses: dict[int, Guess]) -> Plan | None:
    """Take the first column that names the rows for the order's number, where no other does."""
    if name not in _COMMON or any(g.column == "order_no" for g in guesses.values()):
        return None
    for column in _numbers(table):
        if column.number not in guesses:
            shown = SHOWN["key" if value_shapes.is_key(column) else "numbered"]
            guesses[column.number] = Guess("order_no", 0.3, shown)
            if plan := _plan(name, table, guesses):
                return plan
            del guesses[column.number]
    return None


def _numbers(table: Table) -> list[Column]:
    """Return the columns that may number orders: one of a kind first, then those named so."""
    able = [c for c in table.columns if c.header.strip() and not is_pii(c.header)]
    keys = [c for c in able if value_shapes.is_key(c)]
    named = [
        c for c in able if _NUMBERED.search(c.header) and value_shapes.is_coded(c) and c not in keys
    ]
    return keys + named


def _bare(table: Table) -> Inference:
    """Read a table of which nothing but its key is understood as one of orders, if even that is."""
    known = headers.hits("orders", table.headers).get("order_no")
    number = known if known is not None else next((c.number for c in _numbers(table)), None)
    if number is None:
        return Inference(None, {})
    target = Target("orders", (Field("order_no", (number,)),))
    guesses = {} if known is not None else {number: Guess("order_no", 0.3, SHOWN["key"])}
    return Inference(Plan("headers", (target,)), guesses)


def _plan(name: str, table: Table, guesses: dict[int, Guess]) -> Plan | None:
    """Return what the dictionary makes of the headers with the guesses in their place."""
    named = ["" if similarity.other_money(c.header) else c.header for c in table.columns]
    for number, guess in guesses.items():
        named[number] = (
            f"{guess.column}({bracket(table.headers[number])})"  # what it says of units stays
        )
    plan = headers.recognise(named)
    if name != "order_lines":
        return plan
    return max(plan, _counted(named), key=lambda found: len(_used(found)))


def _counted(named: list[str]) -> Plan | None:
    """Return the plan of rows that are lines of orders without a number of their own."""
    plan = headers.recognise([*named, "line_no"])
    if plan is None or plan.targets[0].table != "order_lines":
        return None
    return replace(
        plan,
        targets=tuple(
            replace(t, fields=tuple(_counter(f, len(named)) for f in t.fields))
            for t in plan.targets
        ),
    )


def _counter(field: Field, place: int) -> Field:
    return Field(field.column, counter=True) if field.sources == (place,) else field


def _shows(table: Table, *kinds: str) -> bool:
    return any(value_shapes.of_values(c) in kinds for c in table.columns if not is_pii(c.header))
