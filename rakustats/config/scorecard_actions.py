"""Recommended actions: the rules of a scorecard, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rakustats.config import validators as v
from rakustats.config.toml import Located
from rakustats.config.toml_positions import Place as At
from rakustats.i18n.phrases import Phrase, phrase

STANDINGS = ("order_freely", "inspect_in_detail", "ask_first", "pause")
ALL_GRADES = ("A", "B", "C", "D", "N")


@dataclass(frozen=True)
class ActionRule:
    """A recommended action with its conditions; one that is None always holds."""

    standing: str
    why: Phrase
    grades: tuple[str, ...] | None = None
    flagged: bool | None = None
    p_worst: float | None = None
    loses_most: tuple[str, ...] | None = None


def action_rules(criteria: Sequence[str]) -> v.Check[tuple[ActionRule, ...]]:
    """Return the check of a list of rules, of which the last has no condition."""
    form = v.table(
        {
            "standing": v.OneOf(STANDINGS),
            "grades": v.list_of(v.OneOf(ALL_GRADES)),
            "flagged": v.flag,
            "p_worst": v.number(
                lambda p: 0 <= p <= 1,
                ja="0.5 のような 0 から 1 までの確率を書いてください",
                en="write a probability between 0 and 1, such as 0.5",
            ),
            "loses_most": v.list_of(v.OneOf(criteria)),
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
        return tuple(
            ActionRule(why=phrase(ja=rule.pop("ja"), en=rule.pop("en")), **rule) for rule in rules
        )

    return check
