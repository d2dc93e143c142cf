"""Days and instants as people give them, and as SQL literals."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from rakustats.calendar.local_days import LAST_PLACE
from rakustats.calendar.timezones import to_utc
from rakustats.errors import UsageError


def as_day(value: str | date, name: str) -> date:
    """Return a calendar day given as a date or as YYYY-MM-DD text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise UsageError(
            ja=f"{name} {value!r} は日付として読めません。YYYY-MM-DD の形で書いてください。",
            en=f"{name} {value!r} is not a day; write it as YYYY-MM-DD.",
        ) from error


def day_or_instant(value: str | date | datetime) -> date | datetime:
    """Return an as-of as the day that it names, else as an instant in UTC without a zone."""
    if isinstance(value, str):
        value = _parsed(value.strip())
    return to_utc(value, "UTC") if isinstance(value, datetime) else value


def instant(value: str | date | datetime, clock: int = LAST_PLACE) -> datetime:
    """Return an as-of as an instant in UTC without a zone.

    A day means its end by a clock, in minutes from UTC: by default at the last place of the trade
    (Asia/Shanghai). A naive instant is UTC.

    Examples
    --------
    >>> from rakustats.store.instants import instant
    >>> instant("2026-11-01")
    datetime.datetime(2026, 11, 1, 15, 59, 59, 999999)
    >>> instant("2026-11-01", clock=0)
    datetime.datetime(2026, 11, 1, 23, 59, 59, 999999)
    """
    found = day_or_instant(value)
    if isinstance(found, datetime):
        return found
    return datetime.combine(found, time.max) - timedelta(minutes=clock)


def _parsed(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            ja=f"as-of {text!r} は日時として読めません。"
            "YYYY-MM-DD か YYYY-MM-DDTHH:MM:SSZ の形で書いてください。",
            en=f"as-of {text!r} is neither a day (YYYY-MM-DD)"
            " nor an instant (YYYY-MM-DDTHH:MM:SSZ).",
        ) from error


def literal(moment: datetime) -> str:
    """Return a typed SQL literal that both engines read."""
    return f"TIMESTAMP '{moment.isoformat(sep=' ', timespec='microseconds')}'"
