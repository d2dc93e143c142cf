"""What users see when something is wrong: one or two sentences in their language, an exit code."""

from __future__ import annotations

import errno

from rakustats.i18n.language import language
from rakustats.i18n.phrases import Lang, Phrase, phrase

_REASONS = {
    errno.EACCES: "アクセス権がありません",
    errno.EPERM: "アクセス権がありません",
    errno.EROFS: "書き込みできない場所です",
    errno.ENOSPC: "空き容量がありません",
    errno.ENOENT: "ファイルがありません",
    errno.ENOTDIR: "途中にフォルダーでないものがあります",
    errno.EISDIR: "フォルダーです",
    errno.ENAMETOOLONG: "名前が長すぎます",
}


def reason(error: OSError) -> Phrase:
    """Return why the system refused; the rarer reasons stand in its own words."""
    told = error.strerror or str(error)
    return phrase(ja=_REASONS.get(error.errno or 0, told), en=told)


class RakustatsError(Exception):
    """The work failed; the message says what, where and what to do.

    Parameters
    ----------
    said : Phrase
        The message in both languages; as text it stands in the language that is spoken.
    """

    exit_code = 1

    def __init__(self, said: Phrase | str) -> None:
        super().__init__(said)
        self.said = said if isinstance(said, Phrase) else Phrase(said, said)

    def to(self, lang: Lang) -> str:
        """Return the message in one language."""
        return self.said.to(lang)

    def __str__(self) -> str:
        return self.to(language())


class UsageError(RakustatsError):
    """Wrong use: an unknown key, a missing file, a metric whose data no export brought."""

    exit_code = 2
