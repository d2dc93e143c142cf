"""Whether what was ordered is there: the pieces there by their promise, and whole orders."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, Unpack

from rakustats.calendar.local_days import local_day
from rakustats.engine.database import Database
from rakustats.errors import UsageError, one_of
from rakustats.i18n.phrases import phrase
from rakustats.marts.days import day_number, just_after, last_over
from rakustats.marts.deliveries import LEGS, TABLES
from rakustats.marts.goods import goods_steps
from rakustats.marts.keys import DAY_KEYS, LINE_KEYS
from rakustats.marts.needs import require
from rakustats.marts.question import LINES, Keys, Period, Question, ask
from rakustats.metrics.spec.documented import PURCHASED, documented
from rakustats.metrics.spec.looking_back import PROMISES, looking_back_notes
from rakustats.metrics.spec.pieces import PIECE_COLUMNS, Unit, checked, clustered, weighing
from rakustats.metrics.spec.rates import Rates, Weighing
from rakustats.metrics.spec.reasons import endings, reasons, statuses
from rakustats.metrics.spec.times import Times
from rakustats.results.result import Result

NOT_TRADE = ("no_quantity", "test")
FILLS = Rates(
    n="pieces, or lines, whose promised day had ended when they were last exported",
    events="not there by it",
    n_open="not due, not all there",
    excluded=reasons(
        *("no_promise", "cancelled", "no_date", "unknown_split", *NOT_TRADE),
        cancelled="called off before the promised day ended, nothing came",
        no_date="there, nobody says when",
        unknown_split="some parcels were in time, and nobody says how many pieces were in them",
        no_quantity="0 pieces ordered, or nobody says how many",
    ),
    extra=statuses(not_due="all there before the promised day ended"),
    figures={
        "fill_rate": "1 - rate",
        "n_later": "of ``events``: there by now",
        "n_excess": "pieces that came beyond those ordered, in no rate",
        **PIECE_COLUMNS,
    },
)
ORDERS = Times(
    cause="there",
    n="orders",
    n_open="awaited when last looked at (censored)",
    days="days within which that share was there",
    excluded=reasons("no_start", "no_date", "backwards", *NOT_TRADE),
    extra=endings(
        lost="can no longer end so: a parcel was lost or returned and nothing came for it",
        short="closed although pieces are missing",
        cancelled="called off altogether",
    ),
)
Which = Literal["first", "complete"]


@documented(FILLS.columns)
def fill_rates(
    db: Database,
    by: Keys = None,
    *,
    unit: Unit = "piece",
    leg: int | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how much of what was ordered was not there by its promise, by group.

    Of every line, the pieces that arrived by the promised day count up to the pieces ordered, less
    those cancelled: what comes too much of one line does not make up for what lacks of another.
    Arriving on the promised day is in time. Lines that were never shipped stay in if they, or a
    parcel of theirs, have a promise.

    Parameters
    ----------
    unit : {"piece", "line"}
        Count pieces, or lines that were there whole.
    leg : {1, 2}, optional
        By the parcels and promises of this leg alone: 1 up to the warehouse, 2 to Japan. By default
        those of the final leg, and of the first where a line has no parcel but on that and no
        promise of its own.

    Notes
    -----
    ``fill_rate`` = Σ min(there by the promise, due) / Σ due over the lines, due being ordered less
    cancelled. The design effect of pieces is 1 + (m - 1) ρ (Kish 1965, Survey Sampling).

    Examples
    --------
    >>> filled = rs.fill_rates(db, by="platform").frame()
    >>> bool((filled["fill_rate"] <= 1).all())
    True
    """
    checked(unit)
    one_of("leg", 1 if leg is None else leg, LEGS)
    title = phrase(ja="納期までに揃わなかった数量の割合", en="Not there by the promise")
    if unit == "line":
        title = phrase(ja="納期までに揃わなかった明細の割合", en="Lines not whole by the promise")
    asked = ask(db, by, period, title, LINES)
    steps = [
        *asked.steps(TABLES),
        *goods_steps(asked, leg),
        ("rows", _fill_rows(asked, unit)),
        ("units", clustered(asked.keys, "rows")),
    ]
    notes = looking_back_notes(db, asked, "shipments", PROMISES)
    result = FILLS.result(db, asked, steps, notes=notes, weighing=_weighing(unit))
    if not result.n:
        require(
            db,
            phrase(ja="納期までに揃った数量", en="Quantities by their promise"),
            ["shipments.promised_at"],
            ["shipments.promised_at_original"],
            ["order_lines.delivery_promised_at"],
        )
    return result


