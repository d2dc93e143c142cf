"""The rows that deliveries are made of: each line in each parcel of the leg that is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rakustats.calendar.local_days import local_day
from rakustats.engine.steps import Step
from rakustats.marts.keys import key_columns
from rakustats.marts.line_facts import IS_TEST, NO_QUANTITY
from rakustats.marts.line_pieces import LOADED, PIECES, QTY, rest_steps
from rakustats.marts.received import THERE

Promise = Literal["original", "current"]
Leg = int | Literal["final"] | None

# a delivery's days are cut by its parcel's clock, those of a line without one by the line's
_OF_ROW = "CASE WHEN p.parcel_id IS NULL THEN l.utc_offset ELSE p.utc_offset END AS utc_offset"
_FACTS = f"""\
  p.leg AS on_leg, {_OF_ROW}, coalesce(p.void, FALSE) AS void, p.left_by,
  p.arrival_day AS shown_arrival_day, p.seen_until AS shown_until,
  {{delivered}} AS delivered,
  p.requested_day, p.shipped_day, p.original_day, p.current_day,
  {NO_QUANTITY}, (coalesce(p.own, FALSE) OR {IS_TEST}) AS test"""


# That a parcel is in no later list of open ones is seen, too; it had ended on the list's day.
_SEEN = "coalesce(p.last_list + INTERVAL 24 HOURS, p.seen_until)"
_SLICE = "coalesce(p.last_list, p.slice_until)"


# a line's own promise goes before its parcel's, but not on the first leg
_OWN_PROMISE = "l.delivery_promised_day IS NOT NULL AND p.leg IS DISTINCT FROM 1"


def _promised(part: str, promise: Promise, own: str = _OWN_PROMISE, of: str = "p") -> str:
    """Return a line's own promise where that goes before those of its parcel, or of the others."""
    parcel = f"{of}.promise_{part}" if promise == "original" else f"{of}.current_{part}"
    return f"CASE WHEN {own} THEN l.delivery_promised_{part} ELSE {parcel} END AS promise_{part}"


def shipment_rows(keys: Sequence[str], leg: Leg, promise: Promise) -> list[Step]:
    """Return ``deliveries``: one row per shipment and line in it, one for a shipment without."""
    final = "p.leg IS DISTINCT FROM 1"
    where = "" if leg is None else f"\nWHERE {final if leg == 'final' else f'p.leg = {leg}'}"
    text = f"""\
SELECT p.shipment_id, coalesce(c.order_no, p.order_no) AS order_no, c.line_no,
{_FACTS.format(delivered="coalesce(p.delivered, FALSE)")}, p.failed, p.failed_day,
  {_promised("day", promise)},
  {_promised("until", promise)}, {_SEEN} AS row_seen,
  {_SLICE} AS row_slice\
{key_columns(keys, line="l", parcel="p")}
FROM parcels p
LEFT JOIN carried c ON c.parcel_id = p.parcel_id
LEFT JOIN order_lines l ON l.order_no = c.order_no AND l.line_no = c.line_no{where}"""
    return [("deliveries", text)]


# What was counted at the warehouse, or sent on from there, has come there.
_WAS_THERE = f"""\
(l.arrived_at IS NOT NULL OR l.stored_at IS NOT NULL OR f.line_no IS NOT NULL OR {THERE})"""


def line_rows(keys: Sequence[str], leg: Leg, promise: Promise, known: str) -> list[Step]:
    """Return ``deliveries``: one row per line and parcel of its leg, and one for a line's rest.

    A line without any parcel has one row. The rest is what no parcel of the leg brings of a line of
    which others bring a part; it has the
    last of their promises. That a line has no parcel is ``known`` up to an instant.
    """
    on_leg = f"""\
SELECT c.line_no, c.order_no AS of_order, p.*, {QTY} AS qty,
  max(CASE WHEN p.leg IS DISTINCT FROM 1 THEN 1 ELSE 0 END)
    OVER (PARTITION BY c.order_no, c.line_no) AS has_final
FROM carried c JOIN parcels p ON p.parcel_id = c.parcel_id
{LOADED}"""
    final = "(p.leg IS DISTINCT FROM 1 OR (p.has_final = 0 AND l.delivery_promised_day IS NULL))"
    joins: dict[Leg, str] = {1: "p.leg = 1", 2: "p.leg = 2", "final": "p.leg IS DISTINCT FROM 1"}
    here = joins.get(leg, final)
    own = "FALSE" if leg == 1 else _OWN_PROMISE
    made, left = (_line_row(keys, promise, own, known, rest) for rest in (False, True))
    there = """
LEFT JOIN (SELECT DISTINCT of_order, line_no FROM line_parcels WHERE has_final = 1) f
  ON f.of_order = l.order_no AND f.line_no = l.line_no"""
    ended = _WAS_THERE if leg == 1 else "FALSE"
    text = f"""\
{made.format(delivered=f"coalesce(p.delivered, {ended})")}
FROM order_lines l
LEFT JOIN orders o ON o.order_no = l.order_no
LEFT JOIN line_parcels p ON p.of_order = l.order_no AND p.line_no = l.line_no
  AND {here}
LEFT JOIN lost_lines x ON p.shipment_id IS NULL
  AND x.order_no = l.order_no AND x.line_no = l.line_no{there if leg == 1 else ""}
UNION ALL
{left.format(delivered="FALSE")}
FROM lines_in_part r
JOIN order_lines l ON l.order_no = r.order_no AND l.line_no = r.line_no
LEFT JOIN line_parcels p ON 1 = 0
LEFT JOIN lost_lines x ON x.order_no = l.order_no AND x.line_no = l.line_no"""
    return [*PIECES, ("line_parcels", on_leg), *rest_steps(here), ("deliveries", text)]


def _line_row(keys: Sequence[str], promise: Promise, own: str, known: str, rest: bool) -> str:
    """Return the SELECT of a line's row, of a parcel or of what no parcel brings."""
    lost, lost_at = "x.line_no IS NOT NULL", "x.accepted_at"
    if rest:
        lost, lost_at = f"({lost} OR r.closed)", "coalesce(x.accepted_at, r.closed_at)"
    of = "r" if rest else "p"
    return f"""\
SELECT p.shipment_id, l.order_no, l.line_no,
{_FACTS}, coalesce(p.failed, {lost}) AS failed,
  coalesce(p.failed_day, {local_day(lost_at, "jp", "l")}) AS failed_day,
  {_promised("day", promise, own, of)},
  {_promised("until", promise, own, of)},
  coalesce({_SEEN}, least(l.seen_until, {known})) AS row_seen,
  coalesce({_SLICE}, least(l.seen_until, {known})) AS row_slice\
{key_columns(keys, line="l", parcel="p")}"""
