"""What a question needs from the exports, told in one sentence where none of them brought it."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.schema.tables import tables


def require(db: Database, asked: str, *alternatives: Sequence[str]) -> None:
    """Refuse a question that no export can answer.

    Parameters
    ----------
    db : Database
        What was loaded.
    asked : str
        What is asked for, as the beginning of the sentence: ``"Refund times"``.
    *alternatives : sequence of str
        Columns as ``table.column``; one alternative whose columns all hold a value is enough.

    Raises
    ------
    UsageError
        If none is; the sentence names the missing columns and the headers that bring them.
    """
    gaps = [[c for c in wanted if not db.count(*c.split("."))] for wanted in alternatives]
    if all(gaps):
        needed = " or ".join(" with ".join(_told(c) for c in gap) for gap in gaps)
        raise UsageError(
            f"{asked} cannot be told: no export brought {needed}. Load an export that has it."
        )


def _told(column: str) -> str:
    """Return a column with the header under which exports bring it."""
    table, name = column.split(".")
    headers = tables()[table][name].ja
    return f"{column} ({headers[0]})" if headers else column
