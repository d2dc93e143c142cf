"""On whom claims waited, as far as the exports show."""

from __future__ import annotations

from typing import Unpack

from rakustats.engine.database import Database
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.claim_cases import OWN_KEYS, case_steps
from rakustats.marts.days import elapsed_hours
from rakustats.marts.keys import key_names
from rakustats.marts.needs import require
from rakustats.marts.question import CLAIMS, Keys, Period, Question, ask
from rakustats.metrics.claims.case_keys import CASE_KEYS, OPENED
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.grouping import grouped, sums_result
from rakustats.metrics.spec.looking_back import TURNS, looking_back_notes
from rakustats.results.result import Result

TITLE = phrase(ja="クレームは誰を待っていたか（日数）", en="On whom claims waited (days)")
# Whose turn it may be; any other word of an export counts as unknown.
PARTIES = ("customer", "agency", "seller", "carrier")
_PARTS = tuple(f"days_{party}" for party in PARTIES)
COLUMNS = {
    "n": "claims",
    "n_open": "not closed",
    "n_excluded": "no instant of opening, or settled without one",
    "days_open": "days from the opening to the closing, else to the last export that shows the"
    " claim, of all claims together",
    ", ".join((*_PARTS, "days_unknown")): "its parts",
}


@documented(COLUMNS, by=CASE_KEYS, cohort=OPENED)
def claim_waits(db: Database, by: Keys = None, **period: Unpack[Period]) -> Result:
    """Return on whom claims waited, and how long, as far as the exports show.

    Until the first answer a claim waits for the agency. After it, each export says whose turn it
    was (``waiting_on``); that holds until the next export or the closing. What lies between the
    answer and the first such export is unknown, not the agency's.

    Notes
    -----
    Hours between instants, added up by the party that the export says is waited for; the parts add
    up to the hours open.

    Examples
    --------
    >>> waited = rs.claim_waits(db).frame().iloc[0]
    >>> parts = waited.filter(like="days_").sum() - waited["days_open"]
    >>> bool(abs(parts - waited["days_open"]) < 1e-6)
    True
    """
    asked = ask(db, by, period, TITLE, CLAIMS, also=OWN_KEYS)
    what = phrase(ja="クレームの対応待ちの日数", en="Waiting times of claims")
    require(db, what, ["claims.opened_at"], ["claims.detected_at"])
    steps = [
        *case_steps(asked),
        ("claims_as_exported", _exported(asked)),
        ("case_spans", _spans(asked, closings=db.count("claims", "closed_at") > 0)),
        ("turns", _TURNS),
        ("case_turns", _split()),
        ("waits", _waits()),
        ("sums", _sums(asked)),
    ]
    known = " - ".join(f"c.{name}" for name in ("days_open", *_PARTS))
    notes = [_how_known(db), *looking_back_notes(db, asked, "claims", TURNS)]
    items = f"""\
c.n, c.n_open, c.n_excluded, c.days_open, {", ".join(f"c.{part}" for part in _PARTS)},
  greatest({known}, 0.0) AS days_unknown"""
    return sums_result(db, asked, steps, items, notes)


def _how_known(db: Database) -> Phrase:
    seen = db.count("claims", "waiting_on")
    if seen:
        return phrase(
            ja="回答後の分担は、出力のたびに記された「対応待ち」による。"
            "出力の間隔より細かくは分からない。",
            en="After the answer the parts rest on what each export says of whose turn it is;"
            " nothing finer than the time between exports can be known.",
        )
    return phrase(
        ja="「対応待ち」の記載がないため、初回回答より後は誰を待っていたか分からない。",
        en="No export tells whose turn it is, so nothing is known of the time after the answer.",
    )


def _exported(asked: Question) -> str:
    """Read every version of the claims exported by the as-of."""
    sources = [asked.snapshot.source("claims", old) for old in (False, True)]
    return "\nUNION\n".join(
        f"SELECT claim_id, exported_at AS seen_at, waiting_on FROM {name}\n"
        f"WHERE exported_at <= {asked.snapshot.at}"
        for name in sources
        if name is not None
    )


def _spans(asked: Question, *, closings: bool) -> str:
    """One row per claim: opened, answered, ended; left out where that is not known."""
    # a withdrawn claim is over when that was decided, and so is any where no closing is known
    over = "CASE WHEN resolution = 'withdrawn' THEN decided_at END" if closings else "decided_at"
    closed = f"coalesce(closed_at, {over})"
    return f"""\
SELECT {asked.columns()}claim_id, told_at,
  {closed} IS NULL AS still_open, coalesce({closed}, seen_until) AS ended_at,
  coalesce(first_response_at, decided_at, closed_at, seen_until) AS answered_at,
  CASE WHEN told_at IS NULL
    OR (closed_at IS NULL AND decided_at IS NULL AND resolution IS NOT NULL) THEN 1 ELSE 0 END
    AS left_out{asked.dated("day_told")}
FROM cases WHERE {asked.days.known("day_told")}"""


# grain: one claim and export, with when the next one was made
_TURNS = """\
SELECT claim_id, waiting_on, seen_at,
  lead(seen_at) OVER (PARTITION BY claim_id ORDER BY seen_at) AS next_at
FROM (SELECT claim_id, seen_at, max(waiting_on) AS waiting_on
  FROM claims_as_exported GROUP BY claim_id, seen_at) v"""


def _split() -> str:
    """Sum up by claim the days after the answer that exports give to each party."""
    start = "greatest(t.seen_at, s.answered_at)"
    end = "least(coalesce(t.next_at, s.ended_at), s.ended_at)"
    by_party = ",\n  ".join(
        f"sum(CASE WHEN t.waiting_on = '{party}' THEN {_days(start, end)} ELSE 0.0 END) AS {party}"
        for party in PARTIES
    )
    return f"""\
SELECT s.claim_id, {by_party}
FROM case_spans s JOIN turns t ON t.claim_id = s.claim_id GROUP BY s.claim_id"""


def _waits() -> str:
    """Add the time until the answer, which is the agency's."""
    answering = _days("s.told_at", "least(s.answered_at, s.ended_at)")
    others = ", ".join(f"coalesce(p.{k}, 0.0) AS days_{k}" for k in PARTIES if k != "agency")
    return f"""\
SELECT s.*, {_days("s.told_at", "s.ended_at")} AS days_open,
  {answering} + coalesce(p.agency, 0.0) AS days_agency, {others}
FROM case_spans s LEFT JOIN case_turns p ON p.claim_id = s.claim_id"""


def _days(start: str, end: str) -> str:
    return f"(greatest({elapsed_hours(start, end)}, 0.0) / 24)"


def _sums(asked: Question) -> str:
    sums = ",\n  ".join(
        f"sum({name}) FILTER (WHERE left_out = 0) AS {name}" for name in ("days_open", *_PARTS)
    )
    return f"""\
SELECT {key_names(asked.keys)}count(*) FILTER (WHERE left_out = 0) AS n,
  count(*) FILTER (WHERE left_out = 0 AND still_open) AS n_open,
  count(*) FILTER (WHERE left_out = 1) AS n_excluded,
  {sums}
FROM waits{grouped(asked.keys)}"""
