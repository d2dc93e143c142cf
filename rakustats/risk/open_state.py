"""The state of open deliveries, for the recommended action: stage, silence, payment, claims."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from rakustats.calendar.local_days import leg_day, local_day
from rakustats.config.claim_windows import ClaimWindow, claim_windows
from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.marts.claim_lines import VALID
from rakustats.risk.decisions import CHOSEN_BY_THEN, NOW, question_steps
from rakustats.risk.deliveries import MATERIALISED, delivery_rows
from rakustats.risk.facts import days_between
from rakustats.store.asof import Snapshot

# A carrier of which no scan was ever seen is not silent, but unknown.
_SCANNING = """\
SELECT DISTINCT s.carrier FROM scans e JOIN shipments s ON s.shipment_id = e.shipment_id
WHERE s.carrier IS NOT NULL"""
_CLAIMS_OPEN = f"""\
SELECT DISTINCT order_no FROM claims
WHERE closed_at IS NULL AND coalesce(opened_at, detected_at) IS NOT NULL AND order_no IS NOT NULL
  AND {VALID} AND kind IN ('non_arrival', 'late')"""


def open_state_table(db: Database, snapshot: Snapshot) -> tuple[pa.Table, str]:
    """Return one row per open delivery, in the order of the feature table, and the SQL."""
    silence = days_between("coalesce(q.scanned_at, q.shipped_at)", "q.listened_at")
    text = with_steps(
        [
            *delivery_rows(snapshot),
            *question_steps([NOW], snapshot),
            ("scanning", _SCANNING),
            ("claims_open", _CLAIMS_OPEN),
        ],
        f"""\
SELECT d.order_no, q.shipment_id, d.leg, d.seller_id, q.carrier,
  {CHOSEN_BY_THEN.format("ship_method")} AS ship_method, {CHOSEN_BY_THEN.format("mode")} AS mode,
  d.item_title, CASE WHEN q.shipped_at IS NOT NULL THEN d.tracking_no END AS tracking_no,
  q.stage, d.seen_until, q.shipped_at, {local_day("q.shipped_at", "cn", "d")} AS shipped_day,
  d.due_at, {leg_day("d.due_at - INTERVAL 1 SECOND", "d.leg", "d")} AS due_day, o.agency,
  CAST({days_between("d.due_at", "q.asked_at")} AS DOUBLE) AS days_overdue,
  CASE WHEN c.carrier IS NULL THEN NULL WHEN {silence} < 0 THEN 0.0 ELSE {silence} END
    AS silence_days,
  CASE WHEN coalesce(o.paid_at, o.payment_reached_at, o.purchased_at) IS NOT NULL THEN TRUE
    WHEN o.submitted_at IS NOT NULL AND d.shipped_at IS NULL THEN FALSE END AS paid,
  d.freight_quoted_at IS NOT NULL AND d.freight_paid_at IS NULL AND d.shipped_at IS NULL
    AS freight_due,
  k.order_no IS NOT NULL AS claim_open
FROM questions q
JOIN risk_deliveries d ON d.shipment_id = q.shipment_id
LEFT JOIN orders o ON o.order_no = d.order_no
LEFT JOIN scanning c ON c.carrier = q.carrier
LEFT JOIN claims_open k ON k.order_no = d.order_no
ORDER BY q.shipment_id, q.asked_at""",
        (*MATERIALISED, "questions"),
    )
    return db.engine.query(text), text


def claim_days_left(row: dict[str, Any], now: datetime) -> float | None:
    """Return the days in which non-arrival may still be claimed, None where nobody says.

    They run on up to ``now``, whenever the delivery was last looked at.
    """
    shipped = row["shipped_at"]
    if shipped is None:
        return None
    for window in claim_windows():
        if window.starts == "shipped" and _fits(window, row, row["shipped_day"]):
            if not window.known:
                return None
            length = timedelta(days=window.days or 0, hours=window.hours or 0)
            left: timedelta = shipped + length - now
            return left / timedelta(days=1)
    return None


def _fits(window: ClaimWindow, row: dict[str, Any], day: date) -> bool:
    return (
        window.agency in (None, row["agency"])
        and (not window.kinds or "non_arrival" in window.kinds)
        and (window.since is None or day >= window.since)
        and (window.until is None or day < window.until)
    )
