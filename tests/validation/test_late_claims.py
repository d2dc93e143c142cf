"""The figures C of late claims in a small world each: far rates are reached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from validation import late_claims
from validation.late_claims import AMONG, CLAIMS, Place


@pytest.mark.parametrize("place", [AMONG, CLAIMS], ids=["damage", "claims"])
@pytest.mark.parametrize("gone", [0.0, 0.25], ids=["", "withdrawn"])
def test_a_far_rate_is_reached(place: Place, gone: float) -> None:
    error, held = late_claims.reached("C1", replace(place, far=20, near=20, worlds=1), 0.6, gone)
    assert error.reached < 0.03
    assert held.reached >= 0.7


def test_short_histories_are_flagged_and_hold_the_rate() -> None:
    rows = late_claims.of_history(0, 40, 25.0, 115)
    assert rows["short_history"].all()
    assert ((rows["final_lo"] <= 0.1) & (rows["final_hi"] >= 0.1)).all()
    assert rows["final_rate"].mean() < 0.095
