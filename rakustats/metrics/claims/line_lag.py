"""What a bought line tells of the lag of its claims: its ages, and what was claimed of it.

Until its goods are in Japan its clock runs from the purchase, and its claims are those of that
time; once they are there, that clock is over and another one runs from the delivery.
"""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.calendar.local_days import local_day
from rakustats.engine.steps import Step
from rakustats.metrics.spec.claim_lag import elapsed, maturity_steps
from rakustats.metrics.spec.claim_stays import stay_steps
from rakustats.store.asof import Snapshot

#: What rows of ``claimed`` have besides: for the lag, and for withdrawals to come.
FACTS = ("told", "told_early", "told_late", "stay", "stay_sd", "gone_share")


def told_steps(snapshot: Snapshot, kinds: Sequence[str], *, withdrawn: bool) -> list[Step]:
    """Return ``told``: one row per line of ``claimed`` with what was ever claimed of it.

    With ``withdrawn`` claims count for good, whether they are withdrawn or not.
    """
    stay = "1.0" if withdrawn else "s.stay"
    sd, gone = ("0.0", "0.0") if withdrawn else ("s.stay_sd", "w.incidence")
    told = f"""\
SELECT c.*, s.line_no IS NOT NULL AS told, coalesce(s.told_early, FALSE) AS told_early,
  coalesce(s.told_late, FALSE) AS told_late, s.early_told, s.late_told, {stay} AS stay,
  {sd} AS stay_sd, {gone} AS gone_share
FROM claimed c
LEFT JOIN line_stays s ON s.order_no = c.order_no AND s.line_no = c.line_no
CROSS JOIN withdrawals_end w"""
    there = "coalesce(f.told_at >= a.delivered_first, FALSE)"
    stays = stay_steps(snapshot, kinds, None, by_stage=False, in_japan=there)
    return [*stays, ("told", told)]


def clocks(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the facts of a line on both clocks: its age, and its age at the first claim."""
    now = local_day(snapshot.horizon_sql("claims"), "jp", "")
    there = local_day("delivered_first", "jp", "")
    before, after = (local_day(f"{clock}_told", "jp", "") for clock in ("early", "late"))
    return (
        "NOT delivered AS waits",
        f"CASE WHEN NOT delivered THEN {elapsed('cohort_day', now)} END AS early_age",
        f"CASE WHEN told_early THEN {elapsed('cohort_day', before)} END AS early_lag",
        f"{elapsed(there, now)} AS late_age",
        f"CASE WHEN told_late THEN {elapsed(there, after)} END AS late_lag",
        *("1 AS pieces", "CAST(event AS INT) AS hits", "CAST(told AS INT) AS told_hits"),
    )


def lag_steps() -> list[Step]:
    """Return the steps from ``of_lines`` to ``units``."""
    mature = maturity_steps("of_lines", early="'on the way'", late="'there'", together=True)
    return [*mature, ("units", "SELECT * FROM mature")]
