"""Cancellations that leak: accepted, and yet bought, sent, charged, or not paid back."""

from __future__ import annotations

from typing import Unpack

from rakustats.calendar.local_days import day_over, local_day
from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.i18n.phrases import phrase
from rakustats.marts.cancellation_events import event_steps, subject_steps
from rakustats.marts.losses import loss_steps
from rakustats.marts.needs import require
from rakustats.marts.parcels import CHAINS
from rakustats.marts.question import Period, Question, ask
from rakustats.marts.refunds import TABLES, refund_steps
from rakustats.metrics.spec.documented import documented
from rakustats.results.result import Result

TITLE = phrase(ja="キャンセル後に進んだ・返金されない注文", en="Cancellations that leaked")
COLUMNS = {
    "cancellation_id, order_no": "the cancellation",
    "line_no": "NULL for a whole order",
    "level, requested_by, accepted_at": "as exports have them",
    "leaks": "with commas: purchased, seller_shipped, delivery_requested, shipped, charged, if that"
    " happened after the acceptance; still_requested if it lies in a delivery request from before"
    " that has not left; not_refunded if the expected day of its refund is over and nothing was"
    " paid; no_refund if it had been paid for and no refund is on record two weeks later",
    "leaked_at": "the first of these instants, in UTC; of not_refunded, when the expected day was"
    " over in Japan; of no_refund alone NULL",
    "n_lines": "lines that went on, or are without a refund",
    "value_jpy": "quoted value of these goods, or what the unpaid refund is worth, in yen; NULL"
    " where unknown",
}
# What must not happen after a cancellation was accepted, and the instant that shows that it did.
_AFTER = {
    "purchased": "g.purchased_at",
    "seller_shipped": "g.seller_shipped_at",
    "delivery_requested": "g.delivery_requested_at",
    "shipped": "g.sent_at",
    "charged": "g.charged_at",
}


@documented(
    COLUMNS,
    rows="One row per cancellation",
    by=None,
    cohort="Days on which the cancellation was accepted",
)
def cancel_leaks(db: Database, **period: Unpack[Period]) -> Result:
    """Return the accepted cancellations that were not carried out, the newest first.

    Notes
    -----
    A cancellation accepted in part leaks only if every ordered piece went on. Where no refund at
    all was loaded, ``no_refund`` is never said; nor is it of lines whose loss a claim made good.

    Examples
    --------
    >>> leaks = rs.cancel_leaks(db).frame()
    >>> leaks["cancellation_id"].is_unique
    True
    """
    asked = ask(db, None, period, TITLE, phrase(ja="キャンセル", en="cancellations"))
    require(
        db,
        TITLE,
        ["cancellations.order_no", "cancellations.accepted_at"],
        ["cancellations.order_no", "cancellations.confirmed_at"],
    )
    steps = [
        *asked.steps(TABLES),
        *subject_steps(()),
        *event_steps(asked.snapshot),
        *CHAINS,
        *loss_steps(asked.snapshot),
        *refund_steps(asked),
        *_leak_steps(asked, refunded=db.count("refunds", "refund_id") > 0),
    ]
    day = local_day("q.accepted_at", "jp", "q")
    text = with_steps(steps, f"{_LIST}\nWHERE {asked.days.where(day)}\n{_ORDER}")
    return asked.result(db.engine.query(text), text)


# grain: one line and accepted cancellation of it, with what happened to the line
_STOPPED = f"""\
SELECT x.cancellation_id, x.order_no, x.line_no, x.accepted_at, x.value_jpy, x.partial,
  g.waits AND e.line_no IS NULL AS waits, e.line_no IS NOT NULL AS settled,
  {", ".join(sorted(set(_AFTER.values())))},
  greatest(coalesce(g.qty_received, 0), coalesce(g.qty_shipped, 0)) >= g.qty_ordered AS all_went_on
FROM cancellation_events x
JOIN subjects g ON g.order_no = x.order_no AND g.line_no IS NOT DISTINCT FROM x.line_no
LEFT JOIN lost_lines e ON e.order_no = x.order_no AND e.line_no = x.line_no
WHERE x.verdict = 'accepted'"""

_OVER = day_over("r.day_expected", "jp", "r")
# grain: one refund of a cancellation, or of its order if it names neither claim nor cancellation
_PAID_BACK = f"""\
SELECT x.cancellation_id, r.refund_id, r.overdue, {_OVER} AS expected_over, r.due_jpy
FROM cancelled x JOIN refunds_seen r ON r.cancellation_id = x.cancellation_id
UNION ALL
SELECT x.cancellation_id, r.refund_id, r.overdue, {_OVER} AS expected_over, r.due_jpy
FROM cancelled x JOIN refunds_seen r ON r.order_no = x.order_no
WHERE r.cancellation_id IS NULL AND r.claim_id IS NULL"""

