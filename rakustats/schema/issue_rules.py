"""Issue rules: what may be wrong about a row that was loaded, from rules.toml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from rakustats.schema.shipped import shipped_entries


@dataclass(frozen=True)
class Rule:
    """One rule: where it is found, how much it matters, the hazard behind it, and its words."""

    name: str
    of: Literal["cell", "sheet", "tables"]
    severity: Literal["info", "warning", "error"]
    hazard: str
    ja: str
    en: str


@cache
def rules() -> dict[str, Rule]:
    """Return the rules by name.

    Examples
    --------
    >>> rules()["damaged_id"].severity
    'error'
    """
    return shipped_entries(Rule, "schema", "rules.toml")
