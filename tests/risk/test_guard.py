"""What a model may look at: features alone, refused by name where they tell the end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rakustats.errors import UsageError
from rakustats.risk.columns import FEATURES, NAMES, OUTCOME, ROW
from rakustats.risk.guard import KnownFeatures, check_known


def frame(**columns: float) -> pd.DataFrame:
    told = dict.fromkeys(NAMES, 0.0) | columns
    return pd.DataFrame({name: [value, value] for name, value in told.items()})


@pytest.mark.parametrize(
    "name", ["arrived_at", "late", "claimed_at", "delivered_day", "shipped_at"]
)
def test_what_is_known_only_later_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(UsageError, match=f"^{name} is known only after"):
        KnownFeatures().fit(frame(**{name: 1.0}))


def test_a_strange_column_and_a_missing_one_are_named() -> None:
    with pytest.raises(UsageError, match=r"^weather: no feature"):
        check_known([*NAMES, "weather"])
    with pytest.raises(UsageError, match="features slack are missing"):
        check_known([n for n in NAMES if n != "slack"])


def test_a_number_that_is_missing_is_named() -> None:
    with pytest.raises(UsageError, match=r"^kg: a number is missing"):
        KnownFeatures().transform(frame(kg=np.nan))


def test_features_come_in_the_order_of_their_names_whatever_the_frames() -> None:
    mixed = frame(slack=3.0)[[*reversed(NAMES)]]
    made = KnownFeatures().fit(mixed).transform(mixed)
    assert made[0, NAMES.index("slack")] == 3.0
    assert made.shape == (2, len(NAMES))


def test_no_outcome_and_no_row_name_is_a_feature() -> None:
    assert not {f.name for f in FEATURES} & {*OUTCOME, *ROW}
