"""Header words in three languages: which canonical tables a row of headers can feed, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rakustats.ingest.placing import dictionary, fields, hits, known_headers, sources
from rakustats.ingest.plan import Field, Note, Plan, Target
from rakustats.schema.tables import tables
from rakustats.schema.text_normalisation import plain

__all__ = ["dictionary", "family", "hits", "known_headers", "left_over", "recognise", "score"]

# Tables whose key an export rarely has: an id is made from the first of these that are all there.
_DERIVED_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "shipments": (
        ("carrier", "tracking_no"),
        ("tracking_no",),
        ("delivery_request_no",),
        ("order_no",),
    ),
    "claims": (
        ("order_no", "line_no", "shipment_id", "kind", "kind_raw", "opened_at", "detected_at"),
    ),
    "cancellations": (("order_no", "line_no", "level", "requested_at"),),
    "refunds": (
        ("order_no", "claim_id", "cancellation_id", "requested_at", "approved_at", "paid_at"),
    ),
    "messages": (("order_no", "claim_id", "sent_at", "direction", "subject"),),
    "seller_reviews": (("seller_id", "source", "reviewed_at", "order_no"),),
    "evidence": (("sha256",), ("path",)),
}
# A row of one table may carry columns of these as well, when the headers left over say so.
_COMPANIONS: dict[str, dict[str, frozenset[str]]] = {
    "orders": {
        "order_lines": frozenset({"seller_id", "seller_name", "item_id", "item_title"}),
        "shipments": frozenset({"tracking_no", "carrier", "shipped_at", "delivered_at"}),
    },
    "order_lines": {
        "orders": frozenset(
            {"submitted_at", "quoted_at", "paid_at", "purchased_at", "payment_method", "member_id"}
        ),
        "shipments": frozenset({"tracking_no", "carrier", "shipped_at", "delivered_at"}),
    },
    "shipments": {"shipment_lines": frozenset({"line_no"})},
    "shipment_lines": {
        "shipments": frozenset({"carrier", "tracking_no", "shipped_at", "delivered_at"})
    },
}


def score(headers: Sequence[str]) -> int:
    """Return how many headers the best fitting table knows."""
    return max(len(hits(table, headers)) for table in tables())


def family(primary: str) -> tuple[str, ...]:
    """Return the tables whose columns a row of one table may carry, that table first."""
    return (primary, *_COMPANIONS.get(primary, {}))


def recognise(headers: Sequence[str]) -> Plan | None:
    """Return the plan for a row of headers, or None where no table fits.

    Of the tables whose key is there, or can be made, the one counts that with its companions
    places most of the headers (an order row that names seller and item makes a line too).
    """
    keyed = [table for table in tables() if _keyed(table, hits(table, headers))]
    best = max(keyed, key=lambda table: _fit(table, headers), default=None)
    return _plan(best, headers) if best else None


def _fit(table: str, headers: Sequence[str]) -> tuple[int, bool, int]:
    """Rate a table: headers placed, whether its key is stated, how many are its own."""
    plan, found = _plan(table, headers), hits(table, headers)
    stated = all(k in found or tables()[table][k].optional_key for k in tables()[table].key)
    if _are_pieces(plan):
        return -len(plan.unknown), False, 0
    return -len(plan.unknown), stated, max(len(t.fields) for t in plan.targets)


def _are_pieces(plan: Plan) -> bool:
    """Return whether rows of order lines say no more than what lies in a parcel."""
    columns = {t.table: {f.column for f in t.fields} for t in plan.targets}
    own = columns.get("order_lines", set()) - {"order_no", "line_no"}
    return "shipments" in columns and bool(own) and own <= {"qty_ordered", "qty_shipped"}


def _plan(primary: str, headers: Sequence[str]) -> Plan:
    found = sources(primary, headers)
    targets = [Target(primary, fields(primary, headers, found))]
    used = {i for places in found.values() for i in places}
    left = {i for i, h in enumerate(headers) if i not in used and h.strip()}
    for table, signs in _COMPANIONS.get(primary, {}).items():
        extra, key = sources(table, headers), (*tables()[table].key, "order_no")
        new = {c: places for c, places in extra.items() if left.issuperset(places) or c in key}
        if any(c in signs and left.issuperset(places) for c, places in new.items()):
            targets.append(Target(table, fields(table, headers, new)))
            left -= {i for places in new.values() for i in places}
    if primary == "order_lines" and "line_no" not in found and len(targets) == 1:
        # rows that no line number tells apart are orders
        order = {"order_no": found["order_no"]}
        targets.append(Target("orders", fields("orders", headers, order)))
    name = "canonical" if all(h in tables()[primary].names for h in headers) else "headers"
    # Rows are identified by the finest table they feed.
    finest = sorted(targets, key=lambda t: not t.table.endswith("_lines"))
    complete = _in_parcels([_complete(t) for t in finest])
    return Plan(name, complete, **left_over(headers, complete))


def _in_parcels(targets: list[Target]) -> tuple[Target, ...]:
    """Put the pieces of a row into the row's own parcel where they name none."""
    parcels = (t["shipment_id"] for t in targets if t.table == "shipments")
    parcel = next((field for field in parcels if field), None)
    return tuple(
        replace(t, fields=(*t.fields, parcel))
        if parcel and t.table == "shipment_lines" and not t["shipment_id"]
        else t
        for t in targets
    )


