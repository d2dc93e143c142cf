from __future__ import annotations

from typing import Any

import pytest


def scan(at: str, kind: str, **facts: Any) -> dict[str, Any]:
    return {"carrier": "a", "tracking_no": "7", "event_at": f"2026-{at}", "kind": kind, **facts}


def parcel(**facts: Any) -> dict[str, Any]:
    return {
        "shipment_id": "S",
        "carrier": "a",
        "tracking_no": "7",
        "leg": 2,
        "shipped_at": "2026-06-01",
        **facts,
    }


DELIVERED = scan("06-10 14:30", "delivered")
CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]] = {
    "the same day": ([DELIVERED], [parcel(delivered_at="2026-06-10 02:00")], []),
    "the same day in Japan, not in UTC": (
        [scan("06-10 16:00", "delivered")], [parcel(delivered_at="2026-06-11 03:00")], []
    ),
    "another day": ([DELIVERED], [parcel(delivered_at="2026-06-12 02:00")], ["S"]),
    "the first leg ends in China": (
        [scan("06-10 15:30", "delivered")], [parcel(leg=1, delivered_at="2026-06-10 02:00")], []
    ),
    "listed as not delivered": ([DELIVERED], [parcel()], ["S"]),
    "a list made before": ([DELIVERED], [parcel(exported_at="2026-06-09")], []),
    "sent back afterwards": ([DELIVERED, scan("06-12 10:00", "returned")], [parcel()], []),
    "sent back and delivered": (
        [scan("06-05 10:00", "returned"), DELIVERED], [parcel()], ["S"]
    ),
    "scanned twice, the first counts": (
        [DELIVERED, scan("06-11 09:00", "delivered")],
        [parcel(delivered_at="2026-06-10 02:00")], [],
    ),
    "no scan": ([], [parcel()], []),
    "a scan before it was sent is another parcel's": (
        [scan("05-10 14:30", "delivered")], [parcel()], []
    ),
    "the number again later": (
        [DELIVERED, scan("10-20 10:00", "delivered")],
        [parcel(delivered_at="2026-06-10 02:00", exported_at="2026-12-01"),
         parcel(shipment_id="T", shipped_at="2026-10-15", exported_at="2026-12-01")], ["T"],
    ),
    "another carrier": ([scan("06-10 14:30", "delivered", carrier="b")], [parcel()], []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_scan_disagrees(look: Any, name: str) -> None:
    scans, parcels, doubted = CASES[name]
    found = look("scan_disagrees", tracking_events=scans, shipments=parcels)
    assert [key for key, _ in found] == doubted


def test_what_both_say(look: Any) -> None:
    found = look("scan_disagrees", tracking_events=[DELIVERED], shipments=[parcel()])
    told = "delivered_at: scanned as delivered 2026-06-10 14:30, listed as not delivered"
    assert found == [("S", told)]


AFTER: dict[str, tuple[list[dict[str, Any]], int]] = {
    "nothing after": ([scan("06-09 10:00", "in_transit"), DELIVERED], 0),
    "in transit after": ([DELIVERED, scan("06-11 10:00", "in_transit")], 1),
    "at the same minute": ([DELIVERED, scan("06-10 14:30", "in_transit")], 0),
    "on its way back": (
        [DELIVERED, scan("06-11 10:00", "returned"), scan("06-12 10:00", "in_transit")],
        0,
    ),
    "a new parcel months later": ([DELIVERED, scan("10-11 10:00", "shipped")], 0),
    "another number": ([DELIVERED, scan("06-11 10:00", "in_transit", tracking_no="8")], 0),
    "delivered twice and in transit after both": (
        [DELIVERED, scan("06-11 10:00", "delivered"), scan("06-12 10:00", "shipped")],
        1,
    ),
}


@pytest.mark.parametrize("name", AFTER)
def test_scan_after_delivery(look: Any, name: str) -> None:
    scans, n = AFTER[name]
    found = look("scan_after_delivery", tracking_events=scans)
    assert len(found) == n
    assert all("after delivered 2026-06-10 14:30" in detail for _, detail in found)
