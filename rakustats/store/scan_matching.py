"""Which parcel a scan is of, and which parcels are still open by what their export says."""

from __future__ import annotations

# A day without its hour may lie before the scan of the same day, and a parcel be picked up before
# its list is made.
_SLACK = "INTERVAL 48 HOURS"
#: When a parcel began, as far as matching its scans goes.
BEGUN_AT = "least(requested_at, shipped_at)"


def scans_of(parcels: str, *facts: str) -> str:
    """Return the SQL of the scans of parcels, with further facts of the parcel.

    A number is used again after a while, and a scan then belongs to the parcel that was begun last.
    ``parcels`` has ``shipment_id``, ``carrier``, ``tracking_no`` and ``begun_at``.
    """
    more = "".join(f", b.{fact}" for fact in facts)
    return f"""\
SELECT b.shipment_id, e.event_at, e.kind{more}
FROM tracking_events e JOIN {parcels} b ON b.tracking_no = e.tracking_no
  AND (b.carrier = e.carrier OR b.carrier IS NULL OR e.carrier IS NULL)
  AND (b.begun_at IS NULL OR b.begun_at <= e.event_at + {_SLACK})
WHERE e.event_at IS NOT NULL
QUALIFY rank() OVER (PARTITION BY e.carrier, e.tracking_no, e.event_at, e.kind
  ORDER BY b.begun_at DESC NULLS LAST) = 1"""


def still_open(parcel: str = "") -> str:
    """Return the SQL of whether an export's row shows a parcel as open; ``parcel`` is its alias."""
    of = f"{parcel}." if parcel else ""
    ends = ("first_attempt_at", "delivered_at", "lost_at", "returned_at")
    over = "'delivered', 'lost', 'returned', 'void'"
    return " AND ".join(
        [*(f"{of}{end} IS NULL" for end in ends), f"coalesce({of}state, '') NOT IN ({over})"]
    )
