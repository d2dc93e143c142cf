"""The estimator: what scikit-learn asks of one, and that it finds what was planted."""

from __future__ import annotations

import io

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from rakustats.errors import UsageError
from rakustats.risk.backtest_folds import pipeline
from rakustats.risk.columns import GROUPS, NAMES
from rakustats.risk.explanations import parts
from rakustats.risk.late_model import SLACK, LateModel
from rakustats.risk.rest_model import fit_rest, log_time

Floats = NDArray[np.float64]


class Made:
    """Deliveries whose time hangs on their seller and on chance, each with a promise."""

    def __init__(self, n: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.x = np.zeros((n, len(NAMES)))
        self.x[:, NAMES.index("seller_over")] = rng.normal(0, 0.4, n)
        self.x[:, NAMES.index("qty")] = rng.normal(2, 1, n)
        promise = rng.uniform(8, 16, n)
        self.x[:, SLACK] = log_time(promise)
        level = np.log(10) + self.x[:, NAMES.index("seller_over")]
        self.took = np.exp(level + 0.3 * rng.standard_normal(n)) - 0.5
        self.late = (self.took > promise).astype(int)
        self.asked = np.sort(rng.uniform(0, 400, n))
        self.frame = pd.DataFrame(self.x, columns=list(NAMES))

    @property
    def times(self) -> dict[str, Floats]:
        return {"asked": self.asked, "days": self.took, "seen": np.full(len(self.asked), 500.0)}


def test_it_is_cloned_saved_and_the_same_twice() -> None:
    made = Made(2000)
    model = LateModel().fit(made.x, made.late, **made.times)
    again = clone(model).fit(made.x, made.late, **made.times)
    p = model.predict_proba(made.x)
    assert (p == again.predict_proba(made.x)).all()
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    assert (joblib.load(file).predict_proba(made.x) == p).all()
    assert p.sum(axis=1) == pytest.approx(1)


def test_a_pipeline_of_it_is_scored_by_rolling_origin() -> None:
    made = Made(3000)
    told = {f"late__{name}": values for name, values in made.times.items()}
    cut = [
        (np.flatnonzero(made.asked < start - 20), np.flatnonzero(tested))
        for start, tested in (
            (200, (made.asked >= 200) & (made.asked < 300)),
            (300, made.asked >= 300),
        )
    ]
    scores = cross_val_score(
        pipeline(), made.frame, made.late, cv=cut, scoring="roc_auc", params=told
    )
    assert len(scores) == 2
    assert (scores > 0.85).all()


def test_probabilities_are_those_that_were_planted() -> None:
    made, backtest = Made(20_000), Made(20_000, seed=1)
    model = LateModel(half_life=1e6).fit(made.x, made.late, **made.times)
    p = model.predict_proba(backtest.x)[:, 1]
    assert model.share_ > 0
    for low, high in ((0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1)):
        here = (p >= low) & (p < high)
        assert backtest.late[here].mean() == pytest.approx(p[here].mean(), abs=0.03)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_base_and_parts_add_up_to_the_logit(share: float) -> None:
    made = Made(3000)
    made.x[:5, NAMES.index("seller_over")] = 9.0  # beyond what bounds the expected time
    model = LateModel(share=share).fit(made.x, made.late, **made.times)
    base, told = parts(model, made.x)
    assert base + told.sum(axis=1) == pytest.approx(model.decision_function(made.x), abs=1e-9)
    assert told[:, GROUPS.index("season")] == pytest.approx(0)
    slow = made.x[:, NAMES.index("seller_over")] > 0.5
    assert (told[slow, GROUPS.index("seller")] > 0).all()


def test_it_learns_from_verdicts_alone_where_no_days_are_given() -> None:
    made = Made(2000)
    model = LateModel().fit(made.x, made.late)
    assert (model.share_, model.rest_) == (0.0, None)
    logit = model.decision_function(made.x)
    assert model.predict_proba(made.x)[:, 1] == pytest.approx(expit(logit))


def test_one_ending_alone_is_refused() -> None:
    made = Made(100)
    with pytest.raises(UsageError, match="All rows ended alike"):
        LateModel().fit(made.x, np.zeros(100), **made.times)


def test_open_deliveries_count_as_far_as_they_were_seen() -> None:
    """Cut off at 12 days, the expected time stays what it is; the arrived ones alone are faster."""
    made = Made(20_000)
    seen = np.full(len(made.took), 12.0)
    days = np.where(made.took <= 12, made.took, np.nan)
    x = (made.x - made.x.mean(axis=0)) / np.maximum(made.x.std(axis=0), 1e-9)
    lost = np.zeros(len(days), bool)
    weight = np.ones(len(days))
    whole = fit_rest(x, made.took, np.full(len(days), 500.0), lost, weight, 1.0)
    cut = fit_rest(x, days, seen, lost, weight, 1.0)
    there = ~np.isnan(days)
    alone = fit_rest(x[there], days[there], seen[there], lost[there], weight[there], 1.0)
    mean, of_cut, of_alone = (m.expected(x)[0].mean() for m in (whole, cut, alone))
    assert abs(of_cut - mean) < 0.5 * abs(of_alone - mean)


def test_what_never_arrives_survives_any_promise() -> None:
    made = Made(2000)
    lost = np.zeros(2000, bool)
    lost[:400] = True
    days = np.where(lost, np.nan, made.took)
    model = fit_rest(made.x, days, np.full(2000, 500.0), lost, np.ones(2000), 1.0)
    assert model.surviving(np.array([1e6]))[0] == pytest.approx(0.2, abs=0.01)
