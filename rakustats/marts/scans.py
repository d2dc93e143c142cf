"""Scans of each parcel, and what follows from them."""

from __future__ import annotations

from rakustats.engine.steps import Step
from rakustats.store.scan_matching import BEGUN_AT, scans_of

# grain: one parcel that has a tracking number
_BEGUN = f"""\
SELECT shipment_id, carrier, tracking_no, {BEGUN_AT} AS begun_at
FROM shipments WHERE tracking_no IS NOT NULL"""

# grain: one parcel that was scanned; the scan of its delivery does not show when it set out
_SCANNED = """\
SELECT shipment_id, count(*) AS n_scans, min(event_at) AS first_scan_at,
  max(event_at) AS last_scan_at,
  min(event_at) FILTER (WHERE kind IS DISTINCT FROM 'delivered') AS pickup_at,
  min(event_at) FILTER (WHERE kind = 'import_customs') AS customs_in_at,
  min(event_at) FILTER (WHERE kind = 'domestic_handoff') AS customs_out_at,
  min(event_at) FILTER (WHERE kind = 'attempted') AS attempted_at
FROM scans GROUP BY shipment_id"""

SCANNED: list[Step] = [("begun", _BEGUN), ("scans", scans_of("begun")), ("scanned", _SCANNED)]