@documented(
    ORDERS.columns,
    by="Keys: seller, category, platform, inspection_level, month, closure. An order of two sellers"
    " counts once for each, with that seller's lines.",
    cohort=f"{PURCHASED}, from which the days count",
)
def order_times(
    db: Database, by: Keys = None, *, which: Which = "complete", **period: Unpack[Period]
) -> Result:
    """Return the days until something, or everything, of an order is there, by group.

    ``first`` ends with the first arrival. ``complete`` ends when the last line that was not called
    off is there in all its pieces: a part of an order, or of a line, does not end it.

    Parameters
    ----------
    which : {"complete", "first"}
        What ends the time.

    Notes
    -----
    Kaplan and Meier (1958), JASA 53, 457-481, with call-offs and losses as competing ends (Aalen
    and Johansen 1978, Scand J Statist 5, 141-150).

    Examples
    --------
    >>> first, whole = (rs.order_times(db, which=w).table["p50"][0].as_py()
    ...                 for w in ("first", "complete"))
    >>> first <= whole
    True
    """
    one_of("which", which, ("first", "complete"))
    ja, en = ("初回到着", "first arrival") if which == "first" else ("完納", "everything is there")
    title = phrase(ja=f"注文から{ja}までの日数", en=f"Days from the order until {en}")
    asked = ask(db, by, period, title, phrase(ja="注文", en="orders"), several=LINE_KEYS)
    wrong = [k for k in asked.keys if k not in (*LINE_KEYS, *DAY_KEYS)]
    if wrong:
        raise UsageError(
            ja=f"一つの注文が複数の荷物に分かれるため、{'、'.join(wrong)} では分けられません。"
            "by から外してください。",
            en=f"Orders come in several parcels, so {', '.join(wrong)} cannot tell them.",
        )
    steps = [
        *asked.steps(TABLES),
        *goods_steps(asked, "final"),
        ("together", _together(asked)),
        ("spells", _spells(asked, which)),
    ]
    result = ORDERS.result(db, asked, steps)
    arrivals = db.count("shipments", "delivered_at", "first_attempt_at")
    if not (result.n and arrivals):
        starts = ("orders.purchased_at", "orders.paid_at", "orders.submitted_at")
        asked_for = phrase(ja="到着までの日数", en="Days to arrival")
        require(db, asked_for, *([start, "shipments.delivered_at"] for start in starts))
    return result


def _weighing(unit: Unit) -> Weighing:
    """Weigh as goods do, and count besides what came later and what came too much."""
    base = weighing(unit)
    matured = "FILTER (WHERE status = 'matured')"
    sums = {"n_later": f"sum(later) {matured}", "n_excess": f"sum(excess) {matured}"}
    figures = {
        "fill_rate": "1 - CAST(c.events AS DOUBLE) / nullif(c.n, 0)",
        "n_later": "CAST(coalesce(c.n_later, 0) AS BIGINT)",
        "n_excess": "CAST(coalesce(c.n_excess, 0) AS BIGINT)",
    }
    return replace(base, sums={**base.sums, **sums}, figures={**figures, **base.figures})


