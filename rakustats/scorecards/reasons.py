"""Why a score is not better: the two largest losses, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.scorecards.criteria import METRIC_OF
from rakustats.scorecards.evidence import Evidence
from rakustats.scorecards.scores import Scores
from rakustats.scorecards.utilities import Utilities
from rakustats.stats.arrays import Floats

MOST = 2
# losses of fewer points are none
TINY = 1.0
NOTHING = phrase(ja="問題とする点はない", en="nothing to complain of")
UNKNOWN = phrase(ja="データなし", en="no data")
_APART = phrase(ja="／", en="; ")


def points_lost(scored: Scores) -> Floats:
    """Return the points that each criterion costs (entities x criteria), 0 without data."""
    lost: Floats = 100 * scored.weights * (1 - np.nan_to_num(scored.means, nan=1.0))
    return lost


def reasons(
    found: Sequence[Evidence],
    by_criterion: Sequence[Utilities],
    scored: Scores,
    lang: Lang,
    who: Sequence[int] | NDArray[np.intp],
) -> list[str]:
    """Return the largest losses of some entities with their numbers, the largest first."""
    lost = points_lost(scored)
    order = np.argsort(-lost, axis=1, kind="stable")[:, :MOST]
    texts = []
    for one in who:
        if np.isnan(scored.score[one]):
            texts.append(UNKNOWN.to(lang))
            continue
        phrases = [
            _reason(found[c], by_criterion[c], one, float(lost[one, c])).to(lang)
            for c in order[one]
            if lost[one, c] >= TINY
        ]
        texts.append(_APART.to(lang).join(phrases) or NOTHING.to(lang))
    return texts


def _reason(found: Evidence, by_criterion: Utilities, who: int, lost: float) -> Phrase:
    metric = METRIC_OF[found.criterion.name]
    n, events = f"{found.n[who]:,}", f"{found.events[who]:,}"
    rate = estimated(found, by_criterion, who)
    return phrase(
        ja=f"{metric.title.ja}：{metric.unit.ja} {n} 件中 {events} 件、{rate.ja}、−{lost:.0f} 点",
        en=f"{metric.title.en}: {events} of {n} {metric.unit.en}, {rate.en}, −{lost:.0f} points",
    )


def estimated(found: Evidence, by_criterion: Utilities, who: int) -> Phrase:
    """Return an entity's rate on a criterion beside that of all."""
    rate, common = f"{by_criterion.rate[by_criterion.place[who]]:.1%}", f"{found.common:.1%}"
    return phrase(ja=f"推定 {rate}（全体 {common}）", en=f"estimated {rate} (all: {common})")
