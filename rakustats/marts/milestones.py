"""Milestones of an order line: its instants in the order in which they have to come.

Days are those of Shanghai up to the handover to the carrier and those of Tokyo from customs on, so
that the days between two points add up whatever lies between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rakustats.calendar.local_days import Place, local_day
from rakustats.engine.steps import Step
from rakustats.marts.cancelled import cancelled_steps
from rakustats.marts.days import day_number
from rakustats.marts.keys import PARCEL_KEYS, key_columns
from rakustats.marts.line_facts import CALLED_OFF, TRADE, cancelled_joins
from rakustats.marts.parcels import TABLES as PARCEL_TABLES
from rakustats.marts.parcels import parcel_steps
from rakustats.marts.scans import SCANNED
from rakustats.store.asof import Snapshot

TABLES = (*PARCEL_TABLES, "tracking_events", "cancellations")


# The carrier's scan goes before the seller's word.
_HANDED_OVER = """\
CASE WHEN NOT coalesce(a.again, FALSE)
    THEN coalesce(a.pickup_at, l.seller_shipped_at, a.shipped_at) END"""


class Milestone(NamedTuple):
    """A milestone: in order ``o``, line ``l``, or the parcels of legs ``a`` and ``b``."""

    name: str
    instant: str

    @property
    def day(self) -> str:
        """Its day as a number; every instant ``x_at`` has one beside it, ``x_no``."""
        return self.instant.replace("_at", "_no")


POINTS = (
    Milestone("submitted", "o.submitted_at"),
    Milestone("quoted", "o.quoted_at"),
    Milestone("paid", "coalesce(o.payment_reached_at, o.paid_at)"),
    Milestone("purchased", "o.purchased_at"),
    Milestone("handed_over", _HANDED_OVER),
    Milestone("arrived", "coalesce(l.arrived_at, a.in_china_at)"),
    Milestone("stored", "l.stored_at"),
    Milestone("requested", "b.requested_at"),
    Milestone("freight_quoted", "coalesce(b.freight_quoted_at, b.packed_before_at)"),
    Milestone("freight_paid", "b.freight_paid_at"),
    Milestone("shipped", "coalesce(b.shipped_at, b.pickup_at)"),
    Milestone("customs_in", "b.customs_in_at"),
    Milestone("customs_out", "b.customs_out_at"),
    Milestone("attempted", "b.attempted_at"),
    Milestone("delivered", "b.delivered_at"),
)
NAMES = tuple(point.name for point in POINTS)
LAST = NAMES[-1]
_IN_JAPAN = ("customs_in_at", "customs_out_at", "attempted_at", "delivered_at")
# The days are made before the tables are joined: later steps then carry a name, not the whole text.
_DATED = {
    "orders": ("submitted_at", "quoted_at", "payment_reached_at", "paid_at", "purchased_at"),
    "order_lines": ("seller_shipped_at", "arrived_at", "stored_at"),
    "trips": (
        *("pickup_at", "shipped_at", "in_china_at", "requested_at", "freight_quoted_at"),
        *("packed_before_at", "freight_paid_at", *_IN_JAPAN),
    ),
}


def _dated(table: str) -> str:
    place: dict[str, Place] = dict.fromkeys(_IN_JAPAN, "jp")
    days = ",\n".join(
        f"  {day_number(local_day(instant, place.get(instant, 'cn'), ''))}"
        f" AS {instant.removesuffix('_at')}_no"
        for instant in _DATED[table]
    )
    return f"SELECT *,\n{days}\nFROM {table}"


def milestone_steps(keys: Sequence[str], snapshot: Snapshot) -> list[Step]:
    """Return the steps that end in ``milestones``, one row per order line.

    ``at_<point>`` are the instants, ``raw_<point>`` their days as numbers, and ``day_<point>`` the
    days of those that do not lie before an earlier point or after the delivery; ``day_first`` and
    ``day_last`` the first and last of these, ``reached`` the number of the last from 1, 0 if there
    is none. ``order_seen``, ``line_seen`` and ``parcel_seen`` are when what would show further
    points was last looked at. Keys of parcels come twice, as ``a_<key>`` of the first leg and
    ``b_<key>`` of the final one.
    """
    parcel = [k for k in keys if k in PARCEL_KEYS]
    return [
        *parcel_steps(keys, snapshot),
        *SCANNED,
        *cancelled_steps(snapshot),
        ("journeys", _journeys(parcel)),
        ("trips", _trips(parcel)),
        *((f"{table}_dated", _dated(table)) for table in _DATED),
        ("points", _points(keys, parcel, snapshot.horizon_sql("shipments"))),
        ("bounded", _bounded()),
        ("milestones", _milestones()),
    ]


# Once a parcel failed, what its line took up to the next one's handover is nobody's stage.
_DESK = ("freight_quoted_at", "freight_paid_at")


def _trips(parcel: Sequence[str]) -> str:
    """Take, per line and leg, the parcel that comes last; a failed one only where no other goes."""
    keys = "".join(f", {k}" for k in parcel)
    desk = ", ".join(f"CASE WHEN NOT again THEN {c} END AS {c}" for c in _DESK)
    return f"""\
