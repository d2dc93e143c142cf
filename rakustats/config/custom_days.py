"""Days that no law names: closures and holidays from the package's and one's own calendar.toml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, get_args

from rakustats.config import toml
from rakustats.config import validators as v
from rakustats.config.settings import settings
from rakustats.config.toml import Located
from rakustats.config.toml_positions import Place as At

Place = Literal["cn", "jp"]
Kind = Literal["holiday", "makeup_workday", "seller_closed", "carrier_stop", "congestion"]
# What holds every year is kept for these years.
_YEARS = range(2000, 2100)


@dataclass(frozen=True, eq=False)
class Notices:
    """What calendars say of days: (kind, name) by place and day, one's own calendar first.

    ``known`` are the places and years for which one's own calendar names holidays by date.
    """

    days: dict[tuple[Place, date], tuple[tuple[Kind, str], ...]]
    known: frozenset[tuple[Place, int]]


def noticed() -> Notices:
    """Return the days of the package's calendar, and of one's own where there is one.

    Raises
    ------
    UsageError
        If one's own calendar is wrong; the message names the line.
    """
    return _noticed(toml.own_and_shipped(settings().own_calendar, "calendar.toml"))


@lru_cache(maxsize=4)
def _noticed(files: tuple[Located, ...]) -> Notices:
    days: dict[tuple[Place, date], tuple[tuple[Kind, str], ...]] = {}
    known: set[tuple[Place, int]] = set()
    for place, kind, name, first, last, dated in (e for f in files for e in _entries(f)):
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            days[place, day] = (*days.get((place, day), ()), (kind, name))
            if dated and kind == "holiday":
                known.add((place, day.year))
    return Notices(days, frozenset(known))


Entry = tuple[Place, Kind, str, date, date, bool]
_DAYS = v.table(
    {
        "place": v.OneOf(get_args(Place)),
        "kind": v.OneOf(get_args(Kind)),
        "name": v.text,
        "first": v.anything,
        "last": v.anything,
        "new_year": v.anything,
    },
    needed=["place", "kind"],
)


def _entries(file: Located) -> Iterator[Entry]:
    """Yield (place, kind, name, first, last, named by date) for every stretch of days."""
    stretches = v.tables(_DAYS, ja="ひと続きの日", en="stretch of days")
    listed = v.table({"days": stretches}, what=v.TABLE)(file, (), file.values).get("days", ())
    for number, spec in enumerate(listed):
        dated = isinstance(spec.get("first"), date)
        for first, last in _stretches(file, ("days", number), spec):
            yield spec["place"], spec["kind"], spec.get("name", ""), first, last, dated


def _stretches(file: Located, at: At, spec: dict[str, Any]) -> list[tuple[date, date]]:
    if "new_year" in spec:
        return _around_new_year(file, (*at, "new_year"), spec)
    first, last = (spec.get(key) for key in ("first", "last"))
    if type(first) is date and type(last) is date:
        if last < first:
            ja, en = f"{last} は {first} より前です", f"{last} lies before {first}"
            raise file.wrong((*at, "last"), ja=ja, en=en)
        if last.year - first.year > 1:
            raise file.wrong(
                (*at, "last"),
                ja="1 年を超えています。期間ごとに分けて書いてください",
                en="more than a year; write the stretches one by one",
            )
        return [(first, last)]
    if isinstance(first, str) and isinstance(last, str):
        return _every_year(file, at, first, last)
    raise file.wrong(
        at,
        ja='first と last を、両方とも 2026-08-10 または "08-10" の形で書いてください',
        en='write first and last, both as 2026-08-10 or both as "08-10"',
    )


def _every_year(file: Located, at: At, first: str, last: str) -> list[tuple[date, date]]:
    begin, end = (_month_day(file, (*at, k), t) for k, t in (("first", first), ("last", last)))
    over = int(end < begin)  # such as 12-29 to 01-03
    return [(begin.replace(year=y), end.replace(year=y + over)) for y in _YEARS]


def _month_day(file: Located, at: At, text: str) -> date:
    try:
        return datetime.strptime(f"2001-{text}", "%Y-%m-%d").date()
    except ValueError:
        raise file.wrong(
            at,
            ja=f'{text!r} は毎年の日付ではありません。"08-10" のように書いてください',
            en=f'{text!r} is no day of every year; write it as "08-10"',
        ) from None


def _around_new_year(file: Located, at: At, spec: dict[str, Any]) -> list[tuple[date, date]]:
    given = spec["new_year"]
    if spec.keys() & {"first", "last"}:
        raise file.wrong(
            at,
            ja="new_year か、first と last の組か、どちらか一方だけを書いてください",
            en="write new_year or first and last, not both",
        )
    right = isinstance(given, list) and len(given) == 2 and all(type(n) is int for n in given)
    if not right or not -60 <= given[0] <= given[1] <= 60:
        raise file.wrong(
            at,
            ja="前後の日数を [-7, 6] のように書いてください",
            en="write the days before and after, such as [-7, 6]",
        )
    return [
        (day + timedelta(days=given[0]), day + timedelta(days=given[1]))
        for day in settings().new_years
    ]
