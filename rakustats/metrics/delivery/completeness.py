"""Whether what was ordered is there: the pieces there by their promise, and whole orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.days import day_number, local_day
from rakustats.marts.goods import goods_steps
from rakustats.marts.keys import DAY_KEYS, LINE_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.marts.needs import require
from rakustats.marts.question import Question
from rakustats.metrics.spec.pieces import Unit, checked, clustered, weighing
from rakustats.metrics.spec.rates import Weighing, rate_result
from rakustats.metrics.spec.times import times_result
from rakustats.results.result import Result

TABLES = ("orders", "order_lines", "shipments", "shipment_lines", "cancellations")
NOUN = phrase(ja="明細", en="lines")
EXCLUDED = ("no_promise", "cancelled", "no_date", "unknown_split", "no_quantity", "test")
TIMES_EXCLUDED = ("no_start", "no_date", "backwards", "no_quantity", "test")
ENDS = ("lost", "short", "cancelled")
TIMES_EXTRA = {f"n_{end}": f"ending = '{end}'" for end in ENDS}
Which = Literal["first", "complete"]


def fill_rates(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    unit: Unit = "piece",
) -> Result:
    """Return how much of what was ordered was not there by its promise, by group.

    Of every line, the pieces that arrived by the promised day count up to the pieces ordered, less
    those cancelled: what comes too much of one line does not make up for what lacks of another.
    Arriving on the promised day is in time. Lines that were never shipped stay in if they, or a
    parcel of theirs, have a promise.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: seller, carrier, ship_method, mode, origin_region, dest_region, category, platform,
        inspection_level, month, closure, leg. Those of parcels are of the line's last one.
    since, until : str or date, optional
        Days of purchase (else payment, else submission of the order), until exclusive.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    unit : {"piece", "line"}
        Count pieces, or lines that were there whole.

    Returns
    -------
    Result
        A table of rates, one row per group, sorted by the keys: the keys, ``n`` (pieces, or lines,
        whose promised day has ended), ``events`` (not there by it), ``rate``, ``estimate``, ``lo``,
        ``hi`` and the other columns of rates with few orders, ``n_open`` (not due, not all there),
        ``n_excluded`` (sum of ``n_no_promise``, ``n_cancelled``: called off before the promised
        day ended, nothing came; ``n_no_date``: there, nobody says when; ``n_unknown_split``: some
        parcels were in time, and nobody says how many pieces were in them; ``n_no_quantity``;
        ``n_test``), ``n_not_due`` (all there before the promised day ended), ``fill_rate``
        (1 - rate), ``n_later`` (of events: there by now) and ``n_excess`` (pieces that came beyond
        those ordered, in no rate). By piece also ``design_effect`` and ``n_effective``: pieces of
        one order are not independent.

    Raises
    ------
    UsageError
        If a key, unit or day is not valid, or no export brought promises.

    Notes ----- ``rate`` = events / n. Estimate, interval, rank and flag:
    :func:`rakustats.stats.shrinkage.estimates` (Efron 2016, Biometrika 103, 1-20). ``fill_rate`` =
    Σ min(there by the promise, due) / Σ due over the lines, due being ordered less cancelled. The
    design effect of pieces is 1 + (m - 1) ρ (Kish 1965, Survey Sampling).

    Examples
    --------
    >>> filled = rs.fill_rates(db, by="platform").frame()
    >>> bool((filled["fill_rate"] <= 1).all())
    True
    """
    checked(unit)
    title = phrase(ja="納期までに揃わなかった数量の割合", en="Not there by the promise")
    if unit == "line":
        title = phrase(ja="納期までに揃わなかった明細の割合", en="Lines not whole by the promise")
    asked = _asked(db, by, since, until, as_of, title)
    steps = [
        *asked.look.steps(TABLES),
        *goods_steps(asked.keys),
        ("rows", _fill_rows(asked, unit)),
        ("units", clustered(asked.keys, "rows")),
    ]
    extra = {"n_not_due": "status = 'not_due'"}
    result = rate_result(db, asked, steps, EXCLUDED, extra, weighing=_weighing(unit))
    if not result.n:
        require(
            db,
            phrase(ja="納期までに揃った数量", en="Quantities by their promise"),
            ["shipments.promised_at"],
            ["shipments.promised_at_original"],
            ["order_lines.delivery_promised_at"],
        )
    return result


def order_times(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    which: Which = "complete",
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
) -> Result:
    """Return the days until something, or everything, of an order is there, by group.

    ``first`` ends with the first arrival. ``complete`` ends when the last line that was not called
    off is there in all its pieces: a part of an order, or of a line, does not end it.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: seller, category, platform, inspection_level, month, closure. An order of two sellers
        counts once for each, with that seller's lines.
    which : {"complete", "first"}
        What ends the time.
    since, until : str or date, optional
        Days of purchase (else payment, else submission), from which the days count; until
        exclusive.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.

    Returns
    -------
    Result
        A table of times, one row per group, sorted by the keys: the keys, ``n`` (orders),
        ``n_open`` (awaited), ``p50``, ``p80``, ``p90``, ``p95`` (days; NULL where the curve does
        not get there), ``n_excluded`` (sum of ``n_no_start``, ``n_no_date``: there, nobody says
        when; ``n_backwards``: there before it began; ``n_no_quantity``, ``n_test``), ``n_lost``
        (can no longer end so: a parcel was lost or returned and nothing came for it), ``n_short``
        (closed although pieces are missing), ``n_cancelled`` (called off altogether).

    Raises
    ------
    UsageError
        If a key, a day or ``which`` is not valid, or no export tells when anything arrived.

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
    if which not in ("first", "complete"):
        raise UsageError(
            phrase(
                ja="which には first か complete を指定してください。",
                en="which is first or complete.",
            )
        )
    ja, en = ("初回到着", "first arrival") if which == "first" else ("完納", "everything is there")
    title = phrase(ja=f"注文から{ja}までの日数", en=f"Days from the order until {en}")
    asked = _asked(db, by, since, until, as_of, title, phrase(ja="注文", en="orders"))
    wrong = [k for k in asked.keys if k not in (*LINE_KEYS, *DAY_KEYS)]
    if wrong:
        raise UsageError(
            phrase(
                ja=f"一つの注文が複数の荷物に分かれるため、{'、'.join(wrong)} では分けられません。"
                "by から外してください。",
                en=f"Orders come in several parcels, so {', '.join(wrong)} cannot tell them.",
            )
        )
    steps = [
        *asked.look.steps(TABLES),
        *goods_steps(asked.keys),
        ("together", _together(asked)),
        ("spells", _spells(asked, which)),
    ]
    result = times_result(db, asked, steps, "there", TIMES_EXCLUDED, TIMES_EXTRA)
    arrivals = db.count("shipments", "delivered_at", "first_attempt_at")
    if not (result.n and arrivals):
        starts = ("orders.purchased_at", "orders.paid_at", "orders.submitted_at")
        asked_for = phrase(ja="到着までの日数", en="Days to arrival")
        require(db, asked_for, *([start, "shipments.delivered_at"] for start in starts))
    return result


