"""Which language is spoken: the one chosen for this run, else RAKUSTATS_LANG, else Japanese."""

from __future__ import annotations

import os
from contextvars import ContextVar

from rakustats.i18n.phrases import Lang

VARIABLE = "RAKUSTATS_LANG"
_chosen: ContextVar[Lang | None] = ContextVar("rakustats_lang", default=None)


def language() -> Lang:
    """Return the language of what is said now.

    Examples
    --------
    >>> from rakustats.i18n.language import language
    >>> language() in ("ja", "en")
    True
    """
    return _chosen.get() or ("en" if os.environ.get(VARIABLE, "").lower() == "en" else "ja")


def speak(lang: Lang | None) -> None:
    """Choose the language for the rest of this context; None leaves it to the environment."""
    _chosen.set(lang)
