"""Non-arrival: open deliveries that may never arrive, and how often deliveries were lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.deliveries import NOT_COUNTED, Deliveries, require_times
from rakustats.marts.keys import LINE_KEYS, key_names
from rakustats.marts.question import Keys, Period, Question, ask
from rakustats.marts.time_in_state import silent_days, time_in_state_steps
from rakustats.metrics.spec.added_columns import behind, floats
from rakustats.metrics.spec.documented import KEY_NAMES, documented
from rakustats.metrics.spec.grouping import name_join, named_steps, ordered, selected_keys
from rakustats.metrics.spec.rates import Rates
from rakustats.metrics.spec.reasons import matured, reasons, statuses
from rakustats.metrics.spec.shared_units import shared_notes
from rakustats.metrics.spec.stale import STALE, stale, stale_notes, stale_since
from rakustats.metrics.spec.survival import curve_steps
from rakustats.results.result import Result
from rakustats.stats.shares import share_interval

NOUN = phrase(ja="荷物", en="deliveries")
# Keys of open deliveries besides those of rates.
OPEN_KEYS = ("stage", "age")
BANDS = ((7, "00-07"), (14, "08-14"), (30, "15-30"), (60, "31-60"))
REQUESTED = "Days of the request (else submission, else handover)"
_BY_AGE = "the carrier never scans, and was given them twice as long ago as others may be silent"
OPEN_COLUMNS = {
    "n_open": "deliveries awaited when last looked at",
    **STALE,
    "n_presumed_lost": "of them, silent for too long",
    "n_presumed_by_age": f"of these, by their age alone: {_BY_AGE}",
    "n_judged": "of them, neither silent nor without example",
    "probability": "that one of ``n_judged`` never arrives, on average",
    "lo, hi": "90 % interval of the probability",
    "n": "deliveries that were followed beyond that age, harmonic mean over ``n_judged``",
    "expected": "deliveries that never arrive: ``n_presumed_lost`` and the probabilities' sum",
    "oldest": "days that the oldest has been waited for",
}
LOSSES = Rates(
    n="deliveries handed over twice as long ago as a parcel may be silent, arrived or lost",
    events="of them lost, returned or presumed lost",
    n_open="still awaited",
    excluded=reasons(*NOT_COUNTED, "cancelled", "no_date", "no_start", "backwards"),
    extra={
        **statuses(not_due="arrived or lost, handed over more recently"),
        **matured(
            presumed_lost=("presumed", "those of ``events`` that nobody declared lost"),
            presumed_by_age=("presumed AND by_age", f"of these, by their age alone: {_BY_AGE}"),
        ),
        **statuses(just_begun="handed over on a day that was not over"),
    },
)


@documented(
    OPEN_COLUMNS,
    rows="One row per group with open deliveries, sorted by the keys",
    by="Keys: ``stage`` (to_ship, in_transit, customs, last_mile), ``age`` (days since the"
    " handover, before it since the request, in bands), "
    f"{KEY_NAMES}. None: one row for all.",
    cohort=f"{REQUESTED} of the deliveries shown and of those they are compared with",
)
def non_arrival(
    db: Database, by: Keys = OPEN_KEYS, *, leg: int | None = None, **period: Unpack[Period]
) -> Result:
    """Return how probably open deliveries never arrive, by stage, age and other keys.

    Every open delivery is compared with what became of others of its mode that were still open at
    its age. One that is silent for too long counts as lost (``[silence]`` of the settings: 15 days
    by air, 30 by sea): from its last scan, else its handover, if its carrier scans at all. Of one
    that never does the age alone is known: twice as many days after the handover count.

    Parameters
    ----------
    leg : {1, 2}, optional
        Only this leg; by default the final one, whether its number is known or not.

    Notes
    -----
    P(never | open at age a) = 1 - (I(∞) - I(a)) / S(a), where I is the Aalen-Johansen incidence of
    arrival since the handover, with loss and call-off as competing ends, and S the share that
    nothing ended (Aalen and Johansen 1978). Before the handover: 1 - P(handed over | open at age a)
    times I(∞). What was not seen to arrive as far as the curve goes counts as not arriving. The
    interval is that of a share of ``n`` (:func:`rakustats.stats.shares.share_interval`).

    Examples
    --------
    >>> awaited = rs.non_arrival(db, by="stage")
    >>> list(awaited.frame().columns[:5])
    ['stage', 'n_open', 'n_stale', 'stale_since', 'n_presumed_lost']
    """
    title = phrase(ja="届いていない荷物が届かない確率", en="Open deliveries that never arrive")
    asked = ask(db, by, period, title, NOUN, also=OPEN_KEYS, several=LINE_KEYS)
    of_rows = asked.by(*(k for k in asked.keys if k not in OPEN_KEYS))
    steps = [
        *_time_in_state(db, of_rows, leg),
        *_probability_steps(of_rows.keys),
        *named_steps(asked.keys),
    ]
    text = with_steps(steps, _open_select(asked))
    table = _with_interval(db.engine.query(text))
    notes = [
        _silence(table),
        *shared_notes(asked),
        *stale_notes(table, asked, (name for name, _ in steps)),
    ]
    return asked.result(table, text, notes=notes)


@documented(LOSSES.columns, cohort=REQUESTED)
def loss_rates(
    db: Database,
    by: Keys = ("carrier", "ship_method"),
    *,
    leg: int | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how often deliveries handed over were lost, returned, or silent too long, by group.

    Parameters
    ----------
    leg : {1, 2}, optional
        As in :func:`rakustats.non_arrival`.

    Notes
    -----
    Silence as loss: no scan for 15 days by air or 30 by sea, what agencies take for lost
    (settings.toml, silence); where the carrier never scans, twice as many days since the handover.

    Examples
    --------
    >>> lost = rs.loss_rates(db, by="carrier")
    >>> bool((lost.frame()["events"] <= lost.frame()["n"]).all())
    True
    """
    title = phrase(ja="紛失・返送の割合", en="Lost or returned")
    asked = ask(db, by, period, title, NOUN, several=LINE_KEYS)
    steps = [*_time_in_state(db, asked, leg), ("units", _loss_units(asked.keys))]
    result = LOSSES.result(db, asked, steps)
    return replace(result, notes=(_silence(result.table), *result.notes))


