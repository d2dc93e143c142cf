"""Time in state: deliveries before the handover or on their way, and the time since a scan."""

from __future__ import annotations

from rakustats.calendar.local_days import local_day
from rakustats.config.settings import settings
from rakustats.engine.steps import Step
from rakustats.marts.days import day_number
from rakustats.marts.deliveries import NOT_COUNTED, Deliveries, last_day
from rakustats.marts.deliveries import TABLES as DELIVERY_TABLES
from rakustats.marts.parcels import MEMBERS
from rakustats.marts.question import Question
from rakustats.marts.scans import SCANNED

TABLES = (*DELIVERY_TABLES, "tracking_events")

# grain: one delivery; of a carrier without any scan on that leg the age alone is known
_SIGNS = f"""\
SELECT m.shipment_id, max({local_day("e.last_scan_at", "jp", "s")}) AS scanned_day,
  bool_or(c.carrier IS NOT NULL) AS scans,
  bool_or(s.customs_in_at IS NOT NULL) AS in_customs,
  bool_or(s.customs_out_at IS NOT NULL OR s.first_attempt_at IS NOT NULL) AS in_last_mile
FROM members m
JOIN shipments s ON s.shipment_id = m.parcel_id
LEFT JOIN scanned e ON e.shipment_id = s.shipment_id
LEFT JOIN (SELECT DISTINCT s.carrier, s.leg = 1 AS first_leg FROM shipments s
  JOIN scanned e ON e.shipment_id = s.shipment_id) c
  ON c.carrier = s.carrier AND coalesce(c.first_leg, FALSE) = coalesce(s.leg = 1, FALSE)
GROUP BY m.shipment_id"""


def time_in_state_steps(asked: Question, of: Deliveries) -> list[Step]:
    """Return the steps that end in ``times_in_state``: one row per delivery, keys and phase.

    Besides the keys a row has ``phase`` ('waiting' before the handover, 'moving' after it; 'after'
    once more, whatever the mode), ``lane`` (the mode of what is moving: before the handover it is
    often not known), ``stage``, ``days`` and ``ending`` in that phase (NULL while open; 'done' is
    handed over or arrived, else 'lost' or 'cancelled'), ``presumed`` (lost by silence alone, or
    ``by_age`` where the carrier never scans),
    ``age`` (days since the handover when last looked at), ``over`` (known to have arrived or
    failed, be it after that), ``first`` (of the delivery's rows in that phase) and
    what keeps it from counting in ``status``.
    """
    wide = asked.by(*asked.keys, "mode")
    return [
        *asked.steps(TABLES),
        *of.at_the_end.steps(wide),
        MEMBERS,
        *SCANNED,
        ("signs", _SIGNS),
        ("phases", _phase(wide, of.columns(wide))),
        ("numbered", _numbered()),
        ("times_in_state", _time_in_state(wide)),
    ]


def _phase(asked: Question, columns: str) -> str:
    counts = "NOT void AND NOT no_quantity AND NOT test"
    # silence is known as far as scans are
    seen = f"least(seen_until, {asked.snapshot.horizon_sql('tracking_events')})"
    there = f"bool_and(arrival_day IS NOT NULL) FILTER (WHERE {counts})"
    return f"""\
SELECT {columns}, bool_and(void) AS void, bool_and(no_quantity) AS no_quantity,
  bool_and(no_quantity OR test) AS test, coalesce(bool_or(undated AND {counts}), FALSE) AS undated,
  bool_or(failed) AS failed, min(failed_day) AS failed_day, bool_and(cancelled) AS cancelled,
  max(cancelled_day) AS cancelled_day, min(shipped_day) AS shipped_day,
  CASE WHEN {there} THEN max(arrival_day) END AS arrival_day,
  max({last_day(seen)}) AS today, min({seen}) AS seen_until
FROM dated WHERE {asked.days.where("cohort_day")} GROUP BY {columns}"""


def _numbered() -> str:
    """Days as numbers; the handover may not be after the arrival that proves it."""
    numbers = ", ".join(
        f"{day_number(f's.{name}_day')} AS {name}_on"
        for name in ("cohort", "shipped", "arrival", "failed", "cancelled")
    )
    return f"""\
SELECT n.*, CASE WHEN n.failed OR n.arrival_on IS NOT NULL THEN NULL
    WHEN g.scans THEN greatest(n.shipped_on, {day_number("g.scanned_day")}) + {silent_days()}
    ELSE n.shipped_on + {silent_days(2)} END AS given_up_on,
  NOT coalesce(g.scans, FALSE) AS by_age,
  coalesce(g.in_customs, FALSE) AS in_customs, coalesce(g.in_last_mile, FALSE) AS in_last_mile
FROM (SELECT s.*, {numbers} FROM phases s) n
LEFT JOIN signs g ON g.shipment_id = n.shipment_id"""


def silent_days(times: int = 1) -> str:
    """Return the SQL of the days, or so many times them, after which a silent parcel is lost."""
    wait = settings().silence
    cases = (("WHEN 'air' THEN", wait.air), ("WHEN 'sea' THEN", wait.sea), ("ELSE", wait.other))
    return f"CASE mode {' '.join(f'{case} {times * days}' for case, days in cases)} END"


def _time_in_state(asked: Question) -> str:
    moving = "phase <> 'waiting'"
    done = f"CASE WHEN {moving} THEN arrival_on ELSE coalesce(shipped_on, arrival_on) END"
    lost = f"CASE WHEN failed THEN coalesce(failed_on, today) WHEN {moving} THEN given_up_on END"
    off = "CASE WHEN cancelled THEN coalesce(cancelled_on, today) END"
    ending = f"""\
CASE WHEN ({done}) <= today AND NOT (failed AND {moving}) THEN 'done'
    WHEN ({lost}) <= today THEN 'lost' WHEN ({off}) <= today THEN 'cancelled' END"""
    day = f"CASE ending WHEN 'done' THEN {done} WHEN 'lost' THEN {lost}" + (
        f" WHEN 'cancelled' THEN {off} ELSE today END"
    )
    start = f"CASE WHEN {moving} THEN shipped_on ELSE cohort_on END"
    made = f"SELECT n.*, p.phase, {ending} AS ending, {start} AS started_on\nFROM numbered n" + (
        "\nCROSS JOIN (SELECT 'waiting' AS phase"
        " UNION ALL SELECT 'moving' AS phase UNION ALL SELECT 'after' AS phase) p"
        f"\nWHERE NOT ({moving} AND shipped_on IS NULL)"
    )
    status = asked.status(
        "cohort_on",
        ("no_start", "cohort_on IS NULL"),
        *NOT_COUNTED,
        ("no_date", "undated"),
        ("just_begun", "started_on > today"),
        ("backwards", f"{day} < started_on"),
    )
    return f"""\
SELECT {asked.columns("phase")}CASE WHEN phase = 'moving' THEN mode END AS lane, ending,
  row_number() OVER (PARTITION BY shipment_id, phase
    ORDER BY {", ".join(f"{k} NULLS LAST" for k in asked.plain)}) = 1 AS first,
  {day} - started_on AS days,
  today - shipped_on AS age,
  seen_until, failed OR arrival_on IS NOT NULL AS over,
  ending = 'lost' AND NOT failed AS presumed, by_age, shipped_on IS NOT NULL AS handed_over,
  CASE WHEN in_last_mile THEN 'last_mile' WHEN in_customs THEN 'customs'
    WHEN shipped_on IS NOT NULL THEN 'in_transit' ELSE 'to_ship' END AS stage,
  {status} AS status{asked.dated("cohort_day")}
FROM (
{made}
) m"""
