"""Reporting lag: which part of the claims that a line will have its age covers by now.

Two clocks run. What the warehouse finds comes some days after the goods came there (``early``),
what Japan finds some days after they were delivered (``late``); goods that are not there yet have
none of that. For each clock F, the distribution of the days to a line's claim, is estimated from
the claims alone, over all lines ever: a claim is only seen if it came before the as-of, so its days
are right-truncated by the line's age, and with d claims after u days of r that could have shown it
(claimed within u days, and at least u days old)

    F(a) = Π over u > a (1 - d / (r + 1/2))        var log F(a) = Σ over u > a d / (r (r - d))

(reverse time: Lagakos, Barraj and De Gruttola 1988, Biometrika 75, 515-523; half a claim keeps the
last factors off 0). Claimed and unclaimed lines need not be alike in how many are claimed: F does
not hang on the rates of groups, nor on how these change. Withdrawn claims tell of the lag, too.

A line that is claimed with probability p in the end has been claimed by now with p F:
:mod:`rakustats.metrics.spec.final_rates` makes the rates of this.
"""

from __future__ import annotations

from rakustats.config.settings import settings
from rakustats.engine.steps import Step
from rakustats.marts.days import day_number

# where nearly all lines are claimed in the end, those that are not say nothing of the lag
_MOST = 0.99
PLACES = ("early", "late")
# of the claims to come where no line with a claim could have shown any of the last third
_UNBOUNDED = 1000.0


def elapsed(begun: str, ended: str) -> str:
    """Return the SQL of the days from one day to another, at least 0; NULL where either is.

    Engines leave what is NULL out of ``greatest``.
    """
    days = f"greatest({day_number(ended)} - {day_number(begun)}, 0)"
    return f"CASE WHEN {begun} IS NOT NULL AND {ended} IS NOT NULL THEN {days} END"


def maturity_steps(units: str, *, early: str, late: str, together: bool) -> list[Step]:
    """Return ``mature``: the rows of the period with what their ages cover of the lag.

    Rows of ``units`` have ``early_age`` and ``late_age`` (days, NULL where they do not matter any
    more), ``early_lag`` and ``late_lag`` (days to the first claim on that clock, NULL without one),
    ``waits`` (the late clock may still begin), ``told`` (there is a claim, if only a withdrawn
    one), ``recent``, ``status`` and ``in_period``.

    Parameters
    ----------
    units : str
        Name of the step.
    early, late : str
        SQL of the names of the curves a row belongs to, NULL where the question leaves the clock
        out.
    together : bool
        Whether a row belongs to both.

    Returns
    -------
    list of Step
        The last has, of its first and second clock, ``share`` (F), ``log_var`` (of its estimate),
        ``rate`` (P) and ``tail`` (:func:`_ends`); ``total`` (P of both), ``covered`` (F over both),
        ``is_short`` (no line is as old as claims are awaited), and ``maturity``, what a row counts
        for where groups are compared by expected events: F (1 - P) / (1 - P F) without a claim.
    """
    horizon = settings().claim_horizon_days
    cases = {
        what: f"CASE c.place WHEN 'early' THEN early_{what} ELSE late_{what} END"
        for what in ("age", "lag")
    }
    begun = f"""\
SELECT CASE c.place WHEN 'early' THEN {early} ELSE {late} END AS clock,
  {cases["age"]} AS age, CASE WHEN {cases["lag"]} <= {horizon} THEN {cases["lag"]} END AS lag
FROM {units} CROSS JOIN (SELECT 'early' AS place UNION ALL SELECT 'late' AS place) c
WHERE status = 'matured'"""
    spells = f"""\
SELECT clock, lag, greatest(least(coalesce(age, {horizon}), {horizon}), coalesce(lag, 0)) AS age,
  least(age, {horizon}) AS known_age
FROM lag_begun WHERE clock IS NOT NULL AND (age IS NOT NULL OR lag IS NOT NULL)"""
    return [
        ("lag_begun", begun),
        ("lag_spells", spells),
        ("lag_days", _DAYS),
        ("lag_risk", _RISK),
        ("lag_curve", _CURVE),
        ("lag_ends", _ends(together)),
        ("mature", _mature(units, early, late, together)),
    ]


# grain: one clock and day: claims that came after so many days, and claimed lines of that age
_DAYS = """\
SELECT clock, days, sum(n_lines) AS n_lines, sum(n_claimed) AS n_claimed, sum(n_came) AS n_came,
  max(known_age) AS known_age
FROM (
  SELECT clock, age AS days, 1 AS n_lines, CASE WHEN lag IS NULL THEN 0 ELSE 1 END AS n_claimed,
    0 AS n_came, known_age FROM lag_spells
  UNION ALL
  SELECT clock, lag AS days, 0 AS n_lines, 0 AS n_claimed, 1 AS n_came,
    CAST(NULL AS INT) AS known_age
  FROM lag_spells WHERE lag IS NOT NULL) d
GROUP BY clock, days"""

