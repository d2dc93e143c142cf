"""Scans of each parcel, and what follows from them."""

from __future__ import annotations

from rakustats.engine.steps import Step

# A day without its hour may lie before the scan of the same day, and a parcel be picked up before
# its list is made.
_SLACK = "INTERVAL 48 HOURS"

# grain: one parcel that has a tracking number
_BEGUN = """\
SELECT shipment_id, carrier, tracking_no, least(requested_at, shipped_at) AS begun_at
FROM shipments WHERE tracking_no IS NOT NULL"""

# grain: one scan of one parcel; a number is used again after a while, and a scan then belongs to
# the parcel that was begun last
_SCANS = f"""\
SELECT b.shipment_id, e.event_at, e.kind
FROM tracking_events e JOIN begun b ON b.tracking_no = e.tracking_no
  AND (b.carrier = e.carrier OR b.carrier IS NULL OR e.carrier IS NULL)
  AND (b.begun_at IS NULL OR b.begun_at <= e.event_at + {_SLACK})
WHERE e.event_at IS NOT NULL
QUALIFY rank() OVER (PARTITION BY e.carrier, e.tracking_no, e.event_at, e.kind
  ORDER BY b.begun_at DESC NULLS LAST) = 1"""

# grain: one parcel that was scanned; the scan of its delivery does not show when it set out
_SCANNED = """\
SELECT shipment_id, count(*) AS n_scans, min(event_at) AS first_scan_at,
  max(event_at) AS last_scan_at,
  min(event_at) FILTER (WHERE kind IS DISTINCT FROM 'delivered') AS pickup_at,
  min(event_at) FILTER (WHERE kind = 'import_customs') AS customs_in_at,
  min(event_at) FILTER (WHERE kind = 'domestic_handoff') AS customs_out_at,
  min(event_at) FILTER (WHERE kind = 'attempted') AS attempted_at
FROM scans GROUP BY shipment_id"""

SCANNED: list[Step] = [("begun", _BEGUN), ("scans", _SCANS), ("scanned", _SCANNED)]
