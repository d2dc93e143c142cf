"""How long claims wait: for an answer, for a decision, until they are closed."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, Unpack

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.errors import one_of
from rakustats.i18n.phrases import phrase
from rakustats.marts.claim_cases import OWN_KEYS, case_steps
from rakustats.marts.days import day_number, elapsed_hours, just_after
from rakustats.marts.needs import require
from rakustats.marts.question import CLAIMS, Keys, Period, Question, ask
from rakustats.metrics.claims.case_keys import CASE_KEYS, OPENED
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.quantiles import BOUNDS, QUANTILES
from rakustats.metrics.spec.times import Times
from rakustats.results.result import Result

Until = Literal["response", "decision", "resolution"]
ENDS = {"response": "first_response_at", "decision": "decided_at", "resolution": "closed_at"}
_TITLES = {
    "response": phrase(ja="クレームの初回回答までの時間", en="Time until claims are answered"),
    "decision": phrase(ja="クレームの決定までの日数", en="Days until claims are decided"),
    "resolution": phrase(ja="クレームの完了までの日数", en="Days until claims are closed"),
}


def _waits(to: Until) -> Times:
    return Times(
        cause=to,
        n="claims whose clock has started",
        n_open="still waiting",
        days="calendar days in Japan until that share has ended so; of an answer parts of days, to"
        " the hour",
        excluded={"no_start": "no day of opening", "no_date": "settled, but no export says when"},
        extra={"n_otherwise": (f"ending <> '{to}'", "ended otherwise")},
    )


_HOURS = {"hours_p50, hours_p80, hours_p90, hours_p95": "the same in hours, of an answer only"}


@documented({**_waits("response").columns, **_HOURS}, by=CASE_KEYS, cohort=OPENED)
def claim_times(
    db: Database, by: Keys = None, *, to: Until = "resolution", **period: Unpack[Period]
) -> Result:
    """Return how long claims take until they are answered, decided or closed, by group.

    Claims still open count up to the export in which they were last seen. A withdrawn claim ends on
    its own, and so does one that was settled without an answer: they compete with the end asked for
    and are no answer.

    Parameters
    ----------
    to : {"response", "decision", "resolution"}
        The end: the first answer, the decision, or the closing.

    Notes
    -----
    Aalen and Johansen (1978): P(answered by t) with other ends competing.

    Examples
    --------
    >>> answered = rs.claim_times(db, by="kind", to="response").frame()
    >>> bool((answered["hours_p50"] == answered["p50"] * 24).all())
    True
    """
    one_of("to", to, ENDS)
    asked = ask(db, by, period, _TITLES[to], CLAIMS, also=OWN_KEYS)
    starts = ("claims.opened_at", "claims.detected_at")
    require(db, _TITLES[to], *([start, f"claims.{ENDS[to]}"] for start in starts))
    steps = [*case_steps(asked), ("spells", _spells(asked, to))]
    result = _waits(to).result(db, asked, steps)
    return _in_hours(result) if to == "response" else result


def _spells(asked: Question, to: Until) -> str:
    """One row per claim; its clock runs from the day (for an answer: the hour) it was opened."""
    end = f"coalesce({ENDS[to]}, {_OTHERWISE[to]})"
    gone, looked = (
        f"CAST(floor({elapsed_hours('told_at', at)}) AS INT)"
        for at in (end, just_after("seen_until"))
    )
    seen = f"{looked} - 1"
    if to != "response":
        day = {"decision": "day_decided", "resolution": "day_closed"}[to]
        other = {"decision": "day_closed", "resolution": "day_decided"}[to]
        gone = f"{day_number(f'coalesce({day}, {other})')} - {day_number('day_told')}"
        seen = f"seen_no - {day_number('day_told')}"
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
    status = asked.status(
        "day_told", ("no_start", "told_at IS NULL"), ("no_date", f"{end} IS NULL AND {settled}")
    )
    return asked.rows(
        f"(SELECT *, {seen} AS seen FROM cases) c",
        "day_told",
        f"CASE WHEN {end} IS NULL THEN greatest(seen, -1) ELSE greatest({gone}, 0) END AS days",
        "seen",
        f"{ending} AS ending",
        "seen_until",
        f"{status} AS status",
    )


# What ends the waiting where the end asked for is not on record.
_OTHERWISE = {
    "response": "decided_at, closed_at",
    "decision": "closed_at",
    "resolution": "CASE WHEN coalesce(resolution, '') = 'withdrawn' THEN decided_at END",
}


def _in_hours(result: Result) -> Result:
    """Turn quantiles in hours into days, and keep the hours beside them."""
    table = result.table
    for name in (*QUANTILES, *BOUNDS):
        hours = table.column(name).cast(pa.float64())
        place = table.column_names.index(name)
        table = table.set_column(place, name, pc.divide(hours, 24.0))
        if name in QUANTILES:
            table = table.append_column(f"hours_{name}", hours)
    return replace(result, table=table)
