"""Recommended actions: the first rule of the scorecard that holds.

Rules stand harshest first, and none holds for who is better by every criterion without holding for
who is worse: so nobody is treated more harshly for being better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakustats.config.scorecard_actions import ActionRule
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
        holds &= _graded(facts.grade, rule.grades)
    if rule.flagged:
        holds &= facts.flagged
    if rule.p_worst is not None:
        holds &= np.nan_to_num(facts.p_worst) >= rule.p_worst
    if rule.points_lost is not None:
        least = [rule.points_lost.get(name, np.inf) for name in facts.criteria]
        holds &= (facts.lost >= np.array(least)).any(axis=1)
    return holds


def _graded(grade: NDArray[np.str_], wanted: Sequence[str]) -> Bools:
    """Return who has one of the grades or a worse one; N is neither better nor worse."""
    letters = [g for g in wanted if g != "N"]
    holds: Bools = (grade == "N") & ("N" in wanted)
    if letters:
        holds |= (grade != "N") & (grade >= min(letters))
    return holds
