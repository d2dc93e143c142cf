"""Recommended actions where exports are of different ages: silence and time left to claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rakustats as rs

PARCELS = (
    "shipment_id,order_no,leg,carrier,tracking_no,requested_at,shipped_at,promised_at,"
    "delivered_at\n"
    "A,OA,2,K,TA,2026-05-08 10:00,2026-05-10 10:00,2026-06-20,\n"
    "B,OB,2,K,TB,2026-05-10 10:00,2026-05-12 10:00,2026-05-25,2026-05-20 10:00\n"
)
SCANS = "carrier,tracking_no,event_at,kind\nK,TA,2026-05-12 09:00,customs\n"
MESSAGE = "message_id,order_no,sent_at,direction\nM,OA,2026-06-29 10:00,in\n"


def at_risk(loaded: Any) -> dict[str, Any]:
    with rs.connect(loaded.path) as db:
        (row,) = rs.at_risk(db, lang="en").table.to_pylist()
    return dict(row)


def test_nobody_is_silent_after_the_newest_scans(loaded: Any) -> None:
    loaded.load({"p_20260610.csv": PARCELS, "s_20260515.csv": SCANS})
    found = at_risk(loaded)
    # scanned on the 12th, and scans were exported as the 15th ended
    assert 3 < found["silence_days"] < 4
    assert found["step"] == "wait"
    loaded.load({"t_20260609.csv": SCANS})
    found = at_risk(loaded)
    assert 28 < found["silence_days"] < 29
    assert found["step"] == "ask_agency"


@pytest.mark.parametrize(("days", "step"), [(33, "wait"), (52, "claim"), (60, "wait")])
def test_the_time_to_claim_runs_on_whenever_a_parcel_was_looked_at(
    days: int, step: str, loaded: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed over on the 10th of May, last seen on the 10th of June, asked about on the 30th."""
    monkeypatch.chdir(tmp_path)
    window = f'[[claim_window]]\nstarts = "shipped"\ndays = {days}\nsource = "terms"\n'
    loaded.load({"p_20260610.csv": PARCELS, "m_20260630.csv": MESSAGE})
    loaded.write({"data/policies.toml": window})
    assert at_risk(loaded)["step"] == step
