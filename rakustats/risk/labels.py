"""Labels: what is predicted, and which rows are labelled by a day whatever their outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rakustats.config.settings import settings
from rakustats.errors import one_of
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.risk.rows import Rows
from rakustats.stats.arrays import Bools

Target = Literal["late", "claim"]


@dataclass(frozen=True)
class Rule:
    """A target: its name, and the rule of its label in words."""

    name: Target
    words: Phrase

    @property
    def timed(self) -> bool:
        """Whether it follows from the days to the arrival."""
        return self.name == "late"

    def labelled(self, rows: Rows, at: float) -> Bools:
        """Rows that are labelled by a day, whatever their label."""
        if self.name == "late":
            return rows.matured(at)
        known = np.minimum(at, rows.claims_seen)
        return (rows.arrived + _lag() <= known) & (rows.asked < rows.arrived)

    def trainable(self, rows: Rows, at: float) -> Bools:
        """Rows to train on by a day."""
        return rows.trainable(at) if self.name == "late" else self.labelled(rows, at)

    def label(self, rows: Rows) -> NDArray[np.int64]:
        """Return the labels, 1 for what is predicted, of labelled rows."""
        if self.name == "late":
            return rows.late.astype(np.int64)
        return (rows.claimed <= rows.arrived + _lag()).astype(np.int64)

    def labelled_on(self, rows: Rows) -> NDArray[np.float64]:
        """Return the days on which labels become known."""
        return rows.due if self.name == "late" else rows.arrived + _lag()


def _lag() -> int:
    return settings().claim_lag_days


def rule_of(target: str) -> Rule:
    """Return a target by its name.

    Raises
    ------
    UsageError
        If there is no such target.
    """
    one_of("target", target, _RULES)
    return _RULES[target]


_RULES = {
    "late": Rule(
        "late",
        phrase(
            ja="約束の日の終わりまでに、区間1は倉庫に、区間2は日本のお届け先に届かない"
            "（未着・紛失・返送を含む）。約束の日を過ぎた荷物だけで学習",
            en="not there by the end of the promised day (leg 1: at the warehouse, leg 2: in"
            " Japan), lost and returned ones included; trained on deliveries whose promise has"
            " passed",
        ),
    ),
    "claim": Rule(
        "claim",
        phrase(
            ja=f"到着から {_lag()} 日以内に破損・不良・誤品・数量不足の問題が届く。"
            f"到着から {_lag()} 日を過ぎた荷物だけで学習",
            en=f"a claim of damaged, defective, wrong or missing goods within {_lag()} days of the"
            f" arrival; trained on what arrived more than {_lag()} days ago",
        ),
    ),
}
