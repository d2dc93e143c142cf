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
from rakustats.scorecards.actions import ActionFacts, recommended_actions
from rakustats.scorecards.criteria import METRIC_OF, Days
from rakustats.scorecards.evidence import Gathered, gathered, scored_days
from rakustats.scorecards.grades import Known, flagged, grades
from rakustats.scorecards.ratings import Ratings, pseudo_units, ratings
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
        If a day is not valid, the policy is wrong, or no criterion can be computed.
    """
    rules = scorecard.policy(of, policy)
    days = scored_days(db, rules, **period)
    found = gathered(db, key, rules, days)
    rated = ratings(db, db.snapshot(days.as_of), found.ids) if of == "seller" else None
    return carded(of, key, rules, days, found, rated)


def carded(
    of: Of, key: str, rules: Policy, days: Days, found: Gathered, rated: Ratings | None
) -> Card:
    """Return the card that follows from the evidence: numbers only, no question to any engine."""
    by_criterion = tuple(
        utilities(f, None if rated is None else pseudo_units(f, rated, rules.rules))
        for f in found.found
    )
    points = scores(by_criterion, rules, sum(c.weight for c in rules.criteria))
    known = _known(found, points)
    graded = grades(points.cautious, known, rules)
    listed, lost = flagged(points.p_bad, graded), points_lost(points)
    names = tuple(f.criterion.name for f in found.found)
    facts = ActionFacts(graded, listed, points.p_worst, lost, names)
    standing = recommended_actions(facts, rules.standing)
    return Card(
        *(of, key, rules, days, found, rated, by_criterion, points),
        *(known, graded, listed, lost, standing),
    )


def _known(found: Gathered, points: Scores) -> Known:
    """Count units of goods once, by the criterion that has most; of orders at least as many."""
    goods = [f.n for f in found.found if METRIC_OF[f.criterion.name].goods]
    n = np.max(goods, axis=0) if goods else np.zeros(len(found.ids), dtype=np.int64)
    events = np.sum([f.events for f in found.found], axis=0)
    orders = np.max([f.orders for f in found.found], axis=0)
    return Known(n, points.coverage, events, orders)


def dropped_weight(card: Card) -> dict[str, float]:
    """Return the criteria that no export has data for, with their weights."""
    asked = {f.criterion.name for f in card.gathered.found}
    weights = {c.name: c.weight for c in card.policy.criteria}
    return {name: weights[name] for name in CRITERIA[card.of] if name in weights.keys() - asked}
