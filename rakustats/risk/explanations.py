"""Contributions to the logit of a delivery, by group of features.

The logistic model is a sum already. The expected time is a function of two sums, its location and
its scale: what each contributes is its Shapley value between the reference delivery and this one,
divided among the features in proportion to their terms of that sum. Base and parts add up to the
logit.
"""

from __future__ import annotations

import numpy as np

from rakustats.risk.columns import FEATURES, GROUPS
from rakustats.risk.late_model import SLACK, LateModel, late_logit
from rakustats.risk.rest_model import RestModel
from rakustats.stats.arrays import Floats

# below this a sum does not move, and nothing is shared
STILL = 1e-9


def parts(model: LateModel, features: Floats) -> tuple[float, Floats]:
    """Return the logit of the usual delivery, and the parts of each row by group.

    Parameters
    ----------
    model : LateModel
        Fitted.
    features : array, rows x features

    Returns
    -------
    base : float
    parts : array, rows x groups of :data:`~rakustats.risk.columns.GROUPS`
        ``base + parts.sum(axis=1)`` is the model's logit.
    """
    x = model.standardised(features)
    share = model.share_
    linear = (1 - share) * x * model.logistic_.coef_[0]
    base = (1 - share) * float(model.logistic_.intercept_[0])
    if share and model.rest_ is not None:
        usual, mine = _of_rest(model.rest_, x, features[:, SLACK], model)
        base += share * usual
        linear = linear + share * mine
    place = np.array([GROUPS.index(f.group) for f in FEATURES])
    made = np.zeros((len(x), len(GROUPS)))
    np.add.at(made.T, place, linear.T)
    return base, made


def _of_rest(rest: RestModel, x: Floats, slack: Floats, model: LateModel) -> tuple[float, Floats]:
    """Return the usual logit of the expected time, and what each feature adds to it."""
    usual_slack = model.center_[SLACK]
    late = -x * rest.level
    late[:, SLACK] += slack - usual_slack
    wide = x * rest.spread
    gap, scale = late.sum(axis=1), wide.sum(axis=1)
    promised = slack - usual_slack

    def at(moved: Floats, widened: Floats) -> Floats:
        # the sums are bounded as the model bounds them
        left = np.where(moved == 0, 0.0, promised)
        mu, s = rest.bounded(rest.level_0 + left - moved, rest.spread_0 + widened)
        return late_logit(rest, (usual_slack + left - mu) / s)

    zero = np.zeros(len(x))
    both, none = at(gap, scale), at(zero, zero)
    by_gap = (at(gap, zero) - none + both - at(zero, scale)) / 2
    by_scale = both - none - by_gap
    return float(none[0]) if len(x) else 0.0, _shared(late, gap, by_gap) + _shared(
        wide, scale, by_scale
    )


def _shared(made: Floats, total: Floats, part: Floats) -> Floats:
    """Share a part among what made up the sum that it comes from."""
    moves = np.abs(total) > STILL
    return made * np.where(moves, part / np.where(moves, total, 1.0), 0.0)[:, None]
