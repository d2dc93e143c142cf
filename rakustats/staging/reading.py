"""What is read from a sheet: its cells numbered, each read once however many tables it feeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rakustats.ingest.plan import Plan, Sheet, Target
from rakustats.schema.tables import Table, tables
from rakustats.staging import casts
from rakustats.staging.cells import Cell, cells


@dataclass(frozen=True)
class Feed:
    """One canonical table that the rows feed, and the cell behind each of its columns."""

    number: int
    target: Target
    cells: dict[str, Cell]

    @property
    def table(self) -> Table:
        """The canonical table."""
        return tables()[self.target.table]

    @property
    def key(self) -> dict[str, Cell]:
        """The cells of the key that a row must have to feed this table."""
        must = [k for k in self.table.key if not self.table[k].optional_key]
        return {
            k: self.cells[k] for k in must if k in self.cells and not _bare_counter(self.cells[k])
        }


@dataclass(frozen=True)
class Reading:
    """A sheet with its plan.

    Cell k of ``ids`` becomes the columns v<k> (value), o<k> (odd text) and d<k> (only a day).
    The cells of ``native`` come from the file in a type of their own; all others are texts. Texts
    under ``usual`` are known to be a cell's value as they are.
    """

    sheet: Sheet
    plan: Plan
    native: Mapping[Cell, str] = field(default_factory=dict)
    usual: Mapping[Cell, tuple[str, ...]] = field(default_factory=dict)
    feeds: tuple[Feed, ...] = field(init=False)
    ids: dict[Cell, int] = field(init=False)

    def __post_init__(self) -> None:
        feeds = tuple(Feed(i, target, found) for i, (target, found) in enumerate(cells(self.plan)))
        distinct = dict.fromkeys(
            c for feed in feeds for c in feed.cells.values() if not _bare_counter(c)
        )
        object.__setattr__(self, "feeds", feeds)
        object.__setattr__(self, "ids", {cell: k for k, cell in enumerate(distinct)})

    @property
    def conditional(self) -> list[Feed]:
        """Feeds that only some rows feed, by a column that must not be blank."""
        return [feed for feed in self.feeds if feed.target.where is not None]

    @property
    def counted_by(self) -> str | None:
        """The value column of the order number, where rows are numbered within their order."""
        counts = any(c.field.counter for feed in self.feeds for c in feed.cells.values())
        orders = [feed.cells["order_no"] for feed in self.feeds if "order_no" in feed.cells]
        return self.v(orders[0]) if counts and orders else None

    def typed(self, cell: Cell) -> str:
        """Return the SQL of a cell's typed value, out of its text t<k>."""
        text, zone = f"t{self.ids[cell]}", self.plan.zone
        if cell in self.usual:
            usual = f"{text} IN ({casts.listed(self.usual[cell])})"
            return f"CASE WHEN {usual} THEN {text} ELSE {cell.typed(text, zone)} END"
        if cell not in self.native:
            return cell.typed(text, zone)
        if cell.kind == "instant":
            return casts.known_instant(text, zone)
        return casts.price(text) if cell.kind == "price" else text

    def is_day(self, cell: Cell) -> str:
        """Return the SQL of whether an instant's text gives only a day."""
        if cell not in self.native:
            return cell.is_day(f"t{self.ids[cell]}")
        return str(self.native[cell] == "DATE").lower()

    def v(self, cell: Cell) -> str:
        """Return the value column of a cell."""
        return f"v{self.ids[cell]}"

    def name(self, cell: Cell) -> str:
        """Return the canonical column that a cell feeds first."""
        return next(c for feed in self.feeds for c, other in feed.cells.items() if other == cell)


def _bare_counter(cell: Cell) -> bool:
    return cell.field.counter and not cell.field.sources
