"""How often deliveries come later than promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.days import just_after
from rakustats.marts.deliveries import (
    NOT_COUNTED,
    TABLES,
    UNIT_COLUMNS,
    Clock,
    Deliveries,
    Unit,
)
from rakustats.marts.delivery_rows import Promise
from rakustats.marts.keys import closure_of, key_names
from rakustats.marts.question import Keys, Period, Question, ask
from rakustats.metrics.spec.case_mix import case_mix
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.grouping import same_keys
from rakustats.metrics.spec.late_shares import (
    LATE_COLUMNS,
    LATE_FIGURES,
    UNIT_OUTCOME,
    late_steps,
    outcome_columns,
    timed_steps,
    with_interval,
)
from rakustats.metrics.spec.left_lists import late_ranges, left_notes
from rakustats.metrics.spec.looking_back import PROMISES, looking_back_notes
from rakustats.metrics.spec.rates import Rates, Weighing
from rakustats.metrics.spec.reasons import matured, reasons, statuses
from rakustats.results.result import Result

CLOCKS = ("request", "shipped")
DELAYS = Rates(
    n="units whose promised day had ended when they were last exported",
    events="late ones",
    n_open="not due by then, not there",
    excluded=reasons(
        *("no_promise", "cancelled", "left", "void", "no_date", "no_quantity", "test"),
        cancelled="undelivered, called off before the promised day ended",
        left="left a list of open parcels around the promised day: in time or not, nobody says",
        no_date="delivered, but no export says when",
        test="tests, samples, the customer's own shipments",
    ),
    extra={
        **statuses(not_due="there or lost before the promised day ended"),
        **matured(
            overdue_open=("still_open", "those of ``events`` that are still awaited"),
            early=("early", "those of ``n`` that came before the promised day"),
        ),
    },
    figures={
        **LATE_COLUMNS,
        "late_share_least, late_share_most": "the late share if all of ``n_left`` came in time, and"
        " if none did; ``late_share`` is NULL where there are any",
        "early_rate": "``n_early`` / ``n``",
        "n_drift": "units with a first and a latest promise",
        "drift_p50, drift_p90": "days from the first promise to the latest",
    },
)


@documented(
    DELAYS.columns,
    cohort="Days on which the clock starts: that of the delivery request, else of the order's"
    " submission, else of the handover to the carrier",
    adjusts=True,
)
def delay_rates(
    db: Database,
    by: Keys = None,
    *,
    unit: Unit = "shipment",
    clock: Clock = "request",
    leg: int | None = None,
    promise: Promise = "original",
    adjust: str | Sequence[str] | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how often deliveries came after the promised day, by group.

    A unit is late if the local day of its arrival (first attempt, else delivery) lies after the
    promised day, if it was lost or returned, or if it is not there when that day has ended. A loss
    that a closed and paid claim accepted is one whatever the parcel's export says. A shipment is
    counted once for all its lines and is late if any of them is; a shipment with lines
    of two sellers counts once for each. A line's own promise goes before its shipment's first one.
    A parcel that carries on where its parent ends (a last-mile number under a master airway bill)
    makes one delivery with it: begun and promised as the first, there when the last one is. What
    is sent again after a loss or a return, or as a replacement order, is a delivery of its own.

    Parameters
    ----------
    unit : {"shipment", "line"}
        Count shipments, or order lines on their final leg.
    clock : {"request", "shipped"}
        ``"shipped"`` puts the cohort day at the handover to the carrier and nothing else.
    leg : {1, 2}, optional
        Only this leg.
    promise : {"original", "current"}
        Judge by the first promise ever seen, or by the latest.

    Returns
    -------
    ``n``, ``n_open``, ``n_not_due`` and ``n_excluded`` add up to all units. With ``adjust`` the
    prior of a group lies around its expected rate, and ranks and flags go by the odds against it.

    Notes
    -----
    ``rate`` leaves out what is not due, so it is about weeks that are past. ``late_share`` is about
    all: the Aalen-Johansen estimate of a late outcome, with cancellation as a competing risk,
    I_late / (1 - I_called_off), each delivery read at its own promise; where all promises are past,
    it is ``rate``. What began around the Lunar New Year or the National Day is a curve of its own;
    the curves are weighed by their units. A season's curve that ends before the last promise goes
    on along that season's curve over all groups and days; is that too short as well, the share is
    NULL. The interval: :func:`rakustats.stats.shares.share_interval`.
    Where exports list open parcels alone, those that left the list have arrived at an unknown
    instant between two exports: before their promised day is in time, around it is ``n_left``.

    Examples
    --------
    >>> late = rs.delay_rates(db, by=["carrier"], leg=2, since="2025-06-01")
    >>> worst_first = late.frame().sort_values("estimate", ascending=False)
    >>> list(worst_first.columns[:7])
    ['carrier', 'n', 'events', 'rate', 'estimate', 'lo', 'hi']
    """
    of = Deliveries(unit, clock, leg, promise)
    of.check(CLOCKS)
    title = phrase(ja=f"納期遅れの割合（{of.noun.ja}）", en=f"Late deliveries ({of.noun.en})")
    asked = ask(db, by, period, title, of.noun, several=of.several)
    like = case_mix(adjust, UNIT_COLUMNS[unit])
    steps = late_unit_steps(asked, of)
    result = DELAYS.result(db, asked, steps, weighing=_weighing(asked.keys), adjust=like)
    if not result.n:
        require_promises(db)
    least = most = with_interval(result.table)
    if asked.snapshot.lists:
        early = late_unit_steps(asked, replace(of, left="earliest"))
        other = DELAYS.result(db, asked, early, weighing=_weighing(asked.keys))
        least = with_interval(other.table)
    untold = looking_back_notes(db, asked, "shipments", PROMISES)
    said = (*_short(result.table), *untold, *left_notes(asked.snapshot, most))
    return replace(result, table=late_ranges(least, most), notes=(*result.notes, *said))


