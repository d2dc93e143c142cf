"""Evaluation of probabilities: discrimination, Brier score, calibration, use at a capacity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from rakustats.errors import UsageError
from rakustats.stats.arrays import Floats


@dataclass(frozen=True)
class Evaluation:
    """Figures of probabilities against outcomes, all on the same n rows.

    `skill` is 1 - Brier / Brier of the past rate; `precision` is the share of events among the
    `capacity` rows of the highest probability. `auc` and `average_precision` are None where all
    rows ended alike.
    """

    n: int
    events: int
    mean_probability: float
    auc: float | None
    average_precision: float | None
    brier: float
    skill: float | None
    calibration_error: float
    capacity: int
    precision: float


@dataclass(frozen=True)
class Bins:
    """A calibration table: rows, mean probability and event rate of each bin."""

    n: NDArray[np.int64]
    probability: Floats
    rate: Floats

    @property
    def error(self) -> float:
        """Return the mean distance of probability and rate, weighted by rows."""
        return float(np.average(np.abs(self.probability - self.rate), weights=self.n))


def evaluate(events: ArrayLike, p: ArrayLike, past_rate: float, capacity: int) -> Evaluation:
    """Return the figures of probabilities `p` for 0/1 `events`, with skill against `past_rate`.

    Raises
    ------
    UsageError
        If there are no rows, the lengths differ or a probability is not in [0, 1].
    """
    seen, chances = _checked(events, p)
    brier = float(np.mean((chances - seen) ** 2))
    plain = float(np.mean((past_rate - seen) ** 2))
    mixed = 0 < seen.sum() < len(seen)
    first = np.argsort(-chances, kind="stable")[:capacity]
    return Evaluation(
        n=len(seen),
        events=int(seen.sum()),
        mean_probability=float(chances.mean()),
        auc=float(roc_auc_score(seen, chances)) if mixed else None,
        average_precision=float(average_precision_score(seen, chances)) if mixed else None,
        brier=brier,
        skill=1 - brier / plain if plain else None,
        calibration_error=calibration(seen, chances).error,
        capacity=len(first),
        precision=float(seen[first].mean()),
    )


def calibration(events: ArrayLike, p: ArrayLike, bins: int = 10) -> Bins:
    """Return mean probability beside the event rate in bins of equally many rows.

    >>> calibration([0, 0, 1, 1], [0.1, 0.3, 0.6, 1.0], bins=2).rate.tolist()
    [0.0, 1.0]
    """
    seen, chances = _checked(events, p)
    parts = [part for part in np.array_split(np.argsort(chances, kind="stable"), bins) if len(part)]
    return Bins(
        np.array([len(part) for part in parts], np.int64),
        np.array([chances[part].mean() for part in parts]),
        np.array([seen[part].mean() for part in parts]),
    )


def beats(events: ArrayLike, p: ArrayLike, baseline: ArrayLike, together: ArrayLike) -> bool:
    """Return whether `p` has a lower Brier score than `baseline` by more than one standard error.

    Parameters
    ----------
    events, p, baseline : array, one entry per row
        Outcomes (0 or 1) and the two probabilities of each.
    together : array, one entry per row
        What rows share that go wrong together, such as the week of the question: the standard
        error is that of a mean over such clusters (Liang and Zeger 1986), not over rows.

    Raises
    ------
    UsageError
        If there are no rows, the lengths differ or a probability is not in [0, 1].

    Examples
    --------
    >>> beats([0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8], [0.5, 0.5, 0.5, 0.5], [1, 1, 2, 2])
    True
    """
    seen, chances = _checked(events, p)
    other = _checked(events, baseline)[1]
    gains = (other - seen) ** 2 - (chances - seen) ** 2
    cluster = np.unique(np.asarray(together), return_inverse=True)[1]
    off = np.bincount(cluster, gains - gains.mean())
    k = len(off)
    if k < 2:
        return False
    error = np.sqrt((off**2).sum() * k / (k - 1)) / len(gains)
    return bool(gains.mean() > error)


def _checked(events: ArrayLike, p: ArrayLike) -> tuple[Floats, Floats]:
    seen, chances = np.asarray(events, float), np.asarray(p, float)
    if not len(seen) or seen.shape != chances.shape:
        raise UsageError(
            ja=f"結果が {len(seen)} 件、確率が {len(chances)} 件です。同じ数だけ渡してください。",
            en=f"{len(seen)} outcomes and {len(chances)} probabilities: give one of each.",
        )
    if not np.all((chances >= 0) & (chances <= 1)):
        raise UsageError(
            ja="確率に、欠けているものか 0〜1 の外のものがあります。"
            "先にすべての行の確率を求めてください。",
            en="A probability is missing or outside 0 to 1. Score every row first.",
        )
    return seen, chances
