"""The criteria of scores, for users: one row per seller or carrier and criterion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from rakustats.config.scorecard import Of
from rakustats.engine.database import Database
from rakustats.errors import one_of
from rakustats.i18n.phrases import Lang, phrase
from rakustats.marts.question import Period
from rakustats.metrics.spec.documented import of_database
from rakustats.results.result import Result
from rakustats.scorecards.cards import CarrierKey, Columns, result_of, titled, who
from rakustats.scorecards.criteria import METRIC_OF
from rakustats.scorecards.scoring import Card, scored


@of_database
def score_criteria(
    db: Database,
    of: Of = "seller",
    *,
    by: CarrierKey = "carrier",
    lang: Lang = "en",
    policy: str | Path | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return what the scores are made of: one row per seller or carrier and criterion.

    Parameters
    ----------
    of : {"seller", "carrier"}
        Whose scores.
    by : {"carrier", "ship_method"}
        Of carriers: who is scored.
    since, until, as_of, lang, policy
        As in :func:`seller_scores`.

    Returns
    -------
    Result
        In the order of the scores, criteria in that of the scorecard: the id (and ``seller_name``),
        ``criterion``, ``title``, ``weight`` (of 100, after the criteria without data dropped out; 0
        without data), ``n``, ``events``, ``rate`` (NULL where ``n`` is 0), ``usual`` (rate that the
        mix would have at common rates), ``common`` (rate of all), ``adjusted`` (rate shrunken to
        the common one, at the common case mix), ``lo``, ``hi`` (its 90 % interval), ``utility`` (0
        to 1), ``points_lost``, ``good``, ``bad`` (the anchors).

    Raises
    ------
    UsageError
        If ``of`` or a day is not valid, the policy is wrong, or no criterion can be computed.

    Notes
    -----
    score = 100 - Σ points_lost; docs/methods.md, Scorecards.

    Examples
    --------
    >>> parts = rs.score_criteria(db).frame()
    >>> bool((parts["points_lost"] <= parts["weight"] + 1e-9).all())
    True
    """
    one_of("of", of, ("seller", "carrier"))
    key = "seller_id" if of == "seller" else by
    return criteria_of(scored(db, of, key, policy=policy, **period), lang)


def criteria_of(card: Card, lang: Lang) -> Result:
    """Return a card in long form, one row per entity and criterion."""
    order = card.order
    pairs = list(zip(card.gathered.found, card.utilities, strict=True))
    count = len(pairs)
    repeated = np.repeat(order, count)

    def each(parts: Sequence[Any]) -> Any:
        return np.stack([part[order] for part in parts], axis=1).ravel()

    def of_utility(name: str) -> Any:
        return each([np.where(w.known, getattr(w, name)[w.place], np.nan) for _, w in pairs])

    n, events = each([f.n for f, _ in pairs]), each([f.events for f, _ in pairs])
    rate = np.where(n > 0, events / np.maximum(n, 1), np.nan)
    names = [f.criterion.name for f, _ in pairs]
    columns: Columns = [
        *who(card, repeated),
        ("criterion", names * len(order)),
        ("title", [METRIC_OF[name].title.to(lang) for name in names] * len(order)),
        ("weight", 100 * card.scores.weights[order].ravel()),
        *(("n", n), ("events", events), ("rate", rate)),
        ("usual", each([np.where(w.known, f.usual, np.nan) for f, w in pairs])),
        ("common", np.tile([f.common for f, _ in pairs], len(order))),
        *(("adjusted", of_utility("rate")), ("lo", of_utility("lo")), ("hi", of_utility("hi"))),
        ("utility", card.scores.means[order].ravel()),
        ("points_lost", card.lost[order].ravel()),
        ("good", np.tile([f.criterion.good for f, _ in pairs], len(order))),
        ("bad", np.tile([f.criterion.bad for f, _ in pairs], len(order))),
    ]
    title = titled(card)
    parts = phrase(ja=f"{title.ja}の内訳", en=f"{title.en}, by criterion")
    return result_of(card, columns, parts, "rows")
