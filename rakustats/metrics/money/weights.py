"""How much more weight is charged than lies on the scales."""

from __future__ import annotations

from typing import Unpack

from rakustats.engine.database import Database
from rakustats.i18n.phrases import phrase
from rakustats.marts.keys import key_names
from rakustats.marts.needs import require
from rakustats.marts.parcels import ask_parcels
from rakustats.marts.question import Keys, Period, Question
from rakustats.metrics.spec.documented import KEYS_OF_PARCELS, documented
from rakustats.metrics.spec.grouping import grouped, sums_result
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
    COLUMNS, by=KEYS_OF_PARCELS, cohort="Days on which the parcel was handed to the carrier"
)
def weight_gaps(db: Database, by: Keys = "ship_method", **period: Unpack[Period]) -> Result:
    """Return what is charged for volume beyond the weight on the scales, by group of parcels.

    Parcels from seller to warehouse and withdrawn requests are left out.

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
    asked = ask_parcels(db, by, period, TITLE)
    what = phrase(ja="課金重量の差", en="Charged weight")
    require(db, what, ["shipments.actual_kg", "shipments.chargeable_kg"])
    steps = [*asked.steps(("shipments",)), ("weighed", _weighed(asked)), ("sums", _sums(asked))]
    items = """\
c.n, c.n_unknown, c.actual_kg, c.chargeable_kg, c.chargeable_kg - c.actual_kg AS gap_kg,
  (c.chargeable_kg - c.actual_kg) / nullif(c.actual_kg, 0) AS gap_share"""
    return sums_result(db, asked, steps, items)


def _weighed(asked: Question) -> str:
    return f"""\
SELECT {asked.columns()}CAST(actual_kg AS DOUBLE) AS actual,
  CAST(chargeable_kg AS DOUBLE) AS charged{asked.dated("shipped_day")}
FROM shipments WHERE {_OURS} AND {asked.days.known("shipped_day")}"""


def _sums(asked: Question) -> str:
    both = "actual > 0 AND charged IS NOT NULL"
    return f"""\
SELECT {key_names(asked.keys)}count(*) FILTER (WHERE {both}) AS n,
  count(*) - count(*) FILTER (WHERE {both}) AS n_unknown,
  sum(actual) FILTER (WHERE {both}) AS actual_kg,
  sum(charged) FILTER (WHERE {both}) AS chargeable_kg
FROM weighed{grouped(asked.keys)}"""
