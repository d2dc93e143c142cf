"""How long refunds take, and which of them are overdue or too small."""

from __future__ import annotations

from typing import Unpack

from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.errors import UsageError, one_of
from rakustats.i18n.phrases import phrase
from rakustats.marts.money import all_known
from rakustats.marts.needs import require
from rakustats.marts.question import Keys, Moment, Period, Question, ask
from rakustats.marts.refunds import TABLES, Clock, refund_steps
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.stale import last_seen_notes
from rakustats.metrics.spec.times import Times
from rakustats.results.result import Result

REFUNDS = phrase(ja="返金", en="refunds")
_FROM = {"approved": ("承認", "approval"), "requested": ("申請", "the request")}
_YEN = "in yen at the order's rate; NULL where a rate is unknown"
PAID = Times(
    cause="paid",
    n="refunds whose clock has started",
    n_open="not paid when last looked at",
    days="calendar days in Japan until that share is paid",
    excluded={
        "not_approved": "asked for only",
        "no_start": "paid, but no export says when it was approved or asked for",
        "no_date": "paid, but no export says when",
    },
    extra={
        "n_due": ("day_expected < today", "expected day over when last exported"),
        "n_overdue": ("overdue", "of these, unpaid"),
        "n_paid_late": ("day_paid > day_expected", "paid after the expected day"),
        "n_no_expected": ("day_expected IS NULL", "no day was promised"),
        "n_short_paid": (
            "short > 0",
            "paid, but ``amount_paid`` with ``fee_deducted`` is less than ``amount_expected`` by"
            " more than 1 JPY or 0.01 CNY",
        ),
        "n_no_amount": ("day_paid IS NOT NULL AND short IS NULL", "paid, amount unknown"),
    },
    sums={
        "overdue_jpy": (
            all_known("due_jpy", "status IS NULL AND overdue"),
            f"what is overdue, {_YEN}",
        ),
        "short_jpy": (
            all_known("short_jpy", "status IS NULL AND short > 0"),
            f"what was paid short, {_YEN}",
        ),
    },
)
UNSETTLED = {
    "refund_id, order_no, claim_id, cancellation_id, method": "the refund and what it is for",
    "trouble": "overdue or short_paid",
    "day_started": "approved, else asked for",
    "day_expected, day_paid": "NULL where unknown",
    "days_over": "days past the expected one",
    "currency, amount_expected, amount_paid, fee_deducted": "as exports have them",
    "seen_until": "instant (UTC) of the export that shows it last; days over are as of then",
    "missing": "in ``currency``",
    "missing_jpy": "at the order's rate, NULL where unknown",
}


@documented(
    PAID.columns,
    by="Keys: method, and seller, carrier, ship_method, mode, origin_region, dest_region, category,"
    " platform, inspection_level, leg, month, closure. Those of lines and parcels are the ones of"
    " the line that the refund is for, else those on which all lines of its order agree, else"
    " NULL.",
    cohort="The day in Japan on which the clock starts",
)
def refund_times(
    db: Database, by: Keys = None, *, clock: Clock = "approved", **period: Unpack[Period]
) -> Result:
    """Return how many days refunds take until they are paid, by group.

    A refund that is not paid yet counts as open up to the export that shows it last, so that slow
    ones do not vanish. A refund counts once, however many claims it settles.

    Parameters
    ----------
    clock : {"approved", "requested"}
        Where the clock starts: at the approval, or when the refund was asked for.

    Notes
    -----
    Kaplan and Meier (1958): P(paid by t) = 1 - Π (1 - d / n) over the days up to t, with d paid of
    n still unpaid before that day.

    Examples
    --------
    >>> paid = rs.refund_times(db, by="method").frame()
    >>> bool((paid["n"] >= paid["n_open"] + paid["n_paid_late"]).all())
    True
    """
    one_of("clock", clock, _FROM)
    ja, en = _FROM[clock]
    title = phrase(ja=f"返金までの日数（{ja}から）", en=f"Days until refunds, from {en}")
    asked = ask(db, by, period, title, REFUNDS, also=("method",))
    _require_start(db, clock)
    steps = [*asked.steps(TABLES), *refund_steps(asked, clock), ("spells", _spells(asked))]
    return PAID.result(db, asked, steps)


