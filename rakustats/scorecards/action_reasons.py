"""Why an action is recommended: the rule's own words, and the numbers that they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from rakustats.config.scorecard_actions import ActionRule
from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.scorecards.criteria import METRIC_OF
from rakustats.scorecards.reasons import estimated
from rakustats.scorecards.scoring import Card


def action_reason(card: Card, one: int, lang: Lang) -> str:
    """Return why the action of one entity of the card is recommended."""
    rule = card.policy.standing[card.standing[one]]
    numbers = list(_numbers(card, rule, one))
    ja, en = "、".join(n.ja for n in numbers), ", ".join(n.en for n in numbers)
    return phrase(ja=f"{rule.why.ja}（{ja}）", en=f"{rule.why.en} ({en})").to(lang)


def _numbers(card: Card, rule: ActionRule, one: int) -> Iterator[Phrase]:
    if card.grade[one] == "N":
        yield _known(card, one)
    else:
        score, cautious = card.scores.score[one], card.scores.cautious[one]
        yield phrase(
            ja=f"スコア {score:.0f}、控えめに見て {cautious:.0f}",
            en=f"score {score:.0f}, cautiously {cautious:.0f}",
        )
    if rule.points_lost is not None:
        yield from _losses(card, rule.points_lost, one)
    if rule.p_worst is not None:
        p = f"{card.scores.p_worst[one]:.0%}"
        yield phrase(ja=f"確率 {p}", en=f"probability {p}")


def _losses(card: Card, least: dict[str, float], one: int) -> Iterator[Phrase]:
    """Yield the losses that the rule asks for, each with its rate."""
    for place, found in enumerate(card.gathered.found):
        lost = float(card.lost[one, place])
        if lost < least.get(found.criterion.name, float("inf")):
            continue
        title = METRIC_OF[found.criterion.name].title
        rate = estimated(found, card.utilities[place], one)
        yield phrase(
            ja=f"{title.ja}：{rate.ja}、−{lost:.0f} 点",
            en=f"{title.en}: {rate.en}, −{lost:.0f} points",
        )


def _known(card: Card, one: int) -> Phrase:
    limits = card.policy.rules
    n, share = int(card.known.n[one]), f"{card.known.coverage[one]:.0%}"
    least = f"{limits.least_coverage:.0%}"
    return phrase(
        ja=f"判定できた {n} 件（{limits.least_units} 件から）、配点の {share}（{least} から）",
        en=f"{n} units judged ({limits.least_units} are needed), data for {share} of the weights"
        f" ({least} are needed)",
    )
