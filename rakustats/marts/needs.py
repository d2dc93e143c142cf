"""What a question needs from the exports, and the error where none of them brought it."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.schema.tables import tables


def require(db: Database, asked: Phrase, *alternatives: Sequence[str]) -> None:
    """Refuse a question that no export can answer.

    Parameters
    ----------
    db : Database
        What was loaded.
    asked : Phrase
        What is asked for, as the beginning of the sentence: 返金までの日数, Refund times.
    *alternatives : sequence of str
        Columns as ``table.column``; one alternative whose columns all hold a value is enough.

    Raises
    ------
    UsageError
        If none is; the sentence names the missing columns and the headers that bring them.
    """
    gaps = [[c for c in wanted if not db.count(*c.split("."))] for wanted in alternatives]
    if all(gaps):
        either = "、または ".join(" と ".join(_told(c).ja for c in gap) for gap in gaps)
        needed = " or ".join(" with ".join(_told(c).en for c in gap) for gap in gaps)
        raise UsageError(
            ja=f"「{asked.ja}」は出せません。"
            f"取り込んだファイルのどれにも {either} がありません。".replace("） ", "）")
            + "その列のあるファイルを取り込んでください。",
            en=f"{asked.en} cannot be told: no export brought {needed}."
            " Load an export that has it.",
        )


def _told(column: str) -> Phrase:
    """Return a column with the header under which exports bring it."""
    table, name = column.split(".")
    headers = tables()[table][name].ja
    if not headers:
        return phrase(ja=column, en=column)
    return phrase(ja=f"{column}（{headers[0]}）", en=f"{column} ({headers[0]})")
