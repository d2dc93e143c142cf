"""The plain casts: SQL that types what is clean, and gives NULL where a text needs the slow path.

A text that could mean something else is refused here, however well it casts: years of other
centuries, clocks with the name of a zone, numbers that a spreadsheet has damaged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rakustats.calendar.timezones import fixed_offset
from rakustats.ingest.text import literal
from rakustats.schema.text_normalisation import NULL_WORDS
from rakustats.staging.identifiers import PRECISION
from rakustats.staging.null_tokens import ERRORS
from rakustats.staging.pii import masked

_BLANKS = literal(" \t\n\v\f\r\xa0\u3000")
_NULLS = sorted({w for n in NULL_WORDS for w in (n, n.upper(), n.capitalize())} | {*ERRORS})
# Latin words for unknown all begin with an N.
_SAYING = (("A", "N"), ("O", "n"), ("o", "~"))
# An identifier longer than this is no word for unknown, and no bare power of ten such as 4E+11.
_SHORT = 7
_SHORT_NULLS = [n for n in _NULLS if n.isascii() and n >= "0" and len(n) <= _SHORT]
# Signs with a second form, and those that spreadsheets leave in numbers.
_UNEVEN = (
    r"[.+'\x{A0}-\x{BF}\x{2000}-\x{206F}\x{2100}-\x{218F}\x{2212}\x{2460}-\x{24FF}\x{3000}"
    r"\x{301C}\x{3200}-\x{33FF}\x{F900}-\x{FAFF}\x{FE00}-\x{FFEF}]"
)
# Most rows of a file share a few carriers: to know them is faster than to look for uneven signs.
_CARRIERS = (
    *(
        "ヤマト運輸",
        "佐川急便",
        "日本郵便",
        "福山通運",
        "西濃運輸",
        "EMS",
        "OCS",
        "DHL",
        "FedEx",
        "UPS",
    ),
    *(
        "中通快递",
        "圆通速递",
        "申通快递",
        "韵达快递",
        "顺丰速运",
        "极兔速递",
        "百世快递",
        "中国邮政",
    ),
)
# 2026/7/1 9:05, as spreadsheets of East Asia show it, and any clock with a fraction.
_SHORT_DATE = (
    r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?"
)
#: The longest text that surely holds one order number.
_ONE_ORDER = 32


def listed(words: Sequence[str]) -> str:
    """Return words as the literals of an SQL list."""
    return ", ".join(map(literal, words))


def trimmed(t: str) -> str:
    """Return the SQL of a text without the blanks around it, wide ones and tabs too."""
    return f"trim({t}, {_BLANKS})"


def text(t: str) -> str:
    """Return the SQL of a text, NULL where it only says that nothing is known."""
    nulls = listed(_NULLS)
    bare = trimmed(t)
    edged = f"CASE WHEN {bare} NOT IN ({nulls}) THEN {bare} END"
    said = f"{_says(t)} OR {t} NOT IN ({nulls})"
    return f"CASE WHEN {_edged(t)} THEN {edged} WHEN {said} THEN {t} END"


def _says(t: str) -> str:
    """Return the SQL of texts whose first letter rules out a null token: faster than the list."""
    return " OR ".join(f"({t} >= '{first}' AND {t} < '{end}')" for first, end in _SAYING)


def _edged(t: str) -> str:
    """Return the SQL of texts that may begin or end with a blank, wide ones included."""
    return f"({t} < '!' OR suffix({t}, ' ') OR contains({t}, '\u3000'))"


def free_text(t: str) -> str:
    """Return the SQL of a text without the mail addresses and phone numbers in it."""
    some = f"contains({t}, '@') OR regexp_matches({t}, '[0-9０-９]{{4}}|＠')"
    return f"CASE WHEN {some} THEN {masked(t)} ELSE {text(t)} END"


def word(t: str, known: Sequence[str], meanings: Mapping[str, str]) -> str:
    """Return the SQL of a text that is one of the known words, or of what it is known to mean."""
    pairs = ", ".join(f"{literal(said)}: {literal(meant)}" for said, meant in meanings.items())
    other = f"ELSE MAP {{{pairs}}}[{t}] " if meanings else ""
    return f"CASE WHEN {t} IN ({listed(known)}) THEN {t} {other}END"


def identifier(t: str, *, joined: bool = False) -> str:
    """Return the SQL of a number that names something, where it has only one form."""
    return _name(
        t, [*_odd(t), f"contains({t}, '''')", f"contains({t}, '+')"] if joined else _odd(t)
    )


def order_number(t: str) -> str:
    """Return the SQL of an order number: alone in its cell, and not rounded by a spreadsheet."""
    rounded = f"strlen({t}) > {PRECISION} AND suffix({t}, '0') AND NOT contains({t}, '-')"
    several = f"strlen({t}) > {_ONE_ORDER} OR contains({t}, ',') OR contains({t}, ' ')"
    return _ascii(t, [f"strlen({t}) <> length({t})", *_odd(t), f"({rounded})", several])


def carrier(t: str) -> str:
    """Return the SQL of a carrier's name."""
    other = _name(t, [f"{t} < '0'"])
    return f"CASE WHEN {t} IN ({listed(_CARRIERS)}) THEN {t} ELSE {other} END"