def _asked(
    db: Database,
    by: str | Sequence[str] | None,
    since: str | date | None,
    until: str | date | None,
    as_of: str | date | datetime | None,
    title: Phrase,
    noun: Phrase = NOUN,
) -> Question:
    return Question(group_keys(by), cohort(since, until), db.look_back(as_of), title, noun)


def _weighing(unit: Unit) -> Weighing:
    """Weigh as goods do, and tell besides what came later and what came too much."""
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
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    if unit == "piece":
        unknown = "WHEN need IS NULL THEN 'no_quantity' WHEN split_unknown THEN 'unknown_split' "
        weight, hits = "coalesce(need, 1)", "coalesce(need, 1) - coalesce(in_time, 0)"
        later = "coalesce(there, 0) - coalesce(in_time, 0)"
    else:
        unknown, weight = "", "1"
        hits = "CASE WHEN whole_in_time THEN 0 ELSE 1 END"
        later = "CASE WHEN whole AND NOT whole_in_time THEN 1 ELSE 0 END"
    return f"""\
SELECT {key_names(plain)}order_no, {weight} AS pieces, {hits} AS hits, {later} AS later,
  excess, TRUE AS event, CASE {no_day}WHEN no_quantity THEN 'no_quantity' WHEN test THEN 'test'
    WHEN nothing_came AND NOT undated AND called_off AND (called_off_at IS NULL
      OR promise_until IS NULL OR called_off_at < promise_until) THEN 'cancelled'
    WHEN promise_until IS NULL THEN 'no_promise' {unknown}WHEN undated THEN 'no_date'
    WHEN promise_until <= {asked.look.day_over} THEN 'matured'
    WHEN whole THEN 'not_due' ELSE 'open' END AS status{day_columns(asked.keys, "cohort_day")}
FROM goods WHERE {asked.days.where("cohort_day")}"""