SELECT order_no, line_no, final_leg{keys}, failed, undated,
  CASE WHEN again THEN first_requested_at ELSE requested_at END AS requested_at, {desk},
  CASE WHEN NOT again AND freight_quoted_at IS NULL
    AND coalesce(freight_paid_at, shipped_at, delivered_at) IS NOT NULL THEN packed_at END
    AS packed_before_at,
  shipped_at, pickup_at, again,
  customs_in_at, customs_out_at, attempted_at, delivered_at, no_attempt,
  delivered_at AS in_china_at, failed_at, requested_day, shipped_day, utc_offset, seen_until
FROM journeys
QUALIFY row_number() OVER (PARTITION BY order_no, line_no, final_leg
  ORDER BY CASE WHEN failed THEN 2 WHEN delivered_at IS NULL AND NOT undated THEN 0 ELSE 1 END,
    delivered_at DESC NULLS LAST, parcel_id) = 1"""


def _journeys(parcel: Sequence[str]) -> str:
    """Return one row per line and parcel, each with whether another one failed before it."""
    keys = "".join(f", p.{k}" for k in parcel)
    leg = "CASE WHEN p.leg = 1 THEN 1 ELSE 2 END"
    line = f"(PARTITION BY c.order_no, c.line_no, {leg})"
    first = ("requested_at", "packed_at", "freight_quoted_at", "freight_paid_at", "shipped_at")
    began = ", ".join(f"coalesce(m.{c}, s.{c}) AS {c}" for c in first)
    return f"""\
SELECT c.order_no, c.line_no, p.parcel_id, {leg} AS final_leg{keys}, p.failed,
  NOT p.failed AND bool_or(p.failed) OVER {line} AS again,
  min(coalesce(m.requested_at, s.requested_at)) OVER {line} AS first_requested_at,
  p.delivered AND s.delivered_at IS NULL AS undated, {began},
  least(x.pickup_at, y.pickup_at) AS pickup_at,
  coalesce(s.customs_in_at, m.customs_in_at, x.customs_in_at, y.customs_in_at) AS customs_in_at,
  coalesce(s.customs_out_at, m.customs_out_at, x.customs_out_at, y.customs_out_at)
    AS customs_out_at,
  coalesce(s.first_attempt_at, x.attempted_at, s.delivered_at) AS attempted_at, s.delivered_at,
  s.first_attempt_at IS NULL AND x.attempted_at IS NULL AS no_attempt,
  coalesce(s.lost_at, s.returned_at, p.failed_at) AS failed_at, p.requested_day, p.shipped_day,
  p.utc_offset, p.seen_until
