"""How long deliveries take, open ones counted for as long as they have been open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.i18n.phrases import phrase
from rakustats.marts.days import day_number
from rakustats.marts.deliveries import (
    TABLES,
    Clock,
    Unit,
    check_unit,
    delivery_steps,
    elapsed,
    last_day,
    require_times,
    unit_keys,
)
from rakustats.marts.keys import DAY_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.marts.question import Question
from rakustats.metrics.spec.curves import curve_result
from rakustats.metrics.spec.times import times_result
from rakustats.results.result import Result

CLOCKS = ("request", "shipped", "purchase")
EXCLUDED = ("void", "no_quantity", "test", "no_date", "no_start", "backwards", "just_begun")
EXTRA = {f"n_{ending}": f"ending = '{ending}'" for ending in ("arrived", "lost", "cancelled")}


def lead_times(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    unit: Unit = "shipment",
    clock: Clock = "request",
    leg: int | None = None,
) -> Result:
    """Return how many days deliveries take from the start of their clock, by group.

    A unit has arrived on the local day of its first delivery attempt, else of its delivery; one of
    several parcels when the last of them has. One that is still awaited counts as open up to the
    last day that was over at as-of, so that slow deliveries are not missed because they are slow.
    What was lost, returned or called off never arrives: these are ends that compete.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: seller, carrier, ship_method, mode, origin_region, dest_region, category, platform,
        month, closure, leg. Without, one row for all.
    since, until : str or date, optional
        Cohort days, until exclusive: the days on which the clock starts.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    unit : {"shipment", "line"}
        Count shipments, or order lines.
    clock : {"request", "shipped", "purchase"}
        From the delivery request (else the order's submission, else the handover), from the
        handover to the carrier, or door to door: from the purchase (else payment, else submission).
    leg : {1, 2}, optional
        Only this leg; by default the final one, whether its number is known or not.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys (``seller_name`` beside ``seller_id``),
        ``n`` (units whose clock started), ``n_open`` (still awaited), ``p50``, ``p80``, ``p90``,
        ``p95`` (days by which that share of all has arrived, NULL where the curve does not get
        there), ``n_excluded`` (the sum of those that follow ``n_cancelled``), ``n_arrived``,
        ``n_lost`` (or returned), ``n_cancelled``, ``n_void`` (request withdrawn),
        ``n_no_quantity`` (0 pieces), ``n_test``, ``n_no_date`` (delivered, but no export says
        when), ``n_no_start`` (no day to count from), ``n_backwards`` (ended before it began),
        ``n_just_begun`` (on a day that was not over). ``n`` is the sum of ``n_open``,
        ``n_arrived``, ``n_lost`` and ``n_cancelled``.

    Raises
    ------
    UsageError
        If a key, unit, clock, leg or day is not valid, or no export tells when anything arrived.

    Notes
    -----
    The quantiles are those of the Aalen-Johansen estimate I(t) = Σ S(u-) d(u) / n(u) over u ≤ t,
    with d(u) of the n(u) units still awaited arriving on day u and S the share not ended before
    (Aalen and Johansen 1978; Kaplan and Meier 1958). An end comes before a last look on its day.
    What ended on an unknown day counts as having ended when it was last looked at.

    Examples
    --------
    >>> by_method = rs.lead_times(db, by="ship_method", clock="shipped")
    >>> list(by_method.frame().columns[:7])
    ['ship_method', 'n', 'n_open', 'p50', 'p80', 'p90', 'p95']
    """
    asked = _asked(db, by, since, until, as_of, unit, clock, leg)
    steps = spell_steps(asked, unit, clock, leg)
    return times_result(db, asked, steps, "arrived", EXCLUDED, EXTRA)


def arrival_curve(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    unit: Unit = "shipment",
    clock: Clock = "request",
    leg: int | None = None,
) -> Result:
    """Return the share that has arrived by each day after the start of the clock, by group.

    The curve behind :func:`rakustats.lead_times`, with the number still at risk, for a survival
    plot and the table under it.

    Parameters
    ----------
    db, by, since, until, as_of, unit, clock, leg
        As in :func:`rakustats.lead_times`.

    Returns
    -------
    Result
        One row per group and day on which anything ended or was last seen open, sorted by both:
        the keys, ``days`` (since the start), ``n`` (units of the group), ``at_risk`` (awaited when
        the day began), ``n_ended`` (that day, arrived or not), ``n_arrived``, ``n_open`` (last seen
        open that day), ``survival`` (share still awaited), ``incidence`` (share arrived),
        ``sd`` (of the incidence), ``lo``, ``hi`` (90 % interval of the incidence).

    Raises
    ------
    UsageError
        As :func:`rakustats.lead_times`.

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
    asked = _asked(db, by, since, until, as_of, unit, clock, leg)
    return curve_result(db, asked, spell_steps(asked, unit, clock, leg), "arrived", EXCLUDED)


def _asked(
    db: Database,
    by: str | Sequence[str] | None,
    since: str | date | None,
    until: str | date | None,
    as_of: str | date | datetime | None,
    unit: Unit,
    clock: Clock,
    leg: int | None,
) -> Question:
    check_unit(unit, clock, leg, CLOCKS)
    noun = phrase(ja="荷物" if unit == "shipment" else "明細", en=f"{unit}s")
    title = phrase(ja=f"配送日数（{noun.ja}）", en=f"Delivery times ({noun.en}, days)")
    asked = Question(group_keys(by), cohort(since, until), db.look_back(as_of), title, noun)
    require_times(db, phrase(ja="届くまでの日数", en="Delivery times"), clock)
    return asked


def spell_steps(asked: Question, unit: Unit, clock: Clock, leg: int | None) -> list[Step]:
    """Return the steps that end in ``spells``: one row per unit and keys, days, ending, status."""
    return [
        *asked.look.steps(TABLES),
        *delivery_steps(asked.keys, unit, clock, leg or "final"),
        ("ends", _ends(asked)),
        ("awaited", _awaited(asked, unit)),
        ("spells", _statuses(asked)),
    ]


def _ends(asked: Question) -> str:
    """Count each row's days from the start: to its end, and to the last look at it."""
    ending = """\
CASE WHEN failed THEN 'lost' WHEN arrival_day IS NOT NULL THEN 'arrived'
    WHEN cancelled THEN 'cancelled' END"""
    day = f"""\
CASE WHEN failed THEN {elapsed("failed_day")} WHEN arrival_day IS NOT NULL
    THEN {elapsed("arrival_day")} WHEN cancelled THEN {elapsed("cancelled_day")} END"""
    numbered = f"""\
SELECT d.*, {last_day(asked.look)} - {day_number("cohort_day")} AS seen,
  {ending} AS stated, {day} AS stated_on
FROM dated d WHERE {asked.days.where("cohort_day")}"""
    return f"""\
SELECT n.*, CASE WHEN stated_on > seen THEN seen ELSE coalesce(stated_on, seen) END AS days,
  CASE WHEN stated_on > seen THEN NULL ELSE stated END AS ending
FROM (
{numbered}
) n"""


def _awaited(asked: Question, unit: Unit) -> str:
    """One row per unit and keys; it is lost with its first lost part, there with its last."""
    columns = unit_keys(asked.keys, unit)
    counts = "NOT void AND NOT no_quantity AND NOT test"
    named = ("lost", "min"), ("arrived", "max"), ("cancelled", "max")
    days = "".join(
        f",\n  {pick}(days) FILTER (WHERE {counts} AND ending = '{ending}') AS {ending}_on"
        for ending, pick in named
    )
    return f"""\
SELECT {columns}, bool_and(void) AS void, bool_and(no_quantity) AS no_quantity,
  bool_and(no_quantity OR test) AS test, coalesce(bool_or(undated AND {counts}), FALSE) AS undated,
  count(*) FILTER (WHERE {counts} AND ending IS NULL) AS n_awaited, max(seen) AS seen{days}
FROM ends GROUP BY {columns}"""


def _statuses(asked: Question) -> str:
    no_day = "no_day" if asked.days.bounded else "no_start"
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    ending = """\
CASE WHEN lost_on IS NOT NULL THEN 'lost' WHEN n_awaited > 0 THEN NULL
    WHEN arrived_on IS NOT NULL THEN 'arrived' ELSE 'cancelled' END"""
    days = """\
CASE WHEN lost_on IS NOT NULL THEN lost_on WHEN n_awaited > 0 THEN seen
    ELSE coalesce(arrived_on, cancelled_on) END"""
    return f"""\
SELECT a.*, CASE WHEN cohort_day IS NULL THEN '{no_day}' WHEN void THEN 'void'
    WHEN no_quantity THEN 'no_quantity' WHEN test THEN 'test' WHEN undated THEN 'no_date'
    WHEN seen < 0 THEN 'just_begun' WHEN days < 0 THEN 'backwards' END AS status\
{day_columns(asked.keys, "cohort_day")}
FROM (
SELECT {key_names(plain)}cohort_day, void, no_quantity, test, undated, seen,
  {ending} AS ending, {days} AS days
FROM awaited
) a"""
