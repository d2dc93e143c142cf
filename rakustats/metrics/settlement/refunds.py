"""How long refunds take, and which of them are overdue or too small."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.marts.days import day_number, local_day
from rakustats.marts.keys import DAY_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.marts.money import TOLERANCE, all_known, in_yen
from rakustats.marts.needs import require
from rakustats.marts.order_keys import keyed_join, order_key_steps
from rakustats.marts.question import Question
from rakustats.metrics.spec.times import times_result
from rakustats.results.result import Result
from rakustats.store.asof import LookBack

Clock = Literal["approved", "requested"]
TABLES = (
    *("orders", "order_lines", "shipments", "shipment_lines"),
    *("claims", "cancellations", "refunds"),
)
EXCLUDED = ("not_approved", "no_start", "no_date")
COUNTS = {
    "n_due": "day_expected < today",
    "n_overdue": "overdue",
    "n_paid_late": "day_paid > day_expected",
    "n_no_expected": "day_expected IS NULL",
    "n_short_paid": "short > 0",
    "n_no_amount": "day_paid IS NOT NULL AND short IS NULL",
}
SUMS = {
    "overdue_jpy": all_known("due_jpy", "status IS NULL AND overdue"),
    "short_jpy": all_known("short_jpy", "status IS NULL AND short > 0"),
}


def refund_times(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    clock: Clock = "approved",
) -> Result:
    """Return how many days refunds take until they are paid, by group.

    A refund that is not paid yet counts as open up to the as-of, so that slow ones do not vanish. A
    refund counts once, however many claims it settles.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: method, and seller, carrier, ship_method, mode, origin_region, dest_region, category,
        platform, inspection_level, leg, month, closure. Those of lines and parcels are the ones of
        the line that the refund is for, else those on which all lines of its order agree, else
        NULL.
    since, until : str or date, optional
        Cohort days, until exclusive: the day in Japan on which the clock starts.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    clock : {"approved", "requested"}
        Where the clock starts: at the approval, or when the refund was asked for.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys, ``n`` (refunds whose clock has started),
        ``n_open`` (not paid yet), ``p50``, ``p80``, ``p90``, ``p95`` (calendar days in Japan until
        that share is paid; NULL where the curve does not get there), ``n_excluded`` (sum of
        ``n_not_approved``: asked for only; ``n_no_start``: paid, but no export says when it was
        approved or asked for; ``n_no_date``: paid, but no export says when), ``n_due`` (expected
        day over), ``n_overdue`` (of these, unpaid), ``n_paid_late`` (paid after the expected day),
        ``n_no_expected`` (no day was promised), ``n_short_paid`` (paid, but ``amount_paid`` with
        ``fee_deducted`` is less than ``amount_expected`` by more than 1 JPY or 0.01 CNY),
        ``n_no_amount`` (paid, amount unknown), ``overdue_jpy`` and ``short_jpy`` (what is missing,
        in yen at the order's rate; NULL where a rate is unknown).

    Raises
    ------
    UsageError
        If a key, the clock or a day is not valid, or no export brought the clock's start.

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
    if clock not in ("approved", "requested"):
        raise UsageError(
            phrase(
                ja="clock には approved か requested を指定してください。",
                en="clock is approved or requested.",
            )
        )
    noun = phrase(ja="返金", en="refunds")
    since_words = {"approved": ("承認", "approval"), "requested": ("申請", "the request")}[clock]
    title = phrase(
        ja=f"返金までの日数（{since_words[0]}から）",
        en=f"Days until refunds, from {since_words[1]}",
    )
    keys = group_keys(by, also=("method",))
    asked = Question(keys, cohort(since, until), db.look_back(as_of), title, noun)
    require(db, phrase(ja="返金までの日数", en="Refund times"), [f"refunds.{clock}_at"])
    steps = [
        *asked.look.steps(TABLES),
        *order_key_steps(keys),
        *refund_steps(asked.look, keys, clock),
        ("spells", _spells(asked)),
    ]
    return times_result(db, asked, steps, "paid", EXCLUDED, COUNTS, sums=SUMS)


def unsettled_refunds(db: Database, *, as_of: str | date | datetime | None = None) -> Result:
    """Return the refunds that are overdue or were paid short, the oldest first.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.

    Returns
    -------
    Result
        One row per refund: ``refund_id``, ``order_no``, ``claim_id``, ``cancellation_id``,
        ``method``, ``trouble`` (overdue or short_paid), ``day_started`` (approved, else asked for),
        ``day_expected``, ``day_paid``, ``days_over`` (days past the expected one), ``currency``,
        ``amount_expected``, ``amount_paid``, ``fee_deducted``, ``missing`` (in ``currency``),
        ``missing_jpy`` (at the order's rate, NULL where unknown).

    Raises
    ------
    UsageError
        If no export brought refunds that could tell.

    Notes
    -----
    Short = expected - paid - fee deducted, beyond a tolerance of 1 JPY or 0.01 CNY
    (docs/methods.md, Refunds).

    Examples
    --------
    >>> sorted(rs.unsettled_refunds(db).frame()["trouble"].unique())
    ['overdue', 'short_paid']
    """
    look = db.look_back(as_of)
    told = ["refunds.amount_paid", "refunds.amount_expected"]
    asked = phrase(ja="遅れている返金・不足のある返金", en="Overdue or short refunds")
    require(db, asked, ["refunds.expected_by"], told)
    steps = [*look.steps(TABLES), *refund_steps(look, (), "approved")]
    text = with_steps(steps, _UNSETTLED)
    title = phrase(ja="遅れている返金・不足のある返金", en="Refunds overdue or paid short")
    return Result(table=db.engine.query(text), sql=text, as_of=look.moment, title=title)


_UNSETTLED = """\
SELECT refund_id, order_no, claim_id, cancellation_id, method,
  CASE WHEN overdue THEN 'overdue' ELSE 'short_paid' END AS trouble,
  coalesce(day_approved, day_requested) AS day_started, day_expected, day_paid,
  CASE WHEN coalesce(day_paid, today) > day_expected THEN days_over END AS days_over,
  currency, amount_expected, amount_paid, fee_deducted,
  CASE WHEN overdue THEN CAST(amount_expected AS DOUBLE) ELSE short END AS missing,
  CASE WHEN overdue THEN due_jpy ELSE short_jpy END AS missing_jpy
FROM refunds_seen WHERE overdue OR short > 0
ORDER BY day_expected NULLS LAST, refund_id"""


def refund_steps(look: LookBack, keys: Sequence[str], clock: Clock) -> list[Step]:
    """Return ``refunds_seen``: one row per refund with its days in Japan, its keys and amounts."""
    owned = """\
SELECT r.*, coalesce(r.order_no, c.order_no, x.order_no) AS of_order,
  coalesce(c.line_no, x.line_no) AS line_no
FROM refunds r
LEFT JOIN claims c ON c.claim_id = r.claim_id
LEFT JOIN cancellations x ON x.cancellation_id = r.cancellation_id"""
    dated = f"""\
SELECT r.refund_id, r.of_order AS order_no, r.line_no, r.claim_id, r.cancellation_id, r.method,
  r.currency, r.amount_expected, r.amount_paid, r.fee_deducted, o.fx_rate,
  {local_day("r.approved_at", "jp")} AS day_approved,
  {local_day("r.requested_at", "jp")} AS day_requested,
  {local_day("r.expected_by", "jp")} AS day_expected,
  {local_day("coalesce(r.paid_at, r.confirmed_at)", "jp")} AS day_paid,
  {local_day(look.day_over, "jp")} AS today
FROM refunds_owned r LEFT JOIN orders o ON o.order_no = r.of_order"""
    items, joins = keyed_join(keys, "r")
    short = (
        f"CASE WHEN r.amount_expected - r.amount_paid - coalesce(r.fee_deducted, 0)"
        f" > CASE WHEN r.currency = 'CNY' THEN {TOLERANCE['CNY']} ELSE {TOLERANCE['JPY']} END"
        " THEN CAST(r.amount_expected - r.amount_paid - coalesce(r.fee_deducted, 0) AS DOUBLE)"
        " WHEN r.amount_expected - r.amount_paid IS NOT NULL THEN 0 END"
    )
    end = "coalesce(r.day_paid, r.today)"
    seen = f"""\
SELECT r.*{items}, r.day_{clock} AS cohort_day,
  {day_number(end)} - {day_number(f"r.day_{clock}")} AS days_gone,
  {day_number(end)} - {day_number("r.day_expected")} AS days_over,
  coalesce(r.day_paid IS NULL AND r.amount_paid IS NULL AND r.day_expected < r.today, FALSE)
    AS overdue,
  {in_yen("r.amount_expected", "r.currency", "r.fx_rate")} AS due_jpy
FROM refunds_dated r{joins}"""
    amounts = f"""\
SELECT r.*, {in_yen("r.short", "r.currency", "r.fx_rate")} AS short_jpy
FROM (SELECT r.*, {short} AS short FROM refunds_keyed r) r"""
    return [
        ("refunds_owned", owned),
        ("refunds_dated", dated),
        ("refunds_keyed", seen),
        ("refunds_seen", amounts),
    ]


def _spells(asked: Question) -> str:
    """One row per refund; paid before it was approved means that it waited no day."""
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    paid = "(day_paid IS NOT NULL OR amount_paid IS NOT NULL)"
    return f"""\
SELECT {key_names(plain)}coalesce(greatest(days_gone, 0), 0) AS days,
  CASE WHEN day_paid IS NOT NULL THEN 'paid' END AS ending,
  CASE WHEN cohort_day IS NULL AND NOT {paid} THEN 'not_approved'
    {no_day}WHEN cohort_day IS NULL THEN 'no_start'
    WHEN amount_paid IS NOT NULL AND day_paid IS NULL THEN 'no_date' END AS status,
  today, day_paid, day_expected, overdue, short, due_jpy, short_jpy\
{day_columns(asked.keys, "cohort_day")}
FROM refunds_seen WHERE {asked.days.where("cohort_day")}"""
