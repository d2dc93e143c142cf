"""What a question asks: by which keys, over which days, as known when."""

from __future__ import annotations

from dataclasses import dataclass

from rakustats.i18n.phrases import Phrase
from rakustats.marts.keys import Cohort
from rakustats.store.asof import LookBack


@dataclass(frozen=True)
class Question:
    """What is asked: by which keys, over which days, as known when."""

    keys: tuple[str, ...]
    days: Cohort
    look: LookBack
    title: Phrase
    unit: Phrase