# claims that came within so many days, of lines that are so old at least
_RISK = """\
SELECT *, CAST(sum(n_came) OVER upto - sum(n_claimed) OVER upto + n_claimed AS DOUBLE) AS at_risk,
  max(known_age) OVER (PARTITION BY clock) AS seen
FROM lag_days
WINDOW upto AS (PARTITION BY clock ORDER BY days ROWS UNBOUNDED PRECEDING)"""

_CURVE = """\
SELECT clock, days, n_lines, n_came, at_risk, seen,
  exp(coalesce(sum(ln(1 - n_came / (at_risk + 0.5))) OVER later, 0.0)) AS share,
  coalesce(sum(n_came / ((at_risk + 0.5) * (at_risk - n_came + 0.5))) OVER later, 0.0) AS log_var
FROM lag_risk
WINDOW later AS (PARTITION BY clock ORDER BY days DESC
  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"""


def _ends(together: bool) -> str:
    """Return of each clock: its claims, its rate P, and what may come after the longest age.

    ``tail`` bounds the claims to come after the longest age at which lines were seen, as a part of
    those up to it: if they went on to the horizon as fast as in the last third of the ages, at the
    upper 95 % limit (of Poisson numbers, by Wilson and Hilferty's cube root). 0 where the history
    reaches to the horizon.
    """
    horizon = settings().claim_horizon_days
    limit = (
        "(n_late + 1) * power(1 - 1 / (9.0 * (n_late + 1)) + 1.645 / (3 * sqrt(n_late + 1.0)), 3)"
    )
    total = "sum(rate) OVER ()" if together else "rate"
    return f"""\
SELECT *, {total} AS total FROM (
  SELECT clock, n_claims, seen, n_claims / nullif(covered, 0) AS rate,
    CASE WHEN seen >= {horizon} OR seen IS NULL OR n_claims = 0 THEN 0.0
      ELSE coalesce({limit} / nullif(late_risk, 0) * ({horizon} - seen), {_UNBOUNDED}) END AS tail
  FROM (
    SELECT clock, CAST(sum(n_came) AS DOUBLE) AS n_claims, max(seen) AS seen,
      CAST(sum(CAST(n_lines * share AS DECIMAL(18, 6))) AS DOUBLE) AS covered,
      CAST(sum(CASE WHEN 3 * days > 2 * seen THEN n_came ELSE 0 END) AS DOUBLE) AS n_late,
      sum(CASE WHEN 3 * days > 2 * seen AND days <= seen THEN at_risk ELSE 0 END) AS late_risk
    FROM lag_curve GROUP BY clock) s) e"""


def _mature(units: str, early: str, late: str, together: bool) -> str:
    """Join each line with its curves, which have a row for its age where it is open at that.

    Goods received on an unknown day count as old; those not in Japan may still come there, but not
    once they are older than the horizon. A line that is on one clock only has it as the first.
    """
    horizon = settings().claim_horizon_days
    waiting = f"u.waits AND u.early_age <= {horizon}"
    on_clock = {
        "early": {
            "share": "coalesce(e.share, 1.0)",
            "log_var": "coalesce(e.log_var, 0.0)",
        },
        "late": {
            "share": f"CASE WHEN {waiting} THEN 0.0 ELSE coalesce(l.share, 1.0) END",
            "log_var": f"CASE WHEN {waiting} THEN 0.0 ELSE coalesce(l.log_var, 0.0) END",
        },
    }
    ends = {what: f"coalesce({{0}}x.{what}, 0.0)" for what in ("tail", "rate")}
    facts = []
    for what in ("share", "log_var", "tail", "rate"):
        first, second = (
            on_clock[p][what] if what in on_clock[p] else ends[what].format(p[0]) for p in PLACES
        )
        if together:
            first, second = (
                f"CASE WHEN u.{p}_clock IS NULL THEN 0.0 ELSE {sql} END"
                for p, sql in zip(PLACES, (first, second), strict=True)
            )
        else:
            first, second = f"CASE WHEN u.early_clock IS NULL THEN {second} ELSE {first} END", "0.0"
        facts += [f"{first} AS {what}_1", f"{second} AS {what}_2"]
    joins = "".join(
        f"\nLEFT JOIN lag_curve {p[0]} ON {p[0]}.clock = u.{p}_clock"
        f" AND {p[0]}.days = least(u.{p}_age, {horizon})"
        f"\nLEFT JOIN lag_ends {p[0]}x ON {p[0]}x.clock = u.{p}_clock"
        for p in PLACES
    )
    return f"""\
SELECT *, CASE WHEN told THEN 1.0 WHEN total > 0
    THEN covered * (1 - least(total, {_MOST})) / (1 - least(total, {_MOST}) * covered)
  ELSE covered END AS maturity
FROM (SELECT *, CASE WHEN total > 0 THEN (share_1 * rate_1 + share_2 * rate_2) / total
    WHEN total = 0 AND recent THEN 0.0 ELSE 1.0 END AS covered
FROM (SELECT u.*, {", ".join(facts)}, coalesce(ex.total, lx.total) AS total,
  coalesce(greatest(ex.seen, lx.seen) < {horizon}, FALSE) AS is_short
FROM (SELECT *, {early} AS early_clock, {late} AS late_clock FROM {units}) u{joins}
WHERE u.in_period) f) m"""
