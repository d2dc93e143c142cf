"""How the words on the command line are understood: typer's ways where they are not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from rakustats import __version__
from rakustats.cli.command import option_helps, parameters_of, with_options
from rakustats.cli.help import command_help, program_help
from rakustats.cli.options import SHARED
from rakustats.cli.terminal import say
from rakustats.cli.wrong_use import WrongWords, translated


class OneCommand(TyperCommand):
    """A command: options may be cut short, help and complaints stand in both languages."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Return the words that are left, which is none."""
        rest = _parsed(super(), ctx, list(_in_full(self.get_params(ctx), args)))
        if rest:
            raise WrongWords(ctx, "unknown", words=rest)
        return rest

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        formatter.write(command_help(ctx))


class Program(TyperGroup):
    """The program: its first word is a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Return the words that are left for the command."""
        return _parsed(super(), ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that the first word names."""
        names = [command.name for command in ctx.obj]
        if args[0] not in names:
            raise WrongWords(ctx, "not among", name="COMMAND", value=args[0], words=names)
        return super().resolve_command(ctx, args)


def first_words() -> Callable[..., None]:
    """Return what the program does about words that stand before a command."""

    def run(ctx: typer.Context, version: bool, help: bool, **_: object) -> None:
        if version or help:
            say(f"rakustats {__version__}" if version else program_help(ctx).rstrip())
            raise typer.Exit
        if ctx.invoked_subcommand is None:
            raise WrongWords(ctx, "missing", names="COMMAND")

    return with_options(run, parameters_of(_first_words).values(), option_helps(SHARED))


def _first_words(
    ctx: typer.Context, *, version: bool = False, lang: bool = False, help: bool = False
) -> None:
    """Have the options of the program; the language was heard before and stands for its help.

    All are flags, and the help is our own: typer loads pydantic for anything else.
    """


def _parsed(above: Any, ctx: Any, args: list[str]) -> list[str]:
    try:
        rest: list[str] = above.parse_args(ctx, args)
    except typer.TyperException as error:
        raise translated(error, ctx) from error
    return rest


def _in_full(parameters: list[Any], args: list[str]) -> Iterator[str]:
    """Yield words with options that were cut short written out: ``--exported`` is enough."""
    options = [option for parameter in parameters for option in parameter.opts]
    for number, word in enumerate(args):
        name, sign, value = word.partition("=")
        fitting = [option for option in options if option.startswith(name)]
        short = name.startswith("--") and len(name) > 2 and "--" not in args[:number]
        if short and name not in options and len(fitting) == 1:
            name = fitting[0]
        yield f"{name}{sign}{value}"
