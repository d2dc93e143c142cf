"""Units that belong to several groups of a key, such as a parcel with goods of two sellers."""

from __future__ import annotations

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Question

_FIRST_LEG = phrase(
    ja="日本へまだ送られていない明細は、中国国内の区間の配送会社の行に入る。"
    "キー leg を加えると区間ごとに分かれる。",
    en="What was not sent to Japan yet stands with the carrier of the first leg; the key leg keeps"
    " the legs apart.",
)


def shared_notes(asked: Question) -> list[Phrase]:
    """Say that groups may not add up, where a unit may have several of a key that was asked."""
    keys = [key for key in asked.keys if key in asked.several]
    if not keys:
        return []
    unit, ja, en = asked.unit, "、".join(keys), " or ".join(keys)
    notes = [_FIRST_LEG] if {"carrier", "ship_method"} & {*keys} and "leg" not in keys else []
    return [
        *notes,
        phrase(
            ja=f"複数の {ja} にまたがる{unit.ja}は、それぞれの行で数えている。"
            "行の合計は全体の件数より多くなることがある。",
            en=f"{unit.en.capitalize()} of more than one {en} count in each of the rows concerned,"
            " which may add up to more than all of them.",
        ),
    ]
