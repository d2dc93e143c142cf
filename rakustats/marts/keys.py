"""Keys that rates are grouped by, and the cohort days that a period chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rakustats.config.settings import settings
from rakustats.errors import UsageError
from rakustats.store.asof import NEWEST_DAY
from rakustats.store.instants import as_day

LINE_KEYS = ("seller_id", "category", "platform", "inspection_level")
PARCEL_KEYS = ("carrier", "ship_method", "mode", "origin_region", "dest_region", "leg")
DAY_KEYS = ("month", "closure", "day")
KEYS = (*LINE_KEYS, *PARCEL_KEYS, *DAY_KEYS)
ALIASES = {"seller": "seller_id"}


@dataclass(frozen=True)
class Cohort:
    """The days, until exclusive, whose units are counted; ``ended``: none after the newest export.

    A day of exports ends in Shanghai, when the next one is an hour old in Japan: what begins in
    that hour counts from the next day on, else it would stand in a month of its own.
    """

    since: date | None
    until: date | None
    ended: bool = False

    @property
    def bounded(self) -> bool:
        """Whether units without a known day have to be left out."""
        return self.since is not None or self.until is not None

    def where(self, day: str) -> str:
        """Return the condition on a day column; an unknown day passes and is counted apart."""
        tests = self._tests(day)
        return f"({day} IS NULL OR ({tests}))" if tests else "1 = 1"

    def known(self, day: str) -> str:
        """Return the condition on a day column that an unknown day fails, if a period is given."""
        return self._tests(day) if self.bounded else self.where(day)

    def _tests(self, day: str) -> str:
        tests = []
        if self.since is not None:
            tests.append(f"{day} >= DATE '{self.since.isoformat()}'")
        if self.until is not None:
            tests.append(f"{day} < DATE '{self.until.isoformat()}'")
        if self.ended:
            tests.append(f"{day} <= (SELECT day FROM {NEWEST_DAY})")
        return " AND ".join(tests)


def cohort(since: str | date | None, until: str | date | None) -> Cohort:
    """Return the period given by two days, either of which may be open."""
    first = None if since is None else as_day(since, "since")
    end = None if until is None else as_day(until, "until")
    if first is not None and end is not None and end <= first:
        raise UsageError(
            ja=f"期間が空です。until（{end}）を since（{first}）より後の日にしてください。",
            en=f"The period is empty: until {end} does not lie after since {first}.",
        )
    return Cohort(first, end)


def group_keys(by: str | Sequence[str] | None, also: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the key columns that ``by`` names, each once; ``also`` are the question's own.

    Raises
    ------
    UsageError
        If a key is unknown; the message lists the valid ones.
    """
    given = [by] if isinstance(by, str) else list(by or ())
    keys = tuple(dict.fromkeys(ALIASES.get(key, key) for key in given))
    unknown = [key for key in keys if key not in (*KEYS, *also)]
    if unknown:
        valid = ("seller", *(k for k in (*KEYS, *also) if k != "seller_id"))
        raise UsageError(
            ja=f"{'、'.join(map(repr, unknown))} というキーはありません。"
            f"使えるのは {'、'.join(valid)} です。",
            en=f"Unknown key {', '.join(map(repr, unknown))}; valid are {', '.join(valid)}.",
        )
    return keys


def key_columns(keys: Sequence[str], *, line: str, parcel: str | None = None) -> str:
    """Return select items for the keys that lie on lines and parcels, with a comma before each."""
    items = [f"{line}.{k}" for k in keys if k in LINE_KEYS]
    items += [f"{parcel}.{k}" for k in keys if k in PARCEL_KEYS and parcel is not None]
    return "".join(f", {item}" for item in items)


def key_names(keys: Sequence[str]) -> str:
    """Return the keys as select items with a comma after each."""
    return "".join(f"{k}, " for k in keys)


def day_columns(keys: Sequence[str], day: str) -> str:
    """Return select items for the keys made from a cohort day, with a comma before each."""
    made = {
        "month": f"substr(CAST({day} AS STRING), 1, 7)",
        "closure": closure_of(day),
        "day": f"CAST({day} AS STRING)",
    }
    return "".join(f", {made[k]} AS {k}" for k in keys if k in DAY_KEYS)


def closure_of(day: str) -> str:
    """Return the SQL of the closure, and which part of it, that a day lies in.

    What begins before the holiday runs into it, what begins after it does not: 'lunar_new_year' and
    'national_day' are the holidays, '_before' and '_after' the days around them. NULL outside the
    calendar's years.
    """
    first, last = settings().calendar
    cases = " ".join(
        f"WHEN {day} BETWEEN DATE '{c.first}' AND DATE '{c.last}' THEN '{c.name}'"
        for c in settings().phases
    )
    return f"CASE {cases} WHEN {day} BETWEEN DATE '{first}' AND DATE '{last}' THEN 'none' END"
