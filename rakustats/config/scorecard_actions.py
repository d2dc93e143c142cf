"""Recommended actions: the rules of a scorecard, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rakustats.config import validators as v
from rakustats.config.toml import Located
from rakustats.config.toml_positions import Place as At
from rakustats.i18n.phrases import Phrase, phrase

STANDINGS = ("order_freely", "inspect_in_detail", "ask_first", "pause")
ALL_GRADES = ("A", "B", "C", "D", "N")


@dataclass(frozen=True)
class ActionRule:
    """A recommended action with its conditions; one that is not given always holds.

    ``grades`` holds for the best of them and all that are worse, N apart; ``points_lost`` where one
    of the criteria costs so many points.
    """

    standing: str
    why: Phrase
    grades: tuple[str, ...] | None = None
    flagged: bool = False
    p_worst: float | None = None
    points_lost: dict[str, float] | None = None


_POINTS = v.number(
    lambda points: points > 0,
    ja="10 のような失点を書いてください",
    en="write points such as 10",
)


def _only_true(file: Located, at: At, value: Any) -> bool:
    """Refuse a rule for those who are on no list: being better would be held against them."""
    if v.flag(file, at, value):
        return True
    raise file.wrong(
        at,
        ja="true と書くか、この行を消してください",
        en="write true, or leave the line out",
    )


def action_rules(criteria: Sequence[str]) -> v.Check[tuple[ActionRule, ...]]:
    """Return the check of a list of rules, of which the last has no condition."""
    form = v.table(
        {
            "standing": v.OneOf(STANDINGS),
            "grades": v.list_of(v.OneOf(ALL_GRADES)),
            "flagged": _only_true,
            "p_worst": v.number(
                lambda p: 0 <= p <= 1,
                ja="0.5 のような 0 から 1 までの確率を書いてください",
                en="write a probability between 0 and 1, such as 0.5",
            ),
            "points_lost": v.table(
                dict.fromkeys(criteria, _POINTS), what=phrase(ja="項目", en="criterion")
            ),
            "ja": v.text,
            "en": v.text,
        },
        needed=["standing", "ja", "en"],
    )
    listed = v.tables(form, ja="ルール", en="rule")

    def check(file: Located, at: At, value: Any) -> tuple[ActionRule, ...]:
        rules = listed(file, at, value)
        if not rules or not rules[-1].keys() <= {"standing", "ja", "en"}:
            raise file.wrong(
                at,
                ja="必ずどれかが当てはまるように、最後のルールには条件を書かないでください",
                en="the last rule must have no condition, so that one always holds",
            )
        harsh = [STANDINGS.index(rule["standing"]) for rule in rules]
        for number, (before, after) in enumerate(pairwise(harsh), start=1):
            if after > before:
                raise file.wrong(
                    (*at, number),
                    ja="より厳しい扱いが先に来るように、"
                    f"{'、'.join(STANDINGS[::-1])} の順に並べてください",
                    en="put harsher rules first, in the order"
                    f" {', '.join(STANDINGS[::-1])}: who is better must not be treated worse",
                )
        return tuple(
            ActionRule(why=phrase(ja=rule.pop("ja"), en=rule.pop("en")), **rule) for rule in rules
        )

    return check
