"""Whether tracking is valid, and which deliveries are silent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from canonical_db import Row, local, promise

from rakustats.errors import UsageError
from rakustats.metrics.delivery.tracking import open_deliveries, tracking_quality

SENT = local("2026-11-01 10:00", "Asia/Shanghai")
THERE = local("2026-11-08 15:00")
KNOWN = {"exported_at": "2026-11-29"}
REASONS = ("no_number", "no_scan", "after_delivery", "late_scan")
COUNTS = ("n", "events", "n_open", "n_scanned", *(f"n_{why}" for why in REASONS),
          "n_void", "n_own", "n_not_shipped", "n_no_date")  # fmt: skip


def parcel(shipment_id: str = "S", **facts: Any) -> Row:
    return {"shipment_id": shipment_id, "leg": 2, "carrier": "C", "tracking_no": "T",
            "requested_at": SENT - timedelta(days=3), "shipped_at": SENT,
            "delivered_at": THERE, **facts}  # fmt: skip


def scan(hours: float, kind: str | None = "shipped", **facts: Any) -> Row:
    return {"carrier": "C", "tracking_no": "T", "event_at": SENT + timedelta(hours=hours),
            "kind": kind, **facts}  # fmt: skip


DELIVERED = scan(174, "delivered", event_at=THERE)
VALID = {"n": 1, "n_scanned": 1}
UNSEEN = {"n": 1, "events": 1, "n_no_scan": 1}
BAD = {"n": 1, "events": 1, "n_scanned": 1}

CASES: dict[str, tuple[Row, list[Row], dict[str, int]]] = {
    "scanned in time": (parcel(), [scan(2), DELIVERED], VALID),
    "scanned after exactly 48 hours": (parcel(), [scan(48)], VALID),
    "scanned too late": (parcel(), [scan(48.01)], {**BAD, "n_late_scan": 1}),
    "a handover without its hour lasts all day": (
        parcel(shipped_at=local("2026-11-01 00:00", "Asia/Shanghai")), [scan(60)], VALID,
    ),
    "scanned on the day of a delivery without its hour": (
        parcel(delivered_at=local("2026-11-02 00:00")), [scan(20)], VALID,
    ),
    "the number was typed in after delivery": (
        parcel(delivered_at=SENT + timedelta(hours=20)), [scan(24)],
        {**BAD, "n_after_delivery": 1},
    ),
    "the delivery alone was scanned": (parcel(), [DELIVERED], {**BAD, "n_after_delivery": 1}),
    "never scanned": (parcel(), [], UNSEEN),
    "no number": (parcel(tracking_no=None), [scan(2)], {"n": 1, "events": 1, "n_no_number": 1}),
    "another carrier's scan": (parcel(), [scan(2, carrier="D")], UNSEEN),
    "the number's earlier trip": (parcel(), [scan(-2400)], UNSEEN),
    "lost without a scan": (
        parcel(delivered_at=None, lost_at=THERE), [], UNSEEN,
    ),
    "just handed over": (
        parcel(shipped_at=local("2026-11-30 10:00"), delivered_at=None), [], {"n_open": 1},
    ),
    "not handed over": (parcel(shipped_at=None, delivered_at=None), [], {"n_not_shipped": 1}),
    "nobody says when it was handed over": (parcel(shipped_at=None), [], {"n_no_date": 1}),
    "a void request": (parcel(state="void", **KNOWN), [], {"n_void": 1}),
    "the customer's own": (parcel(carrier="自社発送"), [], {"n_own": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_tracking_is_judged(duck_db: Any, name: str) -> None:
    given, scans, expected = CASES[name]
    # a request withdrawn brings the columns, and counts for nothing
    beside = parcel("V", state="void", **KNOWN, tracking_no="V")
    given = {"shipments": [given, beside], "tracking_events": [*scans, scan(0, tracking_no="V")]}
    (row,) = tracking_quality(duck_db(given, as_of="2026-11-30"), by=None).table.to_pylist()
    row["n_void"] -= 1
    assert {c: row[c] for c in COUNTS if row[c]} == expected
    if row["n"]:
        assert row["scan_coverage"] == row["n_scanned"] / row["n"]
        assert row["valid_share"] == 1 - row["events"]
        assert row["events"] == sum(row[f"n_{why}"] for why in REASONS)
    assert row["n_excluded"] == row["n_void"] + 1 + sum(
        row[f"n_{why}"] for why in ("own", "not_shipped", "no_date")
    )


def test_coverage_by_carrier_and_seller(open_db: Any) -> None:
    given = {
        "shipments": [parcel(), parcel("Q", carrier="silent", tracking_no="U")],
        "shipment_lines": [{"shipment_id": s, "order_no": "A", "line_no": n}
                           for s, n in (("S", "1"), ("S", "2"), ("Q", "3"))],
        "order_lines": [{"order_no": "A", "line_no": n, "seller_id": s}
                        for n, s in (("1", "x"), ("2", "x"), ("3", "y"))],
        "tracking_events": [scan(2)],
    }  # fmt: skip
    db = open_db(given)
    rows = tracking_quality(db).table.to_pylist()
    assert [(r["carrier"], r["n"], r["events"], r["scan_coverage"]) for r in rows] == [
        ("C", 1, 0, 1.0),
        ("silent", 1, 1, 0.0),
    ]
    rows = tracking_quality(db, by=["seller", "leg"]).table.to_pylist()
    # two lines of one seller in one parcel are one parcel
    assert [(r["seller_id"], r["leg"], r["n"], r["events"]) for r in rows] == [
        ("x", 2, 1, 0),
        ("y", 2, 1, 1),
    ]


def test_what_no_export_tells_is_refused(duck_db: Any) -> None:
    with pytest.raises(UsageError, match=r"no export brought tracking_events\.event_at"):
        tracking_quality(duck_db({"shipments": [parcel(shipped_at=None)]}))
    with pytest.raises(UsageError, match=r"no export brought shipments\.shipped_at"):
        open_deliveries(duck_db({"orders": [{"order_no": "A"}]}))
    with pytest.raises(UsageError, match="leg is 1 or 2"):
        open_deliveries(duck_db({"orders": [{"order_no": "A"}]}), leg=3)


def past(number: int, gap: float, carrier: str = "C") -> tuple[Row, list[Row]]:
    """A parcel of the past, scanned twice so many days apart."""
    no = f"{carrier}{number}"
    given = parcel(no, tracking_no=no, carrier=carrier, mode="air", ship_method="EMS")
    scans = [scan(h, k, tracking_no=no, carrier=carrier)
             for h, k in ((0, "shipped"), (24 * gap, "in_transit"))]  # fmt: skip
    return given, scans


def test_silence_is_told_from_what_is_usual(open_db: Any) -> None:
    history = [past(n, 1 + n / 10) for n in range(21)]
    awaited: Row = {"delivered_at": None, "mode": "air", "ship_method": "EMS"}
    given = {
        "shipments": [
            *(p for p, _ in history),
            parcel("quiet", tracking_no="q", **awaited, promised_at=promise("2026-11-10")),
            parcel("fresh", tracking_no="f", **awaited, promised_at=promise("2026-11-14")),
            parcel("other", tracking_no="o", **{**awaited, "carrier": "D"}),
            parcel("gone", tracking_no="g", **awaited, lost_at=THERE),
            parcel("void", tracking_no="v", **awaited, state="void", exported_at="2026-11-13"),
            parcel("leg 1", tracking_no="l", **{**awaited, "leg": 1}),
        ],
        "tracking_events": [
            *(s for _, scans in history for s in scans),
            scan(0, tracking_no="q"),
            scan(24 * 12, "in_transit", tracking_no="f"),
        ],
    }
    result = open_deliveries(open_db(given, as_of="2026-11-14"))
    rows = {r["shipment_id"]: r for r in result.table.to_pylist()}
    # the longest silent first, then by number
    assert list(rows) == ["leg 1", "other", "quiet", "fresh"]
    quiet, fresh, other, first = (rows[k] for k in ("quiet", "fresh", "other", "leg 1"))
    # gaps of 1.0, 1.1 … 3.0 days: P95 of 21 is the 20th
    assert quiet["gap_p95"] == pytest.approx(2.9)
    assert (quiet["silence_days"], quiet["silent"], quiet["presumed_lost"]) == (13, True, False)
    assert (quiet["age_days"], quiet["overdue_days"], quiet["gap_basis"]) == (
        13, 4, "carrier and method",
    )  # fmt: skip
    assert (fresh["silence_days"], fresh["silent"], fresh["overdue_days"]) == (1, False, None)
    assert (other["gap_basis"], other["n_scans"], other["silent"]) == ("leg", 0, True)
    # nobody scans on the first leg, nor does the other carrier at all: their silence says nothing
    assert (first["gap_p95"], first["silent"], first["presumed_lost"]) == (None, None, None)
    later = open_deliveries(open_db(given, as_of="2026-11-16"), leg=2).table.to_pylist()
    assert {r["shipment_id"]: r["presumed_lost"] for r in later} == {
        "quiet": True, "other": None, "fresh": False,
    }  # fmt: skip
