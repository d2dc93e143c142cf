"""What a question asks: by which keys, over which days, as known when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypedDict

import pyarrow as pa

from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.closures import closure_note
from rakustats.marts.keys import DAY_KEYS, Cohort, cohort, day_columns, group_keys, key_names
from rakustats.results.result import Kind, Result
from rakustats.store.asof import Snapshot

Keys = str | Sequence[str] | None
Day = str | date | None
Moment = str | date | datetime | None
#: A status and the condition under which a row has it, or the column of that.
Rule = str | tuple[str, str]

# what is counted
LINES = phrase(ja="明細", en="lines")
PARCELS = phrase(ja="荷物", en="parcels")
CLAIMS = phrase(ja="クレーム", en="claims")


class Period(TypedDict, total=False):
    """What every metric may be asked besides its keys: cohort days, and as known when."""

    since: Day
    until: Day
    as_of: Moment


@dataclass(frozen=True)
class Question:
    """What is asked: by which keys, over which days, as known when.

    Of the keys in ``several`` a unit may have more than one, and counts in each of their groups.
    """

    keys: tuple[str, ...]
    days: Cohort
    snapshot: Snapshot
    title: Phrase
    unit: Phrase
    several: tuple[str, ...] = ()

    @property
    def plain(self) -> tuple[str, ...]:
        """The keys that lie on rows, without those made from a cohort day."""
        return tuple(k for k in self.keys if k not in DAY_KEYS)

    def by(self, *keys: str) -> Question:
        """Return the same question by other keys."""
        return replace(self, keys=tuple(dict.fromkeys(keys)))

    def steps(self, tables: Iterable[str]) -> list[Step]:
        """Return the canonical tables as known then."""
        return self.snapshot.steps(tables)

    def columns(self, *facts: str) -> str:
        """Return the keys that lie on rows, and facts, as select items with a comma after each."""
        return key_names(self.plain) + "".join(f"{fact}, " for fact in facts)

    def dated(self, day: str) -> str:
        """Return the keys made from a cohort day as select items with a comma before each."""
        return day_columns(self.keys, day)

    def rows(self, source: str, day: str, *facts: str, where: str = "") -> str:
        """Return the SELECT of a step's rows with their keys and facts, by their cohort day.

        Rows whose day is unknown are among them; their :meth:`status` says so.
        """
        items = ", ".join((*self.plain, *facts)) + self.dated(day)
        return f"SELECT {items}\nFROM {source} WHERE {self.days.where(day)}{where}"

    def status(self, day: str, *rules: Rule, otherwise: str | None = None) -> str:
        """Return the SQL of a row's status: that of the first rule which holds.

        Parameters
        ----------
        day : str
            Cohort day; where it is unknown and a period was asked for, the status is 'no_day'.
        *rules : str or (status, condition)
            In their order; a name alone is a column's too. The day comes before them all, unless
            'no_day' stands in its place among them.
        otherwise : str, optional
            Status where no rule holds; NULL if not given.
        """
        placed = rules if "no_day" in rules else ("no_day", *rules)
        named = [(rule, rule) if isinstance(rule, str) else rule for rule in placed]
        cases = " ".join(
            f"WHEN {f'{day} IS NULL' if name == 'no_day' else test} THEN '{name}'"
            for name, test in named
            if name != "no_day" or self.days.bounded
        )
        last = "" if otherwise is None else f" ELSE '{otherwise}'"
        return f"CASE {cases}{last} END" if cases else f"'{otherwise}'"

    def result(
        self, table: pa.Table, sql: str, kind: Kind = "rows", notes: Iterable[Phrase] = ()
    ) -> Result:
        """Return a table as the result of this question."""
        told = [closure_note()] if "closure" in self.keys else []
        return Result(
            table=table,
            sql=sql,
            as_of=self.snapshot.moment,
            title=self.title,
            kind=kind,
            by=self.keys,
            since=self.days.since,
            until=self.days.until,
            notes=(*notes, *told),
        )


def ask(
    db: Database,
    by: Keys,
    period: Period,
    title: Phrase,
    unit: Phrase,
    also: Sequence[str] = (),
    several: Sequence[str] = (),
) -> Question:
    """Return a question; ``also`` are keys of its own, of ``several`` a unit may have many.

    Raises
    ------
    UsageError
        If a key or a day is not valid.
    TypeError
        If the period has a word that is none of its own.
    """
    if strange := set(period) - set(Period.__annotations__):
        raise TypeError(f"unexpected keyword argument {min(strange)!r}")
    snapshot = db.snapshot(period.get("as_of"))
    days = cohort(period.get("since"), period.get("until"))
    days = replace(days, ended=True)
    return Question(group_keys(by, also), days, snapshot, title, unit, tuple(several))
