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
from rakustats.marts.cancelled import cancelled_steps
from rakustats.marts.days import day_number, last_over
from rakustats.marts.delivery_rows import Leg, Promise, line_rows, shipment_rows
from rakustats.marts.keys import LINE_KEYS, PARCEL_KEYS
from rakustats.marts.line_facts import cancelled_joins
from rakustats.marts.needs import require
from rakustats.marts.paid_back import LINES_PAID_BACK
from rakustats.marts.parcels import TABLES as PARCEL_TABLES
from rakustats.marts.parcels import parcel_steps
from rakustats.marts.question import LINES, PARCELS, Question

Unit = Literal["shipment", "line"]
Clock = Literal["request", "shipped", "purchase"]
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
    def several(self) -> tuple[str, ...]:
        """The keys of which a unit may have more than one."""
        return LINE_KEYS if self.unit == "shipment" else PARCEL_KEYS

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
            rows = shipment_rows(keys, self.leg, self.promise)
        else:
            parcels_known = snapshot.horizon_sql("shipments")
            rows = line_rows(keys, self.leg, self.promise, parcels_known)
        seen = "min(d.row_seen) {0}"
        if snapshot.horizon("cancellations") < snapshot.moment:
            seen = f"least({seen}, {snapshot.horizon_sql('cancellations')})"
        return [
            *parcel_steps(keys, snapshot),
            *cancelled_steps(snapshot),
            *rows,
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
    return last_over(lambda moment: leg_day(moment, "on_leg", ""), seen)


def _dated(of: Deliveries, seen: str) -> str:
    """Add the unit's cohort day, how far it was looked at, and whether the row was called off."""
    window = f"OVER (PARTITION BY {', '.join(f'd.{c}' for c in UNIT_COLUMNS[of.unit])})"
    first = ", ".join(f"min({day}) {window}" for day in STARTS[of.clock])
    early = "({0}.cancelled_at IS NULL OR {0}.cancelled_at < d.promise_until)"
    order, line = (f"({by}.order_no IS NOT NULL AND NOT {_lost_before(by)})" for by in ("oc", "lc"))
    cancelled = f"({order} OR {line})"
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
    OR ({line} AND {early.format("lc")})) AS called_off,
  b.line_no IS NOT NULL AS paid_back
FROM deliveries d
LEFT JOIN lines_paid_back b ON b.order_no = d.order_no AND b.line_no = d.line_no
LEFT JOIN orders o ON o.order_no = d.order_no
{cancelled_joins("d")}"""


def _lost_before(cancelled: str) -> str:
    """Return the SQL of whether a row was lost before it was called off: to pay it back, mostly."""
    day = local_day(f"{cancelled}.cancelled_at", "jp", "d")
    return f"(d.failed AND ({cancelled}.by_state OR coalesce(d.failed_day <= {day}, FALSE)))"


def elapsed(day: str) -> str:
    """Return the SQL of the days from the clock's start to a day."""
    return f"{day_number(day)} - {day_number('cohort_day')}"
