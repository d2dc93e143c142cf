"""Stage times: how long each stage takes, and its owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Unpack

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.i18n.phrases import phrase
from rakustats.marts.keys import key_names
from rakustats.marts.milestones import NAMES, TABLES
from rakustats.marts.needs import require
from rakustats.marts.question import Keys, Moment, Period, Question, ask
from rakustats.marts.staged import OWNERS, STAGE_NAMES, UNALLOCATED, stage_steps
from rakustats.marts.workdays import lend_calendar, unknown_note
from rakustats.metrics.spec.documented import KEY_NAMES, documented
from rakustats.metrics.spec.grouping import grouped, same_keys
from rakustats.metrics.spec.reasons import endings, reasons
from rakustats.metrics.spec.times import Times
from rakustats.results.result import Result

OWN_KEYS = ("stage", "owner")
NOUN = phrase(ja="工程", en="stages")
STAGES = Times(
    cause="done",
    n="stages that began",
    n_open="not over, counted up to when it was last looked at (censored)",
    days="calendar days within which that share was done",
    excluded=reasons(
        *("missing", "negative", "not_separable", "no_date", "no_quantity", "test"),
        missing="passed, but an instant is unknown",
        negative="ended before it began",
        not_separable="counted as seller_to_warehouse",
    ),
    extra=endings("done", "lost", "cancelled", done="over in the ordinary way"),
    beside={
        "n_finished": "lines delivered",
        "mean_days, mean_business_days": "calendar days and Chinese business days per delivered"
        " line; over all stages they add up to the mean time from door to door",
    },
)
STAGE_DAYS = {
    "order_no, line_no, seller_id": "the line",
    "stage, owner": "the stage and who has it in hand, as in :func:`stage_times`",
    "start_at, end_at": "instants (UTC)",
    "days": "calendar days; of a delivered line they add up to those from door to door",
    "business_days": "Chinese business days",
    "status": "done, open (days up to when it was last looked at), lost, cancelled (days up to"
    " then), or why there are no days: missing, negative, not_separable, no_date",
}
_HIDDEN = ("first_no", "last_no")
_ORDERS = {"stage": STAGE_NAMES, "owner": OWNERS}


@documented(
    STAGES.columns,
    rows="One row per group, in the order of the stages",
    by=f"Keys: stage, owner, {KEY_NAMES}. ``stage`` is added where neither it nor ``owner`` is"
    " named. Stages up to the warehouse go by the parcel of the first leg, later ones by that of"
    " the final leg.",
    cohort="Days on which the order was submitted (else paid, bought, dispatched)",
)
def stage_times(db: Database, by: Keys = None, **period: Unpack[Period]) -> Result:
    """Return how long the stages between milestones take, by stage and group.

    Every order line is cut at its milestones into stages that follow each other: ``quote``,
    ``payment``, ``buying``, ``seller_dispatch``, ``leg1`` (both in one as ``seller_to_warehouse``
    where nothing has the handover), ``inspection``, ``customer_dwell``, ``packing`` (with the
    freight quote), ``freight_payment``, ``dispatch``, ``leg2``, ``customs``, ``last_mile``,
    ``recipient``. What they leave of the days from the first known instant to the delivery is
    ``unallocated``. Each has an owner: agency, customer, seller, leg1_carrier, seller_and_leg1 (not
    separable), leg2_carrier, customs, jp_carrier, recipient, undetermined. The customer's stages
    are nobody's delay.

    Notes
    -----
    A line in several parcels takes the milestones of the one that comes last. Quantiles are read
    from Aalen-Johansen curves (see :func:`rakustats.metrics.spec.survival.curve_steps`) with loss
    and cancellation as competing ends.

    Examples
    --------
    >>> stages = rs.stage_times(db, since="2025-06-01")
    >>> stages.table.column("stage").to_pylist()[:3]
    ['quote', 'payment', 'buying']
    """
    title = phrase(ja="工程別の所要日数", en="Days per stage of the way")
    asked = ask(db, by, period, title, NOUN, also=OWN_KEYS)
    if not set(asked.keys) & set(OWN_KEYS):
        asked = asked.by(*asked.keys, "stage")
    steps = [*_stages(db, asked), ("spells", _spells(asked)), *_means(asked.keys)]
    spec = replace(STAGES, beside={**STAGES.beside, **dict.fromkeys(_HIDDEN, "")})
    result = spec.result(db, asked, steps, beside="means")
    if not _stages_known(result):
        _require_instants(db)
    return replace(_readable(result), repeated=tuple(k for k in asked.keys if k in OWN_KEYS))


@documented(STAGE_DAYS, rows="One row per line and stage that it reached", by=None, cohort=None)
def stage_days(db: Database, order_no: str | None = None, *, as_of: Moment = None) -> Result:
    """Return the stages of each order line, or of the lines of one order.

    Parameters
    ----------
    order_no : str, optional
        Only this order.

    Notes
    -----
    Days are differences of local calendar days; workdays those of China with make-up days
    (docs/methods.md, Milestones and stages).

    Examples
    --------
    >>> of_all = rs.stage_days(db).frame()
    >>> int(of_all.loc[of_all["stage"] == "customs", "days"].min())
    0
    """
    title = phrase(ja="明細の工程", en="Stages of the lines")
    asked = ask(db, None, {"as_of": as_of}, title, NOUN)
    # what people type goes into the text as a literal, so its quotes are doubled
    only = "" if order_no is None else "order_no = '{}' AND ".format(order_no.replace("'", "''"))
    text = with_steps(
        _stages(db, asked),
        f"""\