def _time_in_state(db: Database, asked: Question, leg: int | None) -> list[Step]:
    of = Deliveries(leg=leg)
    of.check((of.clock,))
    require_times(db, phrase(ja="紛失・返送の割合", en="Non-arrival"), of.clock)
    return time_in_state_steps(asked, of)


def _silence(table: pa.Table) -> Phrase:
    wait, by_age = settings().silence, pc.sum(table.column("n_presumed_by_age")).as_py()
    ja = en = ""
    if by_age:
        ja = (
            f"追跡の記録が一つもない配送業者の荷物は、引渡しから航空便 {2 * wait.air} 日、船便"
            f" {2 * wait.sea} 日を過ぎたら紛失とみなした（{by_age:,} 件、n_presumed_by_age）。"
            "届いたのに記録がないだけの荷物も含まれうる。"
        )
        en = (
            f" Of carriers that never scan, {by_age:,} count as lost by their age alone, handed"
            f" over {2 * wait.air} days ago by air, {2 * wait.sea} by sea, or longer"
            " (n_presumed_by_age): some may only be late."
        )
    return phrase(
        ja=f"最後の記録から航空便 {wait.air} 日、船便 {wait.sea} 日を過ぎた荷物は紛失とみなした。"
        + ja,
        en=f"Parcels that their carrier has not scanned for {wait.air} days by air, {wait.sea} by"
        f" sea count as lost.{en}",
    )


