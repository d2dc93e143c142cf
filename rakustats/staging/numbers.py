"""Numbers as this trade writes them: widths, separators, a bookkeeper's minus, two currencies."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from rakustats.ingest.units import CURRENCIES
from rakustats.schema.text_normalisation import plain

_SIGNS = ("¥", "\\")
_PIECES = dict.fromkeys(
    (*"個个箇ケ点點件枚本着足双套台条箱包袋", "セット", "ケース", "pcs", "pc", "ea"), Decimal(1)
)
_UNITS: dict[str, dict[str, Decimal]] = {
    "kg": {
        **dict.fromkeys(("kg", "キロ", "公斤", "千克"), Decimal(1)),
        **dict.fromkeys(("g", "グラム", "克"), Decimal("0.001")),
        "斤": Decimal("0.5"),
    },
    "pieces": _PIECES,
    "boxes": _PIECES,
    "%": {"%": Decimal(1)},
    "1-5": {"点": Decimal(1), "分": Decimal(1), "★": Decimal(1)},
}
_MONEY = ("CNY", "JPY", "")
_MANY = {"": 1, "千": 1_000, "万": 10_000, "萬": 10_000}
_MINUS = str.maketrans("−‐‑–—―ー", "-------")
#: JPY per CNY that a document may state; inverses of twice as much either way do not overlap.
LEAST_RATE, MOST_RATE = 10, 40
_MOST = 100_000
_BRACKETED = re.compile(r"([^0-9(]*)\(([^()]*[0-9][^()]*)\)([^0-9)]*)")
_TAX = re.compile(r"\(?税[込抜別]み?\)?$")
_SHAPE = re.compile(
    r"(?P<sign>[△▲+-]?)(?P<before>[^0-9.△▲+-]*)(?P<inner>[△▲-]?)"
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?: [0-9]{3})+(?:\.[0-9]+)?"
    r"|[0-9]+\.?[0-9]*|\.[0-9]+)(?P<power>[Ee][+-]?[0-9]{1,2})?"
    r"(?P<many>[千万萬]?)(?P<after>[^0-9-]*)(?P<end>-?)"
)
_PAIR = re.compile(r"(?:([0-9.,]*)([^0-9.,=:]*)[=≒:])([0-9.,]+)([^0-9.,]*)")
_PER = re.compile(r"([0-9.,]+)([^0-9.,/]+)/1?([^0-9.,/]+)")


class Number(NamedTuple):
    """A number and, where its text says so, the currency it counts."""

    value: Decimal
    currency: str | None = None


def number(text: str, unit: str = "") -> Number:
    """Read a number with full-width digits, currency, unit, separators or a bookkeeper's minus.

    Parameters
    ----------
    text : str
        A cell as it stands in the export.
    unit : str
        The column's unit (``CNY``, ``JPY``, ``kg``, ``pieces`` …): words of other units are
        refused, grams become kilograms; empty for an amount in any currency.

    Raises
    ------
    ValueError
        If the cell holds no number of this unit.

    Examples
    --------
    >>> number("△１,２００円", "JPY")
    Number(value=Decimal('-1200'), currency='JPY')
    >>> number("¥21.5", "CNY").currency is None
    True
    """
    shape, negative = _shape(text)
    words = [w for w in (shape["before"], shape["after"]) if w]
    value = Decimal(re.sub("[, ]", "", shape["digits"]) + (shape["power"] or ""))
    value *= _MANY[shape["many"]]
    currency = None
    if unit in _MONEY:
        currency = _currency(words, text)
    elif words:
        value *= _factor(words, unit, text)
    return Number(-value if negative and value else value, currency)


def _shape(text: str) -> tuple[re.Match[str], bool]:
    """Return the parts of a number's text, and whether any of them makes it negative."""
    value = _TAX.sub("", plain(text).translate(_MINUS))
    value = re.sub(r"(?<![0-9])\s+|\s+(?![0-9])", "", value)
    bracketed = _BRACKETED.fullmatch(value)
    shape = _SHAPE.fullmatch("".join(bracketed.groups()) if bracketed else value)
    if not shape or (shape["sign"] and shape["inner"]):
        raise ValueError(f"not a number: {text!r}")
    # In Japan a dash after a price with a yen sign says that nothing follows: ¥1,200-
    closing = shape["end"] and shape["before"] not in _SIGNS
    minus = bracketed or closing or shape["sign"] not in ("", "+") or shape["inner"]
    return shape, bool(minus)


def _currency(words: list[str], text: str) -> str | None:
    said = {CURRENCIES.get(w.casefold()) for w in words if w not in _SIGNS}
    if None in said or len(said) > 1:
        raise ValueError(f"not a number: {text!r}")
    return said.pop() if said else None


def _factor(words: list[str], unit: str, text: str) -> Decimal:
    known = _UNITS.get(unit, {})
    if len(words) > 1 or words[0].casefold() not in known:
        raise ValueError(f"not a number: {text!r}")
    return known[words[0].casefold()]


def rate(text: str) -> tuple[Decimal, bool]:
    """Read an exchange rate as JPY per CNY; the second value is whether it was inverted.

    Raises
    ------
    ValueError
        If the text is no rate.

    Examples
    --------
    >>> rate("1元＝21.5円"), rate("21.5円/元")
    ((Decimal('21.5'), False), (Decimal('21.5'), False))
    >>> rate("0.0465")
    (Decimal('21.505376'), True)
    """
    try:
        return _rate(re.sub(r"\s+", "", plain(text)))
    except ValueError:
        raise ValueError(f"not a rate: {text!r}") from None


def _rate(value: str) -> tuple[Decimal, bool]:
    if match := _PAIR.fullmatch(value):
        left = number(match[1] or "1").value
        found, turned = number(match[3]).value, _turned(match[2], match[4])
    elif match := _PER.fullmatch(value):
        left, found = Decimal(1), number(match[1]).value
        turned = _turned(match[3], match[2])
    else:
        left, (found, currency) = Decimal(1), number(value)
        turned = currency == "CNY" or Decimal("0.025") <= found <= Decimal("0.1")
    if not (0 < left <= _MOST and 0 <= found <= _MOST):
        raise ValueError
    if turned and found:
        return round(left / found, 6), True
    return (round(found / left, 6) if left != 1 else found), False


def _turned(base: str, quoted: str) -> bool:
    """Return whether a pair of currencies states CNY per JPY."""
    pair = (CURRENCIES.get(base.casefold()), CURRENCIES.get(quoted.casefold()))
    if pair == ("JPY", "CNY"):
        return True
    if pair in (("CNY", "JPY"), (None, None), (None, "JPY"), ("CNY", None)):
        return False
    raise ValueError