def _together(asked: Question) -> str:
    """Return one row per order and keys: what is left to wait for once lines are called off."""
    plain = key_names([k for k in asked.keys if k not in DAY_KEYS])
    counts = "NOT no_quantity AND NOT test"
    waited = f"FILTER (WHERE {counts} AND NOT (called_off AND nothing_came))"
    off, done = (day_number(local_day(c, "cn")) for c in ("called_off_at", "completed_at"))
    return f"""\
SELECT {plain}order_no, cohort_day, bool_and(no_quantity) AS no_quantity,
  bool_and(no_quantity OR test) AS test, count(*) {waited} AS n_waited,
  bool_and(whole) {waited} AS whole, bool_or(undated) {waited} AS undated,
  bool_or(nothing_more) {waited} AS incomplete, bool_and(nothing_more AND nothing_came) {waited}
    AS nothing,
  max({day_number("whole_day")}) {waited} AS last_on,
  min({day_number("first_day")}) {waited} AS first_on, max({day_number("failed_day")}) {waited}
    AS failed_on, max({off}) FILTER (WHERE {counts}) AS off_on,
  bool_and(closed) AS closed, max({done}) AS closed_on
FROM goods WHERE {asked.days.where("cohort_day")}
GROUP BY {plain}order_no, cohort_day"""


def _spells(asked: Question, which: Which) -> str:
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    there = "first_on" if which == "first" else "CASE WHEN whole THEN last_on END"
    lost = "nothing" if which == "first" else "incomplete"
    today = day_number(local_day(asked.look.at, "cn"))
    start = day_number("cohort_day")
    end = f"""\
CASE ending WHEN 'there' THEN there_on WHEN 'lost' THEN coalesce(failed_on, {today})
      WHEN 'short' THEN coalesce(closed_on, {today})
      WHEN 'cancelled' THEN coalesce(off_on, {today}) ELSE greatest({today}, {start}) END"""
    return f"""\
SELECT {key_names(plain)}ending, {end} - {start} AS days,
  CASE WHEN no_quantity THEN 'no_quantity' WHEN test THEN 'test'
    WHEN cohort_day IS NULL THEN '{"no_day" if asked.days.bounded else "no_start"}'
    WHEN undated AND there_on IS NULL THEN 'no_date'
    WHEN {end} < {start} THEN 'backwards' END AS status{day_columns(asked.keys, "cohort_day")}
FROM (
  SELECT *, {there} AS there_on, CASE WHEN n_waited = 0 THEN 'cancelled'
      WHEN ({there}) IS NOT NULL THEN 'there' WHEN {lost} THEN 'lost'
      WHEN closed AND NOT undated THEN 'short' END AS ending
  FROM together) AS ended"""
