"""Which days are workdays in China and Japan, and on which the trade stands still or slows down.

Business days count what people work; closures of sellers and carriers are separate from them,
so that a delay can be shown raw and adjusted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import get_args

import chinese_calendar
import jpholiday
import pyarrow as pa

from rakustats.config.custom_days import Kind, Notices, Place, noticed
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase

# The weightiest first.
KINDS: tuple[Kind, ...] = get_args(Kind)
_LEGAL = KINDS[:2]

_DAY = timedelta(days=1)
_JA = {
    "New Year's Day": "元旦",
    "Spring Festival": "春節",
    "Tomb-sweeping Day": "清明節",
    "Labour Day": "労働節",
    "Dragon Boat Festival": "端午節",
    "National Day": "国慶節",
    "Mid-autumn Festival": "中秋節",
    "Anti-Fascist 70th Day": "抗日戦争勝利70周年",
}
# Japan's holiday law, and the last year whose equinoxes the library computes.
_JAPAN_YEARS = range(1949, 2100)


@dataclass(frozen=True)
class Facts:
    """What is known of one day at one place; the first of ``kinds`` weighs most."""

    is_workday: bool
    kinds: tuple[Kind, ...] = ()
    name: str | None = None


def kind(day: date, place: Place) -> Kind | None:
    """Return what is special about a day, or None for a plain workday or weekend.

    Parameters
    ----------
    day : date
        A local day.
    place : {"cn", "jp"}
        China or Japan.

    Returns
    -------
    str or None
        ``holiday`` (of a public holiday all days count, those on a weekend too) or
        ``makeup_workday`` (a weekend day worked in exchange); else ``seller_closed``,
        ``carrier_stop`` or ``congestion``.

    Examples
    --------
    >>> kind(date(2026, 2, 15), "cn"), kind(date(2026, 2, 28), "cn"), kind(date(2026, 2, 15), "jp")
    ('holiday', 'makeup_workday', None)
    """
    return next(iter(facts(day, place).kinds), None)


def is_workday(day: date, place: Place) -> bool:
    """Return whether people work on a day.

    Examples
    --------
    >>> is_workday(date(2026, 10, 10), "cn"), is_workday(date(2026, 10, 10), "jp")
    (True, False)
    """
    return facts(day, place).is_workday


def business_days(first: date, last: date, place: Place, closed: Collection[Kind] = ()) -> int:
    """Return how many workdays lie after ``first``, up to and including ``last``.

    So an order of Friday that is answered on Monday took one business day. A ``last`` before
    ``first`` gives the same count with a minus.

    Parameters
    ----------
    first, last : date
        Local days at the place.
    place : {"cn", "jp"}
        Whose workdays.
    closed : collection of str, optional
        Kinds of days that do not count either, such as ``seller_closed``.

    Examples
    --------
    >>> business_days(date(2026, 2, 13), date(2026, 2, 28), "cn")
    6
    >>> business_days(date(2026, 2, 13), date(2026, 2, 28), "cn", closed=["seller_closed"])
    5
    """
    if last < first:
        return -business_days(last, first, place, closed)
    stops = set(closed)
    days = (facts(day, place) for day in _days(first + _DAY, last))
    return sum(day.is_workday and not stops.intersection(day.kinds) for day in days)


def unknown_years(first: date, last: date, place: Place) -> tuple[int, ...]:
    """Return the years of a period for which nobody has announced the holidays yet.

    In them Monday to Friday count as workdays, but for the days in one's own calendar; a year for
    which that names holidays is known.

    Examples
    --------
    >>> unknown_years(date(2026, 12, 1), date(2028, 1, 10), "cn")
    (2027, 2028)
    """
    years = range(first.year, last.year + 1)
    named = noticed().known
    return tuple(y for y in years if not _announced(y, place) and (place, y) not in named)


def warning(years: Collection[int], place: Place) -> Phrase | None:
    """Return the sentence that belongs beside figures which use such years, or None.

    Examples
    --------
    >>> warning([2027], "cn").en
    "China's holidays of 2027 are not known: Monday to Friday count as workdays."
    """
    if not years:
        return None
    listed = ", ".join(map(str, sorted(years)))
    ja = {"cn": "中国", "jp": "日本"}[place]
    en = {"cn": "China", "jp": "Japan"}[place]
    return phrase(
        ja=f"{ja}の{listed}年の祝日は未公表のため、月曜から金曜を営業日として数えました。",
        en=f"{en}'s holidays of {listed} are not known: Monday to Friday count as workdays.",
    )


def calendar_days(first: date, last: date) -> pa.Table:
    """Return the days of a period, one row for each day and place, to join figures with.

    Returns
    -------
    pyarrow.Table
        day, place (cn, jp), kind (the weightiest, NULL for plain days), is_workday, name (of the
        holiday or closure, in Japanese), is_known (false in years not announced).

    Examples
    --------
    >>> calendar_days(date(2026, 10, 1), date(2026, 10, 1)).to_pylist()[0]["name"]
    '国慶節'
    """
    rows = []
    for place in get_args(Place):
        unknown = set(unknown_years(first, last, place))
        for day in _days(first, last):
            found = facts(day, place)
            of_kind = next(iter(found.kinds), None)
            known = day.year not in unknown
            rows.append((day, place, of_kind, found.is_workday, found.name, known))
    columns = [*zip(*rows, strict=True)] or [()] * len(_SCHEMA)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)], _SCHEMA)


_SCHEMA = pa.schema(
    [
        *(("day", pa.date32()), ("place", pa.string()), ("kind", pa.string())),
        *(("is_workday", pa.bool_()), ("name", pa.string()), ("is_known", pa.bool_())),
    ]
)


def facts(day: date, place: Place) -> Facts:
    """Return all that is known of a day: one's own calendar first, then the public one."""
    if place not in get_args(Place):
        raise UsageError(
            ja=f"{place!r} の暦はありません。cn か jp を指定してください。",
            en=f"{place!r} is not a place with a calendar; use cn or jp.",
        )
    return _facts(day, place, noticed())


@lru_cache(maxsize=1 << 16)
def _facts(day: date, place: Place, notices: Notices) -> Facts:
    own = notices.days.get((place, day), ())
    legal = next((pair for pair in own if pair[0] in _LEGAL), None) or _public(day, place)
    others = [pair for of_kind in KINDS[2:] for pair in own if pair[0] == of_kind]
    found = [*([legal] if legal else []), *others]
    kinds = tuple(dict.fromkeys(of_kind for of_kind, _ in found))
    works = legal[0] == "makeup_workday" if legal else day.weekday() < 5
    return Facts(works, kinds, next((name for _, name in found if name), None))


def _public(day: date, place: Place) -> tuple[Kind, str] | None:
    if not _announced(day.year, place):
        return None
    if place == "jp":
        name = _japan(day.year).get(day)
        return ("holiday", name) if name else None
    off, festival = chinese_calendar.get_holiday_detail(day)
    if not festival:
        return None
    return ("holiday" if off else "makeup_workday"), _JA.get(festival, festival)


@cache
def _japan(year: int) -> dict[date, str]:
    return dict(jpholiday.year_holidays(year))


@cache
def _announced(year: int, place: Place) -> bool:
    if place == "jp":
        return year in _JAPAN_YEARS
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
