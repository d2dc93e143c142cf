"""Recommended actions: the first rule of the scorecard that holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakustats.config.scorecard_actions import ActionRule
from rakustats.scorecards.reasons import TINY
from rakustats.stats.arrays import Bools, Floats


@dataclass(frozen=True)
class ActionFacts:
    """What rules depend on: grade, list, probability to be among the worst, points lost."""

    grade: NDArray[np.str_]
    flagged: Bools
    p_worst: Floats
    lost: Floats
    criteria: tuple[str, ...]


def recommended_actions(facts: ActionFacts, rules: Sequence[ActionRule]) -> NDArray[np.int64]:
    """Return the number of the first rule that holds for each entity."""
    places = np.full(len(facts.grade), len(rules) - 1)
    left = np.ones(len(places), dtype=bool)
    for number, rule in enumerate(rules):
        holds = left & _holds(facts, rule)
        places[holds] = number
        left &= ~holds
    return places


def _holds(facts: ActionFacts, rule: ActionRule) -> Bools:
    holds = np.ones(len(facts.grade), dtype=bool)
    if rule.grades is not None:
        holds &= np.isin(facts.grade, rule.grades)
    if rule.flagged is not None:
        holds &= facts.flagged == rule.flagged
    if rule.p_worst is not None:
        holds &= np.nan_to_num(facts.p_worst) >= rule.p_worst
    if rule.loses_most is not None:
        named = np.isin(np.array(facts.criteria), rule.loses_most)
        holds &= named[facts.lost.argmax(axis=1)] & (facts.lost.max(axis=1) >= TINY)
    return holds
