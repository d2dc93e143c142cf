"""The hazards that exports bring: what each is called, and the function that plants it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from rakustats.errors import UsageError
from rakustats.schema.shipped import shipped_entries
from rakustats.simulate.hazards.desk import Desk

Planting = Callable[[Desk], None]
PLANTINGS: dict[str, Planting] = {}


@dataclass(frozen=True)
class Hazard:
    """One hazard, from hazards.toml: what it looks like, in two languages, and what happens."""

    id: str
    ja: str
    en: str
    happens: str
    see: str


@cache
def hazards() -> dict[str, Hazard]:
    """Return the hazards by id, in order.

    Examples
    --------
    >>> hazards()["E29"].en
    'the same file twice, also under another name or packed'
    """
    return shipped_entries(Hazard, "simulate.hazards", "hazards.toml")


def plants(name: str) -> Callable[[Planting], Planting]:
    """Register a function as the one that plants a hazard."""

    def register(planting: Planting) -> Planting:
        PLANTINGS[name] = planting
        return planting

    return register


def chosen(wanted: str | Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the wanted hazards in order; ``all`` and commas may be used.

    Raises
    ------
    UsageError
        If one of them is none that can be planted.

    Examples
    --------
    >>> chosen("E21, e1")
    ('E1', 'E21')
    """
    words = wanted.split(",") if isinstance(wanted, str) else wanted
    asked = {word.strip().upper() for word in words if word.strip()}
    if "ALL" in asked:
        return tuple(hazards())
    if unknown := sorted(asked - hazards().keys()):
        raise UsageError(
            ja=f"--hazards {'、'.join(unknown)} はありません。"
            f"all か、E1〜E{len(hazards())} をコンマで区切って書いてください。",
            en=f"--hazards {', '.join(unknown)}: unknown; write all, or some of E1 to"
            f" E{len(hazards())} with commas.",
        )
    return tuple(name for name in hazards() if name in asked)
