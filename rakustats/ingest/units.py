"""What the bracket of a header says about the numbers below it: their currency and their scale."""

from __future__ import annotations

import re
from functools import lru_cache

from rakustats.schema.tables import Column
from rakustats.schema.text_normalisation import bracket

#: What words call yen and yuan. A bare ¥ says neither: it means yen in Japan and yuan in China.
CURRENCIES = {
    **dict.fromkeys(("円", "圓", "日元", "日円", "日圓", "日本円", "jpy", "jp¥", "yen"), "JPY"),
    **dict.fromkeys(("元", "人民元", "人民币", "人民幣", "rmb", "cny", "cn¥", "yuan"), "CNY"),
}
_KILOS = {
    **dict.fromkeys(("kg", "キロ", "キログラム", "公斤", "千克"), 1.0),
    **dict.fromkeys(("g", "グラム", "克"), 0.001),
    **dict.fromkeys(("t", "トン", "吨", "噸"), 1000.0),
}
_MULTIPLES = {"千": 1e3, "万": 1e4, "萬": 1e4, "百万": 1e6}
_AMOUNT = re.compile(r"(百万|[千万萬])?(.+)")


@lru_cache(maxsize=1 << 12)
def currency(header: str) -> str | None:
    """Return CNY or JPY where a header's bracket names it; a bare ¥ does not.

    Examples
    --------
    >>> currency("返金額（円）"), currency("金額(千元)"), currency("金額(¥)")
    ('JPY', 'CNY', None)
    """
    return next((CURRENCIES[w] for w in _words(header) if w in CURRENCIES), None) or next(
        (found[0] for w in _words(header) if (found := _multiple(w))), None
    )


@lru_cache(maxsize=1 << 12)
def scale(header: str, unit: str) -> float | None:
    """Return what to multiply a column's numbers by, to have them in its unit; None for 1.

    Examples
    --------
    >>> scale("重量(g)", "kg"), scale("総額(千円)", "JPY"), scale("重量(kg)", "kg")
    (0.001, 1000.0, None)
    """
    if unit == "kg":
        found = next((_KILOS[w] for w in _words(header) if w in _KILOS), 1.0)
    else:
        found = next((m[1] for w in _words(header) if (m := _multiple(w))), 1.0)
    return found if found != 1.0 else None


def fits(column: Column, header: str) -> bool:
    """Return whether a header's bracket leaves a column its currency."""
    stated = currency(header)
    return column.unit not in ("CNY", "JPY") or stated in (None, column.unit)


def _words(header: str) -> list[str]:
    return re.split(r"[\s,、/:;・]+", bracket(header))


def _multiple(word: str) -> tuple[str, float] | None:
    """Return currency and factor of 千円 or 万元."""
    match = _AMOUNT.fullmatch(word)
    if word in CURRENCIES or not match or not match[1] or match[2] not in CURRENCIES:
        return None
    return CURRENCIES[match[2]], _MULTIPLES[match[1]]