def _odd(t: str) -> list[str]:
    """Return what an identifier in ASCII may show of a spreadsheet, as cheap conditions."""
    # A digit or a letter comes first; 0000-00-00 sorts before the lower bound.
    alphanumeric = f"({t} BETWEEN '00000' AND ':' OR {t} >= 'A')"
    return [f"NOT {alphanumeric}", f"contains({t}, '.')", f"contains({t}, chr(10))"]


def _name(t: str, odd: Sequence[str]) -> str:
    even = f"NOT regexp_matches({t}, {literal(_UNEVEN)}) AND {t} NOT IN ({listed(_NULLS)})"
    wide = f"CASE WHEN {even} THEN {t} END"
    return f"CASE WHEN strlen({t}) <> length({t}) THEN {wide} ELSE {_ascii(t, odd)} END"


def _ascii(t: str, odd: Sequence[str]) -> str:
    """Return the SQL of a text without the odd things, that is none of the words for unknown."""
    return (
        f"CASE WHEN {' OR '.join(odd)} THEN NULL WHEN strlen({t}) > {_SHORT} THEN {t} "
        f"WHEN NOT contains({t}, '+') AND {t} NOT IN ({listed(_SHORT_NULLS)}) THEN {t} END"
    )


def whole(t: str, kind: str, scale: float | None = None) -> str:
    """Return the SQL of a whole number; a fraction is not rounded in silence."""
    if scale is not None:
        return decimal(t, kind, scale)
    plain = f"CASE WHEN NOT contains({t}, '.') THEN try_cast({t} AS {kind}) END"
    return _grouped(t, kind, plain)


def decimal(t: str, kind: str, scale: float | None = None) -> str:
    """Return the SQL of a decimal number, times the scale of its header."""
    if scale is not None:
        return f"try_cast(try_cast({t} AS DOUBLE) * {scale!r} AS {kind})"
    return _grouped(t, kind, f"try_cast({t} AS {kind})")


def _grouped(t: str, kind: str, plain: str) -> str:
    """Return the SQL of a number with commas between thousands, as spreadsheets show amounts."""
    fraction = r"(\.[0-9]+)?" if kind.startswith("DECIMAL") and not kind.endswith(",0)") else ""
    groups = rf"regexp_full_match({t}, '-?[0-9]{{1,3}}(,[0-9]{{3}})+{fraction}')"
    number = f"CASE WHEN {groups} THEN try_cast(replace({t}, ',', '') AS {kind}) END"
    return f"coalesce({plain}, {number})"


def price(number: str) -> str:
    """Return the SQL of a number that is a price: one below zero is none."""
    return f"CASE WHEN {number} >= 0 THEN {number} END"


def rate(t: str, kind: str) -> str:
    """Return the SQL of an exchange rate that is likely one of JPY per CNY."""
    found = f"try_cast({t} AS {kind})"
    return f"CASE WHEN {found} BETWEEN 10 AND 40 THEN {found} END"


def instant(t: str, zone: str) -> str:
    """Return the SQL of an instant as UTC: a day, a clock to the minute or finer, or with offset.

    DuckDB reads a clock with the name of a zone as if the name were not there, so what follows
    the last colon must be two digits.
    """
    naive = utc(f"try_cast({t} AS TIMESTAMP)", zone)
    aware = f"CAST(try_cast({t} AS TIMESTAMPTZ) AS TIMESTAMP)"
    clock = f"strlen({t}) IN (16, 19) AND substr({t}, -3, 1) = ':'"
    return (
        f"CASE WHEN NOT {t} BETWEEN '1990' AND '2100' THEN NULL "
        f"WHEN strlen({t}) = 10 OR ({clock}) THEN {naive} "
        f"WHEN contains({t}, '+') OR suffix({t}, 'Z') THEN {aware} "
        f"WHEN regexp_full_match({t}, {literal(_SHORT_DATE)}) THEN {naive} END"
    )


def known_instant(t: str, zone: str) -> str:
    """Return the SQL of an instant as UTC that the file's reader has typed already."""
    naive = utc(f"CAST({t} AS TIMESTAMP)", zone)
    return f"CASE WHEN {t} BETWEEN DATE '1990-01-01' AND DATE '2100-01-01' THEN {naive} END"


def formatted(t: str, formats: Sequence[str], zone: str) -> str:
    """Return the SQL of an instant in the formats of a mapping, or the clear ones."""
    known = listed((*formats, "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"))
    return utc(f"try_strptime({t}, [{known}])", zone)


def utc(naive: str, zone: str) -> str:
    """Return the SQL of a naive local instant as UTC."""
    offset = fixed_offset(zone)
    if offset is None:
        return f"CAST(timezone({literal(zone)}, {naive}) AS TIMESTAMP)"
    return f"{naive} - INTERVAL ({int(offset.total_seconds())}) SECOND" if offset else naive


def local(moment: str, zone: str) -> str:
    """Return the SQL of a UTC instant as the clock of a zone shows it."""
    offset = fixed_offset(zone)
    if offset is None:
        return f"timezone({literal(zone)}, CAST({moment} AS TIMESTAMPTZ))"
    return f"({moment} + INTERVAL ({int(offset.total_seconds())}) SECOND)" if offset else moment
