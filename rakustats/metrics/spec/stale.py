"""Open units that nobody looked at up to the as-of: counted, dated, and said."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Question
from rakustats.metrics.spec.documented import Columns
from rakustats.schema.tables import tables
from rakustats.store.asof import Snapshot
from rakustats.store.horizon import oldest_of

STALE: Columns = {
    "n_stale": "of ``n_open``: last seen in an export from a day before the as-of",
    "stale_since": "the oldest such day; NULL if there is none",
}


def stale(asked: Question) -> str:
    """Return the SQL of whether a unit was last seen on a day before the as-of's."""
    snapshot = asked.snapshot
    return f"{snapshot.day_of('seen_until')} < DATE '{snapshot.day().isoformat()}'"


def stale_since(asked: Question, still_open: str) -> str:
    """Return the SQL of the day on which the longest unseen of the open units was last seen."""
    day = asked.snapshot.day_of("seen_until")
    return f"min({day}) FILTER (WHERE {still_open} AND {stale(asked)})"


def stale_notes(table: pa.Table, asked: Question, read: Iterable[str]) -> list[Phrase]:
    """Say how many open units were last seen before the as-of, and which tables are older.

    ``read`` are the names of the steps that were read, the canonical tables among them.
    """
    n = pc.sum(table.column("n_stale")).as_py() or 0
    if not n:
        return []
    unit, since = asked.unit, pc.min(table.column("stale_since")).as_py()
    old = _oldest(asked, read)
    return [
        phrase(
            ja=f"未完了の{unit.ja}のうち {n:,} 件は、基準日より前の取込データ（最も古いものは"
            f" {since}）に載っていたのが最後。その後どうなったかは分からないため、"
            f"その時点までで数えた（n_stale）。表ごとの最も古い取込データ：{old.ja}。",
            en=f"{n:,} of the open {unit.en} were last seen in exports from before the as-of, the"
            f" oldest of {since}; what became of them since is not known, and they count up to"
            f" then (n_stale). Oldest export of each table: {old.en}.",
        )
    ]


def last_seen_notes(table: pa.Table, snapshot: Snapshot, noun: Phrase) -> list[Phrase]:
    """Say of a list of open things how many of them were last seen on a day before the as-of's."""
    today = snapshot.day()
    days = [snapshot.day(seen) for seen in table.column("seen_until").to_pylist() if seen]
    old = [day for day in days if day < today]
    if not old:
        return []
    return [
        phrase(
            ja=f"{noun.ja} {len(old):,} 件は、{today} より前の取込データ（最も古いものは"
            f" {min(old)}）に載っていたのが最後。その時点（seen_until）の状態で示す。",
            en=f"{len(old):,} of the {noun.en} were last seen in exports from before {today}, the"
            f" oldest of {min(old)}: they are shown as they stood then (seen_until).",
        )
    ]


def _oldest(asked: Question, read: Iterable[str]) -> Phrase:
    """Return the days of the oldest exports of the tables that are read."""
    names = set(read) & set(tables())
    ages = {
        name: age
        for name, age in asked.snapshot.slices.items()
        if name in names and age.rows is not None
    }
    return oldest_of(ages, asked.snapshot.moment)
