"""How much more weight is charged than lies on the scales."""

from __future__ import annotations

from typing import Unpack

from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.marts.keys import DAY_KEYS, PARCEL_KEYS, key_names
from rakustats.marts.needs import require
from rakustats.marts.question import Keys, Period, Question, ask
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.grouping import grouped, ordered
from rakustats.results.result import Result

TITLE = phrase(ja="実重量と課金重量の差", en="Charged weight against the scales")
COLUMNS = {
    "n": "parcels with both weights",
    "n_unknown": "parcels without",
    "actual_kg, chargeable_kg": "sums, NULL where ``n`` is 0",
    "gap_kg": "the difference",
    "gap_share": "difference over actual weight",
}
# withdrawn requests and parcels from seller to warehouse are left out
_OURS = "leg IS DISTINCT FROM 1 AND coalesce(state, '') <> 'void'"


@documented(
    COLUMNS,
    by="Keys: carrier, ship_method, mode, origin_region, dest_region, leg, month, closure.",
    cohort="Days on which the parcel was handed to the carrier",
)
def weight_gaps(db: Database, by: Keys = "ship_method", **period: Unpack[Period]) -> Result:
    """Return what is charged for volume beyond the weight on the scales, by group of parcels.

    Parcels from seller to warehouse and withdrawn requests are left out.

    Raises
    ------
    UsageError
        If a key or day is not valid, or no export brought both weights.

    Notes
    -----
    Gap = (Σ chargeable - Σ actual) / Σ actual kg; carriers charge the larger of actual weight and
    volume, cm³ / 6000 (docs/methods.md, Prices, weight and landed cost).

    Examples
    --------
    >>> gaps = rs.weight_gaps(db).frame()
    >>> bool((gaps["gap_share"] >= 0).all())
    True
    """
    asked = ask(db, by, period, TITLE, phrase(ja="荷物", en="parcels"))
    if wrong := [k for k in asked.keys if k not in (*PARCEL_KEYS, *DAY_KEYS)]:
        raise UsageError(
            phrase(
                ja=f"一つの荷物に複数の明細が入るため、{'、'.join(wrong)} では分けられません。"
                "by から外してください。",
                en=f"Parcels are not grouped by {', '.join(wrong)}; several lines share one.",
            )
        )
    told = phrase(ja="課金重量の差", en="Charged weight")
    require(db, told, ["shipments.actual_kg", "shipments.chargeable_kg"])
    steps = [*asked.steps(("shipments",)), ("weighed", _weighed(asked)), ("sums", _sums(asked))]
    last = f"""\
SELECT {key_names(asked.keys)}n, n_unknown, actual_kg, chargeable_kg,
  chargeable_kg - actual_kg AS gap_kg,
  (chargeable_kg - actual_kg) / nullif(actual_kg, 0) AS gap_share
FROM sums{ordered(asked.keys, "sums")}"""
    text = with_steps(steps, last)
    return asked.result(db.engine.query(text), text)


def _weighed(asked: Question) -> str:
    dated = " AND shipped_day IS NOT NULL" if asked.days.bounded else ""
    return f"""\
SELECT {asked.columns("CAST(actual_kg AS DOUBLE) AS actual")}
  CAST(chargeable_kg AS DOUBLE) AS charged{asked.dated("shipped_day")}
FROM shipments
WHERE {_OURS} AND {asked.days.where("shipped_day")}{dated}"""


def _sums(asked: Question) -> str:
    both = "actual > 0 AND charged IS NOT NULL"
    return f"""\
SELECT {key_names(asked.keys)}count(*) FILTER (WHERE {both}) AS n,
  count(*) - count(*) FILTER (WHERE {both}) AS n_unknown,
  sum(actual) FILTER (WHERE {both}) AS actual_kg,
  sum(charged) FILTER (WHERE {both}) AS chargeable_kg
FROM weighed{grouped(asked.keys)}"""
