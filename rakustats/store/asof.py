"""Snapshots: the canonical tables as known at an instant, as portable SQL from the schema.

For each key the newest version exported by then, else the oldest. From that version later instants
are blanked, rows that were not born yet drop out, states follow from the instants that remain, and
a fact without an instant of its own counts once the stage that makes it known is reached.

Each row says up to when it was looked at, ``seen_until``: when the version that is shown was
exported, or the instant itself where that version is younger. A parcel is seen by a later scan too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rakustats.schema.tables import Column, Table, tables
from rakustats.store import later_scans
from rakustats.store.horizon import Slices, Source, newest_of
from rakustats.store.instants import literal

Step = tuple[str, str]
SEEN_BY_CLAIM = ("qty_inspected", "qty_defective", "qty_short", "qty_wrong")

# Tables whose unborn rows are listed, and whose lists decide that a row drops out.
UNBORN = ("orders", "shipments", "order_lines")
BORN_WITH = {
    "orders": ("orders",),
    "shipments": ("shipments",),
    "order_lines": ("orders", "order_lines"),
    "shipment_lines": ("orders", "shipments"),
    "client_skus": ("orders",),
}
# Tables that a table's snapshot needs besides.
NEEDS = {
    "client_skus": ("orders",),
    "shipments": ("orders",),
    "shipment_lines": ("orders", "shipments"),
    "order_lines": ("orders", "shipments", "shipment_lines", "claims"),
}


@dataclass(frozen=True)
class Snapshot:
    """The tables as known at ``moment``; ``slices`` says when each table's exports were made."""

    moment: datetime
    slices: Mapping[str, Slices]
    source: Source

    @property
    def newest(self) -> datetime:
        """When the youngest export was made."""
        return newest_of(self.slices) or self.moment

    def horizon(self, *names: str) -> datetime:
        """Return up to when it is known what is absent from all of the tables.

        That is the newest export of each, or the instant itself; a table of which nothing was ever
        loaded tells nothing and does not count.
        """
        newest = [self.slices[name].newest for name in names if name in self.slices]
        return min([self.moment, *newest])

    def horizon_sql(self, *names: str) -> str:
        """Return :meth:`horizon` as an SQL literal."""
        return literal(self.horizon(*names))

    def _is_newest(self, name: str) -> bool:
        """Whether all exports of a table were there, so that only instants have to be blanked."""
        age = self.slices.get(name)
        return age is None or age.rows is None or age.rows <= self.moment

    def _seen_until(self, name: str) -> str:
        """Return the SQL of up to when a row ``v`` was looked at by exports."""
        age = self.slices.get(name)
        if self._is_newest(name) and age is not None and age.oldest == age.rows:
            return literal(age.oldest)
        return f"least(v.exported_at, {self.at})"

    @property
    def _scanned_later(self) -> bool:
        """Whether parcels may have been scanned after the export in which they were last seen."""
        scans, parcels = (self.slices.get(name) for name in ("tracking_events", "shipments"))
        if scans is None or parcels is None:
            return False
        return not self._is_newest("shipments") or scans.newest > parcels.oldest

    @property
    def at(self) -> str:
        """The instant as an SQL literal."""
        return literal(self.moment)

    def before(self, days: int, *names: str) -> str:
        """Return the instant so many days before the tables' horizon, as an SQL literal."""
        return literal(self.horizon(*names) - timedelta(days=days))

    @property
    def day_over(self) -> str:
        """Literal not before the end of any day that lies wholly at or before the instant."""
        return literal(self.moment + timedelta(microseconds=1))

    def steps(self, wanted: Iterable[str]) -> list[Step]:
        """Return named SELECTs, in order, whose names are the wanted tables' own."""
        needed = _with_needs(wanted)
        if "shipments" in needed and self._scanned_later:
            needed.add("tracking_events")
        order = sorted((n for n in tables() if n in needed), key=_place)
        return [step for name in order for step in self._table(tables()[name])]

    def _table(self, table: Table) -> list[Step]:
        if self.source(table.name, False) is None:
            unborn = [(f"{table.name}_unborn", _empty(table))] if table.name in UNBORN else []
            return [*unborn, (table.name, _empty(table))]
        steps: list[Step] = []
        newest = self._is_newest(table.name)
        if not newest:
            steps.append((f"{table.name}_version", self._version(table)))
        if table.name in UNBORN:
            steps.append((f"{table.name}_unborn", self._unborn(table)))
        if table.name == "shipments" and self._scanned_later:
            read = f"{self._read(table.name)}"
            text = later_scans.scanned_step(read, self._seen_until(table.name))
            steps.append((later_scans.NAME, text))
        if table.name == "order_lines" and not newest:
            steps += [("lines_shipped", _lines_shipped()), ("lines_claimed", _LINES_CLAIMED)]
        return [*steps, (table.name, self._seen(table))]

    def _read(self, name: str) -> str | None:
        return self.source(name, False) if self._is_newest(name) else f"{name}_version"

    def _version(self, table: Table) -> str:
        """Newest version exported by the instant, else the oldest one."""
        columns = ", ".join(name for name, _ in table.stored)
        main, history = self.source(table.name, False), self.source(table.name, True)
        if history is None:
            return f"SELECT {columns} FROM {main}"
        known = f"exported_at <= {self.at}"
        return (
            f"SELECT {columns} FROM {main} WHERE n_versions = 1\n"
            f"UNION ALL\nSELECT {columns} FROM {history} QUALIFY row_number() OVER (\n"
            f"  PARTITION BY {', '.join(table.key)}\n"
            f"  ORDER BY CASE WHEN {known} THEN 0 ELSE 1 END,\n"
            f"    CASE WHEN {known} THEN exported_at END DESC NULLS LAST, exported_at NULLS LAST,\n"
            "    source_file NULLS LAST, source_row NULLS LAST) = 1"
        )

    def _unborn(self, table: Table) -> str:
        """Keys of the rows that began after the instant; an order's birth is also its lines'."""
        text = (
            f"SELECT {', '.join(f'v.{k}' for k in table.key)} FROM {self._read(table.name)} v\n"
            f"WHERE {_first(table.born)} > {self._seen_until(table.name)}"
        )
        if self.source("orders", False) is None:
            return text
        if table.name == "shipments":
            # a parcel that has no beginning of its own began with its order
            return (
                f"{text} OR ({_first(table.born)} IS NULL AND EXISTS (\n"
                "  SELECT 1 FROM orders_unborn o WHERE o.order_no = v.order_no))"
            )
        if table.name != "order_lines":
            return text
        born = _first(tables()["orders"].born, "o")
        return (
            f"{text} AND NOT EXISTS (SELECT 1 FROM {self._read('orders')} o\n"
            f"  WHERE o.order_no = v.order_no AND {born} IS NOT NULL)"
        )

    def _seen(self, table: Table) -> str:
        columns = [f"{self._column(table, c)} AS {c.name}" for c in table.columns]
        columns += [
            f"{self._companion(table, c, name)} AS {name}"
            for c in table.columns
            for name, _ in c.companions
        ]
        text = (
            f"SELECT {', '.join(columns)},\n  v.source_file, v.source_row, v.exported_at,"
            f" v.n_versions, {self._seen_until(table.name)} AS seen_until\n"
            f"FROM {self._read(table.name)} v"
        )
        joins = "" if self._is_newest(table.name) or table.name != "order_lines" else _LINE_JOINS
        exists = self._exists(table)
        text += joins + (f"\nWHERE {exists}" if exists else "")
        if table.name == "shipments" and self._scanned_later:
            names = [*(name for name, _ in table.stored), "seen_until"]
            return later_scans.with_scans(table, text, names)
        return text

    def _exists(self, table: Table) -> str:
        """Whether the row and what it belongs to had begun."""
        if table.name in BORN_WITH:
            return " AND ".join(_not_in(name) for name in BORN_WITH[table.name])
        born = _first(table.born)
        return f"({born} IS NULL OR {born} <= {self._seen_until(table.name)})" if table.born else ""

    def _column(self, table: Table, column: Column) -> str:
        own = f"v.{column.name}"
        if column.time == "event":
            return f"CASE WHEN {own} <= {self._seen_until(table.name)} THEN {own} END"
        if self._is_newest(table.name):
            return own
        stated = f"v.exported_at <= {self.at}"
        if column.name == "state" and table.states:
            later = " ".join(f"WHEN v.{c} <= {self.at} THEN '{s}'" for c, s in table.states)
            return f"CASE WHEN {stated} THEN {own} {later} END"
        if column.name == "state_raw":
            return f"CASE WHEN {stated} THEN {own} END"
        if column.known:
            return f"CASE WHEN {stated} OR {self._known(table, column)} THEN {own} END"
        return own

    def _companion(self, table: Table, column: Column, name: str) -> str:
        if column.time == "plan":
            return f"v.{name}"
        seen = self._seen_until(table.name)
        return f"CASE WHEN v.{column.name} <= {seen} THEN v.{name} END"

    def _known(self, table: Table, column: Column) -> str:
        """Whether the stage that makes a fact known was reached by the instant."""
        owner, _, name = column.known.rpartition(".")
        if owner == "order":
            return _reached(tables()["orders"], name, "o.{} IS NOT NULL")
        if owner == "shipment":
            return "shipped.line_no IS NOT NULL"
        reached = _reached(table, name, f"v.{{}} <= {self.at}")
        if table.name == "order_lines" and column.name in SEEN_BY_CLAIM:
            reached += " OR claimed.line_no IS NOT NULL"
        return reached


