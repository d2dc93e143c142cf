"""Order lines cut into stages, each with its owner, as SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rakustats.calendar.local_days import local_day, place_day
from rakustats.engine.steps import Step
from rakustats.marts.days import day_number, last_over
from rakustats.marts.keys import LINE_KEYS, PARCEL_KEYS
from rakustats.marts.milestones import NAMES, milestone_steps
from rakustats.store.asof import Snapshot


class Stage(NamedTuple):
    """A stage between two milestones, and its owner."""

    name: str
    owner: str
    start: str
    end: str


STAGES = (
    Stage("quote", "agency", "submitted", "quoted"),
    Stage("payment", "customer", "quoted", "paid"),
    Stage("buying", "agency", "paid", "purchased"),
    Stage("seller_dispatch", "seller", "purchased", "handed_over"),
    Stage("leg1", "leg1_carrier", "handed_over", "arrived"),
    # where no handover is told the seller's days and the carrier's are not separable
    Stage("seller_to_warehouse", "seller_and_leg1", "purchased", "arrived"),
    Stage("inspection", "agency", "arrived", "stored"),
    Stage("customer_dwell", "customer", "stored", "requested"),
    Stage("packing", "agency", "requested", "freight_quoted"),
    Stage("freight_payment", "customer", "freight_quoted", "freight_paid"),
    Stage("dispatch", "agency", "freight_paid", "shipped"),
    Stage("leg2", "leg2_carrier", "shipped", "customs_in"),
    Stage("customs", "customs", "customs_in", "customs_out"),
    Stage("last_mile", "jp_carrier", "customs_out", "attempted"),
    Stage("recipient", "recipient", "attempted", "delivered"),
)
UNALLOCATED = "unallocated"
# In the order of the milestones; what no stage explains comes last.
STAGE_NAMES = (*(s.name for s in STAGES), UNALLOCATED)
OWNERS = tuple(dict.fromkeys((*(s.owner for s in STAGES), "undetermined")))
# Whose rows show that a stage has ended: up to these the order's, the line's, else the parcel's.
_OF_ORDERS = STAGE_NAMES.index("buying") + 1
_OF_LINES = STAGE_NAMES.index("inspection") + 1
_PURCHASED = NAMES.index("purchased") + 1
_FIRST_LEG = STAGE_NAMES.index("seller_to_warehouse") + 1
_IN_JAPAN = STAGE_NAMES.index("leg2") + 1


def stage_steps(keys: Sequence[str], calendar: str, snapshot: Snapshot) -> list[Step]:
    """Return the steps that end in ``stages``, one row per order line and stage.

    ``stands`` is 'done', 'open' (``days`` up to ``seen_until``, when what would show its end was
    last looked at; ``seen_no`` is the last day that was over then), 'lost' or 'cancelled' (``days``
    up to then), 'missing' (passed, but an instant is unknown), 'negative' (ended before it began),
    'not_separable' (counted as seller_to_warehouse) or 'no_date' (over, nobody says when). What the
    done stages of a line leave of the days between its first and its last point is 'unallocated'.
    """
    return [
        *milestone_steps(keys, snapshot),
        ("told", _TOLD),
        ("stage_list", _stage_list()),
        ("staged", _staged(keys)),
        ("standing", _STANDING),
        ("lasting", _lasting()),
        ("spanned", _spanned(calendar)),
        ("stages", _stages()),
    ]


def _stage_list() -> str:
    points = {name: number for number, name in enumerate(NAMES, start=1)}
    rows = [(s.name, s.owner, points[s.start], points[s.end]) for s in STAGES]
    rows.append((UNALLOCATED, "undetermined", 0, len(NAMES)))
    values = ",\n  ".join(
        f"({number}, '{name}', '{owner}', {start}, {end})"
        for number, (name, owner, start, end) in enumerate(rows, start=1)
    )
    return f"SELECT * FROM (VALUES\n  {values}) AS listed(stage_no, stage, owner, start_at, end_at)"


def _by_stage(column: str, end: bool) -> str:
    """Return the column of the milestone at which each stage starts or ends."""
    points = [s.end if end else s.start for s in STAGES]
    cases = " ".join(
        f"WHEN {number} THEN w.{column.format(point)}" for number, point in enumerate(points, 1)
    )
    whole = column.format("last" if end else "first")
    other = f" ELSE w.{whole}" if column.startswith("day_") else ""
    return f"CASE s.stage_no {cases}{other} END"


# Whether lines of a seller have their handover told, by those that have arrived: most of the
# seller's own, of a seller without any most of all. Open ones then stand where finished ones do.
_TOLD = """\
SELECT *, coalesce(avg(handover) OVER (PARTITION BY shop), avg(handover) OVER (), 1.0) >= 0.5
  AS tells
