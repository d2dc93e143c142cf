"""What ingest hands to staging: a sheet of text rows, and what its columns mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Field:
    """Where one canonical column comes from.

    ``sources`` are positions of columns in the sheet: the first that is not blank counts, or all
    joined with ``join``. A ``digest`` turns the joined text into an id of its own; a ``counter``
    numbers the rows of one order.
    """

    column: str
    sources: tuple[int, ...] = ()
    join: str | None = None
    const: str | None = None
    digest: bool = False
    counter: bool = False
    formats: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    null_pattern: str | None = None
    extract: str | None = None
    match: tuple[tuple[str, str], ...] = ()
    scale: float | None = None


@dataclass(frozen=True)
class Target:
    """One canonical table that a row feeds; ``where`` names the column that must not be blank."""

    table: str
    fields: tuple[Field, ...]
    where: int | None = None
    where_not: tuple[str, ...] = ()

    def __getitem__(self, column: str) -> Field | None:
        return next((f for f in self.fields if f.column == column), None)


@dataclass(frozen=True)
class Note:
    """A rule of ``rakustats.schema.issue_rules`` that holds for a sheet, or for one of its rows."""

    rule: str
    detail: str
    row: int | None = None


@dataclass(frozen=True)
class Plan:
    """How one sheet becomes canonical rows; the first target is the one a row must feed."""

    name: str
    targets: tuple[Target, ...]
    zone: str = "Asia/Shanghai"
    day_zone: str | None = None
    exported_at: datetime | None = None
    name_date: str | None = None
    unknown: tuple[str, ...] = ()
    skip: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """Rows of text that DuckDB can scan, in columns c0, c1 and so on.

    ``numbered`` says that ``relation`` brings source_row and fault itself; otherwise its rows
    follow the header without a gap. ``labels`` is the summary above the table; ``packing_list``
    says that a sheet of the same workbook tells what lies in which box. Dates that were left bare
    numbers count from 1904 where ``date_1904`` says so.
    """

    path: Path
    sha256: str
    encoding: str
    header_row: int
    headers: tuple[str, ...]
    relation: str
    numbered: bool = True
    name: str = ""
    file: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    packing_list: bool = False
    date_1904: bool = False

    @property
    def first_row(self) -> int:
        """The row below the header."""
        return self.header_row + 1
