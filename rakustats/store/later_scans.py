"""Scans that are younger than the export in which their parcel was last seen.

A parcel is followed up to its last scan, and a scan of its arrival tells what the export could
not know yet.
"""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.calendar.local_days import leg_day
from rakustats.schema.tables import Table
from rakustats.store.columns import Columns, listed
from rakustats.store.scan_matching import BEGUN_AT, scans_of

NAME = "shipments_scanned"
EXPORTED = "shipments_exported"
_OPEN = (
    "q.delivered_at IS NULL AND q.lost_at IS NULL AND q.returned_at IS NULL"
    " AND coalesce(q.state, '') NOT IN ('void', 'lost', 'returned', 'delivered')"
)
# a lost one whose delivery was scanned after that was found again
_FOUND = (
    "(q.lost_at IS NOT NULL OR q.state = 'lost') AND q.delivered_at IS NULL"
    " AND q.returned_at IS NULL AND z.delivered_at > coalesce(q.lost_at, q.exported_at)"
)
_TOLD = f"(({_OPEN}) OR ({_FOUND}))"
_ARRIVED = {"first_attempt_at": "attempted_at", "delivered_at": "delivered_at"}


def scanned_step(parcels: str, seen: str) -> str:
    """Return the SQL of the parcels with later scans: the last one, and those of the arrival.

    Parameters
    ----------
    parcels : str
        What to read the parcels from, as ``v``.
    seen : str
        SQL of the instant up to which a parcel ``v`` was seen by exports.
    """
    begun = (
        f"(SELECT shipment_id, carrier, tracking_no, {BEGUN_AT} AS begun_at, {seen} AS seen"
        f" FROM {parcels} v)"
    )
    return f"""\
SELECT shipment_id, max(event_at) AS scanned_at,
  min(event_at) FILTER (WHERE kind IN ('attempted', 'delivered')) AS attempted_at,
  min(event_at) FILTER (WHERE kind = 'delivered') AS delivered_at
FROM (
{scans_of(begun, "seen")}) AS matched
WHERE event_at > seen GROUP BY shipment_id"""


def with_scans(table: Table, names: Sequence[str], scans_known: str) -> Columns:
    """Return the parcels as a later scan tells them: seen until then, and there if it says so.

    What arrived by a scan is known as far as scans are (``scans_known``): it would not do to follow
    it up to the very instant of its arrival, when that day was not over.
    """
    items = {name: _item(table, name, scans_known) for name in names}
    return listed(items, f"FROM {EXPORTED} q LEFT JOIN {NAME} z ON z.shipment_id = q.shipment_id")


def _item(table: Table, name: str, scans_known: str) -> str:
    own = f"q.{name}"
    if name == "seen_until":
        came = f"CASE WHEN {_TOLD} AND z.attempted_at IS NOT NULL THEN {scans_known} END"
        return f"greatest({own}, z.scanned_at, {came})"
    if name == "state":
        return f"CASE WHEN {_TOLD} AND z.delivered_at IS NOT NULL THEN 'delivered' ELSE {own} END"
    if name == "lost_at":
        return f"CASE WHEN NOT coalesce({_FOUND}, FALSE) THEN {own} END"
    for column, scan in _ARRIVED.items():
        told = f"CASE WHEN {_TOLD} THEN z.{scan} END"
        if name == column:
            return f"coalesce({own}, {told})"
        if name in dict(table[column].companions):
            return f"coalesce({own}, {leg_day(told, 'q.leg', 'q')})"
    return own
