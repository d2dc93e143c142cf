"""How often deliveries come later than promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.deliveries import (
    TABLES,
    UNIT_COLUMNS,
    Clock,
    Promise,
    Unit,
    check_unit,
    delivery_steps,
    unit_keys,
)
from rakustats.marts.keys import (
    DAY_KEYS,
    closure_of,
    cohort,
    day_columns,
    group_keys,
    key_names,
)
from rakustats.marts.question import Question
from rakustats.metrics.spec.case_mix import mix
from rakustats.metrics.spec.late_shares import (
    LATE_FIGURES,
    UNIT_VERDICT,
    late_steps,
    timed_steps,
    verdict_columns,
    with_interval,
)
from rakustats.metrics.spec.rates import Weighing, rate_result
from rakustats.results.result import Result

CLOCKS = ("request", "shipped")
EXCLUDED = ("no_promise", "cancelled", "void", "no_date", "no_quantity", "test")
EXTRA = {
    "n_not_due": "status = 'not_due'",
    "n_overdue_open": "status = 'matured' AND still_open",
    "n_early": "status = 'matured' AND early",
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
        ``n_overdue_open`` (those of ``events`` that are still awaited), ``n_early`` (those of ``n``
        that came before the promised day), ``n_no_promise``, ``n_cancelled`` (undelivered, called
        off before the promised day ended), ``n_void`` (request withdrawn), ``n_no_date``
        (delivered, but no export says when), ``n_no_quantity`` (0 pieces), ``n_test`` (tests,
        samples, the customer's own shipments). ``n``, ``n_open``, ``n_not_due`` and ``n_excluded``
        add up to all units. Rates are NULL where ``n`` is 0.
        With ``adjust`` also ``expected`` (events at the rates that units like the group's have in
        the other groups), ``ratio`` (events / expected), ``ratio_lo``, ``ratio_hi`` (exact 90 %
        Poisson interval), ``judged`` (better, similar, worse, much worse by that interval), by line
        ``n_event_orders`` (orders that the events are of); the prior of a group then lies around
        its expected rate, and ranks and flags go by the odds against it.

        Of all that began by then, open ones among them: ``n_begun`` (with a promise and a day on
        which the clock started), ``late_share`` (share of those not called off that is or will be
        late), ``late_lo``, ``late_hi`` (its 90 % interval), ``n_followed_short`` (began in a season
        whose last ones are not followed as far as their promise, see Notes).

        Of promises: ``early_rate`` (``n_early`` / ``n``), ``n_drift`` (units with a first and a
        latest promise), ``drift_p50``, ``drift_p90`` (days from the first to the latest).

    Raises
    ------
    UsageError
        If a key, unit, clock, leg, promise or day is not valid, or no export brought any promise.

    Notes
    -----
    Estimate, rank and flag are described in :func:`rakustats.stats.shrinkage.estimates`.

    ``rate`` leaves out what is not due, so it tells of the weeks that are past. ``late_share``
    tells of all: the Aalen-Johansen estimate of a late verdict, with a call-off as competing end,
    I_late / (1 - I_called_off), each delivery read at its own promise; where all promises are past,
    it is ``rate``. What began around the Lunar New Year or the National Day is a curve of its own;
    the curves are weighed by their units. A season's curve that ends before the last promise goes
    on along that season's curve over all groups and days; is that too short as well, the share is
    NULL. The interval: :func:`rakustats.stats.shares.share_interval`.

    Examples
    --------
    >>> late = rs.delay_rates(db, by=["carrier"], leg=2, since="2025-06-01")
    >>> worst_first = late.frame().sort_values("estimate", ascending=False)
    >>> list(worst_first.columns[:7])
    ['carrier', 'n', 'events', 'rate', 'estimate', 'lo', 'hi']
    """
    check_unit(unit, clock, leg, CLOCKS)
    if promise not in ("original", "current"):
        raise UsageError(
            phrase(
                ja="promise には original か current を指定してください。",
                en="promise is original or current.",
            )
        )
    noun = phrase(ja="荷物" if unit == "shipment" else "明細", en=f"{unit}s")
    title = phrase(ja=f"納期遅れの割合（{noun.ja}）", en=f"Late deliveries ({noun.en})")
    asked = Question(group_keys(by), cohort(since, until), db.look_back(as_of), title, noun)
    like = mix(adjust, UNIT_COLUMNS[unit])
    steps = late_unit_steps(asked, unit, clock, leg, promise)
    result = rate_result(
        db, asked, steps, EXCLUDED, EXTRA, weighing=_weighing(asked.keys), adjust=like
    )
    if not result.n:
        require_promises(db)
    return replace(
        result, table=with_interval(result.table), notes=(*result.notes, *_short(result.table))
    )


