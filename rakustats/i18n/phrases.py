"""A sentence in both languages."""

from __future__ import annotations

from typing import Literal, NamedTuple

Lang = Literal["ja", "en"]


class Phrase(NamedTuple):
    """One sentence in both languages."""

    ja: str
    en: str

    def to(self, lang: Lang) -> str:
        """Return the sentence in one language."""
        return self.ja if lang == "ja" else self.en


def phrase(*, ja: str, en: str) -> Phrase:
    """Return a sentence given in both languages."""
    return Phrase(ja, en)
