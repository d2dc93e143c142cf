"""Days and instants as this trade writes them: calendars, clocks, serial and Unix numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from rakustats.schema.text_normalisation import plain
from rakustats.staging.clocks import at_clock

FIRST_YEAR, LAST_YEAR = 1990, 2100
# The trade's eras; an era's first year is its number and one.
_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY = (
    r"(?:\s*\(?(?:[月火水木金土日]曜日|(?<=\()[月火水木金土日]"
    r"|星期[一二三四五六日天]|周[一二三四五六日])\)?)?"
)
_REST = rf"(?:[日号號]{_WEEKDAY}\s*|{_WEEKDAY}(?:[\sT]+|(?=[午上下AP])|$))(.*)"
_D, _Y, _MONTH = r"(\d{1,2})", r"(\d{4})", r"([A-Za-z]{3,9})"
_ERA_NAME = "|".join(_ERAS)
_YMD = re.compile(rf"{_Y}\s*[年./-]\s*{_D}\s*[月./-]\s*{_D}{_REST}", re.ASCII)
_ERA = re.compile(
    rf"({_ERA_NAME})\s*(元|\d{{1,3}})\s*[年./-]\s*{_D}\s*[月./-]\s*{_D}{_REST}",
    re.ASCII | re.IGNORECASE,
)
_COMPACT = re.compile(r"(20\d{2}|199\d)(\d{2})(\d{2})(?:[T\s]?(\d{2})(\d{2})(\d{2})?)?", re.ASCII)
_SHORT = re.compile(rf"(\d{{1,4}})([./-]){_D}\2(\d{{1,4}}){_REST}", re.ASCII)
_SHORT_YEAR = re.compile(rf"(\d{{2}})年{_D}月{_D}{_REST}", re.ASCII)
_DAY_FIRST = re.compile(rf"{_D}[\s-]+{_MONTH}[.,]?[\s-]+(\d{{4}}|\d{{2}}){_REST}", re.ASCII)
_MONTH_FIRST = re.compile(rf"{_MONTH}\.?\s+{_D},?\s+{_Y}{_REST}", re.ASCII)
_NO_YEAR = re.compile(rf"{_D}\s*[/月-]\s*{_D}{_REST}", re.ASCII)
# What systems write where they know no date: zeros, and the two ends of their calendars.
_NEVER = re.compile(
    r"0000.00.00.*|0001.01.01.*|1899.12.3[01].*|1900.0?1.0?[01](?!\d).*|1904.0?1.0?1(?!\d).*"
    r"|19(69.12.31|70.0?1.0?1)(?!\d).*|[29]999.12.31.*",
    re.ASCII,
)
_NOT_YET = re.compile(
    r"未.{0,4}|待.{0,3}|.{1,4}待ち|(調整|確認|手配|処理|处理|準備)中|tb[da]", re.IGNORECASE
)
_SERIAL = re.compile(r"(\d{5})(\.\d+)?", re.ASCII)
_UNIX = re.compile(r"(1\d{9})(\d{3})?(?:\.0+)?", re.ASCII)
_ORDERS = {"ymd": (0, 1, 2), "mdy": (2, 0, 1), "dmy": (2, 1, 0)}


class AmbiguousDate(ValueError):
    """A date that can be read in several orders."""


def instant(text: str, order: str | None = None) -> tuple[datetime, bool]:
    """Read a day or an instant; the second value is whether only a day was given.

    The result is naive where the text names no zone, and aware where it does.

    Parameters
    ----------
    text : str
        A cell as it stands in the export.
    order : str, optional
        ``ymd``, ``mdy`` or ``dmy``: how short dates of its column are written.

    Raises
    ------
    AmbiguousDate
        If it can be read in several orders (``07/01/2026``) and none is given.
    ValueError
        If the text is no date between 1990 and 2100.

    Examples
    --------
    >>> instant("令和8年7月1日")
    (datetime.datetime(2026, 7, 1, 0, 0), True)
    >>> instant("2026/7/1 午後3時05分")
    (datetime.datetime(2026, 7, 1, 15, 5), False)
    >>> instant("07/01/2026", "mdy")
    (datetime.datetime(2026, 7, 1, 0, 0), True)
    """
    value = plain(text)
    try:
        if match := _UNIX.fullmatch(value):
            milliseconds = int(match[2] or 0)
            return datetime.fromtimestamp(int(match[1]), UTC).replace(
                microsecond=1000 * milliseconds
            ), False
        day, rest = _calendar(value, order)
        return at_clock(day, rest)
    except AmbiguousDate:
        raise AmbiguousDate(f"ambiguous date: {text!r}") from None
    except ValueError:
        raise ValueError(f"not a date: {text!r}") from None


def _calendar(value: str, order: str | None) -> tuple[date, str]:
    if match := _YMD.fullmatch(value):
        return _date(match[1], match[2], match[3]), match[4]
    if match := _ERA.fullmatch(value):
        year = 1 if match[2] == "元" else int(match[2])
        return _date(_ERAS[match[1].upper()] + year, match[3], match[4]), match[5]
    if match := _COMPACT.fullmatch(value):
        clock = ":".join(part for part in match.groups()[3:] if part)
        return _date(match[1], match[2], match[3]), clock
    if match := _SHORT_YEAR.fullmatch(value):
        return _date(match[1], match[2], match[3]), match[4]
    if match := _DAY_FIRST.fullmatch(value):
        return _date(match[3], _month(match[2]), match[1]), match[4]
    if match := _MONTH_FIRST.fullmatch(value):
        return _date(match[3], _month(match[1]), match[2]), match[4]
    return _short(value, order)


def _date(year: str | int, month: str | int, day: str | int) -> date:
    full = int(year) + (2000 if len(str(year)) <= 2 else 0)
    if not FIRST_YEAR <= full <= LAST_YEAR:
        raise ValueError
    return date(full, int(month), int(day))


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _short(value: str, order: str | None) -> tuple[date, str]:
    match = _SHORT.fullmatch(value)
    readings = _readings(value)
    if not match or not readings:
        raise ValueError
    if order in readings:
        return readings[order], match[5]
    if len(set(readings.values())) > 1:
        raise AmbiguousDate
    return next(iter(readings.values())), match[5]


def _readings(text: str) -> dict[str, date]:
    """Return the dates that a text such as 26/07/01 may mean, by the order of their parts."""
    found: dict[str, date] = {}
    match = _SHORT.fullmatch(plain(text))
    parts = (match[1], match[3], match[4]) if match else ()
    for name, places in _ORDERS.items() if parts else ():
        year, month, day = (parts[i] for i in places)
        if len(year) in (2, 4) and len(month) <= 2 and len(day) <= 2:
            try:
                found[name] = _date(year, month, day)
            except ValueError:
                continue
    return found


def order_of(texts: Iterable[str], exported: date) -> str | None:
    """Return the order of year, month and day that explains all short dates of a column.

    Where several do, the one counts under which no date lies far from the export's day; a text
    alone is no history.

    Examples
    --------
    >>> order_of(["07/01/2026", "07/13/2026"], date(2026, 8, 1))
    'mdy'
    >>> order_of(["07/01/2026"], date(2026, 8, 1)) is None
    True
    """
    short = [found for text in texts if (found := _readings(text))]
    fitting = [order for order in _ORDERS if short and all(order in found for found in short)]
    if len(fitting) > 1 and len(short) > 1:
        near = (exported - timedelta(days=5 * 366), exported + timedelta(days=2 * 366))
        fitting = [o for o in fitting if all(near[0] <= f[o] <= near[1] for f in short)]
    return fitting[0] if len(fitting) == 1 else None


def is_no_date(text: str) -> bool:
    """Return whether a text says that something has no date: not yet, or a calendar's end.

    Examples
    --------
    >>> is_no_date("未発送"), is_no_date("1900/01/00"), is_no_date("2026/07/01")
    (True, True, False)
    """
    value = plain(text)
    return bool(_NEVER.fullmatch(value) or _NOT_YET.fullmatch(value))


def is_serial(text: str) -> bool:
    """Return whether a text may be a spreadsheet's number of days."""
    return _SERIAL.fullmatch(plain(text)) is not None


