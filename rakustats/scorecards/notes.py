"""Notes below scores: by which card, from which days, and what no export has."""

from __future__ import annotations

from collections.abc import Iterator

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.scorecards.criteria import METRIC_OF
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
        ja = "、".join(f"{METRIC_OF[name].title.ja}（{w:g}）" for name, w in dropped.items())
        en = ", ".join(f"{name} ({w:g})" for name, w in dropped.items())
        yield phrase(
            ja=f"データがなく外した基準：{ja}。残りの重みを 100 に換算した。",
            en=f"Dropped for want of data: {en}; the other weights were made 100 again.",
        )
    limits = card.policy.rules
    yield phrase(
        ja=f"評価は cautious（{limits.cautious:.0%} 分位）による。"
        f"N は {limits.least_units} 件未満、"
        f"またはデータのある重みが {limits.least_coverage:.0%} 未満。",
        en=f"Grades go by cautious, the {limits.cautious:.0%} quantile. N: fewer than"
        f" {limits.least_units} units, or data for less than {limits.least_coverage:.0%} of the"
        " weights.",
    )
