"""Survival curves with competing risks and censoring, in SQL.

What is still open counts up to the day it was last seen open, and what ended in another way (lost,
cancelled) never arrives. At equal times ends come before open ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.engine.steps import Step
from rakustats.marts.keys import key_names

_AALEN = """\
coalesce(survival_before * n_cause * (at_risk - n_cause)
    / nullif(at_risk * (at_risk - n_ended) * (at_risk - 1), 0), 0.0)"""


def curve_steps(
    keys: Sequence[str],
    cause: str,
    spells: str = "spells",
    name: str = "curve",
    others: Sequence[str] = (),
    aalen: bool = False,
) -> list[Step]:
    """Return the steps that end in the curves of the groups, one row per group and day.

    Parameters
    ----------
    keys : sequence of str
        Columns that make the groups; NULL is a group of its own.
    cause : str
        The ending asked about.
    spells : str
        A step with the keys, ``days`` (integer, never NULL; -1 where not even the first day was
        looked at) and ``ending`` (NULL while still open).
    name : str
        What the last step is called; the steps before it begin with it.
    others : sequence of str
        Further endings whose incidence is wanted.
    aalen : bool
        Add ``sd_aalen``, the sd that other packages have.

    Returns
    -------
    list of Step
        The last has the keys, ``days``, ``at_risk`` (units neither ended nor left before that
        day), ``n_ended`` (on that day, however), ``n_<cause>``, ``n_open`` (last seen open on that
        day), ``survival`` (P that nothing ended it by that day), ``survival_sd``, ``incidence``
        (P that ``cause`` ended it by that day), ``sd`` (of the incidence), ``n_known`` (units of
        whom it is known where they stood at the end of that day).

    Notes
    -----
    With d units of n ending on a day, d_j of them by the cause j: S = Π (1 - d / n) (Kaplan and
    Meier 1958), I_j = Σ S(t-) d_j / n (Aalen and Johansen 1978), sd of S = S √ Σ d / (n (n - d))
    (Greenwood 1926), NULL once S is 0. The variance of I_j by the delta method (Marubini and
    Valsecchi 1995, ch. 10) is Σ (I - I_i)² a + Σ b - 2 Σ (I - I_i) c, with
    a = d / ((n - 1) (n - d)), b = S(t-)² d_j (n - d_j) / (n² (n - 1)) and, the endings of a day
    being multinomial, c = S(t-) d_j / (n (n - 1)). ``sd_aalen`` has Aalen's
    c (n - d_j) / (n - d) in its place: the same where a day knows one ending only, too small where
    several share it, as they do when time is counted in days.
    """
    by = key_names(keys)
    window = f"{_partition(keys)}ORDER BY days ROWS UNBOUNDED PRECEDING"
    made = [
        ("daily", _daily(by, cause, spells, others)),
        ("risk", _risk(name, by, keys, others)),
        ("alive", _alive(name, window)),
        ("parts", _parts(name, window, others, aalen)),
    ]
    steps = [(f"{name}_{part}", text) for part, text in made]
    return [*steps, (name, _curve(name, by, cause, window, others, aalen))]


def _partition(keys: Sequence[str]) -> str:
    return f"PARTITION BY {', '.join(keys)} " if keys else ""


def _daily(by: str, cause: str, spells: str, others: Sequence[str]) -> str:
    more = "".join(f",\n  {_number(other)} AS n_{other}" for other in others)
    return f"""\
SELECT {by}days, count(*) AS n, count(ending) AS n_ended,
  {_number(cause)} AS n_cause{more}
FROM {spells} GROUP BY {by}days"""


def _number(ending: str) -> str:
    return f"count(*) FILTER (WHERE ending = '{ending}')"


def _risk(name: str, by: str, keys: Sequence[str], others: Sequence[str]) -> str:
    """Count the units at risk on each day: those that end or are censored on it or later."""
    later = f"{_partition(keys)}ORDER BY days ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"
    return f"""\
SELECT {by}days, n_ended, n_cause{_named("n", others)}, n - n_ended AS n_open,
  CAST(sum(n) OVER ({later}) AS DOUBLE) AS at_risk
FROM {name}_daily"""


def _alive(name: str, window: str) -> str:
    """Multiply the days as a sum of logarithms; the product is 0 once all have ended."""
    log = "coalesce(ln(1 - n_ended / CASE WHEN n_ended < at_risk THEN at_risk END), 0.0)"
    return f"""\
SELECT *, exp(logs) AS left_over, exp(logs - {log}) AS survival_before
FROM (SELECT *, sum({log}) OVER upto AS logs, sum(n_ended) OVER upto AS n_gone,
  sum(n_ended / nullif(at_risk * (at_risk - n_ended), 0)) OVER upto AS greenwood
FROM {name}_risk
WINDOW upto AS ({window})) r"""


def _parts(name: str, window: str, others: Sequence[str], aalen: bool) -> str:
    """Make the parts of the variance; a NULL where the last ones end stands for 0."""
    share = "sum(survival_before * n_{0} / nullif(at_risk, 0)) OVER upto"
    more = "".join(f",\n  {share.format(o)} AS incidence_{o}" for o in others)
    second = f",\n  {_AALEN} AS part_c_aalen" if aalen else ""
    return f"""\
SELECT *, CASE WHEN n_ended < at_risk THEN left_over ELSE 0.0 END AS survival,
  {share.format("cause")} AS incidence{more},
  coalesce(n_ended / nullif((at_risk - 1) * (at_risk - n_ended), 0), 0.0) AS part_a,
  coalesce(survival_before * survival_before * n_cause * (at_risk - n_cause)
    / nullif(at_risk * at_risk * (at_risk - 1), 0), 0.0) AS part_b,
  coalesce(survival_before * n_cause / nullif(at_risk * (at_risk - 1), 0), 0.0) AS part_c{second}
FROM {name}_alive
WINDOW upto AS ({window})"""


def _named(what: str, others: Sequence[str]) -> str:
    return "".join(f", {what}_{other}" for other in others)


def _curve(name: str, by: str, cause: str, window: str, others: Sequence[str], aalen: bool) -> str:
    """Σ (I - I_i)² a + Σ b - 2 Σ (I - I_i) c, multiplied out so that running sums do."""
    variance = """\
greatest(0.0, incidence * incidence * sum(part_a) OVER upto
    - 2 * incidence * sum(incidence * part_a + {0}) OVER upto
    + sum(incidence * incidence * part_a + 2 * incidence * {0} + part_b) OVER upto)"""
    second = f", sqrt({variance.format('part_c_aalen')}) AS sd_aalen" if aalen else ""
    return f"""\
SELECT {by}days, CAST(at_risk AS BIGINT) AS at_risk, n_ended, n_cause AS n_{cause}, n_open,
  survival,
  CASE WHEN survival > 0 THEN survival * sqrt(coalesce(greenwood, 0.0)) END AS survival_sd,
  incidence, sqrt({variance.format("part_c")}) AS sd{second},
  CAST(n_gone + at_risk - n_ended AS BIGINT) AS n_known{_named("incidence", others)}
FROM {name}_parts
WINDOW upto AS ({window})"""