SELECT order_no, line_no, shop AS seller_id, stage, owner,
  CASE WHEN start_no IS NOT NULL THEN start_at END AS start_at,
  CASE WHEN end_no IS NOT NULL THEN end_at END AS end_at, days, business_days, stands AS status
FROM stages WHERE {only}NOT (stage = '{UNALLOCATED}' AND stands = 'open' AND days = 0)
ORDER BY order_no, line_no, stage_no""",
    )
    table = db.engine.query(text)
    if not table.num_rows:
        _require_instants(db)
    return asked.result(table, text)


def _stages(db: Database, asked: Question) -> list[Step]:
    calendar = lend_calendar(db, asked.snapshot)
    return [*asked.steps(TABLES), *stage_steps(asked.keys, calendar, asked.snapshot)]


def _stages_known(result: Result) -> bool:
    """Whether any stage is known; what is unallocated alone is no stage."""
    own = [k for k in OWN_KEYS if k in result.by]
    nobody = (UNALLOCATED, OWNERS[-1])
    rows = result.table.select(["n", *own]).to_pylist()
    return any(row["n"] and all(row[k] not in nobody for k in own) for row in rows)


def _require_instants(db: Database) -> None:
    require(
        db,
        phrase(ja="工程別の所要日数", en="Stages of the way"),
        ["orders.purchased_at", "order_lines.arrived_at"],
        ["shipments.requested_at", "shipments.shipped_at"],
        ["shipments.shipped_at", "shipments.delivered_at"],
    )


def _spells(asked: Question) -> str:
    """Return the stages of the cohort as spells; what is unallocated counts once it is final."""
    doubtful = ("missing", "negative", "not_separable", "no_date")
    status = asked.status(
        "cohort_day", "no_quantity", "test", *((why, f"stands = '{why}'") for why in doubtful)
    )
    return asked.rows(
        "stages",
        "cohort_day",
        "seen_until",
        *("order_no", "line_no", "days", "business_days", "start_no", "until_no"),
        "seen_no - start_no AS seen",
        "CASE WHEN stands IN ('done', 'lost', 'cancelled') THEN stands END AS ending",
        f"reached = {len(NAMES)} AND NOT no_quantity AND NOT test AS finished",
        f"{status} AS status",
        where=f" AND (stage <> '{UNALLOCATED}' OR stands = 'done')",
    )


def _means(keys: Sequence[str]) -> list[Step]:
    """Share the days of the delivered lines out among the stages, so that the shares add up."""
    others = [k for k in keys if k not in OWN_KEYS]
    done = "finished AND status IS NULL AND ending = 'done'"
    lines = f"""\
SELECT DISTINCT {key_names(others)}order_no, line_no FROM spells
WHERE finished AND status IS DISTINCT FROM 'no_day'"""
    finished = f"""\
SELECT {key_names(others)}count(*) AS n_finished FROM ({lines}) AS lines_done{grouped(others)}"""
    totals = f"""\
SELECT {key_names(keys)}CAST(sum(days) FILTER (WHERE {done}) AS DOUBLE) AS total,
  CAST(sum(business_days) FILTER (WHERE {done}) AS DOUBLE) AS total_business,
  min(start_no) FILTER (WHERE status IS NULL) AS first_no,
  max(until_no) FILTER (WHERE status IS NULL) AS last_no
FROM spells{grouped(keys)}"""
    means = f"""\
SELECT {"".join(f"t.{k}, " for k in keys)}coalesce(f.n_finished, 0) AS n_finished,
  t.total / nullif(f.n_finished, 0) AS mean_days,
  t.total_business / nullif(f.n_finished, 0) AS mean_business_days, t.first_no, t.last_no
FROM totals t LEFT JOIN finished_lines f ON {same_keys(others, "f", "t")}"""
    return [("finished_lines", finished), ("totals", totals), ("means", means)]


def _readable(result: Result) -> Result:
    """Put the rows into the order of the stages; note which years' holidays are not known."""
    table = result.table
    first, last = (
        pc.min_max(table.column(name)).as_py()[end]
        for name, end in zip(_HIDDEN, ("min", "max"), strict=True)
    )
    notes = unknown_note(_day(first), _day(last))
    shown = _in_order(table.drop_columns(list(_HIDDEN)), result.by)
    return replace(result, table=shown, notes=(*result.notes, *notes))


def _day(number: int | None) -> date | None:
    return None if number is None else date(1970, 1, 1) + timedelta(days=number)


def _in_order(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    ranks = {
        key: pc.index_in(table.column(key), pa.array(_ORDERS[key])) if key in _ORDERS
        else table.column(key)
        for key in keys
    }  # fmt: skip
    order = pc.sort_indices(
        pa.table(ranks), sort_keys=[(key, "ascending", "at_end") for key in keys]
    )
    return table.take(order)
