"""What a column may be by its values, where its header does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.infer import similarity, value_shapes
from rakustats.infer.tables import Column
from rakustats.ingest import headers
from rakustats.schema.tables import tables
from rakustats.staging.pii import is_pii


@dataclass(frozen=True)
class Guess:
    """What a column may be, how surely, and why."""

    column: str
    sure: float
    reason: Phrase


# What a column that shows itself by its values is, in the first table that has none of it yet.
_BY_VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {"day": ("submitted_at",), "yuan": ("goods_total_cny",), "yen": ("total_jpy",)},
    "order_lines": {
        "day": ("submitted_at",),
        "quantity": ("qty_ordered",),
        "yuan": ("unit_price_cny",),
    },
    "shipments": {"day": ("shipped_at", "promised_at"), "yen": ("freight_jpy",)},
    "shipment_lines": {"quantity": ("qty",)},
    "tracking_events": {"day": ("event_at",)},
    "claims": {"day": ("opened_at",), "quantity": ("qty_affected",)},
    "cancellations": {"day": ("requested_at",)},
    "refunds": {"day": ("paid_at",)},
    "messages": {"day": ("sent_at",)},
}
_ANYWHERE = {
    "order number": ("order_no",),
    "delivery request": ("delivery_request_no",),
    "tracking number": ("tracking_no",),
    "state": ("state_raw",),
    "carrier": ("carrier",),
}
SHOWN = {
    "order number": phrase(ja="値が注文番号の形", en="the values have the form of order numbers"),
    "delivery request": phrase(ja="値が配送依頼書番号の形", en="the values are delivery requests"),
    "tracking number": phrase(
        ja="値が追跡番号の形", en="the values have the form of tracking numbers"
    ),
    "state": phrase(ja="値が既知の状態の言葉", en="the values are known words for states"),
    "carrier": phrase(ja="値が配送業者の名前", en="the values are names of carriers"),
    "day": phrase(ja="値が日付", en="the values are dates"),
    "yuan": phrase(ja="値が元の金額", en="the values are amounts in yuan"),
    "yen": phrase(ja="値が円の金額", en="the values are amounts in yen"),
    "quantity": phrase(ja="値が小さな整数", en="the values are small whole numbers"),
    "numbered": phrase(
        ja="見出しが番号で、値もその形", en="header and values are those of numbers"
    ),
    "key": phrase(ja="行ごとに違う番号", en="every row has a number of its own"),
}


def add_by_values(
    name: str, columns: Sequence[Column], taken: set[str], guesses: dict[int, Guess]
) -> None:
    """Guess what the headers leave open by what the values show."""
    own = {c.name: c for n in reversed(headers.family(name)) for c in tables()[n].columns}
    dated = any(own[c].type == "TIMESTAMP" for c in taken if c in own)
    for column in columns:
        kind = "" if is_pii(column.header) else value_shapes.of_values(column)
        if kind == "day" and dated:
            continue  # which of several dates it is, the values do not tell
        wanted = _ANYWHERE.get(kind) or _BY_VALUES.get(name, {}).get(kind, ())
        free = (c for c in wanted if c not in taken and c in own)
        target = next((c for c in free if similarity.agrees(column.header, own[c])), None)
        if target:
            guesses[column.number] = Guess(target, 0.4, SHOWN[kind])
            taken.add(target)
            dated = dated or kind == "day"
