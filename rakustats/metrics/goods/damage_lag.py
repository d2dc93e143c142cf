"""What a received line tells of the lag of its claims: its ages, and what was claimed of it."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.calendar.local_days import local_day
from rakustats.marts.received import texts
from rakustats.marts.troubles import JAPAN
from rakustats.metrics.spec.claim_lag import elapsed
from rakustats.store.asof import Snapshot

FOUND = ("warehouse", *JAPAN)


def lasting(by_stage: bool, *, counted: bool) -> str:
    """Add what was ever claimed, and how likely it stays: what the warehouse counted does."""
    at_stage = "AND s.stage_found IS NOT DISTINCT FROM o.stage_found" if by_stage else ""
    sure = "o.qty_defective > 0" if counted else "FALSE"
    if counted and by_stage:
        sure += " AND o.stage_found = 'warehouse'"
    return f"""\
SELECT o.*, o.event OR s.line_no IS NOT NULL AS told,
  o.in_china OR coalesce(s.told_early, FALSE) AS told_early,
  o.in_japan OR coalesce(s.told_late, FALSE) AS told_late,
  least(o.china_at, s.early_told) AS early_told, least(o.japan_at, s.late_told) AS late_told,
  CASE WHEN {sure} THEN 1.0 ELSE s.stay END AS stay,
  CASE WHEN {sure} THEN 0.0 ELSE s.stay_sd END AS stay_sd,
  CASE WHEN o.event THEN o.bad_pieces ELSE s.gone_qty END AS told_pieces, w.incidence AS gone_share
FROM outcomes o
LEFT JOIN line_stays s ON s.order_no = o.order_no AND s.line_no = o.line_no {at_stage}
CROSS JOIN withdrawals_end w"""


def clocks(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the facts of a line on both clocks: its age, and its age at the first claim.

    An age ends with the newest export of claims: what came later is in none.
    """
    now = local_day(snapshot.horizon_sql("claims"), "jp", "")
    facts = ["NOT delivered AS waits"]
    for clock, start in (("early", "first_at"), ("late", "delivered_first")):
        begun, reported = local_day(start, "jp", ""), local_day(f"{clock}_told", "jp", "")
        facts += [
            f"{elapsed(begun, now)} AS {clock}_age",
            f"CASE WHEN told_{clock} THEN {elapsed(begun, reported)} END AS {clock}_lag",
        ]
    return tuple(facts)


def curves(by_stage: bool, stages: Sequence[str] | None) -> dict[str, str]:
    """Return the curve of claims on each clock, NULL where the question leaves the clock out."""
    if by_stage:
        later = f"stage_found IN ({texts(JAPAN)})"
        return {
            "early": f"CASE WHEN {later} THEN NULL ELSE coalesce(stage_found, 'unknown') END",
            "late": f"CASE WHEN {later} THEN stage_found END",
        }
    asked = set(stages or FOUND)
    none = "CAST(NULL AS STRING)"
    return {
        "early": "'china'" if asked - set(JAPAN) else none,
        "late": "'japan'" if asked & set(JAPAN) else none,
    }
