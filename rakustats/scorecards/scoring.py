"""One card: evidence, utilities, scores and grades of all sellers, or of all carriers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from rakustats.config import scorecard
from rakustats.config.scorecard import CRITERIA, Of, Policy
from rakustats.engine.database import Database
from rakustats.marts.question import Period
from rakustats.scorecards.actions import Judged, standings
from rakustats.scorecards.criteria import MEASURES, Days
from rakustats.scorecards.evidence import Gathered, gathered, judged_days
from rakustats.scorecards.grades import Known, flagged, grades
from rakustats.scorecards.ratings import Ratings, ratings, word
from rakustats.scorecards.reasons import points_lost
from rakustats.scorecards.scores import Scores, scores
from rakustats.scorecards.utilities import Utilities, utilities
from rakustats.stats.arrays import Bools, Floats


@dataclass(frozen=True)
class Card:
    """Everything that a table of scores, or the page of one seller, is made of.

    All arrays are in the order of ``gathered.ids``; ``standing`` is the number of the rule in
    ``policy.standing``, ``lost`` the points by criterion.
    """

    of: Of
    key: str
    policy: Policy
    days: Days
    gathered: Gathered
    ratings: Ratings | None
    utilities: tuple[Utilities, ...]
    scores: Scores
    known: Known
    grade: NDArray[np.str_]
    flagged: Bools
    lost: Floats
    standing: NDArray[np.int64]

    @property
    def order(self) -> NDArray[np.intp]:
        """Rows from the best cautious value down, those without a grade last."""
        nobody = self.grade == "N"
        cautious = np.where(nobody, 0.0, np.nan_to_num(self.scores.cautious))
        units = np.where(nobody, self.known.n, 0)
        return np.lexsort((np.arange(len(nobody)), -units, -cautious, nobody))


def scored(
    db: Database,
    of: Of = "seller",
    key: str = "seller_id",
    *,
    policy: str | Path | None = None,
    **period: Unpack[Period],
) -> Card:
    """Return the card of sellers or carriers: every metric is asked once.

    Raises
    ------
    UsageError
        If a day is not valid, the policy is wrong, or no criterion can be told.
    """
    rules = scorecard.policy(of, policy)
    days = judged_days(db, rules, **period)
    found = gathered(db, key, rules, days)
    told = ratings(db, db.look_back(days.as_of), found.ids) if of == "seller" else None
    return carded(of, key, rules, days, found, told)


def carded(
    of: Of, key: str, rules: Policy, days: Days, found: Gathered, told: Ratings | None
) -> Card:
    """Return the card that follows from the evidence: numbers only, no question to any engine."""
    worth = tuple(
        utilities(f, None if told is None else word(f, told, rules.rules)) for f in found.found
    )
    points = scores(worth, rules, sum(c.weight for c in rules.criteria))
    known = _known(found, points)
    graded = grades(points.cautious, known, rules)
    listed, lost = flagged(points.p_bad, graded), points_lost(points)
    names = tuple(f.criterion.name for f in found.found)
    judged = Judged(graded, listed, points.p_worst, lost, names)
    standing = standings(judged, rules.standing)
    return Card(
        *(of, key, rules, days, found, told, worth, points, known, graded, listed, lost, standing)
    )


def _known(found: Gathered, points: Scores) -> Known:
    """Count units of goods once, by the criterion that has most; of orders at least as many."""
    goods = [f.n for f in found.found if MEASURES[f.criterion.name].goods]
    n = np.max(goods, axis=0) if goods else np.zeros(len(found.ids), dtype=np.int64)
    events = np.sum([f.events for f in found.found], axis=0)
    orders = np.max([f.orders for f in found.found], axis=0)
    return Known(n, points.coverage, events, orders)


def dropped_weight(card: Card) -> dict[str, float]:
    """Return the criteria that no export told of, with their weights."""
    told = {f.criterion.name for f in card.gathered.found}
    weights = {c.name: c.weight for c in card.policy.criteria}
    return {name: weights[name] for name in CRITERIA[card.of] if name in weights.keys() - told}
