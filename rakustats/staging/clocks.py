"""The time of day in a date's text: clocks of two languages, zones, hours sold as a window."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

_CLOCK = re.compile(
    r"(午前|午後|AM|PM|上午|下午)?\s*(\d{1,2})[:時时点](半|\d{1,2})?(?:[:分](\d{1,2}))?[秒分]?(\.\d{1,9})?"
    r"\s*(AM|PM)?\s*(.*)",
    re.IGNORECASE | re.ASCII,
)
# Hours between which a Japanese carrier promises to come: the promise is the day.
_WINDOW = re.compile(r"(\d{1,2})(?::\d{2}|時)?\s*([~〜-])\s*(\d{1,2})(?::\d{2}|時)?", re.ASCII)
_ZONES = {
    **dict.fromkeys(("Z", "UTC", "GMT"), 0),
    **dict.fromkeys(("CST", "北京时间", "北京時間", "中国時間"), 480),
    **dict.fromkeys(("JST", "日本時間", "日本时间"), 540),
}
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", re.ASCII)


def at_clock(day: date, clock: str) -> tuple[datetime, bool]:
    """Return a day at the time that the rest of its text gives, and whether it gives none."""
    midnight = datetime(day.year, day.month, day.day)
    rest = clock.strip()
    if not rest or _is_window(rest):
        return midnight, True
    match = _CLOCK.fullmatch(rest)
    if not match:
        raise ValueError
    hour = _hour(int(match[2]), (match[1] or match[6] or "").upper())
    minute, second = 30 if match[3] == "半" else int(match[3] or 0), int(match[4] or 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        raise ValueError
    micro = int(float(match[5] or 0) * 1_000_000)
    moment = midnight + timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micro)
    return moment.replace(tzinfo=_zone(match[7])), False


def _is_window(rest: str) -> bool:
    match = _WINDOW.fullmatch(rest)
    # 09:00-05:00 is a time five hours behind UTC
    return rest == "午前中" or bool(
        match and int(match[3]) > int(match[1]) and (match[2] != "-" or int(match[3]) >= 12)
    )


def _hour(hour: int, half: str) -> int:
    if half in ("午後", "下午", "PM") and hour < 12:
        return hour + 12
    return 0 if half in ("午前", "上午", "AM") and hour == 12 else hour


def _zone(text: str) -> timezone | None:
    name = text.strip("() ").upper()
    if not name:
        return None
    if name in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name]))
    match = _OFFSET.fullmatch(name)
    if not match or int(match[2]) > 14:
        raise ValueError
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