def serial(text: str) -> tuple[datetime, bool]:
    """Return what a spreadsheet means by a number of days since 1900.

    Examples
    --------
    >>> serial("46204.5")
    (datetime.datetime(2026, 7, 1, 12, 0), False)
    """
    days, seconds = divmod(round(float(plain(text)) * 86_400), 86_400)
    moment = datetime(1899, 12, 30) + timedelta(days=days, seconds=seconds)
    return moment, seconds == 0


#: Days from a date in a calendar that begins in 1900 to the same number's in one from 1904.
BASE_1904 = timedelta(days=1462)


def without_year(text: str) -> tuple[int, int, str] | None:
    """Return month, day and the rest of a date that names no year, None if it is none.

    Examples
    --------
    >>> without_year("7月1日 10:30")
    (7, 1, '10:30')
    """
    match = _NO_YEAR.fullmatch(plain(text))
    return (int(match[1]), int(match[2]), match[3]) if match else None


def with_year(month: int, day: int, near: date, latest: date | None = None) -> date:
    """Return the date of this month and day that is closest to a day, and not after the latest.

    Raises
    ------
    ValueError
        If no year nearby has such a day.

    Examples
    --------
    >>> with_year(12, 28, near=date(2026, 1, 5))
    datetime.date(2025, 12, 28)
    """
    found = []
    for year in range(near.year - 4, near.year + 5):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    if latest is not None:
        found = [d for d in found if d <= latest]
    if not found:
        raise ValueError
    return min(found, key=lambda d: abs(d - near))
