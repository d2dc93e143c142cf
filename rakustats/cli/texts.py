"""Sentences in both languages, written below their names."""

from __future__ import annotations

import re
from textwrap import dedent

from rakustats.i18n.language import language
from rakustats.i18n.phrases import Phrase, phrase


def entries(text: str) -> dict[str, Phrase]:
    r"""Return what stands below each name: a line of Japanese and one of English.

    Names stand at the margin, sentences further in; a line that is long goes on still further in.

    Examples
    --------
    >>> entries("none\n    なし\n    none")
    {'none': Phrase(ja='なし', en='none')}
    """
    found = {}
    for block in re.split(r"\n+(?=\S)", dedent(text).strip()) if text else ():
        # no space between Japanese sentences
        whole = re.sub(r"\n {8}", " ", re.sub(r"([、。])\n {8}", r"\1", block))
        name, ja, en = (line.strip() for line in whole.splitlines())
        found[name] = phrase(ja=ja, en=en)
    return found


class Texts:
    """What a module says, by name, in the language that is spoken."""

    def __init__(self, text: str) -> None:
        self._entries = entries(text)

    def __call__(self, name: str, /, **values: object) -> str:
        """Return a sentence with its blanks filled in."""
        return self._entries[name].to(language()).format(**values)