def _fill_rows(asked: Question, unit: Unit) -> str:
    """Give each line its status, and what it weighs; its promise is over when the last one is."""
    if unit == "piece":
        weight, hits = "coalesce(need, 1)", "coalesce(need, 1) - coalesce(in_time, 0)"
        later = "coalesce(there, 0) - coalesce(in_time, 0)"
        unknown = [("no_quantity", "need IS NULL"), ("unknown_split", "split_unknown")]
    else:
        weight, hits = "1", "CASE WHEN whole_in_time THEN 0 ELSE 1 END"
        later = "CASE WHEN whole AND NOT whole_in_time THEN 1 ELSE 0 END"
        unknown = []
    in_good_time = "called_off_at IS NULL OR promise_until IS NULL OR called_off_at < promise_until"
    status = asked.status(
        "cohort_day",
        *NOT_TRADE,
        ("cancelled", f"nothing_came AND NOT undated AND called_off AND ({in_good_time})"),
        ("no_promise", "promise_until IS NULL"),
        *unknown,
        ("no_date", "undated"),
        ("matured", f"promise_until <= {just_after('seen_until')}"),
        ("not_due", "whole"),
        otherwise="open",
    )
    items = (f"{weight} AS pieces", f"{hits} AS hits", f"{later} AS later", "excess", "seen_until")
    return asked.rows(
        "goods", "cohort_day", "order_no", *items, "TRUE AS event", f"{status} AS status"
    )


def _together(asked: Question) -> str:
    """Return one row per order and keys: what is left to wait for once lines are called off."""
    columns, counts = asked.columns("order_no", "cohort_day"), "NOT no_quantity AND NOT test"
    waited = f"FILTER (WHERE {counts} AND NOT (called_off AND nothing_came))"
    off, done = (day_number(local_day(c, "cn", "")) for c in ("called_off_at", "completed_at"))
    return f"""\
SELECT {columns}bool_and(no_quantity) AS no_quantity,
  bool_and(no_quantity OR test) AS test, count(*) {waited} AS n_waited,
  bool_and(whole) {waited} AS whole, bool_or(undated) {waited} AS undated,
  bool_or(nothing_more) {waited} AS incomplete, bool_and(nothing_more AND nothing_came) {waited}
    AS nothing,
  max({day_number("whole_day")}) {waited} AS last_on,
  max(utc_offset) AS utc_offset, min({day_number("first_day")}) {waited} AS first_on,
  max({day_number("failed_day")}) {waited} AS failed_on,
  max({off}) FILTER (WHERE {counts}) AS off_on,
  bool_and(closed) AS closed, max({done}) AS closed_on,
  least(min(seen_until), {asked.snapshot.horizon_sql("cancellations")}) AS seen_until
FROM goods WHERE {asked.days.where("cohort_day")}
GROUP BY {columns.removesuffix(", ")}"""


def _spells(asked: Question, which: Which) -> str:
    there = "first_on" if which == "first" else "CASE WHEN whole THEN last_on END"
    lost = "nothing" if which == "first" else "incomplete"
    start = day_number("cohort_day")
    # a day on which it is not known when it ended, and one that is not over
    over = f"greatest(seen_no, {start})"
    end = f"""\
CASE ending WHEN 'there' THEN there_on WHEN 'lost' THEN coalesce(failed_on, {over})
      WHEN 'short' THEN coalesce(closed_on, {over})
      WHEN 'cancelled' THEN coalesce(off_on, {over}) ELSE {over} END"""
    status = asked.status(
        "cohort_day",
        *(*NOT_TRADE, "no_day"),
        ("no_start", "cohort_day IS NULL"),
        ("no_date", "undated AND there_on IS NULL"),
        ("backwards", f"{end} < {start}"),
    )
    return f"""\
SELECT {asked.columns("ending", "seen_until")}{end} - {start} AS days,
  seen_no - {start} AS seen, {status} AS status\
{asked.dated("cohort_day")}
FROM (
  SELECT *, CASE WHEN n_waited = 0 THEN 'cancelled'
      WHEN there_on <= today THEN 'there' WHEN there_on IS NULL AND {lost} THEN 'lost'
      WHEN there_on IS NULL AND closed AND NOT undated THEN 'short' END AS ending
  FROM (
    SELECT *, {there} AS there_on, {day_number(local_day("seen_until", "cn", ""))} AS today,
      {last_over(lambda at: local_day(at, "cn", ""), "seen_until")} AS seen_no
    FROM together) AS looked_at) AS ended"""
