"""How often deliveries come later than promised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.metrics.cancelled import CANCELLED
from rakustats.metrics.keys import (
    DAY_KEYS,
    cohort,
    day_columns,
    group_keys,
    key_columns,
    key_names,
)
from rakustats.metrics.parcels import parcel_steps
from rakustats.metrics.rates import Question, Step, rate_result
from rakustats.not_trade import is_test
from rakustats.results import Result, phrase

Unit = Literal["shipment", "line"]
Clock = Literal["request", "shipped"]
TABLES = ("orders", "order_lines", "shipments", "shipment_lines", "cancellations")
UNIT_COLUMNS = {"shipment": ("shipment_id",), "line": ("order_no", "line_no")}
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

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys (``seller_name`` beside ``seller_id``),
        ``n`` (units whose promised day has ended), ``events`` (late ones), ``rate`` (events / n),
        ``estimate`` (rate drawn to the common one), ``lo``, ``hi`` (90 % interval of the estimate),
        ``n_open`` (not due, not there), ``n_excluded`` (sum of ``n_no_promise``, ``n_cancelled``,
        ``n_void``, ``n_no_date``, ``n_no_quantity``, ``n_test``), ``n_not_due`` (there or lost
        before the promised day ended),
        ``n_overdue_open`` (those of ``events`` that are still awaited), ``n_no_promise``,
        ``n_cancelled`` (undelivered, called off before the promised day ended), ``n_void``
        (request withdrawn), ``n_no_date`` (delivered, but no export says when), ``n_no_quantity``
        (0 pieces), ``n_test`` (tests, samples, the customer's own shipments). ``n``, ``n_open``,
        ``n_not_due`` and ``n_excluded`` add up to all units. Rates are NULL where ``n`` is 0.

    Raises
    ------
    UsageError
        If a key, unit, clock, leg or day is not valid, or no export brought any promise.

    Notes
    -----
    The estimate is described in :func:`rakustats.scoring.shrinkage.beta_prior`.

    Examples
    --------
    >>> late = rs.delay_rates(db, by=["carrier"], leg=2, since="2025-06-01")
    >>> worst_first = late.frame().sort_values("estimate", ascending=False)
    >>> list(worst_first.columns[:7])
    ['carrier', 'n', 'events', 'rate', 'estimate', 'lo', 'hi']
    """
    if unit not in UNIT_COLUMNS or clock not in ("request", "shipped") or leg not in (None, 1, 2):
        raise UsageError("unit is shipment or line, clock is request or shipped, leg is 1 or 2.")
    noun = phrase(ja="荷物" if unit == "shipment" else "明細", en=f"{unit}s")
    title = phrase(ja=f"納期遅れの割合（{noun.ja}）", en=f"Late deliveries ({noun.en})")
    asked = Question(group_keys(by), cohort(since, until), db.look_back(as_of), title, noun)
    rows = _shipment_rows(asked.keys, leg) if unit == "shipment" else _line_rows(asked.keys, leg)
    steps = [
        *asked.look.steps(TABLES),
        *parcel_steps(asked.keys),
        *rows,
        *CANCELLED,
        ("dated", _dated(UNIT_COLUMNS[unit], clock)),
        ("judged", _judged(asked, UNIT_COLUMNS[unit])),
        ("units", _units(asked)),
    ]
    result = rate_result(db, asked, steps, EXCLUDED, EXTRA)
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


_FACTS = f"""\
  coalesce(p.void, FALSE) AS void, coalesce(p.failed, FALSE) AS failed, p.arrival_day,
  coalesce(p.delivered, FALSE) AS delivered, p.requested_day, p.shipped_day,
  coalesce(l.qty_ordered = 0, FALSE) AS no_quantity,
  (coalesce(p.own, FALSE) OR coalesce({is_test("l.item_title", "l.remark")}, FALSE)) AS test"""


def _promise(part: str) -> str:
    """Prefer a line's own promise to the parcel's, but not on the first leg."""
    own = "l.delivery_promised_day IS NOT NULL AND p.leg IS DISTINCT FROM 1"
    return (
        f"CASE WHEN {own} THEN l.delivery_promised_{part} ELSE p.promise_{part} END"
        f" AS promise_{part}"
    )


def _shipment_rows(keys: Sequence[str], leg: int | None) -> list[Step]:
    """One row per shipment and line in it; a shipment without lines has one row."""
    where = "" if leg is None else f"\nWHERE p.leg = {leg}"
    text = f"""\
SELECT p.shipment_id, coalesce(c.order_no, p.order_no) AS order_no, c.line_no,
{_FACTS},
  {_promise("day")}, {_promise("until")}{key_columns(keys, line="l", parcel="p")}
FROM parcels p
LEFT JOIN carried c ON c.parcel_id = p.parcel_id
LEFT JOIN order_lines l ON l.order_no = c.order_no AND l.line_no = c.line_no{where}"""
    return [("deliveries", text)]