def _probability_steps(keys: Sequence[str]) -> list[Step]:
    """Return the steps to ``outcomes``: every open delivery with its probability never to arrive.

    Of a delivery with lines of two sellers there is a row for each, but it is one example.
    """
    examples = "SELECT phase, lane, days, ending FROM times_in_state WHERE status IS NULL AND first"
    goes_on = """\
SELECT c.*, at_risk - n_ended - n_open AS followed,
  (max(incidence) OVER (PARTITION BY phase, lane) - incidence) / nullif(survival, 0) AS comes,
  max(CASE WHEN phase = 'after' THEN incidence END) OVER () AS comes_at_all
FROM curve c"""
    comes = "c.comes * CASE WHEN s.phase = 'moving' THEN 1 ELSE c.comes_at_all END"
    # sums of shares may pass 1 by the last digit
    probability = f"greatest(0.0, least(1.0, 1 - {comes}))"
    known = "s.ending IS NULL AND c.followed > 0"
    same = "c.phase = s.phase AND c.lane IS NOT DISTINCT FROM s.lane AND c.days = s.days"
    outcomes = f"""\
SELECT s.*, CASE WHEN {known} THEN {probability} END AS probability,
  CASE WHEN {known} THEN c.followed END AS followed
FROM times_in_state s LEFT JOIN goes_on c ON {same}
WHERE s.status IS NULL AND s.phase <> 'after' AND NOT s.over
  AND (s.ending IS NULL OR s.presumed)"""
    return [
        ("examples", examples),
        *curve_steps(["phase", "lane"], "done", "examples"),
        ("goes_on", goes_on),
        ("outcomes", outcomes),
    ]


def _open_select(asked: Question) -> str:
    """Sum up the open deliveries; on the way, the time since the handover counts as age."""
    keys = asked.keys
    age = "CASE WHEN presumed THEN age ELSE days END"
    cases = " ".join(f"WHEN {age} <= {most} THEN '{name}'" for most, name in BANDS)
    made = {"age": f"CASE {cases} ELSE '61+' END"}
    columns = "".join(f"{made.get(k, k)} AS {k}, " for k in keys)
    group = "\nGROUP BY ALL" if keys else ""
    return f"""\
SELECT {selected_keys(keys)}count(*) AS n_open,
  count(*) FILTER (WHERE {stale(asked)}) AS n_stale, {stale_since(asked, "1 = 1")} AS stale_since,
  count(*) FILTER (WHERE presumed) AS n_presumed_lost,
  count(*) FILTER (WHERE presumed AND by_age) AS n_presumed_by_age,
  count(probability) AS n_judged, avg(probability) AS probability,
  count(probability) / nullif(sum(CAST(1 AS DOUBLE) / followed), 0) AS n,
  CAST(count(*) FILTER (WHERE presumed) AS DOUBLE) + coalesce(sum(probability), 0.0) AS expected,
  max(waited) AS oldest
FROM (
  SELECT {columns}presumed, by_age, seen_until, probability, followed, {age} AS waited
  FROM outcomes) c\
{name_join(keys)}{group}{ordered(keys)}"""


def _loss_units(keys: Sequence[str]) -> str:
    return f"""\
SELECT {key_names(keys)}ending = 'lost' AS event, presumed, by_age, seen_until,
  CASE WHEN status IS NOT NULL THEN status
    WHEN ending IS NULL THEN CASE WHEN over THEN 'not_due' ELSE 'open' END
    WHEN ending = 'cancelled' THEN 'cancelled' WHEN age >= {silent_days(2)} THEN 'matured'
    ELSE 'not_due' END AS status
FROM times_in_state WHERE phase = 'moving'"""


def _with_interval(table: pa.Table) -> pa.Table:
    share, n = (floats(table, name) for name in ("probability", "n"))
    sd = np.sqrt(np.maximum(share * (1 - share), 0) / n)
    lo, hi = share_interval(share, sd, n, n, settings().shrinkage.level)
    return behind(table, "probability", {"lo": lo, "hi": hi})
