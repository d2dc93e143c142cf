"""What the texts of a column look like: days, numbers, money, order and tracking numbers, words."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from rakustats.infer.tables import Column
from rakustats.schema import vocabularies
from rakustats.schema.tables import Column as Canonical
from rakustats.schema.text_normalisation import plain
from rakustats.staging import dates, numbers

T = TypeVar("T")
# From this share of the texts on a column counts as what most of it is.
MOST = 0.7
LOOKED_AT = 300
_ORDER = re.compile(r"\d{14,18}(-\d{3,7})?")
_REQUEST = re.compile(r"P\d{16}-\d{3,7}")
_S10 = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}")
_PREFIXED = re.compile(r"(SF|YT|JT|JD|ZTO|STO|RW|YUNDA)[0-9A-Z-]{8,}", re.IGNORECASE)
_DIGITS = re.compile(r"(\d{4})-?(\d{4})-?(\d{4})")
_ID = re.compile(r"(?=.*\d)[0-9A-Za-z][0-9A-Za-z_/#.-]{0,39}")
_CARRIERS = re.compile(
    r"ヤマト|佐川|日本郵便|ゆうパック|西濃|福山通運|圆通|中通|申通|韵达|顺丰|極兔|极兔|百世|"
    r"yamato|sagawa|japan ?post|\bems\b|\bocs\b|\bdhl\b|fedex|\bups\b|\bsf\b",
    re.IGNORECASE,
)
# Ways of writing days that need to be named, as the careful parser does not read them.
FORMATS = (
    *("%d-%b-%y", "%d-%b-%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%A, %d %B %Y"),
    *("%d.%m.%y", "%Y.%m.%d %H.%M", "%d/%m/%Y %H.%M", "%Y%m%d%H%M%S", "%d%m%Y", "%m-%Y-%d"),
)


def share(column: Column, test: Callable[[str], bool]) -> float:
    """Return which share of a column's different texts pass a test; 0 where it says nothing."""
    seen = column.distinct[:LOOKED_AT]
    return sum(map(test, seen)) / len(seen) if seen else 0.0


def days(column: Column) -> float:
    """Return which share of a column's texts are days or instants."""
    return _once(column, "days", lambda: share(column, is_day))


def numbered(column: Column) -> float:
    """Return which share of a column's texts are numbers."""
    return _once(column, "numbers", lambda: share(column, is_number))


def _once(column: Column, name: str, find: Callable[[], T]) -> T:
    """Return a finding about a column that is made once only."""
    if name not in column.memo:
        column.memo[name] = find()
    found: T = column.memo[name]
    return found


def is_day(text: str) -> bool:
    """Return whether a text is a day or an instant, in whatever order."""
    try:
        dates.instant(text)
    except dates.AmbiguousDate:
        return True
    except ValueError:
        return dates.without_year(text) is not None and not text.isdigit()
    return not re.fullmatch(r"1\d{9,12}", text)


def is_number(text: str) -> bool:
    """Return whether a text is a number, perhaps with a unit or a currency."""
    for unit in ("", "kg", "pieces", "%"):
        with suppress(ValueError):
            numbers.number(text, unit)
            return True
    return False


def currency(text: str) -> str | None:
    """Return the currency that an amount names."""
    with suppress(ValueError):
        return numbers.number(text).currency
    return None


def is_tracking(text: str) -> bool:
    """Return whether a text has the form of a parcel's number."""
    text = plain(text).replace(" ", "")
    if _S10.fullmatch(text) or _PREFIXED.fullmatch(text):
        return True
    match = _DIGITS.fullmatch(text)
    digits = "".join(match.groups()) if match else ""
    return bool(digits) and int(digits[:-1]) % 7 == int(digits[-1])


def is_state(text: str) -> bool:
    """Return whether a text is a known word for the state of an order or a delivery."""
    for vocabulary in ("order_state", "delivery_state"):
        with suppress(ValueError):
            if vocabularies.meaning(vocabulary, text):
                return True
    return False


def of_values(column: Column) -> str:
    """Return what a column is by its values, or nothing if they show nothing.

    Returns
    -------
    str
        order number, delivery request, tracking number, state, carrier, day, yuan, yen, quantity,
        or an empty text.
    """
    return _once(column, "of values", lambda: _of_values(column))


def _of_values(column: Column) -> str:
    for kind, test in _KINDS.items():
        enough = 0.5 if kind == "state" else MOST
        if (days(column) if kind == "day" else share(column, test)) >= enough:
            return kind
    return ""


def _is_quantity(text: str) -> bool:
    return re.fullmatch(r"\d{1,4}", plain(text)) is not None


_KINDS: dict[str, Callable[[str], bool]] = {
    "delivery request": lambda t: _REQUEST.fullmatch(plain(t)) is not None,
    "order number": lambda t: _ORDER.fullmatch(plain(t)) is not None and not is_tracking(t),
    "tracking number": is_tracking,
    "state": is_state,
    "carrier": lambda t: _CARRIERS.search(plain(t)) is not None,
    "day": is_day,
    "yuan": lambda t: currency(t) == "CNY",
    "yen": lambda t: currency(t) == "JPY",
    "quantity": _is_quantity,
}


def is_coded(column: Column) -> bool:
    """Return whether a column holds numbers or codes, and neither days nor amounts."""
    coded = share(column, lambda t: _ID.fullmatch(plain(t)) is not None) >= 0.9
    amount = share(column, lambda t: "." in t and is_number(t)) > 0.5
    return bool(column.distinct) and coded and not amount and days(column) < MOST


def is_key(column: Column) -> bool:
    """Return whether a column could name the rows: every row has a number or code of its own."""
    return len(column.distinct) >= 0.9 * column.table.rows and is_coded(column)


def suits(column: Column, canonical: Canonical) -> bool:
    """Return whether a column's values can be those of a canonical column."""
    if not column.distinct:
        return True
    if canonical.type == "TIMESTAMP":
        return days(column) >= MOST
    if canonical.type == "BOOLEAN":
        return len(column.distinct) <= 3
    if canonical.type != "VARCHAR":
        return numbered(column) >= MOST > days(column)
    if days(column) >= MOST:
        return False
    if canonical.name in _FEW:
        return len(column.distinct) <= 60 and numbered(column) < MOST
    if canonical.name.endswith(("_no", "_id")):
        return share(column, lambda t: _ID.fullmatch(plain(t)) is not None) >= MOST
    return numbered(column) < MOST or canonical.name in ("sku", "remark")


# Columns that hold few different words.
_FEW = (
    *("state", "state_raw", "kind", "kind_raw", "carrier", "ship_method", "mode", "platform"),
    *("payment_method", "method", "level", "requested_by", "direction", "channel", "currency"),
    *("category", "resolution", "attributed_to", "stage_found", "stock_state", "outcome"),
)
