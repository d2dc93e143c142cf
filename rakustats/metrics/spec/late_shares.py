"""The late share of all deliveries that were begun, those still open right-censored.

The time that is counted is the time to the outcome: on time on the day of arrival, late at the end
of the promised day or with a loss before it. So every delivery is read at its own promise. The
seasons of the closures are curves of their own, as what begins in them is slower.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from rakustats.config.settings import settings
from rakustats.engine.steps import Step
from rakustats.marts.days import day_number
from rakustats.marts.deliveries import elapsed, last_day
from rakustats.marts.keys import key_names
from rakustats.metrics.spec.added_columns import behind, floats
from rakustats.metrics.spec.documented import Columns
from rakustats.metrics.spec.grouping import grouped, same_keys
from rakustats.metrics.spec.survival import curve_steps
from rakustats.stats.shares import share_interval

#: What :func:`with_interval` leaves in a table, with the meanings.
LATE_COLUMNS: Columns = {
    "n_begun": "of all that began, open ones among them: those with a promise and a day on which"
    " the clock started",
    "late_share": "share of those not called off that is or will be late",
    "late_lo, late_hi": "90 % interval of the late share",
    "n_followed_short": "began in a season whose last ones are not followed as far as their"
    " promise, see Notes",
}
LATE_FIGURES = ("n_begun", "late_share", "late_sd", "late_known", "n_followed_short")

# A day's outcome on one row; what is not over yet has none. A delivery is lost, so late, from the
# day of its loss; on an unknown day, from when it was last seen.
_OUTCOME = """\
CASE WHEN failed AND (failed_on IS NULL OR failed_on <= seen) THEN 'late'
    WHEN NOT failed AND arrived_on <= least(promised_on, seen) THEN 'on_time'
    WHEN called_off AND (cancelled_on IS NULL OR cancelled_on <= seen) THEN 'cancelled'
    WHEN seen >= promised_on THEN 'late' END"""
_OUTCOME_ON = """\
greatest(0, CASE outcome WHEN 'on_time' THEN arrived_on
    WHEN 'cancelled' THEN least(coalesce(cancelled_on, seen), promised_on)
    WHEN 'late' THEN least(CASE WHEN failed THEN coalesce(failed_on, seen) END, promised_on)
    ELSE seen END)"""


def timed_steps() -> list[Step]:
    """Return the steps from ``dated`` to ``timed``: every row with its outcome and its day."""
    numbered = f"""\
SELECT d.*, {last_day()} - {day_number("cohort_day")} AS seen,
  {elapsed("promise_day")} AS promised_on, {elapsed("arrival_day")} AS arrived_on,
  {elapsed("failed_day")} AS failed_on, {elapsed("cancelled_day")} AS cancelled_on,
  {day_number("current_day")} - {day_number("original_day")} AS slip
FROM dated d"""
    return [
        ("numbered", numbered),
        ("with_outcome", f"SELECT n.*, {_OUTCOME} AS outcome FROM numbered n"),
        ("timed", f"SELECT v.*, {_OUTCOME_ON} AS outcome_on FROM with_outcome v"),
    ]


def outcome_columns(counts: str) -> str:
    """Return select items that make one outcome of a unit's rows, with a comma before each.

    Late with its first late row, on time with its last one, and none while any row has none.
    """
    of = f"FILTER (WHERE {counts} AND outcome = "
    return f""",
  min(outcome_on) {of}'late') AS late_on, max(outcome_on) {of}'on_time') AS on_time_on,
  max(outcome_on) {of}'cancelled') AS cancelled_on,
  count(*) FILTER (WHERE {counts} AND outcome IS NULL) AS n_waiting,
  max(seen) FILTER (WHERE {counts}) AS seen, max(slip) FILTER (WHERE {counts}) AS slip,
  coalesce(bool_and(seen >= promised_on) FILTER (WHERE {counts}), FALSE) AS followed"""


UNIT_OUTCOME = """\
CASE WHEN late_on IS NOT NULL THEN 'late' WHEN n_waiting > 0 THEN NULL
    WHEN on_time_on IS NOT NULL THEN 'on_time' ELSE 'cancelled' END AS ending,
  CASE WHEN late_on IS NOT NULL THEN late_on WHEN n_waiting > 0 THEN seen
    ELSE coalesce(on_time_on, cancelled_on) END AS days"""


def late_steps(keys: Sequence[str]) -> list[Step]:
    """Return the steps from ``units`` to ``late_shares``, one row per group.

    ``units`` has the keys, ``in_period``, ``begun`` (has a clock, and a promise to be read at),
    ``exposure`` (closure in which it began), ``days``, ``ending`` (outcome, NULL while open) and
    ``followed`` (looked at up to its promise). A season whose last ones are not followed to their
    promise is read on, from where its own curve ends, along the curve of that season over all
    groups and days.
    """
    own = "".join(f", CASE WHEN scope = 'own' THEN {k} END AS {k}" for k in keys)
    spells = f"""\
