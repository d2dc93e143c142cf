"""Every unit is in exactly one count: of each group and over all they add up to the units."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_worlds import (
    cancellable,
    counted,
    defective_lines,
    deliveries,
    make,
    orders_with_lines,
    pieces,
    stages_of_lines,
)

import rakustats as rs
from rakustats.metrics.claims import claim_outcomes, claim_refusals, claim_times, claims
from rakustats.metrics.delivery import (
    completeness,
    delays,
    dispatch,
    lead_times,
    non_arrival,
    stages,
    tracking,
)
from rakustats.metrics.goods import carrier_damage, damage, inspection_escapes, quality_rates
from rakustats.metrics.money import prices
from rakustats.metrics.settlement import cancellations, refunds


class Counts(NamedTuple):
    """A question, whose columns add up, how many units there are, keys of which each has one."""

    ask: Callable[..., rs.Result]
    total: tuple[str, ...]
    units: Callable[[rs.Database], int]
    by: tuple[str, ...]


LINE = ("seller", "platform", "category", "month")
PARCEL = ("carrier", "ship_method", "mode", "month")
OF_CLAIM = ("kind", "seller", "carrier")
LINES = counted("order_lines")


def questions() -> dict[str, Counts]:
    late, lead = delays.DELAYS.total, lead_times.LEAD_TIMES.total
    found = {}
    for leg in (None, 1, 2):
        of: dict[str, Any] = {"leg": leg}
        lines: dict[str, Any] = {"unit": "line", **of}
        end = deliveries(leg or "final")
        found |= {
            f"delay_rates {of}": Counts(_with(rs.delay_rates, **of), late, deliveries(leg), PARCEL),
            f"delay_rates {lines}": Counts(_with(rs.delay_rates, **lines), late, LINES, LINE),
            f"lead_times {of}": Counts(_with(rs.lead_times, **of), lead, end, PARCEL),
            f"lead_times {lines}": Counts(_with(rs.lead_times, **lines), lead, LINES, LINE),
            f"fill_rates {lines}": Counts(
                _with(rs.fill_rates, **lines), completeness.FILLS.total, LINES, (*LINE, "carrier")
            ),
            f"fill_rates {of}": Counts(
                _with(rs.fill_rates, **of), completeness.FILLS.total, pieces, (*LINE, "carrier")
            ),
        }
    of_line = {
        "dispatch_rates": (rs.dispatch_rates, dispatch.DISPATCHES.total),
        "damage_rates": (rs.damage_rates, damage.DAMAGE.total),
        "quality_rates": (_with(rs.quality_rates, what="short"), quality_rates.QUALITY.total),
        "claim_rates": (rs.claim_rates, claims.CLAIMED.total),
        "quote_drift": (rs.quote_drift, prices.DEARER.total),
    }
    found |= {name: Counts(*known, LINES, LINE) for name, known in of_line.items()}
    for leg in (1, 2):
        ask = _with(rs.carrier_damage, leg=leg)
        of_leg = deliveries(1 if leg == 1 else "final")
        found[f"carrier_damage {leg}"] = Counts(ask, carrier_damage.DAMAGE.total, of_leg, PARCEL)
    of_claims = counted("claims")
    for to in ("response", "decision", "resolution"):
        ask = _with(rs.claim_times, to=to)
        found[f"claim_times {to}"] = Counts(ask, claim_times._waits(to).total, of_claims, OF_CLAIM)
    found |= {
        "claim_outcomes": Counts(
            rs.claim_outcomes, claim_outcomes.OUTCOMES.total, of_claims, OF_CLAIM
        ),
        "claim_refusals": Counts(
            rs.claim_refusals, claim_refusals.REFUSALS.total, of_sellers, OF_CLAIM
        ),
        "cancellation_rates": Counts(
            rs.cancellation_rates, cancellations.CANCELLED.total, cancellable, LINE
        ),
        "order_times": Counts(
            rs.order_times, completeness.ORDERS.total, orders_with_lines, ("month",)
        ),
        "order_times first": Counts(
            _with(rs.order_times, which="first"),
            completeness.ORDERS.total,
            orders_with_lines,
            ("month",),
        ),
        "refund_times": Counts(
            rs.refund_times, refunds.PAID.total, counted("refunds"), ("method", "seller", "carrier")
        ),
        "stage_times": Counts(
            rs.stage_times, stages.STAGES.total, stages_of_lines, (*LINE, "stage", "owner")
        ),
        "inspection_escapes": Counts(
            _with(rs.inspection_escapes, unit="line"),
            inspection_escapes.ESCAPES.total,
            defective_lines,
            LINE,
        ),
        "claim_waits": Counts(rs.claim_waits, ("n", "n_excluded"), of_claims, OF_CLAIM),
        "loss_rates": Counts(rs.loss_rates, non_arrival.LOSSES.total, handed_over, PARCEL),
        "tracking_quality": Counts(
            rs.tracking_quality, tracking.TRACKING.total, deliveries(None), PARCEL
        ),
    }
    return found


def _with(ask: Callable[..., rs.Result], **options: Any) -> Callable[..., rs.Result]:
    return lambda db, by=None: ask(db, by=by, **options)


def of_sellers(db: rs.Database) -> int:
    kinds = ", ".join(f"'{kind}'" for kind in claim_refusals.KINDS)
    return counted(f"claims WHERE kind IN ({kinds})")(db)


def handed_over(db: rs.Database) -> int:
    """Count the deliveries of the final leg of which some export says when they went."""
    return deliveries("final", "shipped_at")(db)


QUESTIONS = questions()
# days that are over in Japan too: what begins there after midnight counts from the next day on
AS_OF = ("2026-04-20T14:59:59Z", "2026-05-31T14:59:59Z", None)
FOLDER = TemporaryDirectory()


@cache
def opened(seed: int, as_of: str | None) -> rs.Database:
    path = Path(FOLDER.name) / f"{seed}.duckdb"
    return rs.connect(path if path.exists() else make(path, seed), as_of)


@given(
    st.integers(0, 3),
    st.sampled_from(AS_OF),
    st.sampled_from(sorted(QUESTIONS)),
    st.data(),
)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_counts_add_up_to_the_units(
    seed: int, as_of: str | None, name: str, data: st.DataObject
) -> None:
    asked = QUESTIONS[name]
    by = data.draw(st.lists(st.sampled_from(asked.by), max_size=2, unique=True))
    db = opened(seed, as_of)
    table = asked.ask(db, by=by).table
    sums = {column: sum(table.column(column).to_pylist()) for column in asked.total}
    assert sum(sums.values()) == asked.units(db), sums
