"""How sellers and carriers are scored: the package's scorecard.toml, and one's own."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from rakustats.config import toml
from rakustats.config.scorecard_actions import StandingRule, standing_rules
from rakustats.config.settings import settings
from rakustats.config.toml import Located, guess
from rakustats.config.toml_positions import Place as At

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
_NUMBERS = ("weight", "good", "bad")
_WHOLE = ("window_days", "draws", "seed", "least_units", "bad_events", "bad_orders")
_SHARES = ("cautious", "least_coverage", "weight_change")
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
    """A scorecard: criteria that count, lower ends of the grades A, B, C, and standing rules."""

    source: str
    rules: Rules
    grades: tuple[float, float, float]
    criteria: tuple[Criterion, ...]
    standing: tuple[StandingRule, ...]


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
    own = Path(path) if path is not None else settings().own_scorecard
    if path is None and not own.is_file():
        return _policy(of, None, 0)
    return _policy(of, own, own.stat().st_mtime_ns if own.is_file() else 0)


@lru_cache(maxsize=8)
def _policy(of: Of, own: Path | None, changed: int) -> Policy:
    own_folder = resources.files("rakustats.config")
    text = own_folder.joinpath("scorecard.toml").read_text(encoding="utf-8")
    file = toml.parse("scorecard.toml", text)
    if own is not None:
        changes = toml.read(own)
        file = replace(changes, values=_merged(file.values, changes.values))
    return parsed(file, of)


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
    file.keys((), file.values, {"rules", "grades", *get_args(Of)}, "table")
    cards = {name: _card(file, name) for name in get_args(Of)}
    criteria, standing = cards[of]
    return Policy(file.name, _rules(file), _grades(file), criteria, standing)


def _card(file: Located, of: str) -> tuple[tuple[Criterion, ...], tuple[StandingRule, ...]]:
    at: At = (of,)
    spec = file.table(at, file.values.get(of, {}))
    file.keys(at, spec, {"criteria", "standing"}, "key")
    listed = file.table((of, "criteria"), spec.get("criteria", {}))
    file.keys((of, "criteria"), listed, CRITERIA[of], "criterion")
    criteria = [_criterion(file, (of, "criteria", name), listed[name]) for name in listed]
    total = sum(c.weight for c in criteria)
    if abs(total - 100) > 1e-9:
        raise file.wrong((of, "criteria"), f"the weights add up to {total:g}, not to 100")
    counting = tuple(c for c in criteria if c.weight > 0)
    return counting, standing_rules(file, (of, "standing"), spec.get("standing"), CRITERIA[of])


def _criterion(file: Located, at: At, spec: Any) -> Criterion:
    values = file.table(at, spec)
    file.keys(at, values, _NUMBERS, "key")
    for name in _NUMBERS:
        if name not in values:
            raise file.wrong(at, f"{name} is missing")
    weight, good, bad = (number(file, (*at, name), values[name]) for name in _NUMBERS)
    if weight < 0:
        raise file.wrong((*at, "weight"), "a weight is 0 or more")
    if not 0 <= good < bad <= 1:
        raise file.wrong((*at, "good"), "write rates with 0 <= good < bad <= 1, such as 0.02")
    return Criterion(str(at[-1]), weight, good, bad)


def number(file: Located, at: At, value: Any) -> float:
    """Return a value that must be a number."""
    if type(value) not in (int, float) or value != value or abs(value) == float("inf"):
        raise file.wrong(at, "write a number, such as 0.5")
    return float(value)


def _rules(file: Located) -> Rules:
    spec = file.table(("rules",), file.values["rules"])
    file.keys(("rules",), spec, [field.name for field in fields(Rules)], "key")
    values = {name: number(file, ("rules", name), spec[name]) for name in spec}
    for name in _WHOLE:
        if type(spec[name]) is not int or spec[name] < 0:
            raise file.wrong(("rules", name), "write a whole number, such as 5")
    for name in _SHARES:
        if not 0 < values[name] < 1:
            raise file.wrong(("rules", name), "write a share between 0 and 1, such as 0.2")
    if spec["draws"] < FEWEST_DRAWS:
        raise file.wrong(("rules", "draws"), f"at least {FEWEST_DRAWS} draws are needed")
    if spec["window_days"] < 1:
        raise file.wrong(("rules", "window_days"), "at least one day is needed")
    if values["rating_units"] < 0 or values["rating_odds"] < 1:
        name = "rating_units" if values["rating_units"] < 0 else "rating_odds"
        raise file.wrong(("rules", name), "ratings cannot count against themselves")
    given: dict[str, Any] = {n: spec[n] if n in _WHOLE else values[n] for n in spec}
    return Rules(**given)


def _grades(file: Located) -> tuple[float, float, float]:
    spec = file.table(("grades",), file.values["grades"])
    for name in spec:
        if name not in GRADES:
            raise file.wrong(("grades", name), f"unknown grade{guess(name, GRADES)}")
    a, b, c = (number(file, ("grades", name), spec[name]) for name in GRADES)
    if not 100 >= a > b > c > 0:
        raise file.wrong(("grades",), "write limits with 100 >= A > B > C > 0")
    return a, b, c
