"""Snapshots: the canonical tables as known at an instant, as portable SQL from the schema.

For each key the newest version exported by then, else the oldest. From that version later instants
are blanked, rows that were not born yet drop out, states follow from the instants that remain, and
a fact without an instant of its own counts once the stage that makes it known is reached.

Each row says up to when it was looked at, ``seen_until``: when the version that is shown was
exported, or the instant itself where that version is younger. A parcel is seen by a later scan too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rakustats.calendar.local_days import LAST_PLACE, day_at, day_by
from rakustats.schema.tables import Column, Table, tables
from rakustats.store import inferred_lines, later_scans, open_lists
from rakustats.store.births import UNBORN, born, unborn
from rakustats.store.columns import Columns, columns, listed
from rakustats.store.horizon import Slices, Source, newest_of
from rakustats.store.instants import literal
from rakustats.store.known import Known, read_for

Step = tuple[str, str]
# One row: the day of the newest export of the tables that are asked for.
NEWEST_DAY = "newest_day"

# Tables that a table's snapshot needs besides.
NEEDS = {
    "client_skus": ("orders",),
    "shipments": ("orders",),
    "shipment_lines": ("orders", "shipments"),
    "order_lines": ("orders",),
    "evidence": ("claims",),
}
# where a row was read, and when
_PLACES = ("source_file", "source_row", "exported_at", "n_versions", "utc_offset")


@dataclass(frozen=True)
class Snapshot:
    """The tables as known at ``moment``.

    ``slices`` says when each table's exports were made, ``lists`` which of the parcels' exports
    were lists of open ones. ``clock`` is that of the loaded rows whose day ends last, in minutes
    from UTC: by it days are cut of which no row says by which.
    """

    moment: datetime
    slices: Mapping[str, Slices]
    source: Source
    lists: Sequence[open_lists.List] = ()
    clock: int = LAST_PLACE

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

    def looks_back(self, name: str) -> bool:
        """Whether a table has exports made after the instant."""
        return not self._is_newest(name)

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

    def day(self, moment: datetime | None = None) -> date:
        """Return the day of an instant, of the snapshot's own by default, by the rows' clock."""
        return day_at(moment or self.moment, self.clock)

    def day_of(self, moment: str) -> str:
        """Return the SQL of the day of an instant that belongs to no row, by the rows' clock."""
        return day_by(moment, self.clock)

    def before(self, days: int, *names: str) -> str:
        """Return the instant so many days before the tables' horizon, as an SQL literal."""
        return literal(self.horizon(*names) - timedelta(days=days))

    @property
    def day_over(self) -> str:
        """Literal not before the end of any day that lies wholly at or before the instant."""
        return literal(self.moment + timedelta(microseconds=1))

    def steps(self, wanted: Iterable[str]) -> list[Step]:
        """Return named SELECTs, in order, whose names are the wanted tables' own."""
        wanted = tuple(wanted)
        needed = _with_needs(wanted)
        if "shipment_lines" in needed and self._inferred_anew:
            needed.add("order_lines")
        if "shipments" in needed and self._scanned_later:
            needed.add("tracking_events")
        order = sorted((n for n in tables() if n in needed), key=_place)
        looked_up = needed.union(*(read_for(tables()[n]) for n in needed if not self._is_newest(n)))
        versions = [self._versions(tables()[name]) for name in tables() if name in looked_up]
        seen = [self._table(tables()[name]) for name in order]
        ended = (NEWEST_DAY, self._newest_day(wanted))
        return [ended, *(step for steps in (*versions, *seen) for step in steps)]

    def _newest_day(self, names: Iterable[str]) -> str:
        """Return the SQL of the day of the newest export of the tables."""
        newest = [age.newest for name in names if (age := self.slices.get(name)) is not None]
        looked = min([self.moment, max(newest, default=self.moment)])
        return f"SELECT DATE '{self.day(looked).isoformat()}' AS day"

    def holds(self, name: str) -> bool:
        """Whether a table has rows; engines plan one that is plainly empty in no time."""
        age = self.slices.get(name)
        return age is not None and age.rows is not None and self.source(name, False) is not None

    def _versions(self, table: Table) -> list[Step]:
        if self._is_newest(table.name) or not self.holds(table.name):
            return []
        return [(f"{table.name}_version", self._version(table))]

    def _table(self, table: Table) -> list[Step]:
        steps: list[Step] = []
        if not self.holds(table.name):
            if table.name in UNBORN:
                steps.append((f"{table.name}_unborn", _empty(table)))
            steps.append((table.name, _empty(table)))
            if table.name == "shipments":
                steps.append((open_lists.NAME, open_lists.left_step(())))
            return steps
        if table.name in UNBORN:
            steps.append((f"{table.name}_unborn", unborn(table, self._read_if_there, self.at)))
        if table.name == "shipments" and self._scanned_later:
            read = f"{self._read(table.name)}"
            text = later_scans.scanned_step(read, self._seen_until(table.name))
            steps.append((later_scans.NAME, text))
        if not self._is_newest(table.name):
            steps += self._known.steps(table)
        steps += self._seen(table)
        if table.name == "shipments":
            steps.append((open_lists.NAME, open_lists.left_step(self.lists)))
        return steps

    def _read(self, name: str) -> str | None:
        return self.source(name, False) if self._is_newest(name) else f"{name}_version"

    def _version(self, table: Table) -> str:
        """Newest version exported by the instant, else the oldest one."""
        main, history = self.source(table.name, False), self.source(table.name, True)
        names = [name for name, _ in table.stored]
        if history is None:
            return columns(names, lambda read: f"SELECT {', '.join(read)} FROM {main}")
        known = f"exported_at <= {self.at}"
        newest = (
            f"FROM {history} QUALIFY row_number() OVER (\n"
            f"  PARTITION BY {', '.join(table.key)}\n"
            f"  ORDER BY CASE WHEN {known} THEN 0 ELSE 1 END,\n"
            f"    CASE WHEN {known} THEN exported_at END DESC NULLS LAST, exported_at NULLS LAST,\n"
            "    source_file NULLS LAST, source_row NULLS LAST) = 1"
        )

        def write(read: Sequence[str]) -> str:
            listed = ", ".join(read)
            once = f"SELECT {listed} FROM {main} WHERE n_versions = 1"
            return f"{once}\nUNION ALL\nSELECT {listed} {newest}"

        return columns(names, write)

    def _seen(self, table: Table) -> list[Step]:
        items = {c.name: self._column(table, c) for c in table.columns}
        for column in table.columns:
            for name, _ in column.companions:
                items[name] = self._companion(table, column, name)
        items |= {name: f"v.{name}" for name in _PLACES}
        items["seen_until"] = self._seen_until(table.name)
        exists = born(table, self.at)
        where = f"\nWHERE {exists}" if exists else ""
        text = listed(items, f"FROM {self._read(table.name)} v{self._joins(table)}{where}")
        if table.name == "shipments" and self._scanned_later:
            names = [*(name for name, _ in table.stored), "seen_until"]
            known = self.horizon_sql("tracking_events")
            told = later_scans.with_scans(table, names, known)
            return [(later_scans.EXPORTED, text), (table.name, told)]
        return [(table.name, text)]

    def _column(self, table: Table, column: Column) -> str:
        own = f"v.{column.name}"
        if column.time == "event":
            return f"CASE WHEN {own} <= {self.at} THEN {own} END"
        if (table.name, column.name) == ("shipment_lines", "qty") and self._inferred_anew:
            return inferred_lines.QTY
        if self._is_newest(table.name):
            return own
        stated = f"v.exported_at <= {self.at}"
        if column.name == "state" and table.states:
            return self._known.state(table)
        if column.name == "state_raw":
            return f"CASE WHEN {stated} THEN {own} END"
        return self._known.shown(table, column, column.name)

    def _companion(self, table: Table, column: Column, name: str) -> str:
        if column.time == "plan":
            newest = self._is_newest(table.name)
            return f"v.{name}" if newest else self._known.shown(table, column, name)
        return f"CASE WHEN v.{column.name} <= {self.at} THEN v.{name} END"

    def _joins(self, table: Table) -> str:
        if table.name == "shipment_lines":
            return inferred_lines.JOINS if self._inferred_anew else ""
        return "" if self._is_newest(table.name) else self._known.joins(table)

    @property
    def _inferred_anew(self) -> bool:
        """Whether later exports may have told what was inferred from lines and parcels."""
        return not all(map(self._is_newest, ("order_lines", "shipments", "shipment_lines")))

    @property
    def _known(self) -> Known:
        return Known(self.at, self._read_if_there)

    def _read_if_there(self, name: str) -> str | None:
        return None if self.source(name, False) is None else self._read(name)


def _with_needs(wanted: Iterable[str]) -> set[str]:
    wanted = set(wanted)
    return wanted.union(*(NEEDS.get(name, ()) for name in wanted))


def _empty(table: Table) -> Columns:
    kinds = (*table.stored, ("seen_until", "TIMESTAMP"))
    nulls = {n: f"CAST(NULL AS {'STRING' if k == 'VARCHAR' else k})" for n, k in kinds}
    return listed(nulls, "WHERE 1 = 0")


def _place(name: str) -> int:
    """Put tables behind those that they need: parcels behind scans, what is in them behind all."""
    return {"shipments": 1, "shipment_lines": 2}.get(name, 0)
