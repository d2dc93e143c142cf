"""The keys of what belongs to an order rather than to a line: those on which its lines agree."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.engine.steps import Step
from rakustats.marts.keys import LINE_KEYS, PARCEL_KEYS
from rakustats.marts.received import CARRIED, keyed_steps


def shared_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """Return those of the keys that lie on lines and parcels."""
    return tuple(k for k in keys if k in (*LINE_KEYS, *PARCEL_KEYS))


def order_key_steps(keys: Sequence[str]) -> list[Step]:
    """Return the steps ``keys_of_lines`` and ``keys_of_orders``.

    One row per line and one per order with the keys of lines and parcels; a key is NULL where the
    parcels of a line, or the lines of an order, do not agree.
    """
    shared = shared_keys(keys)
    if not shared:
        return []
    agreed = ", ".join(
        f"CASE WHEN min({k}) = max({k}) AND count({k}) = count(*) THEN min({k}) END AS {k}"
        for k in shared
    )
    return [
        CARRIED,
        *keyed_steps(shared, "order_lines"),
        (
            "keys_of_lines",
            f"SELECT order_no, line_no, {agreed} FROM keyed GROUP BY order_no, line_no",
        ),
        ("keys_of_orders", f"SELECT order_no, {agreed} FROM keyed GROUP BY order_no"),
    ]


def keyed_join(keys: Sequence[str], source: str) -> tuple[str, str]:
    """Return select items and joins that give ``source``, which has order and line, its keys."""
    shared = shared_keys(keys)
    if not shared:
        return "", ""
    items = "".join(f", coalesce(kl.{k}, ko.{k}) AS {k}" for k in shared)
    joins = (
        f"\nLEFT JOIN keys_of_lines kl ON kl.order_no = {source}.order_no"
        f" AND kl.line_no = {source}.line_no"
        f"\nLEFT JOIN keys_of_orders ko ON ko.order_no = {source}.order_no"
    )
    return items, joins
