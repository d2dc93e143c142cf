"""Units whose cohort day is unknown: left out of a period, counted, and said."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Question


def without_undated(
    table: pa.Table, asked: Question, counts: Sequence[str]
) -> tuple[pa.Table, int]:
    """Return the table without ``n_no_day`` and groups that hold nothing else, and the total.

    ``counts`` are the columns of which one has to hold something for a group to stay.
    """
    undated = pc.sum(table.column("n_no_day")).as_py() or 0
    table = table.drop_columns(["n_no_day"])
    if not asked.keys:
        return table, undated
    there = [table.column(name) for name in counts if name in table.column_names]
    total = there[0]
    for column in there[1:]:
        total = pc.add(total, column)
    return table.filter(pc.greater(total, 0)), undated


def undated_notes(undated: int, asked: Question) -> list[Phrase]:
    """Say how many units could not be placed in the period."""
    if not undated:
        return []
    unit = asked.unit
    return [
        phrase(
            ja=f"起点日の不明な{unit.ja} {undated:,} 件は期間に入れられず除いた。",
            en=f"{undated:,} {unit.en} without a known cohort day are left out of the period.",
        )
    ]
