"""Order lines received: when, and with how many pieces, for all rates of quality."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.config.settings import settings
from rakustats.engine.steps import Step
from rakustats.marts.cancelled import cancelled_steps
from rakustats.marts.keys import PARCEL_KEYS, key_columns
from rakustats.marts.line_facts import CALLED_OFF, PURCHASED_DAY, TRADE, cancelled_joins
from rakustats.marts.question import Question

TABLES = ("orders", "order_lines", "shipments", "shipment_lines", "claims", "cancellations")
#: Rules of every line, before what a metric asks of it.
NOT_COUNTED = (("replacement", "replacement"), ("no_quantity", "no_quantity"), ("test", "test"))
LINE_RECEIVED = ("received_wh", "inspecting", "problem", "stored", "delivery_requested", "closed")
ORDER_RECEIVED = ("inspecting", "stored", "delivery_requested", "closed")
CARRIED: Step = ("carried", "SELECT DISTINCT shipment_id, order_no, line_no FROM shipment_lines")
QUANTITIES = (
    *("qty_ordered", "qty_purchased", "qty_received", "qty_inspected"),
    *("qty_defective", "qty_short", "qty_wrong", "qty_shipped"),
)


def texts(values: Sequence[str]) -> str:
    """Return words of the schema as a list of SQL literals."""
    return ", ".join(f"'{value}'" for value in values)


#: Whether states show that a line's goods were there; its order's word counts only where the line
#: has none, as an order is in inspection as soon as one of its lines is.
THERE = f"""\
coalesce(coalesce(l.state IN ({texts(LINE_RECEIVED)}),
      o.state IN ({texts(ORDER_RECEIVED)})), FALSE)"""

# grain: one line that lies in a parcel of the final leg that arrived
_ARRIVALS = """\
SELECT c.order_no, c.line_no, min(s.delivered_at) AS delivered_first,
  max(s.delivered_at) AS delivered_at
FROM carried c JOIN shipments s ON s.shipment_id = c.shipment_id
WHERE s.leg IS DISTINCT FROM 1 AND (s.delivered_at IS NOT NULL OR s.state = 'delivered')
GROUP BY c.order_no, c.line_no"""


def line_steps(asked: Question, *more: str) -> list[Step]:
    """Return the tables (and more) and ``lines``: one row per line and what became of it.

    ``first_at`` is when its goods were first there, ``received_at`` when they last were;
    ``delivered_first`` when the first of them reached Japan.
    """
    lines = ("lines", _lines(asked.keys))
    return [
        *asked.steps((*TABLES, *more)),
        CARRIED,
        ("arrivals", _ARRIVALS),
        *cancelled_steps(asked.snapshot),
        lines,
    ]


def _lines(keys: Sequence[str]) -> str:
    counts = ", ".join(f"l.{name}" for name in QUANTITIES)
    return f"""\
SELECT l.order_no, l.line_no{key_columns(keys, line="l")}, l.utc_offset, {counts},
  {PURCHASED_DAY} AS cohort_day,
  (l.arrived_at IS NOT NULL OR l.stored_at IS NOT NULL OR coalesce(l.qty_received, 0) > 0
    OR a.line_no IS NOT NULL OR {THERE}) AS received,
  coalesce(least(l.arrived_at, l.stored_at), a.delivered_first) AS first_at,
  greatest(l.arrived_at, l.stored_at, a.delivered_at) AS received_at,
  l.stored_at IS NOT NULL AS stored, a.line_no IS NOT NULL AS delivered, a.delivered_first,
  l.seen_until,
  {CALLED_OFF} AS cancelled, o.replacement_of IS NOT NULL AS replacement, {TRADE}
FROM order_lines l
LEFT JOIN orders o ON o.order_no = l.order_no
LEFT JOIN arrivals a ON a.order_no = l.order_no AND a.line_no = l.line_no
{cancelled_joins()}"""


def keyed_steps(keys: Sequence[str], source: str) -> list[Step]:
    """Return ``keyed``: one row per line of ``source`` and keys of the parcels that carried it."""
    parcel = [k for k in keys if k in PARCEL_KEYS]
    if not parcel:
        return [("keyed", f"SELECT * FROM {source}")]
    columns = ", ".join(f"s.{k}" for k in parcel)
    carriers = f"""\
SELECT DISTINCT c.order_no, c.line_no, {columns}
FROM carried c JOIN shipments s ON s.shipment_id = c.shipment_id
QUALIFY dense_rank() OVER (PARTITION BY c.order_no, c.line_no
  ORDER BY CASE WHEN s.leg IS DISTINCT FROM 1 THEN 0 ELSE 1 END) = 1"""
    keyed = f"""\
SELECT l.*, {", ".join(f"p.{k}" for k in parcel)} FROM {source} l
LEFT JOIN line_carriers p ON p.order_no = l.order_no AND p.line_no = l.line_no"""
    return [("line_carriers", carriers), ("keyed", keyed)]


def unit_rows(
    asked: Question,
    *facts: str,
    matured: str = "received",
    seen: str = "seen_until",
    before: Sequence[tuple[str, str]] = (),
    all_days: bool = False,
) -> str:
    """Return the SELECT that gives each row of ``keyed`` its status, its keys and the facts.

    ``seen`` is up to when what counts was looked at, ``before`` are further (status, condition)
    after those of every line. With ``all_days`` rows of other days stay, and ``in_period`` marks
    them.
    """
    status = asked.status(
        "cohort_day",
        *NOT_COUNTED,
        *before,
        ("matured", matured),
        ("cancelled", "cancelled"),
        otherwise="open",
    )
    begun = asked.snapshot.before(settings().claim_lag_days, "claims")
    recent = f"coalesce(received_at > {begun}, FALSE)"
    items = (*facts, f"{seen} AS seen_until", f"{recent} AS recent", f"{status} AS status")
    if not all_days:
        return asked.rows("keyed", "cohort_day", *items)
    in_period = f"{asked.days.where('cohort_day')} AS in_period"
    return f"SELECT {asked.columns(*items)}{in_period}{asked.dated('cohort_day')}\nFROM keyed"
