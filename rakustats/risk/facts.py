"""Facts that histories sum up, each with the instant from which it was known."""

from __future__ import annotations

from rakustats.engine.steps import Step
from rakustats.marts.days import elapsed_hours, just_after
from rakustats.risk.histories import FINE

# The stages of a delivery: name, and the instant at which each is entered.
STAGES = (
    ("to_ship", "begun_at"),
    ("in_transit", "shipped_at"),
    ("customs", "customs_in_at"),
    ("last_mile", "customs_out_at"),
)
HALF_A_DAY = 0.5


def days_between(start: str, end: str) -> str:
    """Return the SQL of the days between two instants, as a double."""
    return f"({elapsed_hours(start, end)} / 24.0)"


def log_days(start: str, end: str) -> str:
    """Return the SQL of the logarithm of the days between two instants, half a day added."""
    days = days_between(start, end)
    # no greatest(): it passes over NULL, and what is not known would be no time at all
    return f"ln(CASE WHEN {days} < 0 THEN 0.0 ELSE {days} END + {HALF_A_DAY})"


def fine(value: str) -> str:
    """Return a logarithm as a whole number of millionths."""
    return f"CAST(round({value} * {FINE}) AS BIGINT)"


# How long it took against what was promised, on the log scale; where no beginning is known,
# against a promise of a month.
_USUAL_PROMISE = 30
_LATE_DAYS = days_between("due_at", "arrived_at")
_MONTH = f"{_USUAL_PROMISE + HALF_A_DAY} + {_LATE_DAYS}"
_OVER = f"""CASE WHEN begun_at IS NULL
    THEN ln(CASE WHEN {_MONTH} < {HALF_A_DAY} THEN {HALF_A_DAY} ELSE {_MONTH} END)
      - ln({_USUAL_PROMISE + HALF_A_DAY})
    ELSE {log_days("begun_at", "arrived_at")} - {log_days("begun_at", "due_at")} END"""
_KEYS = "seller_id, carrier, route, method, item, seller_route, level, handed_over_at"

# grain: one delivery's outcome; one that is in time has its days with it
_OUTCOMES = f"""\
SELECT {_KEYS}, CASE WHEN arrived_at < due_at THEN arrived_at ELSE least(due_at, failed_at) END
    AS known_at, 1 AS n, CASE WHEN arrived_at < due_at THEN 0 ELSE 1 END AS late,
  CASE WHEN arrived_at < due_at THEN 1 ELSE 0 END AS timed,
  CASE WHEN arrived_at < due_at THEN {fine(_OVER)} ELSE 0 END AS over
FROM risk_deliveries WHERE due_at IS NOT NULL AND status IN ('matured', 'not_due')
UNION ALL
SELECT {_KEYS}, arrived_at, 0, 0, 1, {fine(_OVER)}
FROM risk_deliveries WHERE arrived_at >= due_at"""

# grain: one delivery and stage that it had entered: how long it took from there
_RESTS = "\nUNION ALL\n".join(
    f"SELECT concat_ws('|', method, '{stage}') AS method_stage,"
    f" concat_ws('|', method, route, '{stage}') AS lane_stage,"
    f" concat_ws('|', level, '{stage}') AS level_stage,\n"
    f"  arrived_at AS known_at, 1 AS timed, {fine(log_days(entered, 'arrived_at'))} AS rest\n"
    f"FROM risk_deliveries WHERE {entered} <= arrived_at"
    for stage, entered in STAGES
)

# grain: one delivery that begins, or ends, or is not looked at any longer; to what is asked at once
# after the last look, those of the same export are still open
_FLOWS = f"""\
SELECT seller_id, carrier, handed_over_at, begun_at AS known_at, 1 AS open FROM risk_deliveries
WHERE begun_at IS NOT NULL
UNION ALL
SELECT seller_id, carrier, handed_over_at,
  greatest(coalesce(ended_at, {just_after("seen_until")}), begun_at), -1
FROM risk_deliveries WHERE begun_at IS NOT NULL"""
# grain: as flows; what ends before it is handed over comes and goes at once
_HANDED_OVER = """\
SELECT carrier, greatest(known_at, handed_over_at) AS known_at, open FROM flows"""

# grain: one line and claim of its goods, known from the day it was opened, found or not before
_CLAIMS = """\
SELECT l.seller_id, coalesce(l.item_id, l.item_title) AS item, c.told_at AS known_at, 1 AS claims
FROM claim_lines c JOIN order_lines l ON l.order_no = c.order_no AND l.line_no = c.line_no"""

# grain: as outcomes; what a seller has not handed over yet is nobody's
_CARRIED = """\
SELECT carrier, greatest(known_at, handed_over_at) AS known_at, n, late, timed, over
FROM risk_outcomes"""

FACTS: list[Step] = [
    ("risk_outcomes", _OUTCOMES),
    ("carrier_outcomes", _CARRIED),
    ("rests", _RESTS),
    ("flows", _FLOWS),
    ("carrier_flows", _HANDED_OVER),
    ("claim_facts", _CLAIMS),
]
