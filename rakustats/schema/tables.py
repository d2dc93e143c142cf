"""The canonical tables, described once: loading, snapshots, docs and samples follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from rakustats.i18n.phrases import Phrase
from rakustats.schema.shipped import shipped_values


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    ``sticky`` facts outlive a blank in a newer export; the others are withdrawn by it. ``known``,
    ``not_before`` (on parcels of ``on_leg`` only, where that is not 0) and ``revises`` say since
    when a fact without an instant of its own was known.
    """

    name: str
    type: str
    doc: str
    unit: str = ""
    time: str = ""
    place: str = ""
    day: bool = False
    known: tuple[str, ...] = ()
    not_before: str = ""
    on_leg: int = 0
    revises: str = ""
    pii: bool = False
    optional_key: bool = False
    sticky: bool = True
    values: tuple[str, ...] = ()
    ja: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header under which an export may bring this column."""
        return (self.name, *self.ja, *self.zh, *self.en)

    @property
    def companions(self) -> tuple[tuple[str, str], ...]:
        """Columns that staging derives: the local day, and for promises when that day ends."""
        if not self.day:
            return ()
        stem = (
            self.name.removesuffix("_at")
            if "_at_" not in self.name
            else self.name.replace("_at_", "_")
        )
        day = ((f"{stem}_day", "DATE"),)
        return (*day, (f"{stem}_until", "TIMESTAMP")) if self.time == "plan" else day


@dataclass(frozen=True)
class Table:
    """One canonical table.

    ``born`` names the instants of which the first known one says since when a row exists;
    ``states`` says which state an instant proves, most advanced first, and ``undated`` which have
    no instant here, each with the instants elsewhere that show it; ``title`` is what people call
    its rows.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    title: Phrase
    born: tuple[str, ...] = ()
    states: tuple[tuple[str, str], ...] = ()
    undated: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __getitem__(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the contract's columns, without bookkeeping."""
        return tuple(c.name for c in self.columns)

    @property
    def stored(self) -> tuple[tuple[str, str], ...]:
        """(name, type) of every column as it lies in DuckDB, derived and bookkeeping ones last."""
        own = [(c.name, c.type) for c in self.columns]
        derived = [pair for c in self.columns for pair in c.companions]
        books = [
            ("source_file", "VARCHAR"),
            ("source_row", "BIGINT"),
            ("exported_at", "TIMESTAMP"),
            ("n_versions", "INTEGER"),
            # minutes from UTC of the clock that cuts the row's days; NULL: each column's place
            ("utc_offset", "INTEGER"),
        ]
        return (*own, *derived, *books)


def _column(name: str, facts: dict[str, Any]) -> Column:
    fixed: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in facts.items()}
    return Column(name=name, **fixed)


def _table(name: str, spec: dict[str, Any]) -> Table:
    columns = tuple(_column(key, facts) for key, facts in spec["columns"].items())
    states = tuple((str(a), str(b)) for a, b in spec.get("states", []))
    undated = tuple((state, tuple(told)) for state, told in spec.get("undated", {}).items())
    key, title, born = tuple(spec["key"]), Phrase(*spec["title"]), tuple(spec["born"])
    return Table(name, spec["grain"], key, columns, title, born, states, undated)


@cache
def tables() -> dict[str, Table]:
    """Return the canonical tables by name, in the order of the contract.

    Examples
    --------
    >>> from rakustats.schema.tables import tables
    >>> tables()["orders"].key
    ('order_no',)
    >>> tables()["shipments"]["promised_at"].companions
    (('promised_day', 'DATE'), ('promised_until', 'TIMESTAMP'))
    """
    spec = shipped_values("schema", "schema.toml")
    return {name: _table(name, facts) for name, facts in spec.items()}