_REFUNDS_OF = """\
SELECT x.cancellation_id, count(r.refund_id) AS n_refunds,
  coalesce(bool_or(r.overdue), FALSE) AS overdue,
  min(CASE WHEN r.overdue THEN r.expected_over END) AS expected_over,
  sum(CASE WHEN r.overdue THEN r.due_jpy END) AS due_jpy
FROM cancelled x LEFT JOIN paid_back r ON r.cancellation_id = x.cancellation_id
GROUP BY x.cancellation_id"""


def _leak_steps(asked: Question, *, refunded: bool) -> list[Step]:
    """Return ``leaks``: one row per cancellation, line and thing that must not have happened."""
    item = "SELECT {0}.cancellation_id, {1} AS line_no, '{2}' AS leak, {3} AS leaked_at"
    parts = [
        f"{item.format('g', 'g.line_no', name, at)}, g.value_jpy FROM stopped g\n"
        f"WHERE {at} > g.accepted_at AND (NOT g.partial OR g.all_went_on)"
        for name, at in _AFTER.items()
    ]
    parts.append(
        f"{item.format('g', 'g.line_no', 'still_requested', 'g.accepted_at')}, g.value_jpy\n"
        "FROM stopped g WHERE NOT g.partial AND g.waits"
        " AND g.delivery_requested_at <= g.accepted_at"
    )
    due = item.format("r", "CAST(NULL AS STRING)", "not_refunded", "r.expected_over")
    parts.append(f"{due}, r.due_jpy AS value_jpy\nFROM refunds_of r WHERE r.overdue")
    if refunded:
        begun = asked.snapshot.before(settings().cases.refund_begins_days, "refunds")
        never = item.format("g", "g.line_no", "no_refund", "CAST(NULL AS TIMESTAMP)")
        parts.append(
            f"{never}, g.value_jpy\n"
            "FROM stopped g JOIN refunds_of r ON r.cancellation_id = g.cancellation_id\n"
            "WHERE r.n_refunds = 0 AND NOT g.settled AND g.charged_at <= g.accepted_at"
            f" AND g.accepted_at <= {begun}"
        )
    return [
        ("stopped", _STOPPED),
        ("cancelled", "SELECT DISTINCT cancellation_id, order_no FROM stopped"),
        ("paid_back", _PAID_BACK),
        ("refunds_of", _REFUNDS_OF),
        ("leaks", "\nUNION ALL\n".join(parts)),
        *_merged(),
    ]


def _merged() -> list[Step]:
    names = ", ".join(
        f"max(CASE WHEN leak = '{name}' THEN '{name}' END)"
        for name in (*_AFTER, "still_requested", "not_refunded", "no_refund")
    )
    lines = """\
SELECT cancellation_id, line_no, max(value_jpy) AS value_jpy
FROM leaks WHERE line_no IS NOT NULL GROUP BY cancellation_id, line_no"""
    worth = """\
SELECT cancellation_id, count(*) AS n_lines,
  CASE WHEN count(value_jpy) = count(*) THEN sum(value_jpy) END AS value_jpy
FROM leaking_lines GROUP BY cancellation_id"""
    merged = f"""\
SELECT cancellation_id, concat_ws(', ', {names}) AS leaks, min(leaked_at) AS leaked_at,
  max(CASE WHEN leak = 'not_refunded' THEN value_jpy END) AS due_jpy
FROM leaks GROUP BY cancellation_id"""
    return [("leaking_lines", lines), ("leaking_worth", worth), ("leaking", merged)]


_LIST = """\
SELECT q.cancellation_id, q.order_no, q.line_no, q.level, q.requested_by, q.accepted_at,
  k.leaks, k.leaked_at, coalesce(w.n_lines, 0) AS n_lines,
  coalesce(w.value_jpy, CASE WHEN w.n_lines IS NULL THEN k.due_jpy END) AS value_jpy
FROM leaking k
JOIN cancel_requests q ON q.cancellation_id = k.cancellation_id
LEFT JOIN leaking_worth w ON w.cancellation_id = k.cancellation_id"""
_ORDER = "ORDER BY q.accepted_at DESC NULLS LAST, q.cancellation_id"
