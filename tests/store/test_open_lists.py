"""Which exports are lists of open parcels: nothing that is absent from another file has ended."""

from __future__ import annotations

from typing import Any

import pytest

import rakustats as rs

HEADER = "shipment_id,order_no,leg,carrier,requested_at,promised_at,delivered_at\n"
MAY = [f"M{i},OM{i},2,K,2026-05-1{i},2026-06-08," for i in range(5)]
CAME = [f"C{i},OC{i},2,K,2026-05-1{i},2026-06-08,2026-05-28" for i in range(5)]
JUNE = [f"J{i},OJ{i},2,K,2026-06-0{i + 1},2026-06-25," for i in range(4)]


def export(*rows: str) -> str:
    return HEADER + "\n".join(rows) + "\n"


def late(loaded: Any, **asked: Any) -> dict[str, Any]:
    with rs.connect(loaded.path) as db:
        (found,) = rs.delay_rates(db, **asked).table.to_pylist()
    return dict(found)


OTHER_FILES = {
    "one month of two": JUNE,
    "the parcels of one order": [MAY[0]],
    "two parcels of one order": [MAY[0], MAY[1].replace("OM1", "OM0")],
    "changed rows alone": [row.replace("2026-06-08", "2026-06-20") for row in MAY[:2]],
    "new rows alone": ["N0,ON0,2,K,2026-06-11,2026-06-30,", "N1,ON1,2,K,2026-06-11,2026-06-30,"],
}


@pytest.mark.parametrize("case", OTHER_FILES)
def test_what_another_file_does_not_show_is_open_as_last_seen(case: str, loaded: Any) -> None:
    first = [MAY[0], MAY[1].replace("OM1", "OM0"), *MAY[2:]] if "two p" in case else MAY
    loaded.load({"may_20260605.csv": export(*first, *CAME), "june_20260605.csv": export(*JUNE)})
    loaded.load({"then_20260612.csv": export(*OTHER_FILES[case])})
    found = late(loaded)
    assert found["n_left"] == 0
    again = sum(row[:2] in {other[:2] for other in OTHER_FILES[case]} for row in (*MAY, *JUNE))
    assert found["n_stale"] == len(MAY) + len(JUNE) - again


@pytest.mark.parametrize("files", [1, 2])
def test_what_a_list_does_not_show_has_ended(files: int, loaded: Any) -> None:
    """However many files the list is in, if each shows some of those that were open."""
    loaded.load({"all_20260605.csv": export(*MAY, *CAME, *JUNE)})
    listed = [MAY[0], MAY[1], JUNE[0], JUNE[1]]
    parts = [listed[i::files] for i in range(files)]
    loaded.load({f"open{i}_20260612.csv": export(*part) for i, part in enumerate(parts)})
    found = late(loaded)
    # Two of May are open past their day, three ended around it; what had come is known by the list
    # too. Two of June came in time, and two are awaited; the day of all these is not over.
    assert (found["n"], found["events"], found["n_left"]) == (5 + 2, 2, 3)
    assert (found["n_open"], found["n_stale"], found["n_not_due"]) == (2, 0, 2)


def test_a_scan_after_the_list_shows_that_a_parcel_had_not_ended(loaded: Any) -> None:
    header = HEADER.replace("carrier,", "carrier,tracking_no,")
    rows = [row.replace(",K,", f",K,T{row[:2]},") for row in MAY]
    loaded.load({"all_20260605.csv": header + "\n".join(rows)})
    loaded.load({"open_20260612.csv": header + "\n".join(rows[1:])})
    assert late(loaded)["n_left"] == 1
    scan = "carrier,tracking_no,event_at,kind\nK,TM0,2026-06-14 10:00,customs\n"
    loaded.load({"scans_20260615.csv": scan})
    found = late(loaded)
    assert (found["n_left"], found["n_stale"]) == (0, 1)
