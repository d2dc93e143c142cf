"""When facts without an instant of their own were known, as ``schema.toml`` says of each column.

A row exported later than one looks back to shows facts that came after. A count or a decision
(``known``) is believed once an instant was reached that can only come after it; a description
(``not_before``) is blank while the instant that brings it is told and lies ahead; a revised promise
(``revises``) gives way to the first one. What stood in an export by then is believed as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rakustats.schema.tables import Column, Table, tables

Step = tuple[str, str]
Read = Callable[[str], str | None]

# Problems whose report shows that the goods were looked at; others are told before they come.
_SEEN_KINDS = "('damaged', 'defective', 'wrong_item', 'short', 'excess')"
_STANDS = "coalesce(x.outcome, '') NOT IN ('refused', 'rejected')"
# How rows of another table are found, and which of them show anything.
_SHOWN_BY = {
    ("order_lines", "shipments"): (
        ("order_no", "line_no"),
        "{shipment_lines} c JOIN {shipments} x ON x.shipment_id = c.shipment_id",
        "x.leg IS DISTINCT FROM 1",
        "c",
    ),
    ("order_lines", "claims"): (
        ("order_no", "line_no"),
        "{claims} x",
        f"coalesce(x.kind, 'defective') IN {_SEEN_KINDS}",
        "x",
    ),
    ("orders", "cancellations"): (
        ("order_no",),
        "{cancellations} x",
        f"x.line_no IS NULL AND {_STANDS}",
        "x",
    ),
    ("order_lines", "cancellations"): (
        ("order_no", "line_no"),
        "{order_lines} c JOIN {cancellations} x ON x.order_no = c.order_no",
        f"coalesce(x.line_no, c.line_no) = c.line_no AND {_STANDS}",
        "c",
    ),
    ("claims", "refunds"): (("claim_id",), "{refunds} x", "x.claim_id IS NOT NULL", "x"),
    ("cancellations", "refunds"): (
        ("cancellation_id",),
        "{refunds} x",
        "x.cancellation_id IS NOT NULL",
        "x",
    ),
}
_ALSO = {("order_lines", "shipments"): ("shipment_lines",)}


@dataclass(frozen=True)
class Known:
    """What a snapshot at ``at`` (SQL) may show of tables whose versions ``read`` finds."""

    at: str
    read: Read

    def steps(self, table: Table) -> list[Step]:
        """Return the steps that find the first instants by which others show a table's facts."""
        return [
            (f"{table.name}_by_{other}", self._first_instants(table, other))
            for other in self._others(table)
            if other != "orders"
        ]

    def joins(self, table: Table) -> str:
        """Return the joins that bring those instants to the table's rows ``v``."""
        joins = ""
        for other in self._others(table):
            if other == "orders":
                joins += f"\nLEFT JOIN {self.read('orders')} r ON r.order_no = v.order_no"
            else:
                keys = _SHOWN_BY[table.name, other][0]
                on = " AND ".join(f"{_alias(other)}.{k} = v.{k}" for k in keys)
                joins += f"\nLEFT JOIN {table.name}_by_{other} {_alias(other)} ON {on}"
        return joins

    def shown(self, table: Table, column: Column, name: str) -> str:
        """Return the SQL of ``name``, the column or one derived from it, as it was known."""
        own = f"v.{name}"
        if column.not_before and self._there(table, [column.not_before]):
            ahead = f"v.exported_at > {self.at} AND {self._instant(table, column.not_before)}"
            leg = f" AND v.leg = {column.on_leg}" if column.on_leg else ""
            return f"CASE WHEN {ahead} > {self.at}{leg} THEN NULL ELSE {own} END"
        if not column.known:
            return own
        known = [f"v.exported_at <= {self.at}"]
        told = self._there(table, column.known)
        known += [f"{self._instant(table, t)} <= {self.at}" for t in told]
        before = ""
        if column.revises:
            first = _of_the_first(column, name)
            known.append(f"v.{first} IS NULL")
            before = f" ELSE v.{first}"
        return f"CASE WHEN {' OR '.join(known)} THEN {own}{before} END"

    def state(self, table: Table) -> str:
        """Return the SQL of a row's state: the most advanced that its instants prove."""
        cases = [f"WHEN v.exported_at <= {self.at} THEN v.state"]
        for state, told in table.undated:
            shown = [f"{self._instant(table, t)} <= {self.at}" for t in self._there(table, told)]
            if not told:
                events = ", ".join(f"v.{c.name}" for c in table.columns if c.time == "event")
                shown = [f"coalesce(greatest({events}) <= {self.at}, TRUE)"]
            if shown:
                cases.append(f"WHEN v.state = '{state}' AND ({' OR '.join(shown)}) THEN v.state")
        cases += [f"WHEN v.{name} <= {self.at} THEN '{s}'" for name, s in table.states]
        return f"CASE {' '.join(cases)} END"

    def _others(self, table: Table) -> list[str]:
        return [name for name in shown_by(table) if self._has(table.name, name)]

    def _has(self, table: str, other: str) -> bool:
        return all(self.read(n) is not None for n in (other, *_ALSO.get((table, other), ())))

    def _there(self, table: Table, told: Iterable[str]) -> list[str]:
        """Leave out what other tables would tell, were they loaded."""
        others = {t: _parts(t)[0] for t in told}
        return [t for t, other in others.items() if not other or self._has(table.name, other)]

    def _instant(self, table: Table, told: str) -> str:
        """Return the SQL of the first instant that shows what is ``told``."""
        other, name = _parts(told)
        if not other:
            return _earliest(table, name, "v")
        if other == "orders":
            return _earliest(tables()["orders"], name, "r")
        return f"{_alias(other)}.{_named(told)}"

    def _first_instants(self, table: Table, other: str) -> str:
        keys, source, where, of = _SHOWN_BY[table.name, other]
        read = source.format_map({n: self.read(n) for n in tables()})
        told = [t for t in _told(table) if _parts(t)[0] == other]
        instants = ", ".join(
            f"{'max' if t.startswith('last ') else 'min'}"
            f"({_earliest(tables()[other], _parts(t)[1], 'x')}) AS {_named(t)}"
            for t in told
        )
        by = ", ".join(f"{of}.{k}" for k in keys)
        return f"SELECT {by}, {instants}\nFROM {read} WHERE {where} GROUP BY {by}"


