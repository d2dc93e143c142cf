"""Tracking quality, and which deliveries have gone silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from rakustats.calendar.local_days import is_midnight, local_day
from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.errors import one_of
from rakustats.i18n.phrases import phrase
from rakustats.marts.cancelled import request_steps
from rakustats.marts.days import day_number, elapsed_hours
from rakustats.marts.deliveries import LEGS
from rakustats.marts.keys import LINE_KEYS, key_columns
from rakustats.marts.needs import require
from rakustats.marts.paid_back import LINES_PAID_BACK, PARCELS_PAID_BACK
from rakustats.marts.parcels import TABLES as PARCEL_TABLES
from rakustats.marts.parcels import parcel_steps
from rakustats.marts.question import PARCELS, Keys, Moment, Period, Question, ask
from rakustats.marts.scans import SCANNED
from rakustats.marts.time_in_state import silent_days
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.grouping import same_keys
from rakustats.metrics.spec.rates import Rates, Weighing
from rakustats.metrics.spec.reasons import matured, reasons
from rakustats.metrics.spec.stale import last_seen_notes
from rakustats.results.result import Result

TABLES = (*PARCEL_TABLES, "tracking_events", "cancellations")
IN_TIME_HOURS = 48
_REASONS = {
    "no_number": "without a tracking number",
    "no_scan": "never scanned",
    "after_delivery": "first scanned with or after the delivery",
    "late_scan": "first scanned later than 48 hours after the handover",
}
TRACKING = Rates(
    n="parcels handed over 48 hours before scans were last exported, or there, or scanned",
    events="those without valid tracking",
    n_open="handed over less than 48 hours before scans were last exported, without one",
    excluded=reasons(
        *("void", "own", "not_shipped", "no_date"),
        own="the customer's own",
        not_shipped="not handed over",
        no_date="there, nobody says when it was handed over",
    ),
    extra=matured(
        scanned=("scanned", "of ``n``, with a scan"),
        **{
            why: (f"why = '{why}'", f"of ``events``: {meaning}")
            for why, meaning in _REASONS.items()
        },
    ),
    figures={
        "valid_share": "1 - rate, the valid tracking rate",
        "scan_coverage": "``n_scanned`` / ``n``",
    },
)
OPEN = {
    "shipment_id": "the delivery",
    "order_no": "its order, where it is of one order",
    "leg, carrier, ship_method, mode, tracking_no": "how it goes",
    "shipped_at, last_scan_at, n_scans": "handover, last scan and number of scans",
    "age_days": "days since the handover",
    "silence_days": "days since the last scan, else the handover",
    "gap_p95": "days within which 95 of 100 scans are followed by the next one",
    "gap_basis": "whose scans: carrier and method, carrier, or leg; the first with 20 gaps",
    "silent": "silent for longer than ``gap_p95``",
    "presumed_lost": "silent for 15 days by air, 30 otherwise, as the settings say; where the"
    " carrier never scans twice as many days old, else NULL",
    "promised_day": "first promise",
    "overdue_days": "days past it, NULL if it was not over when the parcel was last seen",
    "seen_until": "instant (UTC) of the export or scan that shows it last; ages, silence and days"
    " overdue are as of then",
}
_SHARES = Weighing(
    figures={
        "valid_share": "1 - CAST(c.events AS DOUBLE) / nullif(c.n, 0)",
        "scan_coverage": "CAST(c.n_scanned AS DOUBLE) / nullif(c.n, 0)",
    }
)
# So many gaps between scans are needed to know what is usual on a lane.
_ENOUGH_GAPS = 20
_LANES = (
    ("carrier and method", ("leg", "carrier", "ship_method")),
    ("carrier", ("leg", "carrier")),
    ("leg", ("leg",)),
)


@documented(TRACKING.columns, cohort="Days of the handover to the carrier")
def tracking_quality(db: Database, by: Keys = "carrier", **period: Unpack[Period]) -> Result:
    """Return how many parcels had no valid tracking, and how many were scanned at all, by group.

    Tracking is valid if the carrier scanned the parcel before its delivery and within 48 hours of
    the handover. The scan of the delivery itself does not count: a number typed in after delivery
    is not valid. A day without an hour is taken to its end.

    Notes
    -----
    Valid tracking as marketplaces define it: a first scan by the carrier before delivery and within
    48 hours (docs/methods.md, Tracking).

    Examples
    --------
    >>> tracked = rs.tracking_quality(db, by="leg")
    >>> tracked.table.column("leg").to_pylist()
    [1, 2]
    """
    # without any scan loaded, nobody knows whether there was one
    what = phrase(ja="追跡の有無", en="Valid tracking")
    require(db, what, ["tracking_events.event_at", "shipments.shipped_at"])
    title = phrase(ja="有効な追跡のない荷物の割合", en="Parcels without valid tracking")
    asked = ask(db, by, period, title, PARCELS, several=LINE_KEYS)
    steps = [*_tracked_steps(asked, asked.keys), ("units", _units(asked))]
    return TRACKING.result(db, asked, steps, weighing=_SHARES)


@documented(
    OPEN,
    rows="One row per parcel handed over that is neither there nor lost, returned or made good",
    by=None,
    cohort=None,
)
def open_deliveries(db: Database, *, as_of: Moment = None, leg: int | None = None) -> Result:
    """Return the parcels on their way, the longest silent first.

    Where a leg's carriers never scan, ``gap_p95`` and ``silent`` are NULL.

    Parameters
    ----------
    leg : {1, 2}, optional
        Only this leg.

    Notes
    -----
    Silence runs from the last scan to when scans were last exported; what is usual is the 95th
    percentile of the gaps between scans of the same lane (docs/methods.md, Tracking).

    Examples
    --------
    >>> waiting = rs.open_deliveries(db, leg=2).frame()
    >>> bool(waiting["silence_days"].is_monotonic_decreasing)
    True
    """
    if leg is not None:
        one_of("leg", leg, LEGS)
    title = phrase(ja="配送中の荷物", en="Deliveries on their way")
    asked = ask(db, None, {"as_of": as_of}, title, PARCELS)
    steps = [
        *_tracked_steps(asked, ("carrier", "ship_method", "mode", "leg")),
        *_gap_steps(),
        *request_steps(asked.snapshot),
        LINES_PAID_BACK,
        PARCELS_PAID_BACK,
        ("awaited", _awaited(asked.snapshot.horizon_sql("tracking_events"), leg)),
    ]
    text = with_steps(steps, _open_select())
    table = db.engine.query(text)
    if not table.num_rows:
        require(db, phrase(ja="配送中の荷物", en="Open deliveries"), ["shipments.shipped_at"])
    return asked.result(table, text, notes=last_seen_notes(table, asked.snapshot, PARCELS))


def _tracked_steps(asked: Question, keys: Sequence[str]) -> list[Step]:
    return [
        *asked.steps(TABLES),
        *parcel_steps(keys, asked.snapshot),
        *SCANNED,
        ("tracked", _tracked(keys)),
    ]


def _over(moment: str) -> str:
    """Return the end of a day whose hour is not known, other instants as they are."""
    return (
        f"CASE WHEN {is_midnight(moment, '')} THEN {moment} + INTERVAL 24 HOURS ELSE {moment} END"
    )


def _tracked(keys: Sequence[str]) -> str:
    """Return one row per parcel that ends a delivery (and key of its lines): what was scanned."""
    lines = ""
    if set(keys) & set(LINE_KEYS):
        lines = """
