"""How sellers and carriers are scored: the package's scorecard.toml, and one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from rakustats.config import toml
from rakustats.config import validators as v
from rakustats.config.scorecard_actions import ActionRule, action_rules
from rakustats.config.settings import settings
from rakustats.config.toml import Located
from rakustats.config.toml_positions import Place as At
from rakustats.i18n.phrases import phrase

Of = Literal["seller", "carrier"]
CRITERIA: dict[str, tuple[str, ...]] = {
    "seller": (
        "dispatch_on_time",
        "defect_lines",
        "short_or_wrong",
        "seller_cancellations",
        "commercial_drift",
        "claim_cooperation",
    ),
    "carrier": ("on_time", "damage", "loss", "valid_tracking"),
}
GRADES = ("A", "B", "C")
FEWEST_DRAWS = 250


@dataclass(frozen=True)
class Criterion:
    """What one fault costs: nothing up to the rate ``good``, all its weight from ``bad`` on."""

    name: str
    weight: float
    good: float
    bad: float


@dataclass(frozen=True)
class Rules:
    """What holds for all criteria; see the comments in scorecard.toml."""

    window_days: int
    draws: int
    seed: int
    cautious: float
    least_units: int
    least_coverage: float
    bad_events: int
    bad_orders: int
    weight_change: float
    rating_units: float
    rating_odds: float


@dataclass(frozen=True)
class Policy:
    """A scorecard: criteria that count, lower ends of the grades A, B, C, and action rules."""

    source: str
    rules: Rules
    grades: tuple[float, float, float]
    criteria: tuple[Criterion, ...]
    standing: tuple[ActionRule, ...]


def policy(of: Of = "seller", path: str | Path | None = None) -> Policy:
    """Return the scorecard of sellers or carriers, one's own figures before the package's.

    Parameters
    ----------
    of : {"seller", "carrier"}
        Who is scored.
    path : str or Path, optional
        TOML file in the form of the package's scorecard.toml; ``data/scorecard.toml`` by default,
        which need not be there.

    Raises
    ------
    UsageError
        If one's own file is wrong; the message names file, line and key.

    Examples
    --------
    >>> card = policy("carrier")
    >>> sum(criterion.weight for criterion in card.criteria)
    100.0
    """
    if path is not None:
        return _policy(of, (toml.read(Path(path)), toml.shipped("config", "scorecard.toml")))
    return _policy(of, toml.own_and_shipped(settings().own_scorecard, "scorecard.toml"))


@lru_cache(maxsize=8)
def _policy(of: Of, files: tuple[Located, ...]) -> Policy:
    *own, usual = files
    changed = [replace(file, values=_merged(usual.values, file.values)) for file in own]
    return parsed(next(iter(changed), usual), of)


def _merged(usual: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return tables with one's own keys before the usual ones; lists are replaced whole."""
    both = dict(usual)
    for key, value in own.items():
        known = usual.get(key)
        nested = isinstance(value, dict) and isinstance(known, dict)
        both[key] = _merged(known, value) if nested and known else value
    return both


def parsed(file: Located, of: Of) -> Policy:
    """Return the scorecard of sellers or carriers in a file that was read."""
    spec = _form()(file, (), file.values)
    return Policy(file.name, spec["rules"], spec["grades"], **spec[of])


@cache
def _form() -> v.Check[dict[str, Any]]:
    keys: dict[str, v.Check[Any]] = {"rules": _rules, "grades": _grades}
    for of, names in CRITERIA.items():
        criteria = _criteria(names)
        card = {"criteria": criteria, "standing": action_rules(names)}
        keys[of] = v.table(card, needed=card)
    return v.table(keys, needed=keys, what=v.TABLE)


def _criteria(names: Sequence[str]) -> v.Check[tuple[Criterion, ...]]:
    form = v.table(dict.fromkeys(names, _criterion), what=phrase(ja="項目", en="criterion"))

    def check(file: Located, at: At, value: Any) -> tuple[Criterion, ...]:
        found = [Criterion(name, *numbers) for name, numbers in form(file, at, value).items()]
        total = sum(c.weight for c in found)
        if abs(total - 100) > 1e-9:
            raise file.wrong(
                at,
                ja=f"重みの合計が 100 ではなく {total:g} です",
                en=f"the weights add up to {total:g}, not to 100",
            )
        return tuple(c for c in found if c.weight > 0)

    return check


def _at_least(least: float) -> v.Check[float]:
    return v.number(
        lambda given: given >= least,
        ja=f"{least:g} 以上の数値を書いてください",
        en=f"write a number of at least {least:g}",
    )


_CRITERION = {"weight": _at_least(0), "good": v.number(), "bad": v.number()}


def _criterion(file: Located, at: At, value: Any) -> tuple[float, float, float]:
    spec = v.table(_CRITERION, needed=_CRITERION)(file, at, value)
    weight, good, bad = (spec[name] for name in _CRITERION)
    if not 0 <= good < bad <= 1:
        raise file.wrong(
            (*at, "good"),
            ja="0.02 のような割合を、0 <= good < bad <= 1 となるように書いてください",
            en="write rates with 0 <= good < bad <= 1, such as 0.02",
        )
    return weight, good, bad


_SHARE = v.number(
    lambda share: 0 < share < 1,
    ja="0.2 のような 0 と 1 の間の割合を書いてください",
    en="write a share between 0 and 1, such as 0.2",
)
_RULES: dict[str, v.Check[Any]] = {
    "window_days": v.whole(1),
    "draws": v.whole(FEWEST_DRAWS),
    "seed": v.whole(),
    "cautious": _SHARE,
    "least_units": v.whole(),
    "least_coverage": _SHARE,
    "bad_events": v.whole(),
    "bad_orders": v.whole(),
    "weight_change": _SHARE,
    "rating_units": _at_least(0),
    "rating_odds": _at_least(1),  # ratings cannot count against themselves
}


def _rules(file: Located, at: At, value: Any) -> Rules:
    return Rules(**v.table(_RULES, needed=_RULES)(file, at, value))


def _grades(file: Located, at: At, value: Any) -> tuple[float, float, float]:
    keys = dict.fromkeys(GRADES, v.number())
    spec = v.table(keys, needed=keys, what=phrase(ja="評価", en="grade"))(file, at, value)
    a, b, c = (spec[name] for name in GRADES)
    if not 100 >= a > b > c > 0:
        raise file.wrong(
            at,
            ja="下限を 100 >= A > B > C > 0 となるように書いてください",
            en="write limits with 100 >= A > B > C > 0",
        )
    return a, b, c
