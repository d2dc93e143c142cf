"""What to do with whom: the rules of a scorecard, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rakustats.config.toml import Located, guess
from rakustats.config.toml_positions import Place as At
from rakustats.i18n.phrases import Phrase, phrase

STANDINGS = ("order_freely", "inspect_in_detail", "ask_first", "pause")
ALL_GRADES = ("A", "B", "C", "D", "N")
_KEYS = ("standing", "grades", "flagged", "p_worst", "loses_most", "ja", "en")


@dataclass(frozen=True)
class StandingRule:
    """A standing with the conditions that lead to it; one that is None always holds."""

    standing: str
    why: Phrase
    grades: tuple[str, ...] | None = None
    flagged: bool | None = None
    p_worst: float | None = None
    loses_most: tuple[str, ...] | None = None


def standing_rules(
    file: Located, at: At, listed: Any, criteria: Sequence[str]
) -> tuple[StandingRule, ...]:
    """Return the rules that a file lists at a place.

    Raises
    ------
    UsageError
        If one of them is wrong, or the last one has conditions; the message names the line.
    """
    if not isinstance(listed, list) or not all(isinstance(spec, dict) for spec in listed):
        name = ".".join(map(str, at))
        raise file.wrong(at, f"write [[{name}]], once for each rule")
    rules = [_rule(file, (*at, n), spec, criteria) for n, spec in enumerate(listed)]
    if not rules or not _always(rules[-1]):
        raise file.wrong(at, "the last rule must have no condition, so that one always holds")
    return tuple(rules)


def _always(rule: StandingRule) -> bool:
    return (rule.grades, rule.flagged, rule.p_worst, rule.loses_most) == (None,) * 4


def _rule(file: Located, at: At, spec: dict[str, Any], criteria: Sequence[str]) -> StandingRule:
    file.keys(at, spec, _KEYS, "key")
    for name in ("standing", "ja", "en"):
        if name not in spec:
            raise file.wrong(at, f"{name} is missing")
    _known(file, (*at, "standing"), [spec["standing"]], STANDINGS)
    return StandingRule(
        standing=spec["standing"],
        why=phrase(**{lang: file.text((*at, lang), spec[lang]) for lang in ("ja", "en")}),
        grades=_listed(file, (*at, "grades"), spec.get("grades"), ALL_GRADES),
        flagged=file.flag((*at, "flagged"), spec["flagged"]) if "flagged" in spec else None,
        p_worst=_share(file, (*at, "p_worst"), spec.get("p_worst")),
        loses_most=_listed(file, (*at, "loses_most"), spec.get("loses_most"), criteria),
    )


def _listed(file: Located, at: At, given: Any, right: Sequence[str]) -> tuple[str, ...] | None:
    if given is None:
        return None
    if not isinstance(given, list):
        raise file.wrong(at, "write a list, such as ['C', 'D']")
    _known(file, at, given, right)
    return tuple(given)


def _known(file: Located, at: At, given: Sequence[Any], right: Sequence[str]) -> None:
    for value in given:
        if value not in right:
            raise file.wrong(at, f"{value!r} is unknown{guess(str(value), right)}")


def _share(file: Located, at: At, value: Any) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or not 0 <= value <= 1:
        raise file.wrong(at, "write a probability between 0 and 1, such as 0.5")
    return float(value)
