"""Open deliveries that may never arrive, and how often deliveries were lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.deliveries import require_times
from rakustats.marts.keys import DAY_KEYS, cohort, group_keys
from rakustats.marts.question import Question
from rakustats.marts.time_in_state import sojourn_steps
from rakustats.metrics.spec.grouping import SELLER_NAMES
from rakustats.metrics.spec.rates import rate_result
from rakustats.metrics.spec.survival import curve_steps
from rakustats.results.result import Result
from rakustats.stats.shares import share_interval

NOUN = phrase(ja="荷物", en="deliveries")
# Keys of open deliveries besides those of rates.
OPEN_KEYS = ("stage", "age")
BANDS = ((7, "00-07"), (14, "08-14"), (30, "15-30"), (60, "31-60"))
EXCLUDED = ("void", "no_quantity", "test", "no_date", "no_start", "backwards", "just_begun")
LOSS_EXCLUDED = ("void", "no_quantity", "test", "cancelled", "no_date", "no_start", "backwards")
LOSS_EXTRA = {
    "n_not_due": "status = 'not_due'",
    "n_presumed_lost": "status = 'matured' AND presumed",
    "n_just_begun": "status = 'just_begun'",
}


def non_arrival(
    db: Database,
    by: str | Sequence[str] | None = ("stage", "age"),
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    leg: int | None = None,
) -> Result:
    """Return how probably open deliveries never arrive, by stage, age and other keys.

    Every open delivery is judged by what became of others of its mode that were still open at its
    age. One that is silent for too long counts as lost (``[silence]`` of the settings: 15 days
    by air, 30 by sea): from its last scan, else its handover, if its carrier scans at all.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: ``stage`` (to_ship, in_transit, customs, last_mile), ``age`` (days since the handover,
        before it since the request, in bands), seller, carrier, ship_method, mode, origin_region,
        dest_region, category, platform, month, closure, leg. None: one row for all.
    since, until : str or date, optional
        Days of the request (else submission, else handover), until exclusive: of the deliveries
        shown and of those they are judged by.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    leg : {1, 2}, optional
        Only this leg; by default the final one, whether its number is known or not.

    Returns
    -------
    Result
        One row per group with open deliveries, sorted by the keys: the keys (``seller_name`` beside
        ``seller_id``), ``n_open`` (awaited), ``n_presumed_lost`` (of them, silent too long),
        ``n_judged`` (of them, neither silent nor without example), ``probability`` (that one of
        ``n_judged`` never arrives, on average), ``lo``, ``hi`` (90 % interval), ``n`` (deliveries
        that were followed beyond that age, harmonic mean over ``n_judged``), ``expected``
        (deliveries that never arrive: ``n_presumed_lost`` and the sum of the probabilities),
        ``oldest`` (days).

    Raises
    ------
    UsageError
        If a key, leg or day is not valid, or no export tells when anything arrived.

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
    ['stage', 'n_open', 'n_presumed_lost', 'n_judged', 'probability']
    """
    given = (by,) if isinstance(by, str) else tuple(by or ())
    own = tuple(dict.fromkeys(k for k in given if k in OPEN_KEYS))
    title = phrase(ja="届いていない荷物が届かない確率", en="Open deliveries that never arrive")
    asked = _asked(db, [k for k in given if k not in OPEN_KEYS], since, until, as_of, leg, title)
    named = tuple(dict.fromkeys(k if k in own else group_keys(k)[0] for k in given))
    steps = [*_sojourns(asked, leg), *_judging_steps(asked.keys)]
    if "seller_id" in named:
        steps.append(SELLER_NAMES)
    text = with_steps(steps, _open_select(named))
    return Result(
        table=_with_interval(db.engine.query(text)),
        sql=text,
        as_of=asked.look.moment,
        title=title,
        by=named,
        since=asked.days.since,
        until=asked.days.until,
        notes=(_silence(),),
    )


def loss_rates(
    db: Database,
    by: str | Sequence[str] | None = ("carrier", "ship_method"),
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    leg: int | None = None,
) -> Result:
    """Return how often deliveries handed over were lost, returned, or silent too long, by group.

    Parameters
    ----------
    db, since, until, as_of, leg
        As in :func:`rakustats.non_arrival`.
    by : str or sequence of str, optional
        Keys as in :func:`rakustats.delay_rates`; carrier and ship_method by default.

    Returns
    -------
    Result
        A table of rates, one row per group, sorted by the keys: ``n`` (handed over twice as long
        ago as a parcel may be silent, arrived or lost), ``events`` (of them lost, returned or
        presumed lost), ``rate``, ``estimate``, ``lo``, ``hi``, ``n_open`` (still awaited),
        ``n_excluded`` (sum of ``n_void``, ``n_no_quantity``, ``n_test``, ``n_cancelled``,
        ``n_no_date``, ``n_no_start``, ``n_backwards``), ``n_not_due`` (arrived or lost, handed over
        more recently), ``n_presumed_lost`` (those of ``events`` that nobody declared lost),
        ``n_just_begun`` (on a day that was not over).

    Raises
    ------
    UsageError
        If a key, leg or day is not valid, or no export tells when anything arrived.

    Notes ----- ``rate`` = events / n. Estimate, interval, rank and flag:
    :func:`rakustats.stats.shrinkage.estimates` (Efron 2016, Biometrika 103, 1-20). Silence as loss:
    no scan for 15 days by air or 30 by sea, what agencies take for lost (settings.toml, silence).

    Examples
    --------
    >>> lost = rs.loss_rates(db, by="carrier")
    >>> bool((lost.frame()["events"] <= lost.frame()["n"]).all())
    True
    """
    title = phrase(ja="紛失・返送の割合", en="Lost or returned")
    asked = _asked(db, by, since, until, as_of, leg, title)
    steps = [*_sojourns(asked, leg), ("units", _loss_units(asked))]
    return rate_result(db, asked, steps, LOSS_EXCLUDED, LOSS_EXTRA, [_silence()])


def _asked(
    db: Database,
    by: str | Sequence[str] | None,
    since: str | date | None,
    until: str | date | None,
    as_of: str | date | datetime | None,
    leg: int | None,
    title: Phrase,
) -> Question:
    if leg not in (None, 1, 2):
        raise UsageError(phrase(ja="leg には 1 か 2 を指定してください。", en="leg is 1 or 2."))
    asked = Question(group_keys(by), cohort(since, until), db.look_back(as_of), title, NOUN)
    require_times(db, phrase(ja="紛失・返送の割合", en="Non-arrival"), "request")
    return asked


def _silence() -> Phrase:
    wait = settings().silence
    return phrase(
        ja=f"最後の記録から航空便 {wait.air} 日、船便 {wait.sea} 日を過ぎた荷物は紛失とみなした。",
        en=f"Parcels without a scan for {wait.air} days by air, {wait.sea} by sea count as lost.",
    )


def _sojourns(asked: Question, leg: int | None) -> list[Step]:
    return sojourn_steps(asked, [k for k in asked.keys if k not in DAY_KEYS], leg)


def _judging_steps(keys: Sequence[str]) -> list[Step]:
    """Return the steps to ``judged``: every open delivery with its probability never to arrive.

    Of a delivery with lines of two sellers there is a row for each, but it is one example.
    """
    examples = "SELECT phase, lane, days, ending FROM sojourns WHERE status IS NULL AND first"
    goes_on = """\
