"""What to do with whom: the first rule of the scorecard that holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakustats.config.scorecard_actions import StandingRule
from rakustats.scorecards.reasons import TINY
from rakustats.stats.arrays import Bools, Floats


@dataclass(frozen=True)
class Judged:
    """What standing rules look at: grade, list, probability to be among the worst, points lost."""

    grade: NDArray[np.str_]
    flagged: Bools
    p_worst: Floats
    lost: Floats
    criteria: tuple[str, ...]


def standings(judged: Judged, rules: Sequence[StandingRule]) -> NDArray[np.int64]:
    """Return the number of the first rule that holds for each entity."""
    places = np.full(len(judged.grade), len(rules) - 1)
    left = np.ones(len(places), dtype=bool)
    for number, rule in enumerate(rules):
        holds = left & _holds(judged, rule)
        places[holds] = number
        left &= ~holds
    return places


def _holds(judged: Judged, rule: StandingRule) -> Bools:
    holds = np.ones(len(judged.grade), dtype=bool)
    if rule.grades is not None:
        holds &= np.isin(judged.grade, rule.grades)
    if rule.flagged is not None:
        holds &= judged.flagged == rule.flagged
    if rule.p_worst is not None:
        holds &= np.nan_to_num(judged.p_worst) >= rule.p_worst
    if rule.loses_most is not None:
        named = np.isin(np.array(judged.criteria), rule.loses_most)
        holds &= named[judged.lost.argmax(axis=1)] & (judged.lost.max(axis=1) >= TINY)
    return holds