def shown_by(table: Table) -> list[str]:
    """Return the other tables whose instants show when facts of a table were known."""
    return list(dict.fromkeys(other for t in _told(table) if (other := _parts(t)[0])))


def read_for(table: Table) -> set[str]:
    """Return the tables that are read to say when facts of a table were known."""
    others = shown_by(table)
    return {*others, *(also for o in others for also in _ALSO.get((table.name, o), ()))}


def _told(table: Table) -> list[str]:
    """Return all instants by which facts and states of a table are known."""
    facts = (t for c in table.columns for t in (*c.known, *filter(None, [c.not_before])))
    states = (t for _, told in table.undated for t in told)
    return list(dict.fromkeys((*facts, *states)))


def _parts(told: str) -> tuple[str, str]:
    other, _, name = told.removeprefix("last ").rpartition(".")
    return other, name


def _named(told: str) -> str:
    return ("last_" if told.startswith("last ") else "first_") + _parts(told)[1]


def _alias(other: str) -> str:
    return f"by_{other}"


def _earliest(table: Table, name: str, alias: str) -> str:
    """Return the first of an instant and of those that only a later stage brings."""
    stages = [stage for stage, _ in table.states]
    upto: Iterable[str] = stages[: stages.index(name) + 1] if name in stages else [name]
    listed = [f"{alias}.{stage}" for stage in upto]
    return f"least({', '.join(listed)})" if len(listed) > 1 else listed[0]


def _of_the_first(column: Column, name: str) -> str:
    """Return the name, in the promise that is revised, of the same part of it."""
    if name == column.name:
        return column.revises
    first = tables()["shipments"][column.revises]
    return first.companions[[n for n, _ in column.companions].index(name)][0]
