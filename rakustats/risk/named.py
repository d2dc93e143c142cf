"""Whom and what a delivery has, so that no reason names a carrier that is not there yet."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.risk.rows import Rows

# what is not known within a key of several parts
_UNKNOWN = "?"


def named(rows: Rows) -> list[frozenset[str]]:
    """Return, for each row, those of :data:`~rakustats.risk.columns.WHO` that it has.

    Histories of what is not known are nobody's, or those of a whole leg: no seller, carrier or
    service is behind them.
    """
    keys = zip(
        *(rows.names(key) for key in ("seller_id", "carrier", "item", "route", "method")),
        strict=True,
    )
    return [_of(*one) for one in keys]


def _of(seller: object, carrier: object, item: object, route: str, method: str) -> frozenset[str]:
    # a route or service begins with its leg, which alone is none
    whom = {"seller": seller, "carrier": carrier, "item": item}
    there = {who for who, key in whom.items() if isinstance(key, str) and key}
    for who, key in (("route", route), ("method", method)):
        if _told(key.split("|")[1:]):
            there.add(who)
    if {"seller", "route"} <= there:
        there.add("pair")
    return frozenset(there)


def _told(parts: Sequence[str]) -> bool:
    return any(part != _UNKNOWN for part in parts)
