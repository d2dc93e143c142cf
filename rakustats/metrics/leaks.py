"""Cancellations that leak: accepted, and yet bought, sent, charged, or not paid back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from rakustats.config import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.metrics.called_off import ground_steps, off_steps
from rakustats.metrics.days import local_day
from rakustats.metrics.keys import cohort
from rakustats.metrics.needs import require
from rakustats.metrics.rates import Step
from rakustats.metrics.refunds import refund_steps
from rakustats.results import Result, phrase
from rakustats.store.asof import LookBack, literal

TABLES = (
    *("orders", "order_lines", "shipments", "shipment_lines"),
    *("claims", "cancellations", "refunds"),
)
# What must not happen after a cancellation was accepted, and the instant that shows that it did.
_AFTER = {
    "purchased": "g.purchased_at",
    "seller_shipped": "g.seller_shipped_at",
    "delivery_requested": "g.delivery_requested_at",
    "shipped": "g.sent_at",
    "charged": "g.charged_at",
}


def cancel_leaks(
    db: Database,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
) -> Result:
    """Return the accepted cancellations that were not carried out, the newest first.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    since, until : str or date, optional
        Days on which the cancellation was accepted, until exclusive.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.

    Returns
    -------
    Result
        One row per cancellation: ``cancellation_id``, ``order_no``, ``line_no`` (NULL for a whole
        order), ``level``, ``requested_by``, ``accepted_at``, ``leaks`` (with commas: purchased,
        seller_shipped, delivery_requested, shipped, charged, if that happened after the acceptance;
        still_requested if it lies in a delivery request from before that has not left;
        not_refunded if the expected day of its refund is over and nothing was paid; no_refund if it
        had been paid for and no refund is on record two weeks later), ``leaked_at`` (the first of
        these instants), ``n_lines`` (lines that went on), ``value_jpy`` (quoted value of these
        goods, or what the unpaid refund is worth, in yen; NULL where unknown).

    Raises
    ------
    UsageError
        If a day is not valid, or no export brought accepted cancellations.

    Notes
    -----
    A cancellation accepted in part leaks only if every ordered piece went on. Where no refund at
    all was loaded, ``no_refund`` is never said.

    Examples
    --------
    >>> leaks = rs.cancel_leaks(db).frame()
    >>> leaks["cancellation_id"].is_unique
    True
    """
    look = db.look_back(as_of)
    require(
        db,
        "Cancellations that leak",
        ["cancellations.order_no", "cancellations.accepted_at"],
        ["cancellations.order_no", "cancellations.confirmed_at"],
    )
    days = cohort(since, until)
    steps = [
        *look.steps(TABLES),
        *ground_steps(()),
        *off_steps(decided=True),
        *refund_steps(look, (), "approved"),
        *_leak_steps(look, refunded=db.count("refunds", "refund_id") > 0),
    ]
    day = local_day("q.accepted_at", "jp")
    text = with_steps(steps, f"{_LIST}\nWHERE {days.where(day)}\n{_ORDER}")
    title = phrase(ja="キャンセル後に進んだ・返金されない注文", en="Cancellations that leaked")
    return Result(
        table=db.engine.query(text),
        sql=text,
        as_of=look.moment,
        title=title,
        since=days.since,
        until=days.until,
    )


def _leak_steps(look: LookBack, *, refunded: bool) -> list[Step]:
    """Return ``leaks``: one row per cancellation, line and thing that must not have happened."""
    went_on = "\nUNION ALL\n".join(
        f"""\
SELECT x.cancellation_id, x.line_no, '{name}' AS leak, {at} AS leaked_at, x.value_jpy
FROM off x JOIN ground g ON g.order_no = x.order_no AND g.line_no IS NOT DISTINCT FROM x.line_no
WHERE x.verdict = 'accepted' AND {at} > x.accepted_at AND (NOT x.partial
  OR greatest(coalesce(g.qty_received, 0), coalesce(g.qty_shipped, 0)) >= g.qty_ordered)"""
        for name, at in _AFTER.items()
    )
    still = """\
SELECT x.cancellation_id, x.line_no, 'still_requested' AS leak, x.accepted_at AS leaked_at,
  x.value_jpy
FROM off x JOIN ground g ON g.order_no = x.order_no AND g.line_no IS NOT DISTINCT FROM x.line_no
WHERE x.verdict = 'accepted' AND NOT x.partial AND g.waits
  AND g.delivery_requested_at <= x.accepted_at"""
    # a refund is of its cancellation, or of its order where it names neither claim nor cancellation
    refunds = """\
SELECT x.cancellation_id, count(r.refund_id) AS n_refunds,
  bool_or(r.overdue) AS overdue, min(CASE WHEN r.overdue THEN r.day_expected END) AS day_expected,
  sum(CASE WHEN r.overdue THEN r.due_jpy END) AS due_jpy
FROM (SELECT DISTINCT cancellation_id, order_no FROM off WHERE verdict = 'accepted') x
LEFT JOIN refunds_seen r ON r.cancellation_id = x.cancellation_id
  OR (r.order_no = x.order_no AND r.cancellation_id IS NULL AND r.claim_id IS NULL)
GROUP BY x.cancellation_id"""
    begun = literal(look.moment - timedelta(days=settings().cases.refund_begins_days))
    never = (
        f"""
UNION ALL
SELECT x.cancellation_id, x.line_no, 'no_refund' AS leak, CAST(NULL AS TIMESTAMP) AS leaked_at,
  x.value_jpy
FROM off x JOIN ground g ON g.order_no = x.order_no AND g.line_no IS NOT DISTINCT FROM x.line_no
JOIN refunds_of r ON r.cancellation_id = x.cancellation_id
WHERE x.verdict = 'accepted' AND r.n_refunds = 0 AND g.charged_at <= x.accepted_at
  AND x.accepted_at <= {begun}"""
        if refunded
        else ""
    )
    leaks = f"""\
{went_on}
UNION ALL
{still}
UNION ALL
SELECT cancellation_id, CAST(NULL AS STRING) AS line_no, 'not_refunded' AS leak,
  CAST(day_expected AS TIMESTAMP) AS leaked_at, due_jpy AS value_jpy
FROM refunds_of WHERE overdue{never}"""
    return [("refunds_of", refunds), ("leaks", leaks), *_folded()]


def _folded() -> list[Step]:
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
    folded = f"""\
SELECT cancellation_id, concat_ws(', ', {names}) AS leaks, min(leaked_at) AS leaked_at,
  max(CASE WHEN leak = 'not_refunded' THEN value_jpy END) AS due_jpy
FROM leaks GROUP BY cancellation_id"""
    return [("leaking_lines", lines), ("leaking_worth", worth), ("leaking", folded)]


_LIST = """\
SELECT q.cancellation_id, q.order_no, q.line_no, q.level, q.requested_by, q.accepted_at,
  k.leaks, k.leaked_at, coalesce(w.n_lines, 0) AS n_lines,
  coalesce(w.value_jpy, CASE WHEN w.n_lines IS NULL THEN k.due_jpy END) AS value_jpy
FROM leaking k
JOIN requests_off q ON q.cancellation_id = k.cancellation_id
LEFT JOIN leaking_worth w ON w.cancellation_id = k.cancellation_id"""
_ORDER = "ORDER BY q.accepted_at DESC NULLS LAST, q.cancellation_id"