def _with_needs(wanted: Iterable[str]) -> set[str]:
    wanted = set(wanted)
    return wanted.union(*(NEEDS.get(name, ()) for name in wanted))


def _empty(table: Table) -> str:
    columns = (
        f"CAST(NULL AS {'STRING' if kind == 'VARCHAR' else kind}) AS {name}"
        for name, kind in (*table.stored, ("seen_until", "TIMESTAMP"))
    )
    return f"SELECT {', '.join(columns)} WHERE 1 = 0"


def _place(name: str) -> int:
    """Put tables behind those that they need: parcels behind scans, lines behind all."""
    return {"shipments": 1, "shipment_lines": 1, "order_lines": 2}.get(name, 0)


def _first(names: Iterable[str], alias: str = "v") -> str:
    return f"coalesce({', '.join(f'{alias}.{n}' for n in names)})"


def _reached(table: Table, name: str, test: str) -> str:
    """Whether an instant, or one that only a later stage brings, passes the test."""
    stages = [c for c, _ in table.states]
    upto = stages[: stages.index(name) + 1] if name in stages else [name]
    return " OR ".join(test.format(c) for c in upto)


def _not_in(name: str) -> str:
    match = " AND ".join(f"u.{k} = v.{k}" for k in tables()[name].key)
    return f"NOT EXISTS (SELECT 1 FROM {name}_unborn u WHERE {match})"


def _lines_shipped() -> str:
    shipped = _reached(tables()["shipments"], "shipped_at", "s.{} IS NOT NULL")
    return (
        "SELECT DISTINCT l.order_no, l.line_no FROM shipment_lines l\n"
        "JOIN shipments s ON s.shipment_id = l.shipment_id\n"
        f"WHERE s.leg IS DISTINCT FROM 1 AND ({shipped})"
    )


_LINES_CLAIMED = (
    "SELECT DISTINCT order_no, line_no FROM claims\n"
    "WHERE order_no IS NOT NULL AND line_no IS NOT NULL\n"
    "  AND (opened_at IS NOT NULL OR detected_at IS NOT NULL)"
)
_LINE_JOINS = (
    "\nLEFT JOIN orders o ON o.order_no = v.order_no"
    "\nLEFT JOIN lines_shipped shipped"
    " ON shipped.order_no = v.order_no AND shipped.line_no = v.line_no"
    "\nLEFT JOIN lines_claimed claimed"
    " ON claimed.order_no = v.order_no AND claimed.line_no = v.line_no"
)
