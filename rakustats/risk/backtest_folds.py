"""Trained again and again as of past days, and judged on what came after: nothing else is shown."""

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
from rakustats.risk.prediction_intervals import Windows, fit_windows
from rakustats.risk.rows import Rows
from rakustats.stats.arrays import Floats

FOLDS, FOLD_DAYS = 4, 90
# what was asked about when histories had just begun has none
BURN_IN = 60
LEAST_ROWS, LEAST_EVENTS = 200, 30
# the part of the longest times that need not be over for a row to tell how far off it was
RIPE = 0.97


@dataclass(frozen=True)
class Fitted:
    """A pipeline, its windows and the rows it was learnt from, as of a day."""

    pipeline: Pipeline
    windows: Windows | None
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
        assert self.windows is not None
        assert self.model.rest_ is not None
        x = self.model.standardised(rows.features.to_numpy(np.float64))
        return self.windows.of(rows, self.model.rest_, x)


@dataclass(frozen=True)
class Fold:
    """What was learnt by one origin, and the rows it was tried on."""

    fitted: Fitted
    rows: Rows
    label: NDArray[np.int64]
    p: Floats
    baselines: dict[str, Floats]
    past_rate: float
    windows: Floats | None


def pipeline(**settings: Any) -> Pipeline:
    """Return the untrained pipeline: features by name, and the model on them."""
    return Pipeline([("known", KnownFeatures()), ("late", LateModel(**settings))])


def enough(label: NDArray[np.int64]) -> bool:
    """Whether there are rows and events enough to learn from."""
    return len(label) >= LEAST_ROWS and label.sum() >= LEAST_EVENTS and label.sum() < len(label)


def fit_at(rows: Rows, rule: Rule, at: float) -> Fitted | None:
    """Return what could be learnt by a day, None where that was too little."""
    old = rows.asked >= np.min(rows.asked, initial=np.inf) + BURN_IN
    known = rule.known(rows, at)
    if not enough(rule.label(rows.part(known))):
        return None
    if enough(rule.label(rows.part(known & old))):
        known, learnt = known & old, rule.learnt(rows, at) & old
    else:
        learnt = rule.learnt(rows, at)
    mine = rows.part(learnt)
    told: dict[str, Any] = {"late__asked": mine.asked}
    if rule.timed:
        told |= {"late__days": mine.days(at), "late__seen": at - mine.asked,
                 "late__failed": mine.lost(at)}  # fmt: skip
    made = pipeline().fit(mine.features, rule.label(mine), **told)
    windows = _windows(mine, made[-1], at) if rule.timed else None
    label = rule.label(rows.part(known))
    return Fitted(made, windows, len(label), int(label.sum()), at)


def _windows(rows: Rows, model: LateModel, at: float) -> Windows:
    """Leave out what was asked about so lately that only the fast ones have arrived."""
    rest = rows.days(at)
    ripe = np.nanquantile(rest, RIPE) if (~np.isnan(rest)).any() else 0.0
    off = np.where(rows.asked <= at - ripe, model.off_, np.nan)
    return fit_windows(rows, off)


def origins(at: float, first: float) -> list[float]:
    """Return the days as of which is trained, oldest first."""
    days = [at - FOLD_DAYS * k for k in range(FOLDS, 0, -1)]
    return [day for day in days if day > first + BURN_IN]


def folds(rows: Rows, rule: Rule, at: float, starts: Sequence[float]) -> Iterator[Fold]:
    """Yield each origin with the rows asked about from there to the next, as far as known."""
    ends = [*starts[1:], at]
    for start, end in zip(starts, ends, strict=True):
        fitted = fit_at(rows, rule, start)
        tests = (rows.asked >= start) & (rows.asked < end) & rule.known(rows, at)
        # a delivery that was learnt from is not tried on
        learnt = rule.learnt(rows, start)
        tests &= ~np.isin(rows.unit, rows.unit[learnt])
        if fitted is None or not tests.any():
            continue
        mine, train = rows.part(tests), rows.part(rule.known(rows, start))
        beside = {b.name: b.probability(mine) for b in fit_baselines(train, rule, start)}
        windows = fitted.arrivals(mine)[0] if rule.timed else None
        yield Fold(
            fitted, mine, rule.label(mine), fitted.probability(mine), beside,
            float(rule.label(train).mean()), windows,
        )  # fmt: skip
