"""Days and instants: where a day ends, and how far a place's clock stands from UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

CHINA, JAPAN = "Asia/Shanghai", "Asia/Tokyo"


def end_of_day(day: date) -> datetime:
    """Return the last instant of a day, in naive UTC, at the last place of the trade (Shanghai).

    Examples
    --------
    >>> from datetime import date
    >>> end_of_day(date(2026, 11, 1))
    datetime.datetime(2026, 11, 1, 15, 59, 59, 999999)
    """
    return to_utc(datetime.combine(day, time.max), CHINA)


def shown(moment: datetime) -> str:
    """Return an as-of as people read it: the day if it is a day's end, else the instant in UTC.

    Examples
    --------
    >>> shown(end_of_day(date(2026, 11, 1))), shown(datetime(2026, 11, 1, 9, 30))
    ('2026-11-01', '2026-11-01 09:30 UTC')
    """
    day = (moment + timedelta(hours=8)).date()
    return f"{day}" if moment == end_of_day(day) else f"{moment:%Y-%m-%d %H:%M} UTC"


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
