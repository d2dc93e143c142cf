"""How often deliveries come later than promised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.metrics.deliveries import (
    TABLES,
    UNIT_COLUMNS,
    Clock,
    Promise,
    Unit,
    check_unit,
    delivery_steps,
    unit_keys,
)
from rakustats.metrics.keys import DAY_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.metrics.mix import mix
from rakustats.metrics.rates import Question, rate_result
from rakustats.results import Result, phrase

CLOCKS = ("request", "shipped")
EXCLUDED = ("no_promise", "cancelled", "void", "no_date", "no_quantity", "test")
EXTRA = {
    "n_not_due": "status = 'not_due'",
    "n_overdue_open": "status = 'matured' AND still_open",
}


def delay_rates(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    unit: Unit = "shipment",
    clock: Clock = "request",
    leg: int | None = None,
    promise: Promise = "original",
    adjust: str | Sequence[str] | None = None,
) -> Result:
    """Return how often deliveries came after the promised day, by group.

    A unit is late if the local day of its arrival (first attempt, else delivery) lies after the
    promised day, if it was lost or returned, or if it is not there when that day has ended. A
    shipment is judged once for all its lines and is late if any of them is; a shipment with lines
    of two sellers counts once for each. A line's own promise goes before its shipment's first one.
    A parcel that carries on where its parent ends (a last-mile number under a master airway bill)
    makes one delivery with it: begun and promised as the first, there when the last one is. What
    is sent again after a loss or a return, or as a replacement order, is a delivery of its own.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: seller, carrier, ship_method, mode, origin_region, dest_region, category, platform,
        month, closure, leg. Without, one row for all.
    since, until : str or date, optional
        Cohort days, until exclusive. The cohort day is when the clock starts: the delivery request,
        else the order's submission, else the handover to the carrier.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    unit : {"shipment", "line"}
        Count shipments, or order lines on their final leg.
    clock : {"request", "shipped"}
        ``"shipped"`` puts the cohort day at the handover to the carrier and nothing else.
    leg : {1, 2}, optional
        Only this leg.
    promise : {"original", "current"}
        Judge by the first promise ever seen, or by the latest.
    adjust : str or sequence of str, optional
        Compare each group with what is expected of its mix of category, platform,
        inspection_level, price_band, season, carrier, ship_method, mode, origin_region,
        dest_region or leg; the last named is given up first where units are few.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys (``seller_name`` beside ``seller_id``),
        ``n`` (units whose promised day has ended), ``events`` (late ones), ``rate`` (events / n),
        ``estimate`` (rate drawn to the common one), ``lo``, ``hi`` (90 % interval of the estimate),
        ``expected_rank`` (1 has the highest rate), ``p_worst`` (probability to be among the worst
        tenth), ``reliability`` (the part of the estimate that is the group's own),
        ``flagged`` (on the list of groups worse than twice the common odds of which a tenth at most
        is expected to be false),
        ``n_open`` (not due, not there), ``n_excluded`` (sum of ``n_no_promise``, ``n_cancelled``,
        ``n_void``, ``n_no_date``, ``n_no_quantity``, ``n_test``), ``n_not_due`` (there or lost
        before the promised day ended),
        ``n_overdue_open`` (those of ``events`` that are still awaited), ``n_no_promise``,
        ``n_cancelled`` (undelivered, called off before the promised day ended), ``n_void``
        (request withdrawn), ``n_no_date`` (delivered, but no export says when), ``n_no_quantity``
        (0 pieces), ``n_test`` (tests, samples, the customer's own shipments). ``n``, ``n_open``,
        ``n_not_due`` and ``n_excluded`` add up to all units. Rates are NULL where ``n`` is 0.
        With ``adjust`` also ``expected`` (events at the rates that units like the group's have in
        all groups), ``ratio`` (events / expected), ``ratio_lo``, ``ratio_hi`` (exact 90 % Poisson
        interval), ``judged`` (better, similar, worse, much worse by that interval); the prior of a
        group then lies around its expected rate, and ranks and flags go by the odds against it.

    Raises
    ------
    UsageError
        If a key, unit, clock, leg, promise or day is not valid, or no export brought any promise.

    Notes
    -----
    Estimate, rank and flag are described in :func:`rakustats.scoring.few.estimates`.

    Examples
    --------
    >>> late = rs.delay_rates(db, by=["carrier"], leg=2, since="2025-06-01")
    >>> worst_first = late.frame().sort_values("estimate", ascending=False)
    >>> list(worst_first.columns[:7])
    ['carrier', 'n', 'events', 'rate', 'estimate', 'lo', 'hi']
    """
    check_unit(unit, clock, leg, CLOCKS)
    if promise not in ("original", "current"):
        raise UsageError("promise is original or current.")
    noun = phrase(ja="荷物" if unit == "shipment" else "明細", en=f"{unit}s")
    title = phrase(ja=f"納期遅れの割合（{noun.ja}）", en=f"Late deliveries ({noun.en})")
    asked = Question(group_keys(by), cohort(since, until), db.look_back(as_of), title, noun)
    like = mix(adjust, UNIT_COLUMNS[unit])
    steps = [
        *asked.look.steps(TABLES),
        *delivery_steps(asked.keys, unit, clock, leg, promise),
        ("judged", _judged(asked, unit)),
        ("units", _units(asked, unit)),
    ]
    result = rate_result(db, asked, steps, EXCLUDED, EXTRA, adjust=like)
    if not result.n:
        _require_promises(db)
    return result


def _require_promises(db: Database) -> None:
    if db.count("shipments", "promised_at", "promised_at_original"):
        return
    if not db.count("order_lines", "delivery_promised_at"):
        raise UsageError(
            "No delivery has a promised day (shipments.promised_at or promised_at_original,"
            " order_lines.delivery_promised_at), so nothing can be called late."
            " Load a shipment export that has お届け予定日."
        )


def _judged(asked: Question, unit: Unit) -> str:
    """One row per unit and keys: what is left to judge after voids, no promise and calls-off."""
    columns = unit_keys(asked.keys, unit)
    ended = "(arrival_day IS NOT NULL OR failed)"
    promised = "NOT void AND NOT no_quantity AND NOT test AND promise_day IS NOT NULL"
    counts = f"{promised} AND NOT called_off AND NOT undated"
    late = "failed OR arrival_day IS NULL OR arrival_day > promise_day"
    return f"""\
SELECT {columns}, bool_and(void) AS void,
  bool_and(no_quantity) AS no_quantity, bool_and(no_quantity OR test) AS test,
  count(*) FILTER (WHERE {promised}) AS n_promised,
  count(*) FILTER (WHERE {promised} AND undated) AS n_undated,
  count(*) FILTER (WHERE {counts}) AS n_counting,
  max(promise_until) FILTER (WHERE {counts}) AS due,
  bool_or({late}) FILTER (WHERE {counts}) AS event,
  bool_or(NOT {ended}) FILTER (WHERE {counts}) AS still_open
FROM dated WHERE {asked.days.where("cohort_day")} GROUP BY {columns}"""


def _units(asked: Question, unit: Unit) -> str:
    """Give each unit its status; it is due when the last of its promises has ended."""
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    plain = [*UNIT_COLUMNS[unit], *(k for k in asked.keys if k not in DAY_KEYS)]
    return f"""\
SELECT {key_names(plain)}cohort_day, event, still_open, CASE {no_day}WHEN void THEN 'void'
    WHEN no_quantity THEN 'no_quantity' WHEN test THEN 'test' WHEN n_promised = 0 THEN 'no_promise'
    WHEN n_counting = 0 AND n_undated > 0 THEN 'no_date'
    WHEN n_counting = 0 THEN 'cancelled'
    WHEN due <= {asked.look.day_over} THEN 'matured'
    WHEN still_open THEN 'open' ELSE 'not_due' END AS status{day_columns(asked.keys, "cohort_day")}
FROM judged"""