LEFT JOIN carried c ON c.parcel_id = p.parcel_id
LEFT JOIN order_lines l ON l.order_no = c.order_no AND l.line_no = c.line_no"""
    return f"""\
SELECT DISTINCT p.shipment_id, p.parcel_id, p.order_no,
  coalesce(s.tracking_no, m.tracking_no) AS tracking_no, p.void, p.own,
  p.failed, p.delivered, p.arrival_day, p.promise_day, p.shipped_day AS cohort_day, p.seen_until,
  p.left_by, p.utc_offset,
  coalesce(m.shipped_at, s.shipped_at) AS shipped_at, s.delivered_at,
  coalesce(x.n_scans, y.n_scans, 0) AS n_scans, greatest(x.last_scan_at, y.last_scan_at)
    AS last_scan_at, least(x.pickup_at, y.pickup_at) AS pickup_at\
{key_columns(keys, line="l", parcel="p")}
FROM parcels p
JOIN shipments s ON s.shipment_id = p.parcel_id
LEFT JOIN shipments m ON m.shipment_id = p.shipment_id
LEFT JOIN scanned x ON x.shipment_id = p.parcel_id
LEFT JOIN scanned y ON y.shipment_id = p.shipment_id{lines}"""


def _units(asked: Question) -> str:
    limit = f"{_over('shipped_at')} + INTERVAL {IN_TIME_HOURS} HOURS"
    known = asked.snapshot.horizon_sql("shipments", "tracking_events")
    unseen = "n_scans = 0 AND delivered_at IS NULL AND NOT delivered AND NOT failed"
    status = asked.status(
        "cohort_day",
        *("void", "own"),
        ("no_date", "shipped_at IS NULL AND (delivered OR delivered_at IS NOT NULL)"),
        ("not_shipped", "shipped_at IS NULL"),
        "no_day",
        ("open", f"{unseen} AND {limit} > {known}"),
        otherwise="matured",
    )
    reasoned = f"""\
