"""The careful parser: text that a plain cast refuses, read as people in this trade write it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from rakustats.spelling import NULL_WORDS, plain

_TRUE = frozenset(["true", "t", "yes", "y", "1", "はい", "要", "○", "有", "是"])
_FALSE = frozenset(["false", "f", "no", "n", "0", "いいえ", "不要", "×", "無", "否"])
_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
_CURRENCY = re.compile(
    r"^(?:cn¥|rmb|cny|jpy|¥|￥|\\)|(?:円|元|圓|个|個|点|件|pcs|kg|jpy|cny|rmb)$", re.IGNORECASE
)
_ERA = re.compile(
    r"^(令和|平成|R|H)\s*(元|\d{1,2})[年.\-/]\s*(\d{1,2})[月.\-/]\s*(\d{1,2})日?\s*(.*)$"
)
_YMD = re.compile(r"^(\d{4})\s*[年.\-/]\s*(\d{1,2})\s*[月.\-/]\s*(\d{1,2})日?[\sT]*(.*)$")
_CLOCK = re.compile(
    r"^(午前|午後|AM|PM|上午|下午)?\s*(\d{1,2})[:時时点](\d{1,2})?(?:[:分](\d{1,2}))?(?:秒|分)?(\.\d{1,6})?\s*(AM|PM)?"
    r"\s*(Z|UTC|JST|CST|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
_ZONES = {"Z": 0, "UTC": 0, "JST": 540, "CST": 480}


def is_null(text: str) -> bool:
    """Tell whether a cell only says that nothing is known."""
    return plain(text).casefold() in NULL_WORDS


def number(text: str, places: int) -> Decimal:
    """Read a number with full-width digits, currency signs, separators or a bookkeeper's minus.

    Parameters
    ----------
    text : str
        A cell as it stands in the export.
    places : int
        Digits after the point that the column holds; more of them are refused for 0.

    Raises
    ------
    ValueError
        If the cell holds no number, or a fraction where whole numbers belong.

    Examples
    --------
    >>> number("△１,２００円", 0)
    Decimal('-1200')
    """
    value = plain(text).replace(",", "").replace(" ", "").replace("\u2212", "-")
    negative = value.startswith(("△", "▲", "(", "-")) or value.endswith("-")
    value = _CURRENCY.sub("", value.strip("△▲()-+"))
    value = _CURRENCY.sub("", value)
    try:
        result = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"not a number: {text!r}") from None
    if not result.is_finite():
        raise ValueError(f"not a number: {text!r}")
    if places == 0 and result != result.to_integral_value():
        raise ValueError(f"not a whole number: {text!r}")
    return -result if negative else result


def boolean(text: str) -> bool:
    """Read yes or no in the words of three languages."""
    word = plain(text).casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"neither yes nor no: {text!r}")


def instant(text: str) -> tuple[datetime, bool]:
    """Read a day or an instant; the second value tells that only a day was given.

    The result is naive where the text names no zone, and aware where it does.

    Raises
    ------
    ValueError
        If the text is no date, or one that can be read in two ways (``07/01/2026``).

    Examples
    --------
    >>> instant("令和8年7月1日")
    (datetime.datetime(2026, 7, 1, 0, 0), True)
    >>> instant("2026/7/1 午後3時05分")
    (datetime.datetime(2026, 7, 1, 15, 5), False)
    """
    value = plain(text)
    try:
        year, month, day, rest = _calendar(value)
        date = datetime(year, month, day)
        if not rest:
            return date, True
        return _at(date, rest), False
    except ValueError:
        raise ValueError(f"not a date: {text!r}") from None


def _calendar(value: str) -> tuple[int, int, int, str]:
    if match := _YMD.match(value):
        return int(match[1]), int(match[2]), int(match[3]), match[4].strip()
    if match := _ERA.match(value):
        year = 1 if match[2] == "元" else int(match[2])
        return _ERAS[match[1]] + year, int(match[3]), int(match[4]), match[5].strip()
    if re.fullmatch(r"20\d{6}", value):
        return int(value[:4]), int(value[4:6]), int(value[6:]), ""
    raise ValueError


def _at(date: datetime, clock: str) -> datetime:
    match = _CLOCK.match(clock)
    if not match:
        raise ValueError
    half = (match[1] or match[6] or "").upper()
    hour = int(match[2])
    if half in ("午後", "下午", "PM") and hour < 12:
        hour += 12
    if half in ("午前", "上午", "AM") and hour == 12:
        hour = 0
    minute, second = int(match[3] or 0), int(match[4] or 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        raise ValueError
    micro = int(float(match[5] or 0) * 1_000_000)
    moment = date + timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micro)
    return moment.replace(tzinfo=_zone(match[7])) if match[7] else moment


def _zone(text: str) -> timezone:
    name = text.upper()
    if name in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name]))
    digits = name[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes))
