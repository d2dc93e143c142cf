"""What is wrong with the words on the command line, in one sentence of either language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from rakustats.cli.help import shown, taken
from rakustats.i18n.language import language
from rakustats.i18n.phrases import Phrase, phrase

_SEE = phrase(
    ja="{path}: {said}。使い方は `{path} --help` で確認できます。",
    en="{path}: {said}; see `{path} --help`.",
)


class WrongWords(typer.TyperException):
    """Words that the command line does not understand; as text one sentence, with where help is."""

    exit_code = 2

    def __init__(self, said: Phrase, ctx: Any) -> None:
        super().__init__(said.en)
        self.said, self.path = said, ctx.command_path

    def __str__(self) -> str:
        lang = language()
        return _SEE.to(lang).format(path=self.path, said=self.said.to(lang))


def translated(error: typer.TyperException, ctx: Any) -> WrongWords:
    """Return a complaint of typer's in our words and in both languages."""
    if isinstance(error, WrongWords):
        return error
    named = getattr(error, "option_name", "")
    # typer keeps these classes to itself
    match type(error).__name__:
        case "NoSuchOption":
            said = unknown([named])
        case "BadOptionUsage" if any(named in p.opts and p.is_flag for p in ctx.command.params):
            said = phrase(
                ja=f"{named} に値は付けられません", en=f"argument {named}: it takes no value"
            )
        case "BadOptionUsage":
            said = phrase(
                ja=f"{named} に値がありません", en=f"argument {named}: expected one argument"
            )
        case "MissingParameter":
            said = missing(shown(ctx, getattr(error, "param", None)))
        case "BadParameter":
            said = _unfit(error, ctx)
        case _:
            said = phrase(ja=error.format_message(), en=error.format_message())
    return WrongWords(said, ctx)


def missing(names: str) -> Phrase:
    """Return the complaint about what has to be there and is not."""
    return phrase(
        ja=f"{names} を指定してください", en=f"the following arguments are required: {names}"
    )


def unknown(words: Sequence[str]) -> Phrase:
    """Return the complaint about words that mean nothing here."""
    said = " ".join(words)
    return phrase(ja=f"{said} は使えません", en=f"unrecognized arguments: {said}")


def not_among(name: str, value: object, words: Sequence[str]) -> Phrase:
    """Return the complaint about a word that is none of those there are."""
    return phrase(
        ja=f"{name} に {value!r} は使えません。{'、'.join(words)} から選んでください",
        en=f"argument {name}: invalid choice: {value!r} (choose from {', '.join(words)})",
    )


def _unfit(error: Any, ctx: Any) -> Phrase:
    """Return the complaint about a value that is none of the choices, or no number."""
    name, words = "/".join(error.param.opts), taken(ctx, error.param.name)
    value = error.__cause__.errors()[0]["input"]
    if words:
        return not_among(name, value, words)
    return phrase(
        ja=f"{name} は整数で指定してください（{value!r} は整数ではありません）",
        en=f"argument {name}: invalid int value: {value!r}",
    )