FROM (SELECT *, CASE WHEN day_purchased IS NULL OR day_arrived IS NULL THEN NULL
  WHEN raw_handed_over IS NULL THEN 0.0 ELSE 1.0 END AS handover FROM milestones) m"""


def _staged(keys: Sequence[str]) -> str:
    lines = "".join(f", w.{k}" for k in keys if k in LINE_KEYS)
    legs = "".join(
        f",\n  CASE WHEN s.stage_no <= {_FIRST_LEG} THEN w.a_{k} WHEN s.stage_no = "
        f"{len(STAGE_NAMES)} THEN coalesce(w.b_{k}, w.a_{k}) ELSE w.b_{k} END AS {k}"
        for k in keys
        if k in PARCEL_KEYS
    )
    return f"""\
SELECT w.order_no, w.line_no, w.shop{lines}{legs}, w.utc_offset, w.cohort_day,
  w.no_quantity, w.test, w.closed,
  coalesce(w.failed, FALSE) AS failed, w.failed_at, w.called_off, w.called_off_at, w.only_packed,
  w.no_attempt,
  w.day_handed_over IS NULL AND w.day_purchased IS NOT NULL AND (w.day_arrived IS NOT NULL
    OR (w.reached = {_PURCHASED} AND w.raw_handed_over IS NULL AND NOT w.tells)) AS not_separable,
  CASE WHEN s.stage_no <= {_OF_ORDERS} THEN w.order_seen WHEN s.stage_no <= {_OF_LINES}
    THEN w.line_seen ELSE w.parcel_seen END AS seen_until,
  w.reached, s.stage_no, s.stage, s.owner, s.start_at AS start_point, s.end_at AS end_point,
  {_by_stage("day_{}", end=False)} AS start_no,
  {_by_stage("day_{}", end=True)} AS end_no,
  {_by_stage("raw_{}", end=False)} AS raw_start_no,
  {_by_stage("raw_{}", end=True)} AS raw_end_no,
  {_by_stage("at_{}", end=False)} AS start_at,
  {_by_stage("at_{}", end=True)} AS end_at
FROM told w CROSS JOIN stage_list s WHERE w.reached > 0"""


# grain: one line and stage, reached or passed
_STANDING = f"""\
SELECT * FROM (
  SELECT *, CASE
    WHEN stage = '{UNALLOCATED}'
      THEN CASE WHEN reached = {len(NAMES)} THEN 'done' ELSE 'open' END
    WHEN stage = 'seller_to_warehouse' AND NOT not_separable THEN NULL
    WHEN stage = 'freight_payment' AND only_packed
      THEN CASE WHEN reached >= end_point THEN 'missing' END
    WHEN stage = 'recipient' AND no_attempt
      THEN CASE WHEN reached >= end_point THEN 'missing' END
    WHEN start_no IS NOT NULL AND end_no IS NOT NULL THEN 'done'
    WHEN raw_end_no < raw_start_no THEN 'negative'
    WHEN not_separable AND stage IN ('seller_dispatch', 'leg1') THEN 'not_separable'
    WHEN reached >= end_point THEN 'missing'
    WHEN reached <> start_point THEN NULL
    WHEN failed THEN CASE WHEN failed_at IS NULL THEN 'no_date' ELSE 'lost' END
    WHEN called_off THEN CASE WHEN called_off_at IS NULL THEN 'no_date' ELSE 'cancelled' END
    WHEN closed THEN 'no_date' ELSE 'open' END AS stands
  FROM staged) AS spans
WHERE stands IS NOT NULL"""


def _lasting() -> str:
    """Add the day up to which each stage lasted; open ones are censored when last looked at."""
    now = day_number(local_day("seen_until", "cn", ""))

    def ended(instant: str) -> str:
        return day_number(place_day(instant, f"stage_no >= {_IN_JAPAN}", ""))

    over = last_over(lambda at: place_day(at, f"stage_no >= {_IN_JAPAN}", ""), "seen_until")
    return f"""\
SELECT *, CASE WHEN stage <> '{UNALLOCATED}' THEN {over} END AS seen_no,
  CASE stands WHEN 'done' THEN end_no
    WHEN 'open' THEN CASE WHEN stage = '{UNALLOCATED}' THEN end_no
      ELSE greatest(start_no, {now}) END
    WHEN 'lost' THEN greatest(start_no, {ended("failed_at")})
    WHEN 'cancelled' THEN greatest(start_no, {ended("called_off_at")}) END AS until_no
FROM standing"""


def _spanned(calendar: str) -> str:
    return f"""\
SELECT p.*, p.until_no - p.start_no AS span, e.cn_business - b.cn_business AS span_business
FROM lasting p
LEFT JOIN {calendar} b ON b.day_no = p.start_no
LEFT JOIN {calendar} e ON e.day_no = p.until_no"""


def _stages() -> str:
    """Subtract the stages' days from those of the whole; the rest is unallocated."""

    def left(span: str) -> str:
        explained = f"sum(CASE WHEN stage <> '{UNALLOCATED}' AND stands = 'done' THEN {span} END)"
        return (
            f"CASE WHEN stage = '{UNALLOCATED}' THEN CAST({span} - coalesce({explained} OVER line,"
            f" 0) AS INT) ELSE {span} END"
        )

    return f"""\
SELECT *, {left("span")} AS days,
  {left("span_business")} AS business_days
FROM spanned WINDOW line AS (PARTITION BY order_no, line_no)"""
