"""How long claims wait: for an answer, for a decision, until they are closed, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.errors import UsageError
from rakustats.metrics.cases import OWN_KEYS, TABLES, case_steps
from rakustats.metrics.days import day_number, elapsed_hours
from rakustats.metrics.keys import DAY_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.metrics.needs import require
from rakustats.metrics.rates import SELLER_NAMES, Question, Step
from rakustats.metrics.times import QUANTILES, times_result
from rakustats.results import Phrase, Result, phrase

Until = Literal["response", "decision", "resolution"]
ENDS = {"response": "first_response_at", "decision": "decided_at", "resolution": "closed_at"}
EXCLUDED = ("no_start", "no_date")
# Whose turn it may be; any other word of an export counts as unknown.
PARTIES = ("customer", "agency", "seller", "carrier")
_TITLES = {
    "response": phrase(ja="クレームの初回回答までの時間", en="Time until claims are answered"),
    "decision": phrase(ja="クレームの決定までの日数", en="Days until claims are decided"),
    "resolution": phrase(ja="クレームの完了までの日数", en="Days until claims are closed"),
}
_NOUN = phrase(ja="クレーム", en="claims")


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
    asked = Question(keys, cohort(since, until), db.look_back(as_of), _TITLES[to], _NOUN)
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


def claim_waits(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
) -> Result:
    """Return on whom claims waited, and how long, as far as the exports tell.

    Until the first answer a claim waits for the agency. After it, each export tells whose turn it
    was (``waiting_on``); that holds until the next export or the closing. What lies between the
    answer and the first such export is unknown, not the agency's.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys, as in :func:`claim_times`.
    since, until : str or date, optional
        Days in Japan on which the claim was opened, until exclusive.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys, ``n`` (claims), ``n_open`` (not closed),
        ``n_excluded`` (no instant of opening, or settled without one), ``days_open`` (days from the
        opening to the closing, else the as-of, of all claims together), and its parts
        ``days_customer``, ``days_agency``, ``days_seller``, ``days_carrier``, ``days_unknown``.

    Raises
    ------
    UsageError
        If a key or day is not valid, or no export brought the instants.

    Examples
    --------
    >>> waited = rs.claim_waits(db).frame().iloc[0]
    >>> parts = waited.filter(like="days_").sum() - waited["days_open"]
    >>> bool(abs(parts - waited["days_open"]) < 1e-6)
    True
    """
    keys = group_keys(by, also=OWN_KEYS)
    title = phrase(ja="クレームは誰を待っていたか（日数）", en="On whom claims waited (days)")
    asked = Question(keys, cohort(since, until), db.look_back(as_of), title, _NOUN)
    require(db, "Waiting times of claims", ["claims.opened_at"], ["claims.detected_at"])
    steps = [
        *asked.look.steps(TABLES),
        *case_steps(asked.look, keys),
        *_wait_steps(asked, closings=db.count("claims", "closed_at") > 0),
    ]
    if "seller_id" in keys:
        steps.append(SELLER_NAMES)
    text = with_steps(steps, _waits_select(keys))
    return Result(
        table=db.engine.query(text),
        sql=text,
        as_of=asked.look.moment,
        title=title,
        by=keys,
        since=asked.days.since,
        until=asked.days.until,
        notes=(_how_known(db),),
    )


def _how_known(db: Database) -> Phrase:
    seen = db.count("claims", "waiting_on")
    if seen:
        return phrase(
            ja="回答後の分担は、出力のたびに記された「対応待ち」による。出力の間隔より細かくは分からない。",
            en="After the answer the parts rest on what each export says of whose turn it is;"
            " nothing finer than the time between exports can be known.",
        )
    return phrase(
        ja="「対応待ち」の記載がないため、初回回答より後は誰を待っていたか分からない。",
        en="No export tells whose turn it is, so nothing is known of the time after the answer.",
    )


def _wait_steps(asked: Question, closings: bool) -> list[Step]:
    """Return ``waits``: per claim the days open and whose they were."""
    source = asked.look.source("claims", False)
    history = asked.look.source("claims", True)
    tables = [name for name in (source, history) if name is not None]
    seen = "\nUNION\n".join(
        f"SELECT claim_id, exported_at AS seen_at, waiting_on FROM {name}\n"
        f"WHERE exported_at <= {asked.look.at}"
        for name in tables
    )
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    # a withdrawn claim is over when that was decided, and so is any where nobody tells of closing
    over = "CASE WHEN resolution = 'withdrawn' THEN decided_at END" if closings else "decided_at"
    closed = f"coalesce(closed_at, {over})"
    spans = f"""\
