"""How often sellers dispatch later than they promised, or than is usual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import pyarrow.compute as pc

from rakustats.calendar.local_days import local_day
from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.marts.cancelled import cancelled_steps
from rakustats.marts.days import just_after, last_over
from rakustats.marts.keys import key_columns
from rakustats.marts.line_facts import CALLED_OFF, PURCHASED_DAY, TRADE, cancelled_joins
from rakustats.marts.losses import loss_steps
from rakustats.marts.needs import require
from rakustats.marts.parcels import CHAINS
from rakustats.marts.parcels import TABLES as PARCEL_TABLES
from rakustats.marts.question import LINES, Keys, Period, Question, ask
from rakustats.marts.received import CARRIED, THERE, keyed_steps
from rakustats.marts.scans import SCANNED
from rakustats.marts.workdays import lend_calendar
from rakustats.metrics.spec.case_mix import case_mix
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.rates import Rates
from rakustats.metrics.spec.reasons import matured, reasons, statuses
from rakustats.results.result import Result

TITLE = phrase(ja="店舗の発送遅れの割合（明細）", en="Dispatched late (lines)")
TABLES = (*PARCEL_TABLES, "tracking_events", "cancellations")
DISPATCHES = Rates(
    n="lines whose day of dispatch had ended when they were last exported",
    events="late ones",
    n_open="not dispatched, not due",
    excluded=reasons(
        *("cancelled", "no_start", "no_date", "replacement", "no_quantity", "test"),
        cancelled="called off before the day ended, not dispatched",
        no_start="dispatched, purchase unknown",
        no_date="there, nobody says when it was dispatched",
    ),
    extra={
        **statuses(not_due="dispatched before the day ended"),
        **matured(
            promised=("promised", "those of ``n`` measured by the seller's own promise"),
            dispatched=("sent", "those of ``n`` that were dispatched"),
            undispatched=(
                "event AND NOT sent AND NOT settled",
                "those of ``events`` that are still awaited",
            ),
        ),
    },
)


@documented(DISPATCHES.columns, adjusts=True)
def dispatch_rates(
    db: Database,
    by: Keys = None,
    *,
    adjust: str | Sequence[str] | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how often order lines were dispatched late by their seller, by group.

    A line is late if the local day of its dispatch lies after the day that the seller promised;
    where none was promised, after 3 Chinese working days from the purchase (``working_days`` of
    the settings), so that holidays and closures are nobody's fault. It is late, too, if that day
    has ended and nothing was dispatched. Dispatch is what the seller says, else the first scan or
    handover of its parcel to the warehouse; goods that are there by the day were dispatched by it.

    Notes
    -----
    Working days: :func:`rakustats.calendar.workdays.business_days`.

    Examples
    --------
    >>> late = rs.dispatch_rates(db, by="seller").frame()
    >>> bool((late["events"] <= late["n"]).all())
    True
    """
    asked = ask(db, by, period, TITLE, LINES)
    require(db, TITLE, ["order_lines.seller_shipped_at"], ["shipments.shipped_at"])
    require(db, TITLE, ["orders.purchased_at"], ["order_lines.dispatch_promised_at"])
    steps = [
        *asked.steps(TABLES),
        *_dispatch_steps(asked, lend_calendar(db, asked.snapshot)),
        *keyed_steps(asked.keys, "outcomes"),
        ("units", _units(asked)),
    ]
    usual = settings().dispatch_days
    note = phrase(
        ja=f"発送予定日のない明細は、購入から中国の営業日で {usual} 日を過ぎたら遅れとした。",
        en=f"Lines without a promised day count as late after {usual} Chinese working days"
        " from the purchase.",
    )
    result = DISPATCHES.result(db, asked, steps, notes=[note], adjust=case_mix(adjust))
    if result.n and not pc.sum(result.table.column("n_dispatched")).as_py():
        raise UsageError(
            ja="店舗の発送日（order_lines.seller_shipped_at、または区間1の荷物）の"
            "ある明細がないため、遅れを判定できません。店舗発送日の列のあるファイルを取り込んでください。",
            en="No line has a dispatch (order_lines.seller_shipped_at, or a parcel of leg 1),"
            " so nothing can be called late. Load an export that has 店舗発送日.",
        )
    return result


