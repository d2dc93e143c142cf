"""Days and instants: where a day ends, and how far a place's clock stands from UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

CHINA, JAPAN = "Asia/Shanghai", "Asia/Tokyo"
# Of zones that lie a day apart, such as -11 and +13, the one that is ahead is meant.
_FURTHEST_BEHIND = timedelta(hours=9, minutes=30)


def end_of_day(day: date, zone: str | None = None) -> datetime:
    """Return the last instant of a day, in naive UTC.

    In a zone; without one at the last place of the trade, Shanghai.

    Examples
    --------
    >>> from datetime import date
    >>> end_of_day(date(2026, 11, 1))
    datetime.datetime(2026, 11, 1, 15, 59, 59, 999999)
    """
    return to_utc(datetime.combine(day, time.max), zone or CHINA)


def day_in(moment: datetime, zone: str) -> date:
    """Return the day on which an instant (naive UTC) falls in a zone."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def until(stated: date | datetime, zone: str | None = None) -> datetime:
    """Return a stated instant (naive UTC) as it is, of a stated day the end in a zone."""
    return stated if isinstance(stated, datetime) else end_of_day(stated, zone)


def shown(moment: datetime) -> str:
    """Return an as-of as people read it: the day if it is a day's end, else the instant in UTC.

    Only the end of a day has 999,999 microseconds; by its hour it is that of a zone between nine
    hours behind UTC and fourteen and a half ahead.

    Examples
    --------
    >>> shown(end_of_day(date(2026, 11, 1))), shown(end_of_day(date(2026, 11, 1), "UTC"))
    ('2026-11-01', '2026-11-01')
    >>> shown(datetime(2026, 11, 1, 9, 30))
    '2026-11-01 09:30 UTC'
    """
    if moment.microsecond == time.max.microsecond and moment.second == time.max.second:
        return f"{(moment - _FURTHEST_BEHIND).date()}"
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def to_utc(moment: datetime, zone: str) -> datetime:
    """Return an instant as naive UTC; a naive one is read in the zone, an aware one as it says."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC).replace(tzinfo=None)


@cache
def fixed_offset(zone: str) -> timedelta | None:
    """Return a zone's distance from UTC if it never changed since 2000, else None."""
    place = ZoneInfo(zone)
    moments = (
        datetime(year, month, 1, tzinfo=place)
        for year in range(2000, 2031)
        for month in range(1, 13)
    )
    offsets = {m.utcoffset() for m in moments}
    return offsets.pop() if len(offsets) == 1 else None