SELECT {key_names(plain)}claim_id, told_at,
  {closed} IS NULL AS still_open, coalesce({closed}, {asked.look.at}) AS ended_at,
  coalesce(first_response_at, decided_at, closed_at, {asked.look.at}) AS answered_at,
  CASE WHEN told_at IS NULL
    OR (closed_at IS NULL AND decided_at IS NULL AND resolution IS NOT NULL) THEN 1 ELSE 0 END
    AS left_out{day_columns(asked.keys, "day_told")}
FROM cases WHERE {asked.days.where("day_told")}"""
    turns = """\
SELECT claim_id, waiting_on, seen_at,
  lead(seen_at) OVER (PARTITION BY claim_id ORDER BY seen_at) AS next_at
FROM (SELECT claim_id, seen_at, max(waiting_on) AS waiting_on
  FROM claims_as_exported GROUP BY claim_id, seen_at) v"""
    start = "greatest(t.seen_at, s.answered_at)"
    end = "least(coalesce(t.next_at, s.ended_at), s.ended_at)"
    seen_days = f"greatest({elapsed_hours(start, end)}, 0.0) / 24"
    by_party = ",\n  ".join(
        f"sum(CASE WHEN t.waiting_on = '{party}' THEN {seen_days} ELSE 0.0 END) AS {party}"
        for party in PARTIES
    )
    split = f"""\
SELECT s.claim_id, {by_party}
FROM case_spans s JOIN turns t ON t.claim_id = s.claim_id GROUP BY s.claim_id"""
    answering = (
        f"greatest({elapsed_hours('s.told_at', 'least(s.answered_at, s.ended_at)')}, 0.0) / 24"
    )
    waits = f"""\
SELECT s.*, greatest({elapsed_hours("s.told_at", "s.ended_at")}, 0.0) / 24 AS days_open,
  {answering} + coalesce(p.agency, 0.0) AS days_agency,
  {", ".join(f"coalesce(p.{k}, 0.0) AS days_{k}" for k in PARTIES if k != "agency")}
FROM case_spans s LEFT JOIN case_turns p ON p.claim_id = s.claim_id"""
    return [
        ("claims_as_exported", seen),
        ("case_spans", spans),
        ("turns", turns),
        ("case_turns", split),
        ("waits", waits),
    ]


def _waits_select(keys: Sequence[str]) -> str:
    counted = "left_out = 0"
    sums = ",\n  ".join(
        f"sum({name}) FILTER (WHERE {counted}) AS {name}"
        for name in ("days_open", *(f"days_{party}" for party in PARTIES))
    )
    group = f"\nGROUP BY {', '.join(keys)}" if keys else ""
    names = "".join(
        "w.seller_id, n.seller_name, " if k == "seller_id" else f"w.{k}, " for k in keys
    )
    known = " - ".join(("w.days_open", *(f"w.days_{party}" for party in PARTIES)))
    join = "\nLEFT JOIN seller_names n ON n.seller_id = w.seller_id" if "seller_id" in keys else ""
    order = f"\nORDER BY {', '.join(f'w.{k} NULLS LAST' for k in keys)}" if keys else ""
    return f"""\
SELECT {names}w.n, w.n_open, w.n_excluded, w.days_open,
  {", ".join(f"w.days_{party}" for party in PARTIES)},
  greatest({known}, 0.0) AS days_unknown
FROM (SELECT {key_names(keys)}count(*) FILTER (WHERE {counted}) AS n,
  count(*) FILTER (WHERE {counted} AND still_open) AS n_open,
  count(*) FILTER (WHERE left_out = 1) AS n_excluded,
  {sums}
FROM waits{group}) w{join}{order}"""
