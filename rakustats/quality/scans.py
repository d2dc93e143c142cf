"""Whether the carrier's scans and the shipment list agree."""

from __future__ import annotations

from rakustats.calendar.local_days import leg_day
from rakustats.quality.check import Check, minute, provenance
from rakustats.schema.vocabularies import canonical

# Scans that say a parcel is on its way.
_ON_THE_WAY = tuple(
    state
    for state in canonical("delivery_state")
    if state in ("shipped", "export_customs", "in_transit", "import_customs", "domestic_handoff")
)
# A number may be in use again after ninety days; scans so soon after a delivery are its own.
_SOON = 30


def scan_disagrees() -> str:
    """Parcels whose first delivery scan, not followed by a return, is no delivery of the list.

    A scan belongs to the last parcel that was shipped under its number; a list made before the
    scan cannot know it.
    """
    return f"""
        WITH scanned AS (
            SELECT carrier, tracking_no, event_at, kind FROM main.tracking_events
            WHERE kind IN ('delivered', 'returned')
        ), matched AS (
            SELECT s.shipment_id, s.leg, s.utc_offset, s.delivered_at, s.state,
                s.exported_at, {provenance("s")},
                e.event_at, e.kind
            FROM scanned e JOIN main.shipments s ON s.tracking_no = e.tracking_no
                AND s.carrier IS NOT DISTINCT FROM e.carrier
                AND coalesce(s.shipped_at, s.requested_at, e.event_at) <= e.event_at
            QUALIFY rank() OVER (PARTITION BY e.carrier, e.tracking_no, e.event_at, e.kind
                ORDER BY coalesce(s.shipped_at, s.requested_at) DESC NULLS LAST) = 1
        ), told AS (
            SELECT shipment_id, any_value(leg) AS leg, any_value(utc_offset) AS utc_offset,
                any_value(delivered_at) AS delivered_at,
                any_value(exported_at) AS exported_at, any_value(source_file) AS source_file,
                any_value(source_row) AS source_row,
                min(event_at) FILTER (WHERE kind = 'delivered') AS scan_at,
                max(event_at) FILTER (WHERE kind = 'returned') AS returned_at
            FROM matched GROUP BY shipment_id
        ), days AS (
            SELECT *, {leg_day("delivered_at", "leg", "")} AS delivered_day,
                {leg_day("scan_at", "leg", "")} AS scan_day
            FROM told WHERE scan_at IS NOT NULL
                AND (returned_at IS NULL OR returned_at < scan_at) AND scan_at <= exported_at
        )
        SELECT 'shipments' AS table_name, shipment_id AS key,
            'delivered_at: scanned as delivered ' || {minute("scan_at")} || ', listed as '
                || coalesce({minute("delivered_at")}, 'not delivered') AS detail,
            source_file, source_row
        FROM days WHERE delivered_at IS NULL OR delivered_day <> scan_day"""


def scan_after_delivery() -> str:
    """Transport scans within thirty days after a delivery that no return explains."""
    on_the_way = ", ".join(f"'{kind}'" for kind in _ON_THE_WAY)
    return f"""
        WITH delivered AS (
            SELECT carrier, tracking_no, event_at FROM main.tracking_events
            WHERE kind = 'delivered'
        )
        SELECT 'tracking_events' AS table_name,
            concat_ws('/', e.carrier, e.tracking_no, e.event_at, e.kind) AS key,
            'kind: ' || e.kind || ' ' || {minute("e.event_at")} || ' after delivered '
                || {minute("min(d.event_at)")} AS detail, {provenance("e")}
        FROM main.tracking_events e JOIN delivered d ON d.tracking_no = e.tracking_no
            AND d.carrier IS NOT DISTINCT FROM e.carrier AND e.event_at > d.event_at
            AND e.event_at <= d.event_at + INTERVAL {_SOON} DAY
        WHERE e.kind IN ({on_the_way}) AND NOT EXISTS (
            SELECT 1 FROM main.tracking_events r WHERE r.kind = 'returned'
                AND r.tracking_no = e.tracking_no AND r.carrier IS NOT DISTINCT FROM e.carrier
                AND r.event_at BETWEEN d.event_at AND e.event_at)
        GROUP BY e.carrier, e.tracking_no, e.event_at, e.kind, {provenance("e")}"""


CHECKS = (
    Check("scan_disagrees", ("main.tracking_events", "main.shipments"), scan_disagrees),
    Check("scan_after_delivery", ("main.tracking_events",), scan_after_delivery),
)
