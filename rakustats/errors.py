"""What users see when something is wrong: one or two sentences in their language, an exit code."""

from __future__ import annotations

import errno
from collections.abc import Iterable

from rakustats.i18n.language import language
from rakustats.i18n.phrases import Lang, Phrase, phrase

_REASONS = {
    errno.EACCES: "アクセス権がありません",
    errno.EPERM: "アクセス権がありません",
    errno.EROFS: "書き込みできない場所です",
    errno.ENOSPC: "空き容量がありません",
    errno.EEXIST: "同じ名前のファイルがあります",
    errno.ENOENT: "ファイルがありません",
    errno.ENOTDIR: "途中にフォルダーでないものがあります",
    errno.EISDIR: "フォルダーです",
    errno.ENAMETOOLONG: "名前が長すぎます",
}


def reason(error: OSError) -> Phrase:
    """Return why the system refused; the rarer reasons stand in its own words."""
    system = error.strerror or str(error)
    return phrase(ja=_REASONS.get(error.errno or 0, system), en=system)


class RakustatsError(Exception):
    """The work failed; the message says what, where and what to do.

    Parameters
    ----------
    said : Phrase, optional
        The message in both languages; as text it stands in the language that is spoken.
    ja, en : str
        The message, where it is not given as one.
    """

    exit_code = 1

    def __init__(self, said: Phrase | None = None, *, ja: str = "", en: str = "") -> None:
        self.said = said or phrase(ja=ja, en=en)
        super().__init__(self.said)

    def to(self, lang: Lang) -> str:
        """Return the message in one language."""
        return self.said.to(lang)

    def __str__(self) -> str:
        return self.to(language())


class UsageError(RakustatsError):
    """Wrong use: an unknown key, a missing file, a metric whose data no export brought."""

    exit_code = 2


def one_of(name: str, given: object, valid: Iterable[object]) -> None:
    """Refuse what is none of an argument's valid values; the sentence names them all."""
    if given in (known := list(valid)):
        return
    *most, last = map(str, known)
    either = f"{', '.join(most)} or {last}" if most else last
    raise UsageError(
        ja=f"{name} に {given!r} は使えません。{'、'.join((*most, last))} のどれかにしてください。",
        en=f"{name} is {either}, not {given!r}.",
    )


def some_of(name: str, given: str | Iterable[str], valid: Iterable[str]) -> tuple[str, ...]:
    """Return the values given for an argument, or refuse one that is not valid, or none at all."""
    values, known = (given,) if isinstance(given, str) else tuple(given), list(valid)
    unknown = [value for value in values if value not in known]
    if values and not unknown:
        return values
    strange = repr(", ".join(unknown))
    raise UsageError(
        ja=f"{name} に {strange} という値はありません。使えるのは {'、'.join(known)} です。",
        en=f"Unknown {name} {strange}; use {', '.join(known)}.",
    )
