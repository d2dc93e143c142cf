"""What a model has to beat: the lane's rate, one number, and a rule of thumb."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from rakustats.risk.labels import Rule
from rakustats.risk.rest_model import log_time
from rakustats.risk.rows import Rows
from rakustats.stats.arrays import Floats

NAMES = ("lane_rate", "slack", "age_over_p80")


@dataclass(frozen=True)
class Baseline:
    """One number of a row, and the logistic line or the two rates that make it a probability."""

    name: str
    slope: float
    intercept: float
    limit: float = np.nan

    def probability(self, rows: Rows) -> Floats:
        """Return the probability to be late."""
        number = _number(self.name, rows)
        if self.name == "age_over_p80":
            number = (number > self.limit).astype(float)
        made: Floats = expit(self.intercept + self.slope * number)
        return made


@dataclass(frozen=True)
class BaseRate:
    """The same probability for all: what is left where there is too little to train on."""

    rate: float
    name: str = "base_rate"

    def probability(self, rows: Rows) -> Floats:
        """Return the rate."""
        return np.full(len(rows), self.rate)


def _number(name: str, rows: Rows) -> Floats:
    features = rows.features
    if name == "lane_rate":
        usual = rows.table.column("usual_late").to_numpy()
        return np.asarray(
            logit(usual) + features["method_late"] + features["route_late"], np.float64
        )
    return np.asarray(features["spare" if name == "slack" else "stage_late"], np.float64)


def fit_baselines(rows: Rows, rule: Rule, at: float) -> list[Baseline]:
    """Return the baselines fitted to rows whose promise had passed by a day."""
    made, label = [], rule.label(rows)
    for name in NAMES[:2]:
        line = LogisticRegression(C=1e4).fit(_number(name, rows)[:, None], label)
        made.append(Baseline(name, float(line.coef_[0, 0]), float(line.intercept_[0])))
    return [*made, _age_rule(rows, label, at)]


def _age_rule(rows: Rows, label: NDArray[np.int64], at: float) -> Baseline:
    """Late where the age in the stage is beyond what four of five took, against what is usual."""
    stayed = np.exp(rows.features["stage_age"].to_numpy())
    rest = rows.days(at)
    known = ~np.isnan(rest) & (rows.features["no_stage_age"].to_numpy() == 0)
    took = log_time(stayed + rest - 0.5) - rows.features["expected_rest"].to_numpy()
    limit = float(np.quantile(took[known], 0.8)) if known.any() else np.inf
    over = _number("age_over_p80", rows) > limit
    below, above = (logit((label[part].sum() + 0.5) / (part.sum() + 1.0)) for part in (~over, over))
    return Baseline("age_over_p80", float(above - below), float(below), limit)