def late_unit_steps(
    asked: Question,
    unit: Unit,
    clock: Clock,
    leg: int | None,
    promise: Promise,
    *,
    also: Sequence[str] = (),
    tables: Sequence[str] = (),
) -> list[Step]:
    """Return the steps that end in ``units``: one row per unit and keys, with status and event.

    ``also`` are keys that the step ``dated`` shall have without telling units apart, ``tables``
    further ones to look back at.
    """
    return [
        *asked.look.steps((*TABLES, *tables)),
        *delivery_steps((*asked.keys, *also), unit, clock, leg, promise),
        *timed_steps(asked.look),
        ("judged", _judged(asked, unit)),
        ("units", _units(asked, unit)),
    ]


def require_promises(db: Database) -> None:
    """Raise a ``UsageError`` if no export brought any promise."""
    told = db.count("shipments", "promised_at", "promised_at_original")
    if not told and not db.count("order_lines", "delivery_promised_at"):
        raise UsageError(
            phrase(
                ja="約束の日（shipments.promised_at、promised_at_original、"
                "order_lines.delivery_promised_at）のある荷物がないため、遅れを判定できません。"
                "お届け予定日の列のある配送ファイルを取り込んでください。",
                en="No delivery has a promised day (shipments.promised_at or promised_at_original,"
                " order_lines.delivery_promised_at), so nothing can be called late."
                " Load a shipment export that has お届け予定日.",
            )
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
  max(promise_day) FILTER (WHERE {counts}) AS due_day,
  bool_or({late}) FILTER (WHERE {counts}) AS event,
  bool_or(NOT {ended}) FILTER (WHERE {counts}) AS still_open,
  bool_and(coalesce(arrival_day < promise_day, FALSE)) FILTER (WHERE {counts}) AS early\
{verdict_columns(f"{promised} AND NOT undated")}
FROM timed GROUP BY {columns}"""


def _units(asked: Question, unit: Unit) -> str:
    """Give each unit its status; it is due when the last of its promises has ended."""
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    plain = [*UNIT_COLUMNS[unit], *(k for k in asked.keys if k not in DAY_KEYS)]
    return f"""\
SELECT {key_names(plain)}cohort_day, due, due_day, event, still_open, early, drift,
  in_period,
  coalesce(seen >= 0, FALSE) AS begun, {closure_of("cohort_day")} AS exposure,
  {UNIT_VERDICT}, CASE WHEN NOT in_period THEN 'elsewhere' {no_day}WHEN void THEN 'void'
    WHEN no_quantity THEN 'no_quantity' WHEN test THEN 'test' WHEN n_promised = 0 THEN 'no_promise'
    WHEN n_counting = 0 AND n_undated > 0 THEN 'no_date'
    WHEN n_counting = 0 THEN 'cancelled'
    WHEN due <= {asked.look.day_over} THEN 'matured'
    WHEN still_open THEN 'open' ELSE 'not_due' END AS status{day_columns(asked.keys, "cohort_day")}
FROM (SELECT j.*, {asked.days.where("cohort_day")} AS in_period FROM judged j) j"""


def _weighing(keys: Sequence[str]) -> Weighing:
    """Add the late share of all that began, those that came early, and how promises moved."""
    moved = "status IN ('matured', 'open', 'not_due')"
    drift = f"CASE WHEN {moved} THEN drift END"
    sums = {
        "n_drift": f"count({drift})",
        **{
            f"drift_p{p}": f"percentile_cont(0.{p}) WITHIN GROUP (ORDER BY {drift})"
            for p in (50, 90)
        },
    }
    same = " AND ".join(f"v.{k} IS NOT DISTINCT FROM c.{k}" for k in keys) or "1 = 1"
    figures = {name: f"v.{name}" for name in LATE_FIGURES}
    for count in ("n_begun", "n_followed_short"):
        figures[count] = f"coalesce(v.{count}, 0)"
    figures["early_rate"] = "CAST(c.n_early AS DOUBLE) / nullif(c.n, 0)"
    return Weighing(
        sums=sums,
        figures={**figures, **{name: f"c.{name}" for name in sums}},
        steps=tuple(late_steps(keys)),
        joins=f"\nLEFT JOIN late_shares v ON {same}",
    )


def _short(table: pa.Table) -> list[Phrase]:
    """Say where deliveries are not yet followed as far as their promise."""
    short = pc.sum(table.column("n_followed_short")).as_py() or 0
    if not short:
        return []
    return [
        phrase(
            ja=f"約束の日まで追えていない時期に始まったもの：{short:,} 件（n_followed_short）。"
            "late_share はその先を同じ時期の全期間・全群の曲線で補い、それも短ければ空欄。",
            en=f"{short:,} began in a season that is not followed as far as the promise"
            " (n_followed_short): late_share takes the rest from that season's curve over all days"
            " and groups, and is empty where that is too short as well.",
        )
    ]
