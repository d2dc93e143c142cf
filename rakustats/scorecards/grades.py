"""Grades A to D by the cautious value of a score, and N where too little is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakustats.config.scorecard import Policy
from rakustats.config.settings import settings
from rakustats.stats.arrays import Bools, Floats, Ints
from rakustats.stats.ranks import largest_list


@dataclass(frozen=True)
class Known:
    """The data on each entity: units, part of the weights, bad events and their orders."""

    n: Ints
    coverage: Floats
    events: Ints
    orders: Ints


def enough(known: Known, rules: Policy) -> Bools:
    """Return who has enough data for a grade."""
    limits = rules.rules
    lines: Bools = known.n >= limits.least_units
    return lines & (known.coverage >= limits.least_coverage - 1e-9)


def grades(cautious: Floats, known: Known, rules: Policy) -> NDArray[np.str_]:
    """Return each entity's grade.

    The lower ends of A, B and C are inclusive. A cautious value below C is a D only with enough bad
    events, from enough orders; else a C. Without enough data the grade is N.

    Examples
    --------
    >>> import numpy as np
    >>> from rakustats.config.scorecard import policy
    >>> known = Known(*(np.array([9, 9, 9, 4]) for _ in range(4)))
    >>> grades(np.array([100.0, 85.0, 12.0, 100.0]), known, policy("seller")).tolist()
    ['A', 'A', 'D', 'N']
    """
    a, b, c = rules.grades
    limits = rules.rules
    sure = (known.events >= limits.bad_events) & (known.orders >= limits.bad_orders)
    below = np.where(sure, "D", "C")
    graded = np.select([cautious >= a, cautious >= b, cautious >= c], ["A", "B", "C"], below)
    return np.where(enough(known, rules), graded, "N")


def flagged(p_bad: Floats, graded: NDArray[np.str_]) -> Bools:
    """Return the largest list of likely Ds of which a tenth at most is expected to be none.

    Who has no grade is on no list.
    """
    listed = np.zeros(len(p_bad), dtype=bool)
    who = graded != "N"
    if who.any():
        share = settings().shrinkage.false_share
        listed[who] = largest_list(p_bad[who], np.ones(int(who.sum())), share)
    return listed
