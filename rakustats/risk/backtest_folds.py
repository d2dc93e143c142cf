"""Rolling-origin backtest: trained as of past days, evaluated on what came after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from rakustats.risk.baselines import fit_baselines
from rakustats.risk.guard import KnownFeatures
from rakustats.risk.labels import Rule
from rakustats.risk.late_model import LateModel
from rakustats.risk.prediction_intervals import PredictionIntervals, fit_intervals
from rakustats.risk.rows import Rows
from rakustats.stats.arrays import Floats

FOLDS, FOLD_DAYS = 4, 90
# what was asked about when histories had just begun has none
BURN_IN = 60
LEAST_ROWS, LEAST_EVENTS = 200, 30


@dataclass(frozen=True)
class Fitted:
    """A pipeline, its prediction intervals and the rows it was trained on, as of a day."""

    pipeline: Pipeline
    intervals: PredictionIntervals | None
    n: int
    events: int
    at: float

    @property
    def model(self) -> LateModel:
        """The estimator at the end of the pipeline."""
        return self.pipeline[-1]  # type: ignore[no-any-return] # untyped in the library

    def probability(self, rows: Rows) -> Floats:
        """Return the probability of the target."""
        made: Floats = self.pipeline.predict_proba(rows.features)[:, 1]
        return made

    def arrivals(self, rows: Rows) -> tuple[Floats, NDArray[np.object_]]:
        """Return P10, P50 and P90 of the arrival and the level of each."""
        assert self.intervals is not None
        return self.intervals.of(rows)


@dataclass(frozen=True)
class Fold:
    """What was trained as of one origin, and the rows it was tested on."""

    fitted: Fitted
    rows: Rows
    label: NDArray[np.int64]
    p: Floats
    baselines: dict[str, Floats]
    past_rate: float
    intervals: Floats | None


def pipeline(**settings: Any) -> Pipeline:
    """Return the untrained pipeline: features by name, and the model on them."""
    return Pipeline([("known", KnownFeatures()), ("late", LateModel(**settings))])


def enough(label: NDArray[np.int64]) -> bool:
    """Whether there are rows and events enough to train on."""
    return len(label) >= LEAST_ROWS and label.sum() >= LEAST_EVENTS and label.sum() < len(label)


def fit_at(rows: Rows, rule: Rule, at: float) -> Fitted | None:
    """Return what could be trained by a day, None where there was too little."""
    old = rows.asked >= np.min(rows.asked, initial=np.inf) + BURN_IN
    known = rule.labelled(rows, at)
    if not enough(rule.label(rows.part(known))):
        return None
    if not enough(rule.label(rows.part(known & old))):
        old = np.ones(len(rows), bool)
    known &= old
    mine = rows.part(rule.trainable(rows, at) & old)
    outcomes: dict[str, Any] = {"late__asked": mine.asked}
    if rule.timed:
        outcomes |= {"late__days": mine.days(at), "late__seen": mine.known(at) - mine.asked,
                 "late__failed": mine.lost(at)}  # fmt: skip
    made = pipeline().fit(mine.features, rule.label(mine), **outcomes)
    # what is on its way today is like what was on its way, whether its promise is over or not
    intervals = fit_intervals(rows.part(old), at) if rule.timed else None
    label = rule.label(rows.part(known))
    return Fitted(made, intervals, len(label), int(label.sum()), at)


def origins(at: float, first: float) -> list[float]:
    """Return the origins, oldest first."""
    days = [at - FOLD_DAYS * k for k in range(FOLDS, 0, -1)]
    return [day for day in days if day > first + BURN_IN]


def folds(rows: Rows, rule: Rule, at: float, starts: Sequence[float]) -> Iterator[Fold]:
    """Yield each origin with the rows asked about from there to the next, as far as known."""
    ends = [*starts[1:], at]
    for start, end in zip(starts, ends, strict=True):
        fitted = fit_at(rows, rule, start)
        tests = (rows.asked >= start) & (rows.asked < end) & rule.labelled(rows, at)
        # a delivery that was trained on is not tested on
        trainable = rule.trainable(rows, start)
        tests &= ~np.isin(rows.unit, rows.unit[trainable])
        if fitted is None or not tests.any():
            continue
        mine, train = rows.part(tests), rows.part(rule.labelled(rows, start))
        beside = {b.name: b.probability(mine) for b in fit_baselines(train, rule, start)}
        intervals = fitted.arrivals(mine)[0] if rule.timed else None
        yield Fold(
            fitted, mine, rule.label(mine), fitted.probability(mine), beside,
            float(rule.label(train).mean()), intervals,
        )  # fmt: skip
