"""Parsers: one text of one column, as a value, with the issue there is about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from rakustats.calendar.timezones import to_utc
from rakustats.ingest.units import CURRENCIES
from rakustats.schema import vocabularies
from rakustats.schema.text_normalisation import plain
from rakustats.staging import dates, identifiers, numbers
from rakustats.staging.cells import Cell
from rakustats.staging.clocks import at_clock
from rakustats.staging.null_tokens import boolean, is_null

#: Separates a text from what the rest of its row says about it.
ASIDE = "\x1f"
_FAR = timedelta(days=2 * 366)
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class CellIssue(NamedTuple):
    """A rule of ``rakustats.schema.issue_rules``, and what it is about."""

    rule: str
    detail: str


class Read(NamedTuple):
    """The value of a text; ``is_day``: whether an instant's text gives only a day."""

    value: object
    is_day: bool | None = None
    issue: CellIssue | None = None


@dataclass(frozen=True)
class Around:
    """The context of a column's texts.

    ``order`` is that of year, month and day; ``span`` reaches from the first to the last of the
    other dates; ``long_numbers`` tells that some bare numbers kept all their digits, ``base_1904``
    that the workbook counts its days from 1904.
    """

    zone: str
    exported: date
    order: str | None = None
    span: tuple[datetime, datetime] | None = None
    long_numbers: bool = False
    base_1904: bool = False


def read(cell: Cell, raw: str, around: Around) -> Read:
    """Read a text that a plain cast refused.

    Raises
    ------
    ValueError
        If the text makes no sense in its column, so that its row must be refused.
    """
    return READERS["match" if cell.field.match else cell.kind](cell, raw, around)


def _instant(cell: Cell, raw: str, around: Around) -> Read:
    text, _, neighbour = raw.partition(ASIDE)
    if is_null(text) or dates.is_no_date(text):
        return Read(None)
    if bare := dates.without_year(text):
        return _dated(cell, text, bare, around, neighbour)
    if dates.is_serial(text):
        return _serial(text, around)
    try:
        moment, is_day = dates.instant(text, around.order)
    except dates.AmbiguousDate as error:
        return Read(None, None, CellIssue("ambiguous_date", str(error)))
    return Read(to_utc(moment, around.zone), is_day)


def _dated(
    cell: Cell, text: str, bare: tuple[int, int, str], around: Around, neighbour: str
) -> Read:
    """Give a date its year: that of the row's other dates, else of the export."""
    month, day, clock = bare
    past = not neighbour and cell.time != "plan"
    try:
        near = date.fromisoformat(neighbour) if neighbour else around.exported
        found = dates.with_year(month, day, near, around.exported if past else None)
        moment, is_day = at_clock(found, clock)
    except ValueError:
        raise ValueError(f"not a date: {text!r}") from None
    issue = CellIssue("inferred_year", f"{text!r} read as {found}")
    return Read(to_utc(moment, around.zone), is_day, issue)


def _serial(text: str, around: Around) -> Read:
    moment, is_day = dates.serial(text)
    later, issue = moment + dates.BASE_1904, None
    if around.base_1904:
        moment = later
    elif around.span:
        first, last = around.span[0] - _FAR, around.span[1] + _FAR
        if first <= later <= last and not first <= moment <= last:
            moment, issue = later, CellIssue("serial_1904", f"{text!r} read as {later.date()}")
    if not dates.FIRST_YEAR <= moment.year <= dates.LAST_YEAR:
        raise ValueError(f"not a date: {text!r}")
    return Read(to_utc(moment, around.zone), is_day, issue)


def _number(cell: Cell, raw: str, _: Around) -> Read:
    text, _aside, neighbour = raw.partition(ASIDE)
    if is_null(text):
        return Read(None)
    value, said = numbers.number(text, cell.unit)
    stated = cell.unit if cell.unit in ("CNY", "JPY") else _code(neighbour)
    if said and stated and said != stated:
        return Read(None, None, CellIssue("currency_conflict", f"{said}, not {stated}: {text!r}"))
    scale = cell.field.scale
    if cell.kind == "whole" and scale is None and value != value.to_integral_value():
        raise ValueError(f"not a whole number: {text!r}")
    return Read(_fitting(cell, value * Decimal(repr(scale or 1)), text))


def _price(cell: Cell, raw: str, around: Around) -> Read:
    found = _number(cell, raw, around)
    if found.value is not None and Decimal(str(found.value)) < 0:
        raise ValueError(f"a price below zero: {raw.partition(ASIDE)[0]!r}")
    return found


def _rate(cell: Cell, raw: str, _: Around) -> Read:
    if is_null(raw):
        return Read(None)
    found, turned = numbers.rate(raw)
    if not found:
        return Read(None, None, CellIssue("odd_rate", f"no rate: {raw!r}"))
    issue = None
    if turned:
        issue = CellIssue("inverse_rate", f"{raw!r} read as {found:f}")
    elif not numbers.LEAST_RATE <= found <= numbers.MOST_RATE:
        issue = CellIssue("odd_rate", f"{raw!r}")
    return Read(_fitting(cell, found, raw), None, issue)


def _fitting(cell: Cell, value: Decimal, text: str) -> str:
    match = _DECIMAL.fullmatch(cell.type)
    digits = int(match[1]) - int(match[2]) if match else 9
    if abs(value) >= Decimal(10) ** digits - 1:
        raise ValueError(f"number too large: {text!r}")
    return format(value, "f")


def _boolean(_: Cell, raw: str, __: Around) -> Read:
    return Read(boolean(raw))


def _currency(_: Cell, raw: str, __: Around) -> Read:
    return Read(None if is_null(raw) else _code(raw))


def _code(text: str) -> str | None:
    """Return a currency's code; one that is not of this trade stays as it is written."""
    word = plain(text)
    return CURRENCIES.get(word.casefold(), word.upper()) or None


def _id(_: Cell, raw: str, __: Around) -> Read:
    if is_null(raw):
        return Read(None)
    try:
        return Read(identifiers.identifier(raw) or None)
    except ValueError as error:
        return Read(None, None, CellIssue("damaged_id", str(error)))


def _order_number(cell: Cell, raw: str, around: Around) -> Read:
    if identifiers.several(raw):
        return Read(None, None, CellIssue("several_values", f"several numbers: {raw!r}"))
    found = _id(cell, raw, around)
    if found.value and identifiers.is_rounded(str(found.value)) and not around.long_numbers:
        detail = f"a spreadsheet keeps only {identifiers.PRECISION} digits: {raw!r}"
        return Read(found.value, None, CellIssue("rounded_id", detail))
    return found


def _carrier(_: Cell, raw: str, __: Around) -> Read:
    return Read(None if is_null(raw) else plain(raw))


def _word(cell: Cell, raw: str, _: Around) -> Read:
    return Read(vocabularies.meaning(cell.vocabulary, raw))


def _open_word(cell: Cell, raw: str, around: Around) -> Read:
    try:
        return _word(cell, raw, around)
    except ValueError:
        return Read(plain(raw))


def _match(_: Cell, raw: str, __: Around) -> Read:
    if is_null(raw):
        return Read(None)
    raise ValueError(f"unknown word: {raw!r}")


READERS: dict[str, Callable[[Cell, str, Around], Read]] = {
    "instant": _instant,
    "whole": _number,
    "decimal": _number,
    "price": _price,
    "rate": _rate,
    "boolean": _boolean,
    "currency": _currency,
    "id": _id,
    "order number": _order_number,
    "carrier": _carrier,
    "word": _word,
    "open word": _open_word,
    "match": _match,
}
