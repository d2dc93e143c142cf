"""Status and kind words of exports as canonical values, from words.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import MappingProxyType

from rakustats.schema.shipped import shipped_values
from rakustats.schema.text_normalisation import NULL_WORDS, normalise, plain

# (table, column) → vocabulary, and the column whose words give the value where it is not stated.
VOCABULARY: dict[tuple[str, str], tuple[str, str | None]] = {
    ("orders", "state"): ("order_state", "state_raw"),
    ("order_lines", "state"): ("order_state", "state_raw"),
    ("shipments", "state"): ("delivery_state", "state_raw"),
    ("tracking_events", "kind"): ("delivery_state", "text"),
    ("claims", "kind"): ("claim_kind", "kind_raw"),
    ("claims", "stage_found"): ("stage_found", None),
    ("claims", "attributed_to"): ("attributed_to", None),
    ("claims", "resolution"): ("resolution", None),
    ("cancellations", "level"): ("level", None),
    ("cancellations", "requested_by"): ("requested_by", None),
    ("refunds", "method"): ("refund_method", None),
    ("messages", "direction"): ("direction", None),
    ("evidence", "kind"): ("evidence_kind", None),
    ("price_observations", "stock_state"): ("stock_state", None),
    ("seller_reviews", "source"): ("review_source", None),
    ("shipment_lines", "allocation"): ("allocation", None),
    ("refund_allocations", "allocation"): ("allocation", None),
}
# Words of one's own, by vocabulary and normalised word: those of the load under way.
_OWN: ContextVar[Mapping[str, Mapping[str, str]]] = ContextVar(
    "own words", default=MappingProxyType({})
)


@contextmanager
def also(words: Mapping[str, Mapping[str, str]]) -> Iterator[None]:
    """Let words have other meanings, or a meaning at all, as long as the context lasts.

    Parameters
    ----------
    words : mapping
        Canonical values by vocabulary and normalised word.

    Examples
    --------
    >>> with also({"order_state": {"済": "paid"}}):
    ...     meaning("order_state", "済")
    'paid'
    """
    token = _OWN.set(words)
    try:
        yield
    finally:
        _OWN.reset(token)


def vocabularies() -> dict[str, dict[str, list[str]]]:
    """Return the canonical values of each vocabulary with their words, in rank order."""
    return shipped_values("schema", "words.toml")


@cache
def canonical(vocabulary: str) -> tuple[str, ...]:
    """Return the canonical values of a vocabulary in rank order."""
    return tuple(vocabularies()[vocabulary])


@cache
def _lookup(vocabulary: str) -> dict[str, str]:
    pairs = vocabularies()[vocabulary].items()
    words = {normalise(word): value for value, words in pairs for word in words}
    return words | {normalise(value): value for value in canonical(vocabulary)}


@cache
def known_words() -> frozenset[str]:
    """Return every word of every vocabulary, normalised."""
    return frozenset(word for vocabulary in vocabularies() for word in _lookup(vocabulary))


def meaning(vocabulary: str, word: str) -> str | None:
    """Return the canonical value of a word, or None for a blank; words of one's own come first.

    Raises
    ------
    ValueError
        If the word is not known.
    """
    if own := _OWN.get().get(vocabulary, {}).get(normalise(word)):
        return own
    if normalise(word) not in _lookup(vocabulary) and plain(word).casefold() in NULL_WORDS:
        return None
    try:
        return _lookup(vocabulary)[normalise(word)]
    except KeyError:
        raise ValueError(f"unknown word: {word!r}") from None
