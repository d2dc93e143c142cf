"""What a reader of scores has to know: by which card, from which days, and what was not told."""

from __future__ import annotations

from collections.abc import Iterator

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.scorecards.criteria import MEASURES
from rakustats.scorecards.scoring import Card, dropped_weight


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
        ja = "、".join(f"{MEASURES[name].title.ja}（{w:g}）" for name, w in dropped.items())
        en = ", ".join(f"{name} ({w:g})" for name, w in dropped.items())
        yield phrase(
            ja=f"データがなく外した基準：{ja}。残りの重みを 100 に換算した。",
            en=f"Dropped for want of data: {en}; the other weights were made 100 again.",
        )
    told = card.policy.rules
    yield phrase(
        ja=f"評価は cautious（{told.cautious:.0%} 分位）による。N は {told.least_units} 件未満、"
        f"またはデータのある重みが {told.least_coverage:.0%} 未満。",
        en=f"Grades go by cautious, the {told.cautious:.0%} quantile. N: fewer than"
        f" {told.least_units} units, or data for less than {told.least_coverage:.0%} of the"
        " weights.",
    )