def _line_rows(keys: Sequence[str], leg: int | None) -> list[Step]:
    """One row per line and parcel of its final leg; a line without any has one row."""
    on_leg = """\
SELECT c.line_no, c.order_no AS of_order, p.*,
  max(CASE WHEN p.leg IS DISTINCT FROM 1 THEN 1 ELSE 0 END)
    OVER (PARTITION BY c.order_no, c.line_no) AS has_final
FROM carried c JOIN parcels p ON p.parcel_id = c.parcel_id"""
    final = "(p.leg IS DISTINCT FROM 1 OR (p.has_final = 0 AND l.delivery_promised_day IS NULL))"
    own = "(p.shipment_id IS NULL AND l.delivery_promised_day IS NOT NULL)"
    where = {None: "", 1: "\nWHERE p.leg = 1", 2: f"\nWHERE p.leg = 2 OR {own}"}[leg]
    text = f"""\
SELECT p.shipment_id, l.order_no, l.line_no,
{_FACTS},
  {_promise("day")}, {_promise("until")}{key_columns(keys, line="l", parcel="p")}
FROM order_lines l
LEFT JOIN line_parcels p ON p.of_order = l.order_no AND p.line_no = l.line_no
  AND {"p.leg = 1" if leg == 1 else final}{where}"""
    return [("line_parcels", on_leg), ("deliveries", text)]


def _dated(unit: Sequence[str], clock: Clock) -> str:
    """Add the unit's cohort day, and whether the row was called off before it was due."""
    window = f"OVER (PARTITION BY {', '.join(f'd.{c}' for c in unit)})"
    days = ["d.requested_day", "o.submitted_day", "d.shipped_day"]
    chosen = days[2:] if clock == "shipped" else days
    first = ", ".join(f"min({day}) {window}" for day in chosen)
    early = "({0}.cancelled_at IS NULL OR {0}.cancelled_at < d.promise_until)"
    return f"""\
SELECT d.*, coalesce({first}, NULL) AS cohort_day,
  d.arrival_day IS NULL AND (
    (oc.order_no IS NOT NULL AND {early.format("oc")} AND NOT (oc.by_state AND d.failed))
    OR (lc.order_no IS NOT NULL AND {early.format("lc")})) AS called_off
FROM deliveries d
LEFT JOIN orders o ON o.order_no = d.order_no
LEFT JOIN orders_cancelled oc ON oc.order_no = d.order_no
LEFT JOIN lines_cancelled lc ON lc.order_no = d.order_no AND lc.line_no = d.line_no"""


def _judged(asked: Question, unit: Sequence[str]) -> str:
    """One row per unit and keys: what is left to judge after voids, no promise and calls-off."""
    columns = ", ".join((*unit, *(k for k in asked.keys if k not in DAY_KEYS), "cohort_day"))
    ended = "(arrival_day IS NOT NULL OR failed)"
    promised = "NOT void AND NOT no_quantity AND NOT test AND promise_day IS NOT NULL"
    undated = "delivered AND arrival_day IS NULL AND NOT failed"
    counts = f"{promised} AND NOT called_off AND NOT ({undated})"
    late = "failed OR arrival_day IS NULL OR arrival_day > promise_day"
    return f"""\
SELECT {columns}, bool_and(void) AS void,
  bool_and(no_quantity) AS no_quantity, bool_and(no_quantity OR test) AS test,
  count(*) FILTER (WHERE {promised}) AS n_promised,
  count(*) FILTER (WHERE {promised} AND {undated}) AS n_undated,
  count(*) FILTER (WHERE {counts}) AS n_counting,
  max(promise_until) FILTER (WHERE {counts}) AS due,
  bool_or({late}) FILTER (WHERE {counts}) AS event,
  bool_or(NOT {ended}) FILTER (WHERE {counts}) AS still_open
FROM dated WHERE {asked.days.where("cohort_day")} GROUP BY {columns}"""


def _units(asked: Question) -> str:
    """Give each unit its status; it is due when the last of its promises has ended."""
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    return f"""\
SELECT {key_names(plain)}event, still_open, CASE {no_day}WHEN void THEN 'void'
    WHEN no_quantity THEN 'no_quantity' WHEN test THEN 'test' WHEN n_promised = 0 THEN 'no_promise'
    WHEN n_counting = 0 AND n_undated > 0 THEN 'no_date'
    WHEN n_counting = 0 THEN 'cancelled'
    WHEN due <= {asked.look.day_over} THEN 'matured'
    WHEN still_open THEN 'open' ELSE 'not_due' END AS status{day_columns(asked.keys, "cohort_day")}
FROM judged"""
