"""The same bytes with a newer export date: seen again, and nothing new; rejects move no as-of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import rakustats as rs

PARCELS = (
    "shipment_id,leg,carrier,requested_at,promised_at,delivered_at\n"
    "P1,2,K,2026-05-02,2026-05-20,2026-05-18\n"
    "P2,2,K,2026-05-02,2026-06-05,\n"
    "P3,2,K,2026-05-02,2026-06-30,\n"
    ",2,K,2026-05-02,2026-05-20,\n"
)


def late(loaded: Any, **asked: Any) -> dict[str, Any]:
    with rs.connect(loaded.path) as db:
        return rs.delay_rates(db, **asked).table.to_pylist()[0]


def test_a_newer_date_moves_the_horizon_and_adds_no_rows(loaded: Any) -> None:
    loaded.load({"p_20260531.csv": PARCELS})
    before = late(loaded)
    assert (before["n"], before["n_open"]) == (1, 2)
    (sheet,) = loaded.load({"p_20260621.csv": PARCELS}).sheets
    assert (sheet.status, sheet.seen, sheet.loaded, sheet.duplicate) == ("seen again", 4, 0, 3)
    assert sheet.rejected == 1
    assert loaded.one("SELECT count(*) FROM shipments") == 3
    lines = loaded.rows("SELECT status, exported_at::DATE FROM imports ORDER BY exported_at")
    assert [(status, str(day)) for status, day in lines] == [
        ("loaded", "2026-05-31"), ("seen again", "2026-06-21"),
    ]  # fmt: skip
    # what is wrong with the file is told once
    assert loaded.one("SELECT count(*) FROM rejects") == 1
    # the second parcel is known not to have come by the 21st of June
    after = late(loaded)
    assert (after["n"], after["events"], after["n_open"], after["n_stale"]) == (2, 1, 1, 0)
    with rs.connect(loaded.path, as_of="2026-06-10") as db:
        then = rs.delay_rates(db).table.to_pylist()[0]
    # between the two it was last seen in May
    assert (then["n"], then["n_open"], then["n_stale"]) == (1, 2, 2)


def test_an_older_or_equal_date_and_the_files_own_time_are_none(loaded: Any) -> None:
    loaded.load({"p.csv": PARCELS}, exported_at="2026-05-31")
    for day in ("2026-05-31", "2026-05-01"):
        (sheet,) = loaded.load({"p.csv": PARCELS}, exported_at=day).sheets
        assert sheet.status == "already loaded"
    # a copy has a newer time of its own, which says nothing of the export
    (sheet,) = rs.load(loaded.write({"copy.csv": PARCELS}), db=loaded.path).sheets
    assert sheet.status == "already loaded"
    (sheet,) = loaded.load({"p.csv": PARCELS}, exported_at="2026-06-01").sheets
    assert sheet.status == "seen again"
    assert loaded.one("SELECT count(*) FROM imports") == 2


def test_copies_of_one_file_with_two_dates_in_one_load(loaded: Any) -> None:
    report = loaded.load({"p_20260531.csv": PARCELS, "p_20260621.csv": PARCELS})
    assert [s.status for s in report.sheets] == ["loaded", "seen again"]
    assert loaded.one("SELECT max(exported_at)::DATE::VARCHAR FROM shipments") == "2026-06-21"


def test_a_rejected_row_alone_moves_no_as_of(loaded: Any) -> None:
    loaded.load({"p_20260531.csv": PARCELS})
    report = loaded.load({"q_20260621.csv": PARCELS.splitlines()[0] + "\n,2,K,2026-05-02,,\n"})
    assert (report.sheets[0].loaded, report.rejected) == (0, 1)
    with rs.connect(loaded.path) as db:
        assert db.as_of == datetime(2026, 5, 31, 15, 59, 59, 999999)
        assert db.apart is None


def test_an_export_without_rows_says_that_there_are_none(loaded: Any) -> None:
    claims = "claim_id,order_no,line_no,kind,opened_at\n"
    loaded.load({
        "p_20260621.csv": PARCELS,
        "c_20260521.csv": claims + "C1,O1,1,damaged,2026-05-10\n",
    })  # fmt: skip
    with rs.connect(loaded.path) as db:
        assert db.snapshot().horizon("claims").date().isoformat() == "2026-05-21"
    loaded.load({"c_20260615.csv": claims})
    with rs.connect(loaded.path) as db:
        assert db.snapshot().horizon("claims").date().isoformat() == "2026-06-15"
        assert db.horizon.en == "shipments 2026-06-21, all others 2026-05-21–2026-06-15"
        assert db.apart is not None
    with rs.connect(loaded.path, as_of="2026-06-16") as db:
        assert db.apart is None
