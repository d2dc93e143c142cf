"""Help in the language that is spoken: usage, what a command does, its options, an example."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

import typer

from rakustats.cli.command import Command, OptionHelp, option_helps
from rakustats.cli.options import SHARED
from rakustats.cli.terminal import width, wrapped
from rakustats.cli.texts import Texts, entries
from rakustats.i18n.language import language
from rakustats.i18n.phrases import Phrase

_MOST = 100  # columns: longer lines are hard to read
_LEFT = 22
_TEXTS = Texts(
    """
    usage
        使い方
        usage
    argument
        引数
        arguments
    option
        オプション
        options
    commands
        コマンド
        commands
    example
        例
        example
    start
        はじめに
        start with
    codes
        終了コード
        exit codes
    about
        輸入した注文がなぜうまくいかなかったか、だれを信頼できるかを調べます。
        Find out why import orders go wrong and whom to trust.
    """
)
_START = ("rakustats sample exports", "rakustats load exports", "rakustats report")
_CODES = entries(
    """
    0
        完了
        done
    1
        失敗（途中までの結果は公開しない）
        the work failed; nothing was half-published
    2
        使い方の誤り: 知らないオプション、存在しないファイルなど
        wrong use: an unknown option, a missing file
    3
        完了したが、却下した行がある
        done, but some input rows were rejected
    """
)


def command_help(ctx: typer.Context) -> str:
    """Return the help of one command."""
    command: Command = ctx.obj
    does = command.does.to(language())
    sentence = f"{does}。" if language() == "ja" else f"{does[0].upper()}{does[1:]}."
    arguments = [shown(ctx, p) for p in ctx.command.params if p.param_type_name == "argument"]
    return _page(
        " ".join([ctx.command_path, "[OPTIONS]", *arguments]),
        "\n".join(wrapped(sentence, _columns())),
        *_options(ctx, command.helps),
        _lines("example", [command.example]),
    )


def program_help(ctx: typer.Context) -> str:
    """Return the help of the program: its commands, where to start, what its exit codes mean."""
    commands: tuple[Command, ...] = ctx.obj
    return _page(
        f"{ctx.command_path} COMMAND [OPTIONS]",
        _TEXTS("about"),
        *_options(ctx, option_helps(SHARED)),
        _section("commands", [(command.name, command.does) for command in commands]),
        _lines("start", _START),
        _lines("codes", [f"{code}  {meaning.to(language())}" for code, meaning in _CODES.items()]),
    )


def shown(ctx: typer.Context, parameter: Any) -> str:
    """Return a parameter as a user types it: its words and what they take."""
    value = parameter.metavar or "|".join(taken(ctx, parameter.name))
    if parameter.param_type_name == "argument":
        return f"{value}..." if parameter.nargs == -1 else value
    names = ", ".join(sorted(parameter.opts, key=len))
    return f"{names} {value}".rstrip()


def taken(ctx: typer.Context, name: str) -> tuple[str, ...]:
    """Return the words among which the value of a parameter has to be, none if it is free."""
    own = inspect.signature(ctx.command.callback or taken).parameters
    kind = own[name].annotation if name in own else None
    literal = next((part for part in (kind, *get_args(kind)) if get_origin(part) is Literal), None)
    return tuple(str(word) for word in get_args(literal))


def _options(ctx: typer.Context, helps: Mapping[str, OptionHelp]) -> Iterator[str]:
    for kind in ("argument", "option"):
        parameters = [p for p in ctx.command.get_params(ctx) if p.param_type_name == kind]
        names = [max(p.opts, key=len) if kind == "option" else str(p.metavar) for p in parameters]
        left = [shown(ctx, p) for p in parameters]
        if parameters:
            yield _section(kind, zip(left, (helps[n].meaning for n in names), strict=True))


def _section(title: str, rows: Iterable[tuple[str, Phrase]]) -> str:
    """Return words on the left with what they mean on the right."""
    lines = []
    for word, meaning in rows:
        left = word
        if width(left) > _LEFT - 2:
            lines.append(left)
            left = ""
        for line in wrapped(meaning.to(language()), _columns() - _LEFT - 2):
            lines.append(f"{left:{_LEFT}}{line}")
            left = ""
    return _lines(title, lines)


def _lines(title: str, lines: Iterable[str]) -> str:
    return "\n  ".join([f"{_TEXTS(title)}:", *lines])


def _page(usage: str, *parts: str) -> str:
    return "\n\n".join([f"{_TEXTS('usage')}: {usage}", *parts]) + "\n"


def _columns() -> int:
    return min(_MOST, max(_LEFT + 20, typer.get_terminal_size().columns)) - 1
