"""Notes below scores: by which card, from which days, and what no export has."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.scorecards.criteria import METRIC_OF
from rakustats.scorecards.scoring import Card, dropped_weight

NAMED = 3


def notes(card: Card) -> Iterator[Phrase]:
    """Return the sentences below a table of scores."""
    source, days = card.policy.source, card.days
    ja_until, en_until = (
        (f"、{days.until} より前", f", before {days.until}") if days.until else ("", "")
    )
    weights = ", ".join(f"{c.name} {c.weight:g}" for c in card.policy.criteria)
    yield phrase(
        ja=f"基準（{source}）：{weights}。起点日が {days.since} 以降{ja_until}の分。",
        en=f"Scorecard {source}: {weights}. Cohort days from {days.since} on{en_until}.",
    )
    dropped = dropped_weight(card)
    if dropped:
        ja = "、".join(f"{METRIC_OF[name].title.ja}（{w:g}）" for name, w in dropped.items())
        en = ", ".join(f"{name} ({w:g})" for name, w in dropped.items())
        yield phrase(
            ja=f"データがなく外した基準：{ja}。残りの重みを 100 に換算した。",
            en=f"Dropped for want of data: {en}; the other weights were made 100 again.",
        )
    yield from _alone(card)
    limits = card.policy.rules
    yield phrase(
        ja=f"評価は cautious（{limits.cautious:.0%} 分位）による。"
        f"N は {limits.least_units} 件未満、"
        f"またはデータのある重みが {limits.least_coverage:.0%} 未満。",
        en=f"Grades go by cautious, the {limits.cautious:.0%} quantile. N: fewer than"
        f" {limits.least_units} units, or data for less than {limits.least_coverage:.0%} of the"
        " weights.",
    )


def _alone(card: Card) -> Iterator[Phrase]:
    """Yield who has nobody to be compared with by some criterion."""
    found = card.gathered.found
    who = np.any([(f.mix.alone >= f.n) & (f.mix.alone > 0) for f in found], axis=0)
    if not who.any():
        return
    ids = card.gathered.ids.filter(pa.array(who)).to_pylist()
    named = "、".join(ids[:NAMED]), ", ".join(ids[:NAMED])
    ja, en = (" ほか", " and others") if len(ids) > NAMED else ("", "")
    yield phrase(
        ja=f"{named[0]}{ja}（計 {len(ids)} 件）には、商品や時期の条件が同じ比べる相手のいない項目が"
        "ある。条件のせいか自身のせいかを分けられないため、その分、区間を広くしてある。",
        en=f"By some criterion nobody else has goods and seasons like those of {named[1]}{en}"
        f" ({len(ids)} in all): what is theirs cannot be told from what these bring, and intervals"
        " are wider for it.",
    )
