"""Reporting lag: how mature what is known of received goods is, by the time that claims take.

Two clocks run. What the warehouse finds comes some days after the goods came there, what Japan
finds some days after they were delivered; goods that did not reach Japan have none of it yet. For
each clock the Aalen-Johansen curve of the days to the first claim, over all lines ever received (a
period alone may be too short to see late claims come), gives the part F of the claims has come by
an age, and how many lines P are claimed in the end. A line without a claim is then worth
r = F (1 - P) / (1 - P F) of a line: sound only as far as a claim would have come. With x claimed
lines, x / (x + sum of r) maximises the product of P f over claimed and of 1 - P F over other lines.
"""

from __future__ import annotations

from rakustats.calendar.local_days import local_day
from rakustats.config.settings import settings
from rakustats.engine.steps import Step
from rakustats.marts.days import day_number
from rakustats.metrics.spec.survival import curve_steps
from rakustats.store.asof import Snapshot

# where nearly all lines are claimed in the end, those that are not say nothing of the lag
_MOST = 0.99


def clocks(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the facts of a line on both clocks: its age, and its age at the first claim.

    An age ends with the newest export of claims: what came later is in none.
    """
    now = day_number(local_day(snapshot.horizon_sql("claims"), "jp", ""))
    facts = ["delivered"]
    for clock, start in (("china", "first_at"), ("japan", "delivered_first")):
        begun = day_number(local_day(start, "jp", ""))
        reported = day_number(local_day(f"{clock}_at", "jp", ""))
        facts += [
            f"greatest({now} - {begun}, 0) AS {clock}_age",
            f"greatest({reported} - {begun}, 0) AS {clock}_days",
            f"in_{clock}",
        ]
    return tuple(facts)


def maturity_steps(units: str, *, china: str, japan: str, together: bool) -> list[Step]:
    """Return ``mature``: the rows of the period with ``maturity``, the share of claims that came.

    ``china`` and ``japan`` are the SQL of the names of the curves a row belongs to, NULL where the
    question leaves that clock out; ``together``: whether a row belongs to both.
    """
    begun = f"""\
SELECT CASE c.place WHEN 'china' THEN {china} ELSE {japan} END AS clock,
  CASE c.place WHEN 'china' THEN {_days("china")} ELSE {_days("japan")} END AS days,
  CASE WHEN CASE c.place WHEN 'china' THEN in_china ELSE in_japan END THEN 'claim' END AS ending
FROM {units} CROSS JOIN (SELECT 'china' AS place UNION ALL SELECT 'japan' AS place) c
WHERE status = 'matured'"""
    return [
        ("begun", begun),
        ("spells", "SELECT * FROM begun WHERE clock IS NOT NULL AND days IS NOT NULL"),
        *curve_steps(("clock",), "claim"),
        ("shares", _shares(together)),
        ("mature", _mature(units, china, japan)),
    ]


def _days(clock: str) -> str:
    """Days from a line's receipt to its first claim, or to the as-of where none has come."""
    return f"CASE WHEN in_{clock} THEN {clock}_days ELSE {clock}_age END"


def _shares(together: bool) -> str:
    """Return what has come by a day, in the end, and in the end on all clocks of a row."""
    in_time = f"CASE WHEN days <= {settings().claim_horizon_days} THEN incidence ELSE 0 END"
    total = " + ".join(
        f"max(CASE WHEN clock = '{clock}' THEN {in_time} ELSE 0 END) OVER ()"
        for clock in ("china", "japan")
    )
    final = f"max({in_time}) OVER (PARTITION BY clock)"
    return f"""\
SELECT clock, days, least(incidence, {final}) AS so_far, {final} AS final,
  {total if together else final} AS total
FROM curve"""


def _mature(units: str, china: str, japan: str) -> str:
    """Join each line with its curves, which have a row for its age where it is open at that.

    Goods received on an unknown day count as old; those not in Japan may still come there.
    """
    total = "coalesce(c.total, j.total)"
    waiting = f"NOT u.delivered AND u.china_age <= {settings().claim_horizon_days}"
    in_china = f"CASE WHEN u.china_age IS NULL THEN {total} - j.final ELSE c.so_far END"
    in_japan = (
        f"CASE WHEN {waiting} THEN 0 WHEN u.japan_age IS NULL THEN {total} - c.final"
        " ELSE j.so_far END"
    )
    come = f"(coalesce({in_china}, 0) + coalesce({in_japan}, 0))"
    return f"""\
SELECT u.*, CASE WHEN u.event OR {total} IS NULL THEN 1.0
  WHEN {total} > 0 THEN {come} / {total}
    * (1 - least({total}, {_MOST})) / (1 - least({come}, {_MOST}))
  WHEN u.recent THEN 0.0 ELSE 1.0 END AS maturity
FROM (SELECT *, {china} AS china_clock, {japan} AS japan_clock FROM {units}) u
LEFT JOIN shares c ON c.clock = u.china_clock AND c.days = u.china_age
LEFT JOIN shares j ON j.clock = u.japan_clock AND j.days = u.japan_age
WHERE u.in_period"""