SELECT c.*, at_risk - n_ended - n_open AS followed,
  (max(incidence) OVER (PARTITION BY phase, lane) - incidence) / nullif(survival, 0) AS comes,
  max(CASE WHEN phase = 'after' THEN incidence END) OVER () AS comes_at_all
FROM curve c"""
    probability = "1 - c.comes * CASE WHEN s.phase = 'moving' THEN 1 ELSE c.comes_at_all END"
    known = "s.ending IS NULL AND c.followed > 0"
    same = "c.phase = s.phase AND c.lane IS NOT DISTINCT FROM s.lane AND c.days = s.days"
    judged = f"""\
SELECT s.*, CASE WHEN {known} THEN {probability} END AS probability,
  CASE WHEN {known} THEN c.followed END AS followed
FROM sojourns s LEFT JOIN goes_on c ON {same}
WHERE s.status IS NULL AND s.phase <> 'after' AND (s.ending IS NULL OR s.presumed)"""
    return [
        ("examples", examples),
        *curve_steps(["phase", "lane"], "done", "examples"),
        ("goes_on", goes_on),
        ("judged", judged),
    ]


def _open_select(keys: Sequence[str]) -> str:
    """Sum up the open deliveries; on the way, the time since the handover counts as age."""
    age = "CASE WHEN presumed THEN age ELSE days END"
    cases = " ".join(f"WHEN {age} <= {most} THEN '{name}'" for most, name in BANDS)
    made = {"age": f"CASE {cases} ELSE '61+' END"}
    columns = "".join(f"{made.get(k, k)} AS {k}, " for k in keys)
    rows = f"SELECT {columns}presumed, probability, followed, {age} AS waited FROM judged"
    names = "LEFT JOIN seller_names n ON n.seller_id = o.seller_id" if "seller_id" in keys else ""
    shown = "".join(
        "o.seller_id, max(n.seller_name) AS seller_name, " if k == "seller_id" else f"o.{k}, "
        for k in keys
    )
    group = ", ".join(f"o.{k}" for k in keys)
    tail = f"\nGROUP BY {group}\nORDER BY {group.replace(',', ' NULLS LAST,')} NULLS LAST"
    return f"""\
SELECT {shown}count(*) AS n_open, count(*) FILTER (WHERE presumed) AS n_presumed_lost,
  count(probability) AS n_judged, avg(probability) AS probability,
  count(probability) / nullif(sum(CAST(1 AS DOUBLE) / followed), 0) AS n,
  CAST(count(*) FILTER (WHERE presumed) AS DOUBLE) + coalesce(sum(probability), 0.0) AS expected,
  max(waited) AS oldest
FROM ({rows}) o
{names}{tail if keys else ""}"""


def _loss_units(asked: Question) -> str:
    wait = settings().silence
    ripe = (
        f"CASE mode WHEN 'air' THEN {2 * wait.air} WHEN 'sea' THEN {2 * wait.sea}"
        f" ELSE {2 * wait.other} END"
    )
    return f"""\
SELECT {"".join(f"{k}, " for k in asked.keys)}ending = 'lost' AS event, presumed,
  CASE WHEN status IS NOT NULL THEN status WHEN ending IS NULL THEN 'open'
    WHEN ending = 'cancelled' THEN 'cancelled' WHEN age >= {ripe} THEN 'matured'
    ELSE 'not_due' END AS status
FROM sojourns WHERE phase = 'moving'"""


def _with_interval(table: pa.Table) -> pa.Table:
    share, n = (
        table.column(name).cast(pa.float64()).fill_null(np.nan).to_numpy()
        for name in ("probability", "n")
    )
    sd = np.sqrt(share * (1 - share) / n)
    place = table.column_names.index("probability") + 1
    bounds = share_interval(share, sd, n, n, settings().shrinkage.level)
    for name, values in zip(("hi", "lo"), reversed(bounds), strict=True):
        made = pa.array(values, from_pandas=True, type=pa.float64())
        table = table.add_column(place, name, made)
    return table
