"""Lead times: how long deliveries take, open ones right-censored."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.i18n.phrases import phrase
from rakustats.marts.days import day_number
from rakustats.marts.deliveries import (
    NOT_COUNTED,
    TABLES,
    Clock,
    Deliveries,
    Unit,
    elapsed,
    last_day,
    require_times,
)
from rakustats.marts.question import Keys, Period, Question, ask
from rakustats.metrics.spec.added_columns import behind
from rakustats.metrics.spec.curves import curve_columns, curve_result
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.left_lists import left_notes
from rakustats.metrics.spec.quantiles import BOUNDED, QUANTILES
from rakustats.metrics.spec.reasons import endings, reasons
from rakustats.metrics.spec.times import Times
from rakustats.results.result import Result

CLOCKS = ("request", "shipped", "purchase")
STARTED = "Days on which the clock starts"
LEAD_TIMES = Times(
    cause="arrived",
    n="units whose clock started: those open, arrived, lost and cancelled",
    n_open="still awaited when last looked at (censored at the last day that was over then)",
    days="days by which that share of all has arrived",
    excluded=reasons(*NOT_COUNTED, "no_date", "no_start", "backwards", "just_begun"),
    extra=endings("arrived", "lost", "cancelled", arrived="there"),
)


_LEAST = {
    ", ".join(f"{name}_least" for name in QUANTILES): "the same if what left a list of open parcels"
    " arrived at once after it was last seen; the quantiles themselves take the next list, their"
    " intervals span both"
}


@documented({**LEAD_TIMES.columns, **_LEAST}, cohort=STARTED)
def lead_times(
    db: Database,
    by: Keys = None,
    *,
    unit: Unit = "shipment",
    clock: Clock = "request",
    leg: int | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how many days deliveries take from the start of their clock, by group.

    A unit has arrived on the local day of its first delivery attempt, else of its delivery; one of
    several parcels when the last of them has. One that is still awaited counts as open up to the
    last day that was over at as-of, so that slow deliveries are not missed because they are slow.
    What was lost, returned or called off never arrives: these are ends that compete.

    Parameters
    ----------
    unit : {"shipment", "line"}
        Count shipments, or order lines.
    clock : {"request", "shipped", "purchase"}
        From the delivery request (else the order's submission, else the handover), from the
        handover to the carrier, or door to door: from the purchase (else payment, else submission).
    leg : {1, 2}, optional
        Only this leg; by default the final one, whether its number is known or not.

    Notes
    -----
    The quantiles are those of the Aalen-Johansen estimate I(t) = Σ S(u-) d(u) / n(u) over u ≤ t,
    with d(u) of the n(u) units still awaited arriving on day u and S the share not ended before
    (Aalen and Johansen 1978; Kaplan and Meier 1958). An end comes before a last look on its day.
    What ended on an unknown day counts as having ended when it was last seen.

    Examples
    --------
    >>> by_method = rs.lead_times(db, by="ship_method", clock="shipped")
    >>> list(by_method.frame().columns[:7])
    ['ship_method', 'n', 'n_open', 'p50', 'p80', 'p90', 'p95']
    """
    of = Deliveries(unit, clock, leg)
    asked = _asked(db, by, period, of)
    result = LEAD_TIMES.result(db, asked, spell_steps(asked, of))
    early = table = result.table
    if asked.snapshot.lists:
        early_steps = spell_steps(asked, replace(of, left="earliest"))
        early = LEAD_TIMES.result(db, asked, early_steps).table
        for name in (f"{bounded}_lo" for bounded in BOUNDED):
            place = table.column_names.index(name)
            table = table.set_column(place, name, early.column(name))
    least = {f"{name}_least": early.column(name) for name in QUANTILES}
    notes = (*result.notes, *left_notes(asked.snapshot, result.table))
    return replace(result, table=behind(table, list(QUANTILES)[-1], least), notes=notes)


