"""How many pieces of a line are there, by when, and how many are still to come."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.calendar.local_days import local_day
from rakustats.engine.steps import Step
from rakustats.marts.cancelled import cancelled_steps
from rakustats.marts.delivery_rows import Leg
from rakustats.marts.keys import PARCEL_KEYS, key_columns
from rakustats.marts.line_facts import CALLED_OFF, PURCHASED_DAY, TRADE, cancelled_joins
from rakustats.marts.line_pieces import CLOSED, LOADED, NEED, PIECES, QTY
from rakustats.marts.parcels import parcel_steps
from rakustats.marts.question import Question


def goods_steps(asked: Question, leg: Leg) -> list[Step]:
    """Return the steps that end in ``goods``, one row per order line.

    ``leg`` says by which parcels it has to be there: those of a leg, of the final one, or (None) of
    the final one and, of lines that have no such parcel and no promise of their own, of the first.

    With the keys (of parcels: the line's last one) it has ``need`` (pieces ordered and not called
    off, NULL if unknown), ``in_time`` and ``there`` (pieces that arrived by the promise and by now,
    at most ``need``), ``excess`` (pieces beyond it), ``whole`` and ``whole_in_time``,
    ``first_day`` and ``whole_day``, ``failed_day``, ``nothing_came``, ``nothing_more`` (not whole,
    and the parcels that were to bring the rest are lost or returned), ``split_unknown`` (some
    parcels came in time, others not, with unknown pieces), ``promise_until`` (the last promise),
    ``closed`` (the order is, nothing is to come), ``called_off`` (not what was lost before: that
    is called off to be paid back), and what keeps it from counting. The line and
    all its parcels were exported last at ``seen_until``; that there is no parcel is known up to the
    newest export of parcels.
    """
    keys = asked.keys
    parcel = [k for k in keys if k in PARCEL_KEYS]
    return [
        *parcel_steps(keys, asked.snapshot),
        *cancelled_steps(asked.snapshot),
        *PIECES,
        ("legs", _legs(parcel, leg)),
        ("brought", _brought(parcel)),
        ("wanted", _wanted(keys, asked.snapshot.horizon_sql("shipments"), leg)),
        ("goods", _goods()),
    ]


# grain: one line that a parcel of the final leg carries
_FINAL = """
LEFT JOIN (SELECT DISTINCT c.order_no, c.line_no FROM carried c
  JOIN parcels p ON p.parcel_id = c.parcel_id WHERE p.leg IS DISTINCT FROM 1) f
  ON f.order_no = c.order_no AND f.line_no = c.line_no"""


def _legs(parcel: Sequence[str], leg: Leg) -> str:
    """Return one row per line and parcel that was to bring it to the end of a leg."""
    keys = "".join(f", p.{k}" for k in parcel)
    last = "p.leg IS DISTINCT FROM 1"
    none = f"({last} OR (f.line_no IS NULL AND l.delivery_promised_day IS NULL))"
    on_leg = none if leg is None else last if leg == "final" else f"p.leg = {leg}"
    final = _FINAL if leg is None else ""
    own = "FALSE" if leg == 1 else "l.delivery_promised_day IS NOT NULL"
    return f"""\
SELECT c.order_no, c.line_no, p.parcel_id, p.slice_until{keys}, p.failed,
  p.failed_day, p.arrival_day,
  p.delivered AND p.arrival_day IS NULL AND NOT p.failed AS undated,
  CASE WHEN {own} THEN l.delivery_promised_day ELSE p.promise_day END
    AS promise_day,
  CASE WHEN {own} THEN l.delivery_promised_until
    ELSE p.promise_until END AS promise_until,
  {QTY} AS qty
FROM carried c
JOIN parcels p ON p.parcel_id = c.parcel_id
JOIN order_lines l ON l.order_no = c.order_no AND l.line_no = c.line_no
{LOADED}{final}
WHERE NOT p.void AND {on_leg}"""


def _brought(parcel: Sequence[str]) -> str:
    """Add up what the parcels of each line brought; keys are those of the last parcel."""
    keys = "".join(f",\n  max(CASE WHEN last_first = 1 THEN {k} END) AS {k}" for k in parcel)
    in_time = "arrival_day <= promise_day"
    return f"""\