FROM carried c
JOIN parcels p ON p.parcel_id = c.parcel_id
JOIN shipments s ON s.shipment_id = p.parcel_id
LEFT JOIN shipments m ON m.shipment_id = p.shipment_id
LEFT JOIN scanned x ON x.shipment_id = p.parcel_id
LEFT JOIN scanned y ON y.shipment_id = p.shipment_id
WHERE NOT p.void"""


def _points(keys: Sequence[str], parcel: Sequence[str], parcels_known: str) -> str:
    instants = ",\n".join(f"  {p.instant} AS at_{p.name}, {p.day} AS raw_{p.name}" for p in POINTS)
    legs = "".join(f", a.{k} AS a_{k}, b.{k} AS b_{k}" for k in parcel)
    return f"""\
SELECT l.order_no, l.line_no, l.utc_offset, l.seller_id AS shop{key_columns(keys, line="l")}{legs},
  coalesce(o.submitted_day, o.paid_day, o.purchased_day, l.seller_shipped_day, b.requested_day,
    b.shipped_day) AS cohort_day,
  {TRADE},
  b.packed_before_at IS NOT NULL AS only_packed, coalesce(b.no_attempt, FALSE) AS no_attempt,
  (coalesce(o.state = 'closed', FALSE) OR coalesce(l.state = 'closed', FALSE)
    OR o.completed_at IS NOT NULL OR coalesce(b.undated, FALSE)) AS closed,
  CASE WHEN b.line_no IS NULL THEN a.failed ELSE b.failed END AS failed,
  CASE WHEN b.line_no IS NULL THEN a.failed_at ELSE b.failed_at END AS failed_at,
  coalesce(o.seen_until, l.seen_until) AS order_seen,
  least(l.seen_until, coalesce(a.seen_until, {parcels_known})) AS line_seen,
  coalesce(b.seen_until, {parcels_known}) AS parcel_seen,
  {CALLED_OFF} AS called_off,
  coalesce(lc.cancelled_at, oc.cancelled_at) AS called_off_at,
{instants}
FROM order_lines_dated l
LEFT JOIN orders_dated o ON o.order_no = l.order_no
LEFT JOIN trips_dated a ON a.order_no = l.order_no AND a.line_no = l.line_no AND a.final_leg = 1
LEFT JOIN trips_dated b ON b.order_no = l.order_no AND b.line_no = l.line_no AND b.final_leg = 2
{cancelled_joins()}"""


def _bounded() -> str:
    """Leave out milestones after the delivery: nothing that is there can still be on its way."""
    last = f"raw_{LAST}"
    days = ", ".join(
        f"CASE WHEN raw_{n} <= coalesce({last}, raw_{n}) THEN raw_{n} END AS upto_{n}"
        for n in NAMES
    )
    return f"SELECT *, {days} FROM points"


def _milestones() -> str:
    """Leave out milestones before an earlier one; what is latest of all is then the last."""
    days = [f"upto_{NAMES[0]} AS day_{NAMES[0]}"]
    for number, name in enumerate(NAMES[1:], start=1):
        before = ", ".join(f"upto_{n}" for n in NAMES[:number])
        latest = f"greatest({before})" if number > 1 else before
        days.append(
            f"CASE WHEN upto_{name} >= coalesce({latest}, upto_{name}) THEN upto_{name} END"
            f" AS day_{name}"
        )
    every = ", ".join(f"upto_{n}" for n in NAMES)
    numbers = " ".join(
        f"WHEN upto_{n} = greatest({every}) THEN {i}"
        for i, n in reversed([*enumerate(NAMES, start=1)])
    )
    listed = ",\n  ".join(days)
    return f"""\
SELECT *, coalesce({every}) AS day_first, greatest({every}) AS day_last,
  CASE {numbers} ELSE 0 END AS reached,
  {listed}
FROM bounded"""