@documented(
    curve_columns("arrived"),
    rows="One row per group and day on which anything ended or was last seen open, sorted by both",
    cohort=STARTED,
)
def arrival_curve(
    db: Database,
    by: Keys = None,
    *,
    unit: Unit = "shipment",
    clock: Clock = "request",
    leg: int | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return the share that has arrived by each day after the start of the clock, by group.

    The curve behind :func:`rakustats.lead_times`, with the number still at risk, for a survival
    plot and the table under it.

    Parameters
    ----------
    unit, clock, leg
        As in :func:`rakustats.lead_times`.

    Notes
    -----
    Variance after Aalen (Marubini and Valsecchi 1995, ch. 10); the interval is described in
    :func:`rakustats.stats.shares.share_interval`.

    Examples
    --------
    >>> curve = rs.arrival_curve(db, by="mode")
    >>> (curve.frame().groupby("mode")["incidence"].max() <= 1).all()
    np.True_
    """
    of = Deliveries(unit, clock, leg)
    asked = _asked(db, by, period, of)
    return curve_result(db, asked, spell_steps(asked, of), LEAD_TIMES)


def _asked(db: Database, by: Keys, period: Period, of: Deliveries) -> Question:
    of.check(CLOCKS)
    title = phrase(ja=f"配送日数（{of.noun.ja}）", en=f"Delivery times ({of.noun.en}, days)")
    asked = ask(db, by, period, title, of.noun, several=of.several)
    require_times(db, phrase(ja="届くまでの日数", en="Delivery times"), of.clock)
    return asked


def spell_steps(asked: Question, of: Deliveries) -> list[Step]:
    """Return the steps that end in ``spells``: one row per unit and keys, days, ending, status."""
    return [
        *asked.steps(TABLES),
        *of.at_the_end.steps(asked),
        ("ends", _ends(asked)),
        ("awaited", _awaited(of.columns(asked))),
        ("spells", _statuses(asked)),
    ]


def _ends(asked: Question) -> str:
    """Count each row's days from the start: to its end, and to the censoring."""
    ending = """\
CASE WHEN failed THEN 'lost' WHEN arrival_day IS NOT NULL THEN 'arrived'
    WHEN cancelled THEN 'cancelled' END"""
    day = f"""\
CASE WHEN failed THEN {elapsed("failed_day")} WHEN arrival_day IS NOT NULL
    THEN {elapsed("arrival_day")} WHEN cancelled THEN {elapsed("cancelled_day")} END"""
    numbered = f"""\
SELECT d.*, {last_day()} - {day_number("cohort_day")} AS seen,
  {ending} AS stated, {day} AS stated_on
FROM dated d WHERE {asked.days.where("cohort_day")}"""
    return f"""\
SELECT n.*, CASE WHEN stated_on > seen THEN seen ELSE coalesce(stated_on, seen) END AS days,
  CASE WHEN stated_on > seen THEN NULL ELSE stated END AS ending
FROM (
{numbered}
) n"""


def _awaited(columns: str) -> str:
    """One row per unit and keys; it is lost with its first lost part, there with its last."""
    counts = "NOT void AND NOT no_quantity AND NOT test"
    named = ("lost", "min"), ("arrived", "max"), ("cancelled", "max")
    days = "".join(
        f",\n  {pick}(days) FILTER (WHERE {counts} AND ending = '{ending}') AS {ending}_on"
        for ending, pick in named
    )
    return f"""\
SELECT {columns}, bool_and(void) AS void, bool_and(no_quantity) AS no_quantity,
  bool_and(no_quantity OR test) AS test, coalesce(bool_or(undated AND {counts}), FALSE) AS undated,
  min(seen_until) AS seen_until,
  count(*) FILTER (WHERE {counts} AND ending IS NULL) AS n_awaited, max(seen) AS seen{days}
FROM ends GROUP BY {columns}"""


def _statuses(asked: Question) -> str:
    ending = """\
CASE WHEN lost_on IS NOT NULL THEN 'lost' WHEN n_awaited > 0 THEN NULL
    WHEN arrived_on IS NOT NULL THEN 'arrived' ELSE 'cancelled' END"""
    days = """\
CASE WHEN lost_on IS NOT NULL THEN lost_on WHEN n_awaited > 0 THEN seen
    ELSE coalesce(arrived_on, cancelled_on) END"""
    status = asked.status(
        "cohort_day",
        ("no_start", "cohort_day IS NULL"),
        *NOT_COUNTED,
        ("no_date", "undated"),
        ("just_begun", "seen < 0"),
        ("backwards", "days < 0"),
    )
    return f"""\
SELECT a.*, {status} AS status{asked.dated("cohort_day")}
FROM (
SELECT *, {ending} AS ending, {days} AS days FROM awaited
) a"""