(
  SELECT *, CASE WHEN tracking_no IS NULL THEN 'no_number' WHEN n_scans = 0 THEN 'no_scan'
      WHEN pickup_at IS NULL OR pickup_at >= {_over("delivered_at")} THEN 'after_delivery'
      WHEN pickup_at > {limit} THEN 'late_scan' END AS why
  FROM tracked) AS reasoned"""
    facts = ("why IS NOT NULL AS event", "n_scans > 0 AS scanned", "why")
    return asked.rows(
        reasoned, "cohort_day", *facts, f"{known} AS seen_until", f"{status} AS status"
    )


def _gap_steps() -> list[Step]:
    """Return ``gaps_<i>``: on each lane the days within which 95 % of scans have a successor."""
    gap = elapsed_hours("before_at", "event_at")
    gaps = f"""\
SELECT leg, carrier, ship_method, {gap} / 24.0 AS gap FROM (
  SELECT s.leg, s.carrier, s.ship_method, e.event_at, lag(e.event_at) OVER (
    PARTITION BY e.shipment_id ORDER BY e.event_at, e.kind NULLS LAST) AS before_at
  FROM scans e JOIN shipments s ON s.shipment_id = e.shipment_id) AS followed
WHERE before_at IS NOT NULL"""
    levels = [
        (
            f"gaps_{lane}",
            f"SELECT {', '.join(keys)}, count(*) AS n_gaps,"
            f" percentile_cont(0.95) WITHIN GROUP (ORDER BY gap) AS p95\n"
            f"FROM gaps GROUP BY {', '.join(keys)} HAVING count(*) >= {_ENOUGH_GAPS}",
        )
        for lane, (_, keys) in enumerate(_LANES)
    ]
    return [("gaps", gaps), *levels]


def _awaited(scans_known: str, leg: int | None) -> str:
    """Return the parcels on their way, with their age and silence in days when last looked at."""
    today = day_number(local_day("t.seen_until", "cn", "t"))
    listened = day_number(local_day(f"least(t.seen_until, {scans_known})", "cn", "t"))
    usual = "".join(
        f"\nLEFT JOIN gaps_{lane} g{lane} ON {same_keys(keys, f'g{lane}', 't')}"
        for lane, (_, keys) in enumerate(_LANES)
    )
    p95 = ", ".join(f"g{lane}.p95" for lane in range(len(_LANES)))
    basis = " ".join(
        f"WHEN g{lane}.p95 IS NOT NULL THEN '{name}'" for lane, (name, _) in enumerate(_LANES)
    )
    sign = local_day("greatest(t.shipped_at, t.last_scan_at)", "cn", "t")
    only = "" if leg is None else f" AND t.leg = {leg}"
    return f"""\
SELECT t.*, greatest({today} - {day_number(local_day("t.shipped_at", "cn", "t"))}, 0) AS age_days,
  greatest({listened} - {day_number(sign)}, 0) AS silence_days, coalesce({p95}) AS gap_p95,
  CASE {basis} END AS gap_basis, h.carrier IS NOT NULL AS scans,
  {today} - {day_number("t.promise_day")} AS over_days
FROM tracked t{usual}
LEFT JOIN (SELECT DISTINCT carrier, leg FROM tracked WHERE n_scans > 0) h
  ON h.carrier = t.carrier AND coalesce(h.leg = 1, FALSE) = coalesce(t.leg = 1, FALSE)
LEFT JOIN parcels_paid_back b ON b.parcel_id = t.parcel_id
WHERE t.shipped_at IS NOT NULL AND t.arrival_day IS NULL AND t.left_by IS NULL
  AND b.parcel_id IS NULL
  AND NOT t.delivered AND NOT t.failed AND NOT t.void AND NOT t.own{only}"""


def _open_select() -> str:
    return f"""\
SELECT shipment_id, order_no, leg, carrier, ship_method, mode, tracking_no, shipped_at,
  last_scan_at, n_scans, age_days, silence_days, gap_p95, gap_basis,
  silence_days > gap_p95 AS silent,
  CASE WHEN scans THEN silence_days >= {silent_days()} WHEN age_days >= {silent_days(2)} THEN TRUE
    END AS presumed_lost,
  promise_day AS promised_day, CASE WHEN over_days > 0 THEN over_days END AS overdue_days,
  seen_until
FROM awaited
ORDER BY silence_days DESC, age_days DESC, shipment_id"""
