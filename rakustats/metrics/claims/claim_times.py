"""How long claims wait: for an answer, for a decision, until they are closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.marts.claim_cases import OWN_KEYS, TABLES, case_steps
from rakustats.marts.days import day_number, elapsed_hours
from rakustats.marts.keys import DAY_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.marts.needs import require
from rakustats.marts.question import Question
from rakustats.metrics.spec.times import QUANTILES, times_result
from rakustats.results.result import Result

Until = Literal["response", "decision", "resolution"]
ENDS = {"response": "first_response_at", "decision": "decided_at", "resolution": "closed_at"}
EXCLUDED = ("no_start", "no_date")
_TITLES = {
    "response": phrase(ja="クレームの初回回答までの時間", en="Time until claims are answered"),
    "decision": phrase(ja="クレームの決定までの日数", en="Days until claims are decided"),
    "resolution": phrase(ja="クレームの完了までの日数", en="Days until claims are closed"),
}
NOUN = phrase(ja="クレーム", en="claims")


def claim_times(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    to: Until = "resolution",
) -> Result:
    """Return how long claims take until they are answered, decided or closed, by group.

    Claims still open count up to the as-of. A withdrawn claim ends on its own, and so does one that
    was settled without an answer: they compete with the end asked for and are no answer.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: kind, stage_found, attributed_to, and seller, carrier, ship_method, mode,
        origin_region, dest_region, category, platform, inspection_level, leg (of the claim's line,
        else those on which the lines of its order agree), month, closure.
    since, until : str or date, optional
        Days in Japan on which the claim was opened, until exclusive.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    to : {"response", "decision", "resolution"}
        The end: the first answer, the decision, or the closing.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys, ``n`` (claims whose clock has started),
        ``n_open`` (still waiting), ``p50``, ``p80``, ``p90``, ``p95`` (calendar days in Japan until
        that share has ended so; of an answer parts of days, to the hour; NULL where the curve does
        not get there), ``n_excluded`` (sum of ``n_no_start``: no day of opening; ``n_no_date``:
        settled, but no export says when), ``n_otherwise`` (ended otherwise). Of an answer also
        ``hours_p50``, ``hours_p80``, ``hours_p90``, ``hours_p95``.

    Raises
    ------
    UsageError
        If a key, the end or a day is not valid, or no export brought the instants.

    Notes
    -----
    Aalen and Johansen (1978): P(answered by t) with other ends competing.

    Examples
    --------
    >>> answered = rs.claim_times(db, by="kind", to="response").frame()
    >>> bool((answered["hours_p50"] == answered["p50"] * 24).all())
    True
    """
    if to not in ENDS:
        raise UsageError(f"to is one of {', '.join(ENDS)}.")
    keys = group_keys(by, also=OWN_KEYS)
    asked = Question(keys, cohort(since, until), db.look_back(as_of), _TITLES[to], NOUN)
    starts = ("claims.opened_at", "claims.detected_at")
    require(db, _TITLES[to].en, *([start, f"claims.{ENDS[to]}"] for start in starts))
    steps = [
        *asked.look.steps(TABLES),
        *case_steps(asked.look, keys),
        ("spells", _spells(asked, to)),
    ]
    otherwise = {"n_otherwise": f"ending <> '{to}'"}
    result = times_result(db, asked, steps, to, EXCLUDED, otherwise)
    return _in_hours(result) if to == "response" else result


def _spells(asked: Question, to: Until) -> str:
    """One row per claim; its clock runs from the day (for an answer: the hour) it was opened."""
    end = f"coalesce({ENDS[to]}, {_OTHERWISE[to]})"
    gone = f"CAST(floor({elapsed_hours('told_at', f'coalesce({end}, today_at)')}) AS INT)"
    if to != "response":
        day = {"decision": "day_decided", "resolution": "day_closed"}[to]
        other = {"decision": "day_closed", "resolution": "day_decided"}[to]
        last = f"CASE WHEN {end} IS NULL THEN today ELSE coalesce({day}, {other}) END"
        gone = f"{day_number(last)} - {day_number('day_told')}"
    no_day = "WHEN day_told IS NULL THEN 'no_day' " if asked.days.bounded else ""
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    settled = "resolution IS NOT NULL AND decided_at IS NULL AND closed_at IS NULL"
    withdrawn = "coalesce(resolution, '') = 'withdrawn'"
    ending = {
        "response": "CASE WHEN first_response_at IS NOT NULL THEN 'response'"
        f" WHEN {end} IS NOT NULL THEN 'settled' END",
        "decision": f"CASE WHEN {end} IS NULL THEN NULL WHEN {withdrawn} THEN 'withdrawn'"
        " WHEN decided_at IS NOT NULL THEN 'decision' ELSE 'closed' END",
        "resolution": f"CASE WHEN {end} IS NULL THEN NULL WHEN {withdrawn} THEN 'withdrawn'"
        " ELSE 'resolution' END",
    }[to]
    return f"""\
SELECT {key_names(plain)}coalesce(greatest({gone}, 0), 0) AS days, {ending} AS ending,
  CASE {no_day}WHEN told_at IS NULL THEN 'no_start'
    WHEN {end} IS NULL AND {settled} THEN 'no_date' END AS status\
{day_columns(asked.keys, "day_told")}
FROM (SELECT *, {asked.look.at} AS today_at FROM cases) c
WHERE {asked.days.where("day_told")}"""


# What ends the waiting where the end asked for is not on record.
_OTHERWISE = {
    "response": "decided_at, closed_at",
    "decision": "closed_at",
    "resolution": "CASE WHEN coalesce(resolution, '') = 'withdrawn' THEN decided_at END",
}


def _in_hours(result: Result) -> Result:
    """Turn quantiles in hours into days, and keep the hours beside them."""
    table = result.table
    for name in QUANTILES:
        hours = table.column(name).cast(pa.float64())
        place = table.column_names.index(name)
        table = table.set_column(place, name, pc.divide(hours, 24.0))
        table = table.append_column(f"hours_{name}", hours)
    return replace(result, table=table)