def _require_start(db: Database, clock: Clock) -> None:
    """Refuse a clock that nobody tells the start of, and name the one that somebody does."""
    (other,) = (name for name in _FROM if name != clock)
    if db.count("refunds", f"{clock}_at") or not db.count("refunds", f"{other}_at"):
        require(db, phrase(ja="返金までの日数", en="Refund times"), [f"refunds.{clock}_at"])
        return
    (ja, en), (other_ja, other_en) = _FROM[clock], _FROM[other]
    raise UsageError(
        ja=f"{ja}の日は取り込んだファイルのどれにもありません。{other_ja}の日はあるので、"
        f'clock="{other}"（コマンドでは --clock {other}）で{other_ja}からの日数を出せます。'
        "期日を過ぎた返金は、どちらの日がなくても unsettled_refunds で分かります。",
        en=f"No export tells the day of {en}; that of {other_en} is told:"
        f' clock="{other}" (--clock {other}) counts the days from there.'
        " What is overdue, unsettled_refunds lists without either.",
    )


def _spells(asked: Question) -> str:
    """One row per refund; paid before it was approved means that it waited no day."""
    paid = "(day_paid IS NOT NULL OR amount_paid IS NOT NULL)"
    status = asked.status(
        "cohort_day",
        ("no_start", "cohort_day IS NULL"),
        ("no_date", "amount_paid IS NOT NULL AND day_paid IS NULL"),
    )
    return asked.rows(
        "refunds_seen",
        "cohort_day",
        "CASE WHEN day_paid IS NULL THEN greatest(seen, -1) ELSE greatest(days_gone, 0) END"
        " AS days",
        "seen",
        "CASE WHEN day_paid IS NOT NULL THEN 'paid' END AS ending",
        f"CASE WHEN cohort_day IS NULL AND NOT {paid} THEN 'not_approved' ELSE {status} END"
        " AS status",
        "seen_until",
        *("today", "day_paid", "day_expected", "overdue", "short", "due_jpy", "short_jpy"),
    )


@documented(UNSETTLED, rows="One row per refund", by=None, cohort=None)
def unsettled_refunds(db: Database, *, as_of: Moment = None) -> Result:
    """Return the refunds that are overdue or were paid short, the oldest first.

    Notes
    -----
    Short = expected - paid - fee deducted, beyond a tolerance of 1 JPY or 0.01 CNY
    (docs/methods.md, Refunds).

    Examples
    --------
    >>> sorted(rs.unsettled_refunds(db).frame()["trouble"].unique())
    ['overdue', 'short_paid']
    """
    title = phrase(ja="遅れている返金・不足のある返金", en="Refunds overdue or paid short")
    asked = ask(db, None, {"as_of": as_of}, title, REFUNDS)
    amounts = ["refunds.amount_paid", "refunds.amount_expected"]
    require(db, title, ["refunds.expected_by"], amounts)
    text = with_steps([*asked.steps(TABLES), *refund_steps(asked)], _UNSETTLED)
    table = db.engine.query(text)
    return asked.result(table, text, notes=last_seen_notes(table, asked.snapshot, REFUNDS))


_UNSETTLED = """\
SELECT refund_id, order_no, claim_id, cancellation_id, method,
  CASE WHEN overdue THEN 'overdue' ELSE 'short_paid' END AS trouble,
  coalesce(day_approved, day_requested) AS day_started, day_expected, day_paid,
  CASE WHEN coalesce(day_paid, today) > day_expected THEN days_over END AS days_over,
  currency, amount_expected, amount_paid, fee_deducted, seen_until,
  CASE WHEN overdue THEN CAST(amount_expected AS DOUBLE) ELSE short END AS missing,
  CASE WHEN overdue THEN due_jpy ELSE short_jpy END AS missing_jpy
FROM refunds_seen WHERE overdue OR short > 0
ORDER BY day_expected NULLS LAST, refund_id"""