def _dispatch_steps(asked: Question, calendar: str) -> list[Step]:
    """Return the steps that end in ``outcomes``: one row per line, its day and what came."""
    return [
        CARRIED,
        *CHAINS,
        *loss_steps(asked.snapshot),
        *SCANNED,
        ("sent_parcels", _SENT),
        *cancelled_steps(asked.snapshot),
        ("dispatches", _dispatches(asked)),
        ("counted", _counted(calendar)),
        ("outcomes", _outcomes()),
    ]


# grain: one line: when the first of its parcels to the warehouse was picked up or handed over
_SENT = """\
SELECT c.order_no, c.line_no, min(least(s.shipped_at, x.pickup_at)) AS sent_at
FROM carried c JOIN shipments s ON s.shipment_id = c.shipment_id AND s.leg = 1
LEFT JOIN scanned x ON x.shipment_id = s.shipment_id
GROUP BY c.order_no, c.line_no"""


def _dispatches(asked: Question) -> str:
    """Return every line with its days; that nothing was sent, parcels may show as well as lines."""
    seen = f"least(l.seen_until, {asked.snapshot.horizon_sql('shipments')})"
    sent, arrived = "coalesce(l.seller_shipped_at, p.sent_at)", "least(l.arrived_at, l.stored_at)"
    return f"""\
SELECT l.order_no, l.line_no{key_columns(asked.keys, line="l")}, {seen} AS seen_until,
  {last_over(lambda moment: local_day(moment, "cn", "l"), seen)} AS ended_no,
  {PURCHASED_DAY} AS cohort_day, o.purchased_day,
  l.dispatch_promised_day, l.dispatch_promised_until,
  {local_day(sent, "cn", "l")} AS sent_day, {local_day(arrived, "cn", "l")} AS arrived_day,
  {THERE} AS there, {CALLED_OFF} AS called_off,
  {local_day("coalesce(lc.cancelled_at, oc.cancelled_at)", "cn", "l")} AS off_day,
  o.replacement_of IS NOT NULL AS replacement, x.line_no IS NOT NULL AS settled, {TRADE}
FROM order_lines l
LEFT JOIN orders o ON o.order_no = l.order_no
LEFT JOIN sent_parcels p ON p.order_no = l.order_no AND p.line_no = l.line_no
LEFT JOIN lost_lines x ON x.order_no = l.order_no AND x.line_no = l.line_no
{cancelled_joins()}"""


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
LEFT JOIN {calendar} e ON e.day_no = d.ended_no"""


def _outcomes() -> str:
    """Hold each day against the promise, else against the usual number of working days."""
    usual = settings().dispatch_days
    beyond = ", ".join(
        f"CASE WHEN dispatch_promised_day IS NOT NULL THEN {day} > dispatch_promised_day"
        f" ELSE {name}_after > {usual} END AS {name}_late"
        for name, day in _COUNTED_DAYS.items()
    )
    seen = just_after("seen_until")
    return f"""\
SELECT *, dispatch_promised_day IS NOT NULL AS promised,
  CASE WHEN dispatch_promised_day IS NOT NULL THEN dispatch_promised_until <= {seen}
    ELSE ended_after >= {usual} END AS due, {beyond}
FROM counted"""


def _units(asked: Question) -> str:
    """Give each line its status; goods there by the day were dispatched by it."""
    gone = "(sent_day IS NOT NULL OR coalesce(NOT arrived_late, FALSE))"
    unknown = "NOT promised AND purchased_day IS NULL"
    begun = f"({gone} OR there OR arrived_day IS NOT NULL OR called_off)"
    status = asked.status(
        "cohort_day",
        *("replacement", "no_quantity", "test"),
        ("cancelled", f"called_off AND NOT {gone} AND coalesce(NOT off_late, TRUE)"),
        ("no_start", f"{unknown} AND {begun}"),
        ("open", unknown),
        ("no_date", f"NOT {gone} AND (there OR arrived_day IS NOT NULL)"),
        ("matured", "due"),
        ("not_due", f"{gone} OR settled"),
        otherwise="open",
    )
    return asked.rows(
        "keyed",
        "cohort_day",
        *("order_no", "line_no", "cohort_day", "promised", "settled", "seen_until"),
        f"{gone} AS sent",
        f"CASE WHEN sent_day IS NOT NULL THEN sent_late ELSE NOT {gone} END AS event",
        f"{status} AS status",
    )
