"""Cards made of given counts: what the metrics would have told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa

from rakustats.config.scorecard import Criterion, policy
from rakustats.scorecards.criteria import Days
from rakustats.scorecards.evidence import Evidence, Gathered
from rakustats.scorecards.ratings import Ratings
from rakustats.scorecards.scoring import Card, carded
from rakustats.stats.case_mix import MixShifts

DAYS = Days(date(2025, 1, 1), None, datetime(2026, 1, 1, tzinfo=UTC))
Counts = tuple[int, int]


def evidence(criterion: Criterion, counts: Sequence[Counts]) -> Evidence:
    n, events = (np.array(column, dtype=np.int64) for column in zip(*counts, strict=True))
    mix = MixShifts.none(len(n))
    return Evidence(criterion, n, events, n.astype(float), events.astype(float), mix, events)


def card(sellers: Mapping[str, Mapping[str, Counts] | Counts], told: Ratings | None = None) -> Card:
    """Return the card of sellers with (n, events), the same of all criteria or by criterion."""
    rules = policy("seller")
    ids = sorted(sellers)

    def of(seller: str, name: str) -> Counts:
        given = sellers[seller]
        return given if isinstance(given, tuple) else given.get(name, (0, 0))

    found = tuple(evidence(c, [of(s, c.name) for s in ids]) for c in rules.criteria)
    names = pa.array([f"shop {s}" for s in ids])
    gathered = Gathered(pa.array(ids), names, found, (), "SELECT 1")
    return carded("seller", "seller_id", rules, DAYS, gathered, told)


def market(**more: Mapping[str, Counts] | Counts) -> dict[str, Mapping[str, Counts] | Counts]:
    """Return forty usual sellers, of whose lines some 8 % are bad, and those given."""
    usual: dict[str, Mapping[str, Counts] | Counts] = {
        f"U{i:02}": (30, (2, 1, 4, 3)[i % 4]) for i in range(40)
    }
    return usual | more