def late_unit_steps(
    asked: Question, of: Deliveries, *, also: Sequence[str] = (), tables: Sequence[str] = ()
) -> list[Step]:
    """Return the steps that end in ``units``: one row per unit and keys, with status and event.

    ``also`` are keys that the step ``dated`` shall have without telling units apart, ``tables``
    further ones that the snapshot has to hold.
    """
    return [
        *asked.steps((*TABLES, *tables)),
        *of.steps(asked, also),
        *timed_steps(),
        ("outcomes", _outcomes(of.columns(asked))),
        ("units", _units(asked, of)),
    ]


def require_promises(db: Database) -> None:
    """Raise a ``UsageError`` if no export brought any promise."""
    promised = db.count("shipments", "promised_at", "promised_at_original")
    if not promised and not db.count("order_lines", "delivery_promised_at"):
        raise UsageError(
            ja="約束の日（shipments.promised_at、promised_at_original、"
            "order_lines.delivery_promised_at）のある荷物がないため、遅れを判定できません。"
            "お届け予定日の列のある配送ファイルを取り込んでください。",
            en="No delivery has a promised day (shipments.promised_at or promised_at_original,"
            " order_lines.delivery_promised_at), so nothing can be called late."
            " Load a shipment export that has お届け予定日.",
        )


def _outcomes(columns: str) -> str:
    """One row per unit and keys: its outcome, and voids, missing promises and cancellations."""
    ended = "(arrival_day IS NOT NULL OR failed)"
    promised = "NOT void AND NOT no_quantity AND NOT test AND promise_day IS NOT NULL"
    counts = f"{promised} AND NOT called_off AND NOT undated"
    late = "failed OR arrival_day IS NULL OR arrival_day > promise_day"
    return f"""\
SELECT {columns}, bool_and(void) AS void,
  bool_and(no_quantity) AS no_quantity, bool_and(no_quantity OR test) AS test,
  min(looked_until) AS seen_until, min(slice_until) AS slice_until,
  count(*) FILTER (WHERE {promised}) AS n_promised,
  count(*) FILTER (WHERE {promised} AND undated) AS n_undated,
  count(*) FILTER (WHERE {counts}) AS n_counting,
  max(promise_until) FILTER (WHERE {counts}) AS due,
  max(promise_day) FILTER (WHERE {counts}) AS due_day,
  bool_or({late}) FILTER (WHERE {counts}) AS event,
  coalesce(bool_or(undecided) FILTER (WHERE {counts}), FALSE)
    AND NOT coalesce(bool_or({late}) FILTER (WHERE {counts} AND NOT undecided), FALSE) AS undecided,
  bool_or(NOT {ended} AND NOT paid_back) FILTER (WHERE {counts}) AS still_open,
  bool_and(coalesce(arrival_day < promise_day, FALSE)) FILTER (WHERE {counts}) AS early\
{outcome_columns(f"{promised} AND NOT undated")}
FROM timed GROUP BY {columns}"""


def _units(asked: Question, of: Deliveries) -> str:
    """Give each unit its status.

    It is due when the last of its promises had ended as the slice that shows it last was made: were
    those that arrived taken as due earlier than open ones, slices of open parcels would look late.
    """
    status = asked.status(
        "cohort_day",
        ("elsewhere", "NOT in_period"),
        *NOT_COUNTED,
        ("no_promise", "n_promised = 0"),
        ("no_date", "n_counting = 0 AND n_undated > 0"),
        ("cancelled", "n_counting = 0"),
        ("left", "undecided"),
        ("matured", f"due <= {just_after('slice_until')}"),
        ("open", "still_open"),
        otherwise="not_due",
    )
    return f"""\
SELECT {key_names(UNIT_COLUMNS[of.unit])}{asked.columns("cohort_day", "due", "due_day")}event,
  still_open, early, slip, in_period,
  coalesce(seen >= 0, FALSE) AS begun, {closure_of("cohort_day")} AS exposure,
  {UNIT_OUTCOME}, followed, seen_until, slice_until, {status} AS status{asked.dated("cohort_day")}
FROM (SELECT j.*, {asked.days.where("cohort_day")} AS in_period FROM outcomes j) j"""


def _weighing(keys: Sequence[str]) -> Weighing:
    """Add the late share of all that began, those that came early, and how promises slipped."""
    moved = "status IN ('matured', 'open', 'not_due')"
    slip = f"CASE WHEN {moved} THEN slip END"
    sums = {
        "n_drift": f"count({slip})",
        **{
            f"drift_p{p}": f"percentile_cont(0.{p}) WITHIN GROUP (ORDER BY {slip})"
            for p in (50, 90)
        },
    }
    figures = {name: f"v.{name}" for name in LATE_FIGURES}
    for count in ("n_begun", "n_followed_short"):
        figures[count] = f"coalesce(v.{count}, 0)"
    figures["early_rate"] = "CAST(c.n_early AS DOUBLE) / nullif(c.n, 0)"
    return Weighing(
        sums=sums,
        figures={**figures, **{name: f"c.{name}" for name in sums}},
        steps=tuple(late_steps(keys)),
        joins=f"\nLEFT JOIN late_shares v ON {same_keys(keys, 'v', 'c')}",
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
