"""Deliveries as units of time: which rows make one, when its clock starts, what ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rakustats.calendar.local_days import leg_day, local_day
from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.errors import one_of
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.cancelled import CANCELLED
from rakustats.marts.days import day_number, just_after
from rakustats.marts.keys import key_columns
from rakustats.marts.line_facts import IS_TEST, NO_QUANTITY, cancelled_joins
from rakustats.marts.line_pieces import LOADED, PIECES, QTY, rest_steps
from rakustats.marts.needs import require
from rakustats.marts.paid_back import LINES_PAID_BACK
from rakustats.marts.parcels import TABLES as PARCEL_TABLES
from rakustats.marts.parcels import parcel_steps
from rakustats.marts.question import LINES, PARCELS, Question
from rakustats.marts.received import THERE

Unit = Literal["shipment", "line"]
Clock = Literal["request", "shipped", "purchase"]
Promise = Literal["original", "current"]
Leg = int | Literal["final"] | None
#: When a parcel arrived that left a list of open ones: at once after it was last seen, or as late
#: as can be.
Left = Literal["earliest", "latest"]
TABLES = (*PARCEL_TABLES, "cancellations")
UNIT_COLUMNS = {"shipment": ("shipment_id",), "line": ("order_no", "line_no")}
LEGS = (1, 2)
# Where a clock starts: the first of these that is known.
STARTS = {
    "request": ("d.requested_day", "o.submitted_day", "d.shipped_day"),
    "shipped": ("d.shipped_day",),
    "purchase": ("o.purchased_day", "o.paid_day", "o.submitted_day"),
}


#: Why a delivery does not count whatever is asked, as columns of ``dated``.
NOT_COUNTED = ("void", "no_quantity", "test")


@dataclass(frozen=True)
class Deliveries:
    """Which deliveries are asked about: their unit, when their clock starts, what was promised."""

    unit: Unit = "shipment"
    clock: Clock = "request"
    leg: Leg = None
    promise: Promise = "original"
    left: Left = "latest"

    @property
    def noun(self) -> Phrase:
        """What is counted."""
        ja = PARCELS.ja if self.unit == "shipment" else LINES.ja
        return phrase(ja=ja, en=f"{self.unit}s")

    @property
    def at_the_end(self) -> Deliveries:
        """The same of the final leg, where no leg was asked for."""
        return replace(self, leg=self.leg or "final")

    def check(self, clocks: Sequence[str]) -> None:
        """Refuse a unit, clock, leg or promise that there is not."""
        one_of("unit", self.unit, UNIT_COLUMNS)
        one_of("clock", self.clock, clocks)
        one_of("leg", 1 if self.leg is None else self.leg, LEGS)
        one_of("promise", self.promise, ("original", "current"))

    def columns(self, asked: Question) -> str:
        """Return the columns that identify a unit and its keys, but for those made of its day."""
        return ", ".join((*UNIT_COLUMNS[self.unit], *asked.plain, "cohort_day"))

    def steps(self, asked: Question, also: Sequence[str] = ()) -> list[Step]:
        """Return the steps that end in ``dated``: one row per line and parcel that carries it.

        With the keys it has ``cohort_day`` (when the unit's clock started), ``promise_day`` and
        ``promise_until``, ``arrival_day``, ``failed`` with ``failed_day``, ``cancelled`` with
        ``cancelled_day``, ``called_off`` (undelivered, cancelled before the promised day ended),
        ``paid_back`` (called off and paid back in full, awaited by nobody) and
        what keeps a row from counting: ``void``, ``no_quantity``, ``test``, ``undated``.

        A unit was looked at, all its rows, up to ``looked_until``, by exports alone up to
        ``slice_until``; ``seen_until`` is how far cancellations of it are known besides. What left
        a list of open parcels counts as arrived, and is ``undecided`` where that may have been
        before its promised day ended or after. ``also`` are further keys.
        """
        keys, snapshot = (*asked.keys, *also), asked.snapshot
        if self.unit == "shipment":
            rows = _shipment_rows(keys, self.leg, self.promise)
        else:
            parcels_known = snapshot.horizon_sql("shipments")
            rows = _line_rows(keys, self.leg, self.promise, parcels_known)
        seen = "min(d.row_seen) {0}"
        if snapshot.horizon("cancellations") < snapshot.moment:
            seen = f"least({seen}, {snapshot.horizon_sql('cancellations')})"
        return [
            *parcel_steps(keys, snapshot),
            *rows,
            *CANCELLED,
            LINES_PAID_BACK,
            ("dated", _dated(self, seen)),
        ]


def require_times(db: Database, asked: Phrase, clock: Clock) -> None:
    """Refuse a question for which no export has when deliveries begin, or when they end."""
    require(db, asked, ["shipments.delivered_at"], ["shipments.first_attempt_at"])
    tables = {"d": "shipments", "o": "orders"}
    starts = (day.removesuffix("_day").split(".") for day in STARTS[clock])
    require(db, asked, *([f"{tables[of]}.{name}_at"] for of, name in starts))


def last_day(seen: str = "seen_until") -> str:
    """Return the SQL of the number of the last day that was over, where a row's leg ends."""
    return f"({day_number(leg_day(just_after(seen), 'on_leg', ''))} - 1)"


# a delivery's days are cut by its parcel's clock, those of a line without one by the line's
OF_ROW = "CASE WHEN p.parcel_id IS NULL THEN l.utc_offset ELSE p.utc_offset END AS utc_offset"
_FACTS = f"""\
  p.leg AS on_leg, {OF_ROW}, coalesce(p.void, FALSE) AS void, p.left_by,
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


def _shipment_rows(keys: Sequence[str], leg: Leg, promise: Promise) -> list[Step]:
    """One row per shipment and line in it; a shipment without lines has one row."""
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


def _line_rows(keys: Sequence[str], leg: Leg, promise: Promise, known: str) -> list[Step]:
    """One row per line and parcel of its leg, one for a line without any, and one for the rest.

    The rest is what no parcel of the leg brings of a line that others bring in part; it has the
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


def _dated(of: Deliveries, seen: str) -> str:
    """Add the unit's cohort day, how far it was looked at, and whether the row was called off."""
    window = f"OVER (PARTITION BY {', '.join(f'd.{c}' for c in UNIT_COLUMNS[of.unit])})"
    first = ", ".join(f"min({day}) {window}" for day in STARTS[of.clock])
    early = "({0}.cancelled_at IS NULL OR {0}.cancelled_at < d.promise_until)"
    order = "(oc.order_no IS NOT NULL AND NOT (oc.by_state AND d.failed))"
    cancelled = f"({order} OR lc.order_no IS NOT NULL)"
    left = f"d.left_by IS NOT NULL AND NOT d.failed AND NOT {cancelled}"
    ended = "d.left_by" if of.left == "latest" else "d.shown_until"
    return f"""\
SELECT d.*, coalesce(d.shown_arrival_day, CASE WHEN {left} THEN
    {leg_day(ended, "d.on_leg", "d")} END) AS arrival_day,
  coalesce({left} AND d.shown_until < d.promise_until AND d.promise_until < d.left_by, FALSE)
    AS undecided,
  coalesce({first}, NULL) AS cohort_day, min(d.row_seen) {window} AS looked_until,
  min(d.row_slice) {window} AS slice_until,
  {seen.format(window)} AS seen_until,
  d.delivered AND d.shown_arrival_day IS NULL AND NOT d.failed AS undated,
  {cancelled} AS cancelled,
  {local_day("least(oc.cancelled_at, lc.cancelled_at)", "jp", "d")} AS cancelled_day,
  d.shown_arrival_day IS NULL AND (({order} AND {early.format("oc")})
    OR (lc.order_no IS NOT NULL AND {early.format("lc")})) AS called_off,
  b.line_no IS NOT NULL AS paid_back
FROM deliveries d
LEFT JOIN lines_paid_back b ON b.order_no = d.order_no AND b.line_no = d.line_no
LEFT JOIN orders o ON o.order_no = d.order_no
{cancelled_joins("d")}"""


def elapsed(day: str) -> str:
    """Return the SQL of the days from the clock's start to a day."""
    return f"{day_number(day)} - {day_number('cohort_day')}"