SELECT scope{own}, exposure, days, ending
FROM units CROSS JOIN (SELECT 'own' AS scope UNION ALL SELECT 'all' AS scope) scopes
WHERE begun AND (scope = 'all' OR in_period)"""
    by = ["scope", *keys, "exposure"]
    return [
        ("late_spells", spells),
        *curve_steps(by, "late", "late_spells", "late_curve", ["cancelled"]),
        ("late_beside", _beside(by)),
        ("late_followed", _followed(keys)),
        ("late_seasons", _seasons(keys)),
        ("late_parts", _parts(keys)),
        ("late_shares", _shares(keys)),
    ]


def _followed(keys: Sequence[str]) -> str:
    """Count those that would be known to be late if they were, however they ended."""
    return f"""\
SELECT {key_names(keys)}exposure, count(*) FILTER (WHERE followed) AS n_followed
FROM units WHERE begun AND in_period GROUP BY {key_names(keys)}exposure"""


def _beside(by: Sequence[str]) -> str:
    """Put the season's curve over all groups beside each group's, day by day."""
    season = "PARTITION BY exposure"
    upto = f"({season} ORDER BY days, scope ROWS UNBOUNDED PRECEDING)"
    of_all = "CASE WHEN scope = 'all' THEN {} END"
    columns = "".join(
        f",\n  coalesce({pick}({of_all.format(name)}) OVER {upto}, {start}) AS {name}_by_then,"
        f"\n  {pick}({of_all.format(name)}) OVER ({season}) AS {name}_in_the_end"
        for name, pick, start in (
            ("incidence", "max", "0.0"),
            ("incidence_cancelled", "max", "0.0"),
            ("survival", "min", "1.0"),
        )
    )
    part = ", ".join(by)
    return f"""\
SELECT c.*{columns},
  max(at_risk) OVER (PARTITION BY {part}) AS n, max(days) OVER (PARTITION BY {part}) AS last_day
FROM late_curve c"""


def _seasons(keys: Sequence[str]) -> str:
    """One row per group and season: where its own curve ends, and how the season goes on."""
    rest = "survival * ({0}_in_the_end - {0}_by_then) / nullif(survival_by_then, 0)"
    short = "survival > 1e-9"
    share = "{0} + CASE WHEN " + short + " THEN {1} ELSE 0.0 END"
    unknown = f"{short} AND survival_in_the_end > 1e-9"
    columns = ", ".join(
        f"CASE WHEN {unknown} THEN NULL ELSE {share.format(name, rest.format(name))} END AS {to}"
        for name, to in (("incidence", "late"), ("incidence_cancelled", "off"))
    )
    return f"""\
SELECT {key_names(keys)}exposure, n, sd, {columns},
  CASE WHEN {short} THEN n ELSE 0 END AS n_short,
  CAST(n_known - n_open AS DOUBLE) AS n_told
FROM late_beside WHERE scope = 'own' AND days = last_day"""


def _parts(keys: Sequence[str]) -> str:
    """Weigh the seasons, and find the effective sample size of each share.

    It is never below the number of those followed to their promise, which alone would tell as much.
    """
    part = f"PARTITION BY {', '.join(f's.{k}' for k in keys)}" if keys else ""
    return f"""\
SELECT s.*, CAST(n AS DOUBLE) / nullif(sum(n) OVER ({part}), 0) AS weight,
  late / nullif(1 - off, 0) AS share,
  greatest(1.0, (1 - coalesce(off, 0.0)) * CASE WHEN n_short > 0 THEN n_told
    WHEN sd > 1e-9 THEN greatest(least(late * (1 - late) / nullif(sd * sd, 0), CAST(n AS DOUBLE)),
      CAST(n_followed AS DOUBLE)) ELSE CAST(n_followed AS DOUBLE) END) AS size
FROM late_seasons s JOIN late_followed f ON {same_keys([*keys, "exposure"], "s", "f")}"""


def _shares(keys: Sequence[str]) -> str:
    known = "count(late) = count(*)"
    return f"""\
SELECT {key_names(keys)}CAST(sum(n) AS BIGINT) AS n_begun,
  CASE WHEN {known} THEN sum(weight * late) / nullif(1 - sum(weight * off), 0) END AS late_share,
  CASE WHEN {known} THEN sqrt(sum(weight * weight * greatest(share * (1 - share), 0.0) / size))
    END AS late_sd,
  sum(CASE WHEN n_told > 0 THEN size ELSE 0.0 END) AS late_known,
  CAST(sum(n_short) AS BIGINT) AS n_followed_short
FROM late_parts{grouped(keys)}"""


def with_interval(table: pa.Table) -> pa.Table:
    """Return a table of :data:`LATE_FIGURES` with the interval in the place of its makings."""
    names = ("late_share", "late_sd", "n_begun", "late_known")
    share, sd, n, known = (floats(table, name) for name in names)
    lo, hi = share_interval(share, sd, n, known, settings().shrinkage.level)
    table = behind(table, "late_share", {"late_lo": lo, "late_hi": hi})
    return table.drop_columns(["late_sd", "late_known"])
