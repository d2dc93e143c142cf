"""Damage by carriers: bounds from what is certain to what may be theirs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal, Unpack

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.calendar.local_days import local_day
from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.errors import one_of
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.needs import require
from rakustats.marts.parcels import ask_parcels, parcel_steps
from rakustats.marts.question import Keys, Period, Question
from rakustats.metrics.claims.attributions import party_steps
from rakustats.metrics.spec.documented import KEYS_OF_PARCELS, documented
from rakustats.metrics.spec.estimated import with_estimates
from rakustats.metrics.spec.rates import Rates
from rakustats.metrics.spec.reasons import matured, reasons
from rakustats.results.result import Result

DAMAGE = Rates(
    n="delivered parcels",
    events="damaged by the carrier for certain",
    n_open="on the way, or there since claims were last exported",
    excluded=reasons(
        failed="lost or returned", void="request withdrawn", own="the customer's own shipments"
    ),
    extra=matured(
        undetermined=("possible AND NOT event", "``events_high`` - ``events``"),
        recent=("recent", "delivered so recently that claims may still come"),
    ),
    figures={
        "events_high, rate_high, estimate_high, lo_high, hi_high": "the same for the high end"
    },
)
_ON_LEG = {1: "{}.leg = 1", 2: "{}.leg IS DISTINCT FROM 1"}
# where damage on a leg comes to light; what does not say so is taken as found in Japan
_FOUND = {
    1: "stage_found = 'warehouse'",
    2: "coalesce(stage_found, 'delivery') IN ('transit', 'delivery', 'after_use')",
}

# grain: one number under which a delivery goes, and the parcel that ends it
_NUMBERS = """\
SELECT parcel_id AS shipment_id, parcel_id FROM parcels
UNION
SELECT shipment_id, parcel_id FROM parcels
UNION
SELECT r.shipment_id, p.parcel_id FROM roots r JOIN parcels p ON p.shipment_id = r.root_id"""


@documented(DAMAGE.columns, by=KEYS_OF_PARCELS, cohort="Days of the handover to the carrier")
def carrier_damage(
    db: Database,
    by: Keys = "carrier",
    *,
    leg: Literal[1, 2] = 2,
    own: str | Path | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how often delivered parcels were damaged by their carrier, as a range, by group.

    The low end counts parcels with a damage claim that is the carrier's fault for certain, by
    :func:`attributions`; the high end also those where it is undetermined, or where goods came in
    several parcels and nobody says which was damaged.

    Parameters
    ----------
    leg : {2, 1}
        To Japan, or from the seller to the warehouse. What is broken on leg 1 may have been packed
        badly by the seller: without an attribution it stays undetermined.
    own : str or Path, optional
        Another file of manual attributions, see :func:`attributions`.

    Notes
    -----
    The range is the one that missing verdicts leave (Manski 2003, Partial Identification of
    Probability Distributions): all of them the carrier's, or none.

    Examples
    --------
    >>> broken = rs.carrier_damage(db).frame()
    >>> bool((broken["events"] <= broken["events_high"]).all())
    True
    """
    one_of("leg", leg, (1, 2))
    title = phrase(ja=f"区間{leg}の輸送中の破損（荷物）", en=f"Damaged on leg {leg} (parcels)")
    asked = ask_parcels(db, by, period, title)
    what = phrase(ja="輸送中の破損", en="Damage by carriers")
    require(db, what, ["claims.kind", "shipments.carrier"])
    steps = [
        *party_steps(db, asked, own),
        # whether a claim's lines lie in a parcel is seen from its own lines, without what carries
        # on
        *(step for step in parcel_steps(asked.keys, asked.snapshot) if step[0] != "carried"),
        ("numbers", _NUMBERS),
        ("attributed", _attributable_damage(leg)),
        ("damaged", _DAMAGED),
        ("units", _units(asked, leg)),
    ]
    low = DAMAGE.result(db, asked, steps, notes=[_lag()])
    return replace(low, table=_with_high_end(low.table))


def _attributable_damage(leg: int) -> str:
    """One row per damage claim and delivery: whether it is the carrier's, for certain or perhaps.

    A claim about several deliveries may be about any of them.
    """
    return f"""\
SELECT b.claim_id, n.parcel_id, b.sure AND count(*) OVER (PARTITION BY b.claim_id) = 1 AS sure
FROM (
  SELECT claim_id, bool_and(attributed_to = 'leg{leg}_carrier') AS sure FROM parties
  WHERE kind = 'damaged' AND NOT withdrawn AND {_FOUND[leg]}
    AND attributed_to IN ('leg{leg}_carrier', 'undetermined')
  GROUP BY claim_id) b
JOIN (SELECT DISTINCT c.claim_id, m.parcel_id FROM claim_parcels c
  JOIN numbers m ON m.shipment_id = c.shipment_id
  WHERE {_ON_LEG[leg].format("c")}) n ON n.claim_id = b.claim_id"""


# grain: one delivery with a damage claim
_DAMAGED = "SELECT parcel_id, bool_or(sure) AS sure FROM attributed GROUP BY parcel_id"


def _units(asked: Question, leg: int) -> str:
    recent = asked.snapshot.before(settings().claim_lag_days, "claims")
    known = asked.snapshot.horizon_sql("claims")
    later = f"coalesce(p.arrival_day > {local_day(known, 'jp', 'p')}, FALSE)"
    status = asked.status(
        "shipped_day",
        *((reason, f"p.{reason}") for reason in ("void", "own", "failed")),
        ("matured", f"(p.delivered OR p.arrival_day IS NOT NULL) AND NOT {later}"),
        otherwise="open",
    )
    return asked.rows(
        "parcels p LEFT JOIN damaged d ON d.parcel_id = p.parcel_id",
        "shipped_day",
        "coalesce(d.sure, FALSE) AS event",
        "d.parcel_id IS NOT NULL AS possible",
        f"coalesce(arrival_day > {local_day(recent, 'jp', 'p')}, FALSE) AS recent",
        f"CASE WHEN {later} THEN least(seen_until, {known}) ELSE seen_until END AS seen_until",
        f"{status} AS status",
        where=f" AND {_ON_LEG[leg].format('p')}",
    )


def _with_high_end(table: pa.Table) -> pa.Table:
    """Add what the rate would be if all that is undetermined were the carrier's."""
    events = pc.add(table.column("events"), table.column("n_undetermined"))
    n = pc.if_else(pc.equal(table.column("n"), 0), None, table.column("n"))
    bare = pa.table(
        {
            "n": table.column("n"),
            "events": events,
            "rate": pc.divide(pc.cast(events, pa.float64()), n),
        }
    )
    high = with_estimates(bare)[0]
    place = table.column_names.index("n_open")
    for name in ("hi", "lo", "estimate", "rate", "events"):
        table = table.add_column(place, f"{name}_high", high.column(name))
    return table


def _lag() -> Phrase:
    days = settings().claim_lag_days
    return phrase(
        ja=f"配達後 {days} 日未満の荷物（n_recent）にはこれから申告が出ることがある。"
        "下限は配送業者の責任が確かなもの、上限は不明なものをすべて加えたもの。",
        en=f"Claims may still come for parcels delivered less than {days} days ago (n_recent)."
        " The low end is certain; the high end adds all that is undetermined.",
    )