SELECT order_no, line_no{keys}, count(*) AS n_parcels, count(arrival_day) AS n_arrived,
  count(*) FILTER (WHERE {in_time}) AS n_in_time, bool_or(undated) AS undated,
  bool_or(failed) AS failed, bool_or(NOT failed AND arrival_day IS NULL) AS awaited,
  bool_or(qty IS NULL) AS unknown, max(failed_day) AS failed_day,
  coalesce(sum(qty) FILTER (WHERE arrival_day IS NOT NULL), 0) AS qty_there,
  coalesce(sum(qty) FILTER (WHERE {in_time}), 0) AS qty_in_time,
  min(slice_until) AS slice_until,
  min(arrival_day) AS first_day, max(arrival_day) AS last_day, max(promise_until) AS promise_until
FROM (
  SELECT *, row_number() OVER (PARTITION BY order_no, line_no
    ORDER BY arrival_day DESC NULLS FIRST, parcel_id) AS last_first FROM legs) AS ranked
GROUP BY order_no, line_no"""


def _wanted(keys: Sequence[str], parcels_known: str, leg: Leg) -> str:
    """Return every line with what is wanted of it."""
    own = "CAST(NULL AS TIMESTAMP)" if leg == 1 else "l.delivery_promised_until"
    return f"""\
SELECT l.order_no, l.line_no{key_columns(keys, line="l", parcel="b")}, l.utc_offset,
  least(l.seen_until, coalesce(b.slice_until, {parcels_known})) AS seen_until,
  {PURCHASED_DAY} AS cohort_day,
  {NEED} AS need,
  {TRADE},
  {CALLED_OFF} AS stopped,
  coalesce(lc.cancelled_at, oc.cancelled_at) AS called_off_at,
  o.completed_at, {CLOSED} AS closed,
  coalesce(b.n_parcels, 0) AS n_parcels, coalesce(b.n_arrived, 0) AS n_arrived,
  coalesce(b.n_in_time, 0) AS n_in_time, coalesce(b.undated, FALSE) AS undated,
  coalesce(b.failed, gone.line_no IS NOT NULL) AS failed, coalesce(b.awaited, FALSE) AS awaited,
  coalesce(b.unknown, FALSE) AS unknown,
  coalesce(b.failed_day, {local_day("gone.accepted_at", "jp", "l")}) AS failed_day,
  coalesce(b.qty_there, 0) AS qty_there,
  coalesce(b.qty_in_time, 0) AS qty_in_time, b.first_day, b.last_day,
  coalesce(b.promise_until, {own}) AS promise_until
FROM order_lines l
LEFT JOIN orders o ON o.order_no = l.order_no
LEFT JOIN brought b ON b.order_no = l.order_no AND b.line_no = l.line_no
LEFT JOIN lost_lines gone ON gone.order_no = l.order_no AND gone.line_no = l.line_no
{cancelled_joins()}
LEFT JOIN lines_off x ON x.order_no = l.order_no AND x.line_no = l.line_no"""


def _goods() -> str:
    """Complete each line: parcels whose pieces nobody counted bring the whole line if all came."""
    counted = "NOT unknown AND need IS NOT NULL"

    def pieces(parcels: str, qty: str) -> str:
        return (
            f"CASE WHEN {counted} THEN least(need, {qty}) WHEN n_parcels > 0 AND"
            f" {parcels} = n_parcels THEN need ELSE least(need, {qty}) END"
        )

    def whole(parcels: str, qty: str) -> str:
        every = f"n_parcels > 0 AND {parcels} = n_parcels"
        return f"CASE WHEN {counted} THEN {qty} >= need ELSE {every} END"

    there = whole("n_arrived", "qty_there")
    more = f"failed AND NOT awaited AND NOT ({there})"
    off = local_day("called_off_at", "cn", "")
    before = f"{more} AND (called_off_at IS NULL OR coalesce(failed_day <= {off}, FALSE))"
    return f"""\
SELECT *, {pieces("n_in_time", "qty_in_time")} AS in_time,
  {pieces("n_arrived", "qty_there")} AS there,
  CASE WHEN {counted} THEN greatest(qty_there - need, 0) ELSE 0 END AS excess,
  {there} AS whole, {whole("n_in_time", "qty_in_time")} AS whole_in_time,
  CASE WHEN {there} THEN last_day END AS whole_day, n_arrived = 0 AS nothing_came,
  {more} AS nothing_more, stopped AND NOT ({before}) AS called_off,
  unknown AND n_in_time > 0 AND n_in_time < n_parcels AS split_unknown
FROM wanted"""
