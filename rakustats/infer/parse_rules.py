"""What a mapping has to say so that a column's texts can be read: formats, and what is unknown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from rakustats.infer import value_shapes
from rakustats.infer.tables import Column
from rakustats.schema.tables import Column as Canonical
from rakustats.staging import dates

# As many different forms of text may be listed as unknown; more of them are no remarks any more.
MOST_FORMS = 8


@dataclass(frozen=True)
class Hints:
    """What to add to a column, and the texts that remain unreadable or can be read in two ways."""

    formats: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    null_pattern: str = ""
    two_ways: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


def hints(column: Column, canonical: Canonical) -> Hints:
    """Return what the texts of a column need to be read as a canonical column's values."""
    if canonical.type == "TIMESTAMP":
        return _of_dates(column)
    if canonical.type.startswith(("DECIMAL", "INTEGER", "BIGINT")):
        odd = [t for t in column.odd("DOUBLE") if not value_shapes.is_number(t)]
        return _unknown(odd, ())
    return Hints()


def _of_dates(column: Column) -> Hints:
    odd = [t for t in column.odd("TIMESTAMP") if not dates.is_no_date(t)]
    unread = [t for t in odd if not value_shapes.is_day(t)]
    formats = _formats(unread)
    rest = [t for t in unread if not any(_fits(t, form) for form in formats)]
    two_ways = tuple(t for t in odd if _is_ambiguous(t))
    if two_ways and dates.order_of(odd, date.today()):
        two_ways = ()
    found = _unknown(rest, formats)
    return Hints(formats, found.nulls, found.null_pattern, two_ways, found.unreadable)


def _formats(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the formats that explain most of the texts, no more of them than are needed."""
    left, found = list(texts), []
    while left:
        best = max(value_shapes.FORMATS, key=lambda form: sum(_fits(t, form) for t in left))
        explained = sum(_fits(t, best) for t in left)
        if explained < max(1, 0.1 * len(texts)):
            break
        found.append(best)
        left = [t for t in left if not _fits(t, best)]
    return tuple(found)


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _is_ambiguous(text: str) -> bool:
    try:
        dates.instant(text)
    except dates.AmbiguousDate:
        return True
    except ValueError:
        return False
    return False


def _unknown(texts: Sequence[str], formats: tuple[str, ...]) -> Hints:
    """List the remarks that stand where values belong, or the few forms that they have."""
    if not texts:
        return Hints(formats)
    if len(texts) <= MOST_FORMS:
        return Hints(formats, nulls=tuple(texts))
    forms = {re.sub(r"\d+", r"\\d+", re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", t)) for t in texts}
    if len(forms) <= MOST_FORMS:
        return Hints(formats, null_pattern="|".join(sorted(forms)))
    return Hints(formats, unreadable=tuple(texts[:MOST_FORMS]))


def latest(columns: Sequence[Column]) -> date | None:
    """Return the latest day up to today that the columns name."""
    found = []
    for column in columns:
        for text in column.distinct:
            with suppress(ValueError):
                found.append(dates.instant(text)[0].date())
    return max((day for day in found if day <= date.today()), default=None)
