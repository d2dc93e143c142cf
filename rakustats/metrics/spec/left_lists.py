"""What lists of open parcels leave unknown: ranges in the place of figures, and a sentence."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.metrics.spec.added_columns import behind, floats
from rakustats.store.asof import Snapshot


def late_ranges(least: pa.Table, most: pa.Table) -> pa.Table:
    """Return the table of most late ones with the range of the late share.

    Where nobody says whether some came in time there is no late share, and its interval is that of
    the whole range.
    """
    unknown = pc.greater(most.column("n_left"), 0)
    ends = {
        "late_share_least": floats(least, "late_share"),
        "late_share_most": floats(most, "late_share"),
    }
    table = behind(most, "late_hi", ends)
    made = {
        "late_share": pc.if_else(unknown, None, most.column("late_share")),
        "late_lo": pc.if_else(unknown, least.column("late_lo"), most.column("late_lo")),
    }
    for name, column in made.items():
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def left_notes(snapshot: Snapshot, table: pa.Table) -> list[Phrase]:
    """Say what parcels count as that left a list of open ones, where there are such lists."""
    if not snapshot.lists:
        return []
    notes = [
        phrase(
            ja="届いていない荷物だけの一覧から消えた荷物は、次の一覧までの間に届いたものとみなした"
            "（紛失したかどうかは分からない）。",
            en="Some exports list open parcels alone. Those that left the list are taken to have"
            " arrived before the next one; nobody says how they ended.",
        )
    ]
    n = pc.sum(table.column("n_left")).as_py() if "n_left" in table.column_names else 0
    if n:
        notes.append(
            phrase(
                ja=f"約束の日の前後に一覧から消えた {n:,} 件は間に合ったか分からない（n_left）。"
                "実績と推定はこれらを含まないので高めに出る。"
                "遅れの見込みは late_share_least から late_share_most の間にある。",
                en=f"Of {n:,} that left around their promised day it is not known whether they came"
                " in time (n_left): rate and estimate leave them out and lie high, the late share"
                " lies between late_share_least and late_share_most.",
            )
        )
    return notes
