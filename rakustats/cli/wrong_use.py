"""What is wrong with the words on the command line, in one sentence of either language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer

from rakustats.cli.help import shown, taken
from rakustats.cli.texts import Texts

_TEXTS = Texts(
    """
    see
        {path}: {said}。使い方は `{path} --help` で確認できます。
        {path}: {said}; see `{path} --help`.
    unknown
        {words} は使えません
        unrecognized arguments: {words}
    missing
        {names} を指定してください
        the following arguments are required: {names}
    no value
        {name} に値がありません
        argument {name}: expected one argument
    value
        {name} に値は付けられません
        argument {name}: it takes no value
    not among
        {name} に {value!r} は使えません。{words} から選んでください
        argument {name}: invalid choice: {value!r} (choose from {words})
    no integer
        {name} は整数で指定してください（{value!r} は整数ではありません）
        argument {name}: invalid int value: {value!r}
    other
        {said}
        {said}
    """
)


class WrongWords(typer.TyperException):
    """Words that the command line does not understand; as text one sentence, with where help is."""

    exit_code = 2

    def __init__(self, ctx: Any, what: str, *, words: Iterable[str] = (), **values: object) -> None:
        said = _TEXTS(what, words=", ".join(words), **values)
        super().__init__(_TEXTS("see", path=ctx.command_path, said=said))


def translated(error: typer.TyperException, ctx: Any) -> WrongWords:
    """Return a complaint of typer's in our words."""
    if isinstance(error, WrongWords):
        return error
    name = getattr(error, "option_name", "")
    # typer keeps these classes to itself
    match type(error).__name__:
        case "NoSuchOption":
            return WrongWords(ctx, "unknown", words=[name])
        case "BadOptionUsage":
            flag = any(name in p.opts and p.is_flag for p in ctx.command.params)
            return WrongWords(ctx, "value" if flag else "no value", name=name)
        case "MissingParameter":
            return WrongWords(ctx, "missing", names=shown(ctx, getattr(error, "param", None)))
        case "BadParameter":
            return _unfit(error, ctx)
    return WrongWords(ctx, "other", said=error.format_message())


def _unfit(error: Any, ctx: Any) -> WrongWords:
    """Return the complaint about a value that is none of the choices, or no number."""
    words = taken(ctx, error.param.name)
    values = {"name": "/".join(error.param.opts), "value": error.__cause__.errors()[0]["input"]}
    return WrongWords(ctx, "not among" if words else "no integer", words=words, **values)
