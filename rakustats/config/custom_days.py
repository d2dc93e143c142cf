"""Days that no law names: closures and holidays from the package's and one's own calendar.toml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from rakustats.config import toml
from rakustats.config.settings import settings
from rakustats.config.toml import Located, guess
from rakustats.config.toml_positions import Place as At

Place = Literal["cn", "jp"]
Kind = Literal["holiday", "makeup_workday", "seller_closed", "carrier_stop", "congestion"]
_KEYS = {"place", "kind", "name", "first", "last", "new_year"}
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
    path = settings().own_calendar
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _noticed(path, changed)


@lru_cache(maxsize=4)
def _noticed(path: Path, changed: int) -> Notices:
    text = resources.files("rakustats.config").joinpath("calendar.toml").read_text(encoding="utf-8")
    files = [toml.parse("calendar.toml", text)]
    if changed:
        files.insert(0, toml.read(path))
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


def _entries(file: Located) -> Iterator[Entry]:
    """Yield (place, kind, name, first, last, named by date) for every stretch of days."""
    for key in file.values.keys() - {"days"}:
        raise file.wrong((key,), "unknown here; days are listed under [[days]]")
    listed = file.values.get("days", [])
    if not isinstance(listed, list):
        raise file.wrong(("days",), "write [[days]], once for each stretch of days")
    for number, spec in enumerate(listed):
        at: At = ("days", number)
        if not isinstance(spec, dict):
            raise file.wrong(at, "write [[days]], once for each stretch of days")
        file.keys(at, spec, _KEYS, "key")
        place = _one_of(file, at, spec, "place", get_args(Place))
        kind = _one_of(file, at, spec, "kind", get_args(Kind))
        name = file.text((*at, "name"), spec.get("name", ""))
        for first, last in _stretches(file, at, spec):
            yield place, kind, name, first, last, isinstance(spec.get("first"), date)


def _one_of(file: Located, at: At, spec: dict[str, Any], key: str, right: tuple[str, ...]) -> Any:
    given = spec.get(key)
    if isinstance(given, str) and given in right:
        return given
    if key not in spec:
        raise file.wrong(at, f"{key} is missing; one of {', '.join(right)}")
    raise file.wrong((*at, key), f"{given!r} is unknown{guess(str(given), right)}")


def _stretches(file: Located, at: At, spec: dict[str, Any]) -> list[tuple[date, date]]:
    if "new_year" in spec:
        return _around_new_year(file, (*at, "new_year"), spec)
    first, last = (spec.get(key) for key in ("first", "last"))
    if type(first) is date and type(last) is date:
        if last < first:
            raise file.wrong((*at, "last"), f"{last} lies before {first}")
        if last.year - first.year > 1:
            raise file.wrong((*at, "last"), "more than a year; write the stretches one by one")
        return [(first, last)]
    if isinstance(first, str) and isinstance(last, str):
        return _every_year(file, at, first, last)
    raise file.wrong(at, 'write first and last, both as 2026-08-10 or both as "08-10"')


def _every_year(file: Located, at: At, first: str, last: str) -> list[tuple[date, date]]:
    begin, end = (_month_day(file, (*at, k), t) for k, t in (("first", first), ("last", last)))
    over = int(end < begin)  # such as 12-29 to 01-03
    return [(begin.replace(year=y), end.replace(year=y + over)) for y in _YEARS]


def _month_day(file: Located, at: At, text: str) -> date:
    try:
        return datetime.strptime(f"2001-{text}", "%Y-%m-%d").date()
    except ValueError:
        raise file.wrong(at, f'{text!r} is no day of every year; write it as "08-10"') from None


def _around_new_year(file: Located, at: At, spec: dict[str, Any]) -> list[tuple[date, date]]:
    given = spec["new_year"]
    if spec.keys() & {"first", "last"}:
        raise file.wrong(at, "write new_year or first and last, not both")
    right = isinstance(given, list) and len(given) == 2 and all(type(n) is int for n in given)
    if not right or not -60 <= given[0] <= given[1] <= 60:
        raise file.wrong(at, "write the days before and after, such as [-7, 6]")
    return [
        (day + timedelta(days=given[0]), day + timedelta(days=given[1]))
        for day in settings().new_years
    ]