def _keyed(name: str, found: dict[str, int]) -> bool:
    """Return whether a table's key is there or can be made, and something is said about it."""
    table = tables()[name]
    missing = [k for k in table.key if k not in found and not table[k].optional_key]
    own = [c for c in found if c not in (*table.key, "order_no", "exported_at")]
    if not missing:
        return bool(own) or len(found) > 2
    if name == "order_lines" and missing == ["line_no"]:
        # an order row that names what was bought from whom is a line of its own
        return len(own) > 1 and not _COMPANIONS["orders"]["order_lines"].isdisjoint(own)
    return bool(own) and len(missing) == 1 and _derivable(name, found) is not None


def _derivable(name: str, found: dict[str, int]) -> tuple[str, ...] | None:
    ways = _DERIVED_KEYS.get(name, ())
    if len(ways) == 1:
        have = tuple(c for c in ways[0] if c in found)
        return have if len(have) >= 2 else None
    return next((way for way in ways if all(c in found for c in way)), None)


def left_over(headers: Sequence[str], targets: Sequence[Target]) -> dict[str, Any]:
    """Return the headers that no field uses, and notes on those that stand twice."""
    used = {i for t in targets for f in t.fields for i in f.sources}
    spelled = [plain(h) for h in headers]
    unknown, notes = [], []
    for i, header in enumerate(headers):
        first = spelled.index(spelled[i])
        if i in used or not spelled[i]:
            continue
        unknown.append(header if i == first else f"{header} ({i + 1})")
        if first < i and first in used:
            detail = f"{header!r} in columns {first + 1} and {i + 1}: column {first + 1} was used"
            notes.append(Note("duplicate_header", detail))
    return {"unknown": tuple(unknown), "notes": tuple(notes)}


def _complete(target: Target) -> Target:
    """Add the key columns that the export does not state."""
    table, stated = tables()[target.table], {f.column: f for f in target.fields}
    fields = list(target.fields)
    for key in table.key:
        if key in stated or table[key].optional_key:
            continue
        if key == "line_no":
            fields.append(Field(key, counter=True))
        elif way := _derivable(target.table, dict.fromkeys(stated, 0)):
            sources = tuple(s for c in way for s in stated[c].sources)
            fields.append(Field(key, sources, join="-", digest=len(way) > 2))
    if target.table == "order_lines" and "seller_id" not in stated and "seller_name" in stated:
        fields.append(replace(stated["seller_name"], column="seller_id"))
    return replace(target, fields=tuple(fields))
