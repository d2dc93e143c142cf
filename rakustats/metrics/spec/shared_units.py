"""Units that belong to several groups of a key, such as a parcel with goods of two sellers."""

from __future__ import annotations

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Question


def shared_notes(asked: Question) -> list[Phrase]:
    """Say that groups may not add up, where a unit may have several of a key that was asked."""
    keys = [key for key in asked.keys if key in asked.several]
    if not keys:
        return []
    unit, ja, en = asked.unit, "、".join(keys), " or ".join(keys)
    return [
        phrase(
            ja=f"複数の {ja} にまたがる{unit.ja}は、それぞれの行で数えている。"
            "行の合計は全体の件数より多くなることがある。",
            en=f"{unit.en.capitalize()} of more than one {en} count in each of the rows concerned,"
            " which may add up to more than all of them.",
        )
    ]
