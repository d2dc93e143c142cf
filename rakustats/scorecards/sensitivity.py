"""Sensitivity analysis: scores and ranks with each weight a half larger or smaller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakustats.config.scorecard import Policy
from rakustats.scorecards.grades import Known, grades
from rakustats.scorecards.scores import DECIMALS, Scores
from rakustats.stats.arrays import Floats

Letters = NDArray[np.str_]


@dataclass(frozen=True)
class Sensitivity:
    """Lowest and highest score, grade and rank (1 is the best) over all changes of one weight."""

    score_low: Floats
    score_high: Floats
    grade_low: Letters
    grade_high: Letters
    rank_best: Floats
    rank_worst: Floats


def sensitivity(scored: Scores, known: Known, rules: Policy) -> Sensitivity:
    """Return what changes if each weight in turn is larger or smaller by ``weight_change``.

    The weights are made to add up to 1 again. The value that grades go by is moved by as much as
    the score.
    """
    low, high = scored.score.copy(), scored.score.copy()
    best = worst = _ranks(scored.score)
    for weights in _changed(scored.weights, rules.rules.weight_change):
        score = np.round(100 * np.nansum(weights * scored.means, axis=1), DECIMALS)
        score = np.where(np.isnan(scored.score), np.nan, score)
        low, high = np.fmin(low, score), np.fmax(high, score)
        rank = _ranks(score)
        best, worst = np.fmin(best, rank), np.fmax(worst, rank)
    graded = [
        grades(np.round(scored.cautious + end - scored.score, DECIMALS), known, rules)
        for end in (low, high)
    ]
    return Sensitivity(low, high, graded[0], graded[1], best, worst)


def _changed(weights: Floats, by: float) -> Iterator[Floats]:
    for criterion in range(weights.shape[1]):
        for factor in (1 - by, 1 + by):
            changed = weights.copy()
            changed[:, criterion] *= factor
            yield changed / np.maximum(changed.sum(axis=1), 1e-300)[:, None]


def _ranks(score: Floats) -> Floats:
    """Return ranks from the highest score down; who has no score has no rank."""
    order = np.argsort(-score, kind="stable")
    ranks = np.empty(len(score))
    ranks[order] = np.arange(1, len(score) + 1)
    return np.where(np.isnan(score), np.nan, ranks)
