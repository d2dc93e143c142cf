"""The features of a delivery at an instant: their names and groups."""

from __future__ import annotations

from typing import NamedTuple


class Feature(NamedTuple):
    """A column of the feature table, and the group by which it is explained."""

    name: str
    group: str


# What histories of late shares and lateness there are, by whom.
WHO = ("seller", "carrier", "route", "method", "item", "pair")
KEY = {
    "seller": "seller_id", "carrier": "carrier", "route": "route", "method": "method",
    "item": "item", "pair": "seller_route",
}  # fmt: skip
STAGE_FLAGS = ("in_transit", "customs", "last_mile")
# Features by which one that may be missing is accompanied: 1 where it is.
MAY_MISS = ("age", "stage_age", "silence", "qty", "value", "kg", "slack", "spare", "stage_late")


def _features() -> tuple[Feature, ...]:
    of_who = [
        Feature(f"{who}_{what}", who)
        for who in WHO
        for what in ("late", "recent_late", "over", "recent_over", "known")
    ]
    groups = {
        "season": ("in_new_year", "in_national_day", "closed_days", "to_closure"),
        "slack": ("slack", "spare", "expected_rest", "recent_rest"),
        "backlog": ("seller_open", "carrier_open"),
        "stage": (*STAGE_FLAGS, "age", "stage_age", "stage_late", "silence"),
        "order": ("qty", "value", "kg", "n_lines", "n_orders", "n_sellers"),
        "claims": ("seller_claims", "item_claims"),
    }  # fmt: skip
    others = [Feature(name, group) for group, names in groups.items() for name in names]
    missing = [Feature(f"no_{f.name}", f.group) for f in others if f.name in MAY_MISS]
    return (*of_who, *others, *missing)


FEATURES = _features()
NAMES = tuple(f.name for f in FEATURES)
GROUPS = tuple(dict.fromkeys(f.group for f in FEATURES))
# Beside the features: which row it is, and what became of it (none of it a feature).
ROW = (
    "shipment_id", "seller_id", "carrier", "item", "asked_at", "starts", "stage", "method",
    "route", "lane_mode", "usual_late",
)  # fmt: skip
OUTCOME = (
    "due_at", "arrived_at", "received_at", "ended_at", "failed", "late", "status", "claimed_at",
    "slice_until", "claims_until",
)  # fmt: skip
