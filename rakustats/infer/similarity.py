"""Similarity of a header to a known one: words in common, one within the other, letters."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import cache, lru_cache

from rakustats.schema.tables import Column, tables
from rakustats.schema.text_normalisation import bracket, normalise

#: From here on two headers may well mean the same.
ENOUGH = 0.7
_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])|[^0-9A-Za-z]+")
_SILENT = frozenset(
    (
        *(
            "the",
            "of",
            "to",
            "a",
            "no",
            "my",
            "our",
            "by",
            "on",
            "is",
            "id",
            "col",
            "number",
            "num",
        ),
        *("date", "day", "at", "time", "line", "item", "total"),
    )
)
# Words that say too little to know a column by when they stand for all of it.
_WEAK = frozenset(
    (
        *("order", "price", "state", "mode", "kind", "place", "text", "source", "level", "sku"),
        *("quantity", "title", "weight", "channel", "method"),
    )
)
_MEANT = {
    "order": ("po", "so", "orders"),
    "seller": ("vendor", "supplier", "shop", "store", "merchant"),
    "promised": ("scheduled", "planned", "expected", "estimated", "promise", "due", "eta", "edd"),
    "delivered": ("delivery", "deliver", "arrival", "arrived", "receipt"),
    "shipped": ("ship", "shipping", "dispatch", "dispatched", "despatched"),
    "submitted": ("created", "placed", "ordered"),
    "quantity": ("qty", "pieces", "pcs", "units", "count"),
    "shipment": ("parcel", "package", "consignment"),
    "carrier": ("courier", "shipper", "forwarder"),
    "title": ("description", "name", "product"),
    "tracking": ("waybill", "awb", "track"),
    "paid": ("payment",),
}
_SAME = {word: meant for meant, words in _MEANT.items() for word in words}
_PLANNED = re.compile(
    r"予定|希望|納期|期限|預計|预计|承诺|planned|scheduled|expected|estimated|promise|\bdue\b|deadline"
    r"|\beta\b|\bedd\b|\bship by\b",
    re.IGNORECASE,
)
_OTHER_MONEY = re.compile(
    r"\b(usd|eur|gbp|idr|rp|krw|hkd|twd|thb|vnd)\b|[$€£]|ドル|ユーロ|美元|欧元", re.IGNORECASE
)


@cache
def aliases(table: str) -> tuple[tuple[str, str], ...]:
    """Return (header, column) of every header that a table knows."""
    found = [(h, c.name) for c in tables()[table].columns for h in c.headers]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1 << 16)
def header_similarity(header: str, alias: str) -> float:
    """Return the similarity of a header to a known one, 0 to 1.

    Examples
    --------
    >>> header_similarity("ヤマト追跡番号", "追跡番号") > 0.8
    True
    >>> header_similarity("Vendor", "seller") == 1.0
    True
    """
    name, known = normalise(header), normalise(alias)
    if not name or not known:
        return 0.0
    letters = SequenceMatcher(None, name, known, autojunk=False).ratio()
    typed = letters if letters >= (0.85 if known.isascii() else 0.75) else 0.0
    return max(typed, _words_in_common(header, alias) if known.isascii() else _inside(name, known))


def agrees(header: str, column: Column) -> bool:
    """Return whether a header speaks of plans where the column does, and not of other money."""
    if column.type == "TIMESTAMP":
        return bool(_PLANNED.search(header)) == (column.time == "plan")
    return column.unit not in ("CNY", "JPY") or not other_money(header)


def other_money(header: str) -> bool:
    """Return whether a header's bracket names a currency that no column holds."""
    return bool(_OTHER_MONEY.search(bracket(header)))


def _inside(name: str, known: str) -> float:
    """Return a high value where one header is a part of the other, the higher the larger it is."""
    short, long = sorted((name, known), key=len)
    if len(short) < 2 or short.isascii() or short not in long:
        return 0.0
    return 0.6 + 0.4 * len(short) / len(long)


def _words_in_common(header: str, alias: str) -> float:
    ours, theirs = _words(header), _words(alias)
    if not theirs or not theirs <= ours or (theirs <= _WEAK and theirs != ours):
        return 0.0
    return 0.6 + 0.4 * len(theirs) / len(ours)


@lru_cache(maxsize=1 << 12)
def _words(text: str) -> frozenset[str]:
    bare = unicodedata.normalize("NFKC", re.sub(r"[(\[（].*?[)\]）]", " ", text))
    words = (w.casefold() for w in _BREAK.split(bare) if w)
    return frozenset(_SAME.get(w, w) for w in words if w not in _SILENT)
