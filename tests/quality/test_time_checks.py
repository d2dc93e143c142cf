from __future__ import annotations

from typing import Any

import pytest

from rakustats.quality.times import STEPS
from rakustats.schema.tables import tables

CASES: dict[str, tuple[str, str, bool]] = {
    "in order": ("2026-06-01 10:00", "2026-06-02 09:30", False),
    "at once": ("2026-06-01 10:05", "2026-06-01 10:05", False),
    "an hour too early": ("2026-06-01 10:05", "2026-06-01 09:05", True),
    "days too early": ("2026-06-05 10:05", "2026-06-01 09:05", True),
    "a day without its hour (Tokyo) covers the hours": (
        "2026-06-01 02:00",
        "2026-05-31 15:00",
        False,
    ),
    "and in Shanghai": ("2026-06-01 02:00", "2026-05-31 16:00", False),
    "the day before does not": ("2026-06-02 02:00", "2026-05-31 15:00", True),
    "two days, the same in both places": ("2026-05-31 16:00", "2026-05-31 15:00", False),
    "two days, one after the other": ("2026-06-01 16:00", "2026-05-31 15:00", True),
}


@pytest.mark.parametrize("name", CASES)
def test_time_reversed(look: Any, name: str) -> None:
    shipped, delivered, doubted = CASES[name]
    given = {"shipment_id": "S", "shipped_at": shipped, "delivered_at": delivered}
    found = look("time_reversed", shipments=[given])
    detail = f"delivered_at {delivered} lies before shipped_at {shipped}"
    assert found == ([("S", detail)] if doubted else [])


@pytest.mark.parametrize("table", STEPS)
def test_every_step_is_looked_at(look: Any, table: str) -> None:
    for number, (first, later) in enumerate(STEPS[table]):
        key = dict.fromkeys(tables()[table].key, str(number))
        row = {**key, first: "2026-06-02 10:05", later: "2026-06-01 09:05"}
        found = look("time_reversed", **{table: [row]})
        assert len(found) == number + 1
    assert all(" lies before " in detail for _, detail in found)


def test_all_that_is_reversed_is_told_once(look: Any) -> None:
    row = {"order_no": "A", "line_no": "1", "seller_shipped_at": "2026-06-09 01:01",
           "arrived_at": "2026-06-05 01:01", "stored_at": "2026-06-01 01:01"}  # fmt: skip
    ((key, detail),) = look("time_reversed", order_lines=[row])
    assert key == "A/1"
    assert detail == (
        "arrived_at 2026-06-05 01:01 lies before seller_shipped_at 2026-06-09 01:01; "
        "stored_at 2026-06-01 01:01 lies before arrived_at 2026-06-05 01:01"
    )


def test_a_file_with_facts_from_after_its_export_has_the_wrong_day(loaded: Any) -> None:
    """Named by the first day of its month, say: nothing in it would count as looked at later."""
    parcels = (
        "shipment_id,leg,requested_at,promised_at,delivered_at\n"
        "P1,2,2026-05-02,2026-05-20,2026-05-21\nP2,2,2026-05-01,2026-06-20,\n"
    )
    loaded.load({"parcels_20260501.csv": parcels}, exported_at=None)
    found = "SELECT table_name, source_row, detail FROM issues WHERE rule = 'after_export'"
    ((table, row, detail),) = loaded.rows(found)
    assert (table, row) == ("shipments", 2)
    assert detail.startswith("1 rows have facts from after the export of 2026-05-01 15:59")
    loaded.load({"parcels_20260531.csv": parcels}, exported_at=None)
    assert loaded.rows(found) == []
