"""How far exports have looked: the oldest and the newest slice of each table.

An export is a slice of a table, made at an instant, and says nothing of what came later. Slices
of a table may be of different ages, and so may tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyarrow as pa

from rakustats.calendar.local_days import LAST_PLACE, OFFSET, day_at
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.schema.tables import tables

Source = Callable[[str, bool], str | None]
# made of other tables' rows
_MADE = ("shipment_lines", "refund_allocations")


@dataclass(frozen=True)
class Slices:
    """When a table's exports were made.

    Attributes
    ----------
    oldest : datetime
        The oldest export in which a row was last seen.
    newest : datetime
        The newest one whose rows were accepted, or that had none: absent rows are absent up to it.
    rows : datetime, optional
        The newest one that has rows; None where all are empty.
    clock : int
        That of the rows whose day ends last, in minutes from UTC.
    """

    oldest: datetime
    newest: datetime
    rows: datetime | None
    clock: int = LAST_PLACE


def slices_query(source: Source) -> str | None:
    """Return the SQL of the ages of all tables' exports, None where nothing is loaded."""
    looks = [
        f"SELECT '{name}' AS tables, TRUE AS has_rows, min(exported_at) AS oldest,"
        f" max(exported_at) AS newest, min(coalesce({OFFSET}, {LAST_PLACE})) AS clock FROM {read}"
        for name in tables()
        if (read := source(name, False)) is not None
    ]
    if (imports := source("imports", False)) is not None:
        # an export without rows says that there are none
        looks.append(
            "SELECT table_name AS tables, FALSE AS has_rows, min(exported_at) AS oldest,"
            f" max(exported_at) AS newest, {LAST_PLACE} AS clock FROM {imports}\n"
            "WHERE status = 'loaded' AND rows_seen = 0 GROUP BY table_name"
        )
    return "\nUNION ALL\n".join(looks) or None


def slices(found: pa.Table) -> dict[str, Slices]:
    """Return each table's slices from the rows of :func:`slices_query`."""
    made: dict[str, Slices] = {}
    rows = [row for row in found.to_pylist() if row["newest"] is not None]
    for row in sorted(rows, key=lambda row: not row["has_rows"]):
        for name in str(row["tables"]).split(", "):
            known = made.get(name)
            if known is None:
                of_rows = row["newest"] if row["has_rows"] else None
                made[name] = Slices(row["oldest"], row["newest"], of_rows, row["clock"])
            else:
                made[name] = replace(known, newest=max(known.newest, row["newest"]))
    return made


def newest_of(ages: Mapping[str, Slices]) -> datetime | None:
    """Return when the youngest export with accepted rows was made, None if there is none."""
    return max((a.rows for a in ages.values() if a.rows is not None), default=None)


def clock_of(ages: Mapping[str, Slices]) -> int:
    """Return the clock of the rows whose day ends last, in minutes from UTC."""
    return min((a.clock for a in ages.values() if a.rows is not None), default=LAST_PLACE)


def listed(ages: Mapping[str, Slices], moment: datetime) -> Phrase:
    """Return the days up to which each table was looked at, tables of the same days together.

    Days are those of the table's rows; of slices of different ages the oldest and the newest.

    Examples
    --------
    >>> from datetime import datetime
    >>> may, june = datetime(2026, 5, 31, 12), datetime(2026, 6, 21, 12)
    >>> listed({"orders": Slices(june, june, june), "claims": Slices(may, may, may)}, june).en
    'orders 2026-06-21, all others 2026-05-31'
    """
    spans = {
        name: "–".join(dict.fromkeys(_day(min(at, moment), age) for at in (age.oldest, age.newest)))
        for name, age in _in_order(ages, lambda age: age.newest)
    }
    return _together(spans)


def oldest_of(ages: Mapping[str, Slices], moment: datetime) -> Phrase:
    """Return the days of the tables' oldest exports, as :func:`listed` does."""
    found = _in_order(ages, lambda age: age.oldest)
    return _together({name: _day(min(age.oldest, moment), age) for name, age in found})


def _in_order(
    ages: Mapping[str, Slices], at: Callable[[Slices], datetime]
) -> list[tuple[str, Slices]]:
    """Return what exports bring by its age, tables of one age in the schema's order."""
    names = [name for name in tables() if name in ages and name not in _MADE]
    return sorted(((name, ages[name]) for name in names), key=lambda row: at(row[1]))


def _together(days: Mapping[str, str]) -> Phrase:
    """Return tables with their days: first those that differ, then what most have in common."""
    together: dict[str, list[Phrase]] = {}
    for name, span in days.items():
        together.setdefault(span, []).append(tables()[name].title)
    most = max(together, key=lambda span: len(together[span]), default="")
    if len(together) == 1 < len(days):
        return phrase(ja=f"すべて {most}", en=f"all {most}")
    others = phrase(ja=f"その他 {most}", en=f"all others {most}")
    few = [(span, names) for span, names in together.items() if span != most or len(days) == 1]
    ja = [f"{'・'.join(name.ja for name in names)} {span}" for span, names in few]
    en = [f"{' and '.join(name.en for name in names)} {span}" for span, names in few]
    if len(days) > 1:
        ja, en = [*ja, others.ja], [*en, others.en]
    return phrase(ja="、".join(ja), en=", ".join(en))


def apart(ages: Mapping[str, Slices], moment: datetime, days: int) -> Phrase | None:
    """Return a sentence where tables were looked at up to instants more than so many days apart."""
    looked = [min(age.newest, moment) for name, age in ages.items() if name not in _MADE]
    if not looked or max(looked) - min(looked) <= timedelta(days=days):
        return None
    of = listed(ages, moment)
    return phrase(
        ja=f"取込データの時点が表によって違います（{of.ja}）。"
        "古い表にないことも、その後に起きている可能性があります。"
        "どの行も、最後に確認できた時点までで数えています。",
        en=f"Exports are of different ages ({of.en}). What an older one does not show may have"
        " happened since; every row counts up to when it was last seen.",
    )


def _day(moment: datetime, age: Slices) -> str:
    return day_at(moment, age.clock).isoformat()
