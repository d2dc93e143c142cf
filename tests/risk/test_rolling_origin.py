"""The rolling origin keeps the future and a shipment's other rows out of training."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from rakustats.errors import UsageError
from rakustats.risk.splitting import RollingOrigin


def test_training_ends_a_gap_before_what_tests() -> None:
    days = np.random.default_rng(1).permutation(100)
    folds = list(RollingOrigin(days, [60, 80], gap=10).split(days))
    assert [(days[a].max(), days[b].min(), days[b].max()) for a, b in folds] == [
        (49, 60, 79),
        (69, 80, 99),
    ]


def test_no_shipment_on_both_sides() -> None:
    groups = ["a", "b", "a", "c"]
    ((trains, tests),) = RollingOrigin([0, 1, 5, 6], [5]).split(groups, groups=groups)
    assert (trains.tolist(), tests.tolist()) == ([1], [2, 3])


@pytest.mark.parametrize("origin", [0, 9])
def test_an_origin_outside_the_data_is_refused(origin: int) -> None:
    with pytest.raises(UsageError, match="origins inside the data"):
        list(RollingOrigin([0, 1, 2], [origin]).split([0] * 3))


def test_days_must_fit_the_rows() -> None:
    with pytest.raises(UsageError, match="one day per row"):
        list(RollingOrigin([0, 1], [1]).split([0] * 3))


def test_cross_val_score_takes_it() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 1))
    late = (x[:, 0] + rng.normal(size=400) > 0).astype(int)
    folds = RollingOrigin(np.arange(400), [200, 300], gap=20)
    found = cross_val_score(LogisticRegression(), x, late, cv=folds, scoring="roc_auc")
    assert found.shape == (2,)
    assert found.min() > 0.75
