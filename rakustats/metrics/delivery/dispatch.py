"""How often sellers dispatch later than they promised, or than is usual."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow.compute as pc

from rakustats.calendar.timezones import CHINA
from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.cancelled import CANCELLED
from rakustats.marts.days import local_day
from rakustats.marts.keys import (
    DAY_KEYS,
    cohort,
    day_columns,
    group_keys,
    key_columns,
    key_names,
)
from rakustats.marts.needs import require
from rakustats.marts.question import Question
from rakustats.marts.received import CARRIED, LINE_RECEIVED, ORDER_RECEIVED, keyed_steps, texts
from rakustats.marts.scans import SCANNED
from rakustats.marts.workdays import lend_calendar
from rakustats.metrics.spec.case_mix import mix
from rakustats.metrics.spec.rates import rate_result
from rakustats.results.result import Result
from rakustats.schema.exclusions import is_test
from rakustats.store.asof import LookBack

TABLES = (
    *("orders", "order_lines", "shipments", "shipment_lines"),
    *("tracking_events", "cancellations"),
)
EXCLUDED = ("cancelled", "no_start", "no_date", "replacement", "no_quantity", "test")
EXTRA = {
    "n_not_due": "status = 'not_due'",
    "n_promised": "status = 'matured' AND promised",
    "n_dispatched": "status = 'matured' AND sent",
    "n_undispatched": "status = 'matured' AND event AND NOT sent",
}


def dispatch_rates(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    adjust: str | Sequence[str] | None = None,
) -> Result:
    """Return how often order lines were dispatched late by their seller, by group.

    A line is late if the local day of its dispatch lies after the day that the seller promised;
    where none was promised, after 3 Chinese working days from the purchase (``working_days`` of
    the settings), so that holidays and closures are nobody's fault. It is late, too, if that day
    has ended and nothing was dispatched. Dispatch is what the seller says, else the first scan or
    handover of its parcel to the warehouse; goods that are there by the day were dispatched by it.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: seller, carrier, ship_method, mode, origin_region, dest_region, category, platform,
        inspection_level, month, closure, leg.
    since, until : str or date, optional
        Days of purchase (else payment, else submission of the order), until exclusive.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    adjust : str or sequence of str, optional
        Compare each group with what is expected of its mix of goods, prices and seasons; see
        :func:`delay_rates`, also for the columns it adds.

    Returns
    -------
    Result
        A table of rates, one row per group, sorted by the keys: the keys, ``n`` (lines whose day
        of dispatch has ended), ``events`` (late ones), ``rate``, ``estimate``, ``lo``, ``hi`` and
        the other columns of rates with few orders, ``n_open`` (not dispatched, not due),
        ``n_excluded`` (sum of ``n_cancelled``: called off before the day ended, not dispatched;
        ``n_no_start``: dispatched, purchase unknown; ``n_no_date``: there, nobody says when it was
        dispatched; ``n_replacement``, ``n_no_quantity``, ``n_test``), ``n_not_due`` (dispatched
        before the day ended), and of ``n``: ``n_promised`` (judged by the seller's own promise),
        ``n_dispatched``, ``n_undispatched`` (late, still awaited).

    Raises
    ------
    UsageError
        If a key or day is not valid, or no export tells of a dispatch.

    Notes
    -----
    ``rate`` = events / n. Estimate, interval, rank and flag:
    :func:`rakustats.stats.shrinkage.estimates` (Efron 2016, Biometrika 103, 1-20). Working days:
    :func:`rakustats.calendar.workdays.business_days`.

    Examples
    --------
    >>> late = rs.dispatch_rates(db, by="seller").frame()
    >>> bool((late["events"] <= late["n"]).all())
    True
    """
    title = phrase(ja="店舗の発送遅れの割合（明細）", en="Dispatched late (lines)")
    noun = phrase(ja="明細", en="lines")
    asked = Question(group_keys(by), cohort(since, until), db.look_back(as_of), title, noun)
    require(db, title, ["order_lines.seller_shipped_at"], ["shipments.shipped_at"])
    require(db, title, ["orders.purchased_at"], ["order_lines.dispatch_promised_at"])
    steps = [
        *asked.look.steps(TABLES),
        *_dispatch_steps(asked.keys, lend_calendar(db, asked.look), asked.look),
        *keyed_steps(asked.keys, "judged"),
        ("units", _units(asked)),
    ]
    like = mix(adjust, ("order_no", "line_no"))
    result = rate_result(db, asked, steps, EXCLUDED, EXTRA, _notes(), adjust=like)
    if result.n and not pc.sum(result.table.column("n_dispatched")).as_py():
        raise UsageError(
            phrase(
                ja="店舗の発送日（order_lines.seller_shipped_at、または区間1の荷物）の"
                "ある明細がないため、遅れを判定できません。店舗発送日の列のあるファイルを取り込んでください。",
                en="No line has a dispatch (order_lines.seller_shipped_at, or a parcel of leg 1),"
                " so nothing can be called late. Load an export that has 店舗発送日.",
            )
        )
    return result


def _dispatch_steps(keys: Sequence[str], calendar: str, look: LookBack) -> list[Step]:
    """Return the steps that end in ``judged``: one row per line with its day and what happened."""
    over = (look.moment + timedelta(microseconds=1)).replace(tzinfo=UTC)
    yesterday = over.astimezone(ZoneInfo(CHINA)).date() - timedelta(days=1)
    ended = f"SELECT cn_business FROM {calendar} WHERE day = DATE '{yesterday.isoformat()}'"
    return [
        CARRIED,
        *SCANNED,
        ("sent_parcels", _SENT),
        *CANCELLED,
        ("dispatches", _dispatches(keys)),
        ("ended", ended),
        ("counted", _counted(calendar)),
        ("judged", _judged(look)),
    ]


# grain: one line: when the first of its parcels to the warehouse was picked up or handed over
_SENT = """\
SELECT c.order_no, c.line_no, min(least(s.shipped_at, x.pickup_at)) AS sent_at
FROM carried c JOIN shipments s ON s.shipment_id = c.shipment_id AND s.leg = 1
LEFT JOIN scanned x ON x.shipment_id = s.shipment_id
GROUP BY c.order_no, c.line_no"""


def _dispatches(keys: Sequence[str]) -> str:
    there = (
        f"coalesce(l.state IN ({texts(LINE_RECEIVED)}), FALSE)"
        f" OR coalesce(o.state IN ({texts(ORDER_RECEIVED)}), FALSE)"
    )
    sent, arrived = "coalesce(l.seller_shipped_at, p.sent_at)", "least(l.arrived_at, l.stored_at)"
    return f"""\
SELECT l.order_no, l.line_no{key_columns(keys, line="l")},
  coalesce(o.purchased_day, o.paid_day, o.submitted_day) AS cohort_day, o.purchased_day,
  l.dispatch_promised_day, l.dispatch_promised_until,
  {local_day(sent, "cn")} AS sent_day, {local_day(arrived, "cn")} AS arrived_day,
  {there} AS there,
  (oc.order_no IS NOT NULL OR lc.order_no IS NOT NULL
    OR coalesce(l.state IN ('cancelled', 'refund_pending', 'refunded'), FALSE)) AS called_off,
  {local_day("coalesce(lc.cancelled_at, oc.cancelled_at)", "cn")} AS off_day,
  o.replacement_of IS NOT NULL AS replacement, coalesce(l.qty_ordered = 0, FALSE) AS no_quantity,
  coalesce({is_test("l.item_title", "l.remark")}, FALSE) AS test
FROM order_lines l
LEFT JOIN orders o ON o.order_no = l.order_no
LEFT JOIN sent_parcels p ON p.order_no = l.order_no AND p.line_no = l.line_no
LEFT JOIN orders_cancelled oc ON oc.order_no = l.order_no
LEFT JOIN lines_cancelled lc ON lc.order_no = l.order_no AND lc.line_no = l.line_no"""


_COUNTED_DAYS = {"sent": "sent_day", "arrived": "arrived_day", "off": "off_day"}


def _counted(calendar: str) -> str:
    """Count the working days from the purchase to the dispatch, the arrival and the call-off."""
    counts = "".join(f",\n  {n}.cn_business - b.cn_business AS {n}_after" for n in _COUNTED_DAYS)
    joins = "".join(
        f"\nLEFT JOIN {calendar} {name} ON {name}.day = d.{day}"
        for name, day in _COUNTED_DAYS.items()
    )
    return f"""\
SELECT d.*, e.cn_business - b.cn_business AS ended_after{counts}
FROM dispatches d
LEFT JOIN {calendar} b ON b.day = d.purchased_day{joins}
CROSS JOIN ended e"""


def _judged(look: LookBack) -> str:
    """Hold each day against the promise, else against the usual number of working days."""
    usual = settings().dispatch_days
    beyond = ", ".join(
        f"CASE WHEN dispatch_promised_day IS NOT NULL THEN {day} > dispatch_promised_day"
        f" ELSE {name}_after > {usual} END AS {name}_late"
        for name, day in _COUNTED_DAYS.items()
    )
    return f"""\
SELECT *, dispatch_promised_day IS NOT NULL AS promised,
  CASE WHEN dispatch_promised_day IS NOT NULL THEN dispatch_promised_until <= {look.day_over}
    ELSE ended_after >= {usual} END AS due, {beyond}
FROM counted"""


def _units(asked: Question) -> str:
    """Give each line its status; goods there by the day were dispatched by it."""
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    gone = "(sent_day IS NOT NULL OR coalesce(NOT arrived_late, FALSE))"
    return f"""\
SELECT {key_names(plain)}order_no, line_no, cohort_day, promised, {gone} AS sent,
  CASE WHEN sent_day IS NOT NULL THEN sent_late ELSE NOT {gone} END AS event,
  CASE {no_day}WHEN replacement THEN 'replacement' WHEN no_quantity THEN 'no_quantity'
    WHEN test THEN 'test'
    WHEN called_off AND NOT {gone} AND coalesce(NOT off_late, TRUE) THEN 'cancelled'
    WHEN NOT promised AND purchased_day IS NULL THEN
      CASE WHEN {gone} OR there OR arrived_day IS NOT NULL OR called_off THEN 'no_start'
        ELSE 'open' END
    WHEN NOT {gone} AND (there OR arrived_day IS NOT NULL) THEN 'no_date'
    WHEN due THEN 'matured' WHEN {gone} THEN 'not_due' ELSE 'open' END AS status\
{day_columns(asked.keys, "cohort_day")}
FROM keyed WHERE {asked.days.where("cohort_day")}"""


def _notes() -> list[Phrase]:
    usual = settings().dispatch_days
    return [
        phrase(
            ja=f"発送予定日のない明細は、購入から中国の営業日で {usual} 日を過ぎたら遅れとした。",
            en=f"Lines without a promised day count as late after {usual} Chinese working days"
            " from the purchase.",
        )
    ]
