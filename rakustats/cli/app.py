"""The program: its commands in the order of the help, and what its first words mean."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from contextvars import copy_context
from functools import cache
from itertools import pairwise

import typer

from rakustats import __version__
from rakustats.cli.command import option_helps, with_options
from rakustats.cli.commands import (
    cancellations,
    check,
    claims,
    damage,
    delays,
    lead_times,
    load,
    map,
    predict,
    refunds,
    report,
    sample,
    score,
    stages,
)
from rakustats.cli.grammar import OneCommand, Program
from rakustats.cli.options import SHARED
from rakustats.cli.terminal import complain, prepare, say
from rakustats.cli.wrong_use import WrongWords, missing
from rakustats.i18n.language import speak
from rakustats.i18n.phrases import Lang

COMMANDS = (
    sample.sample,
    load.load,
    map.propose_mapping,
    check.check,
    delays.delays,
    lead_times.lead_times,
    stages.stages,
    damage.damage,
    claims.claims,
    cancellations.cancellations,
    refunds.refunds,
    score.score,
    predict.predict,
    report.report,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 1 the work failed, 2 wrong use, 3 done but some input rows were rejected.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    # in a context of its own: the language is that of this call alone
    return copy_context().run(_run, words)


def _run(words: list[str]) -> int:
    prepare()
    _hear(words)
    try:
        code: int = app()(words, prog_name="rakustats", standalone_mode=False)
    except WrongWords as wrong:
        complain(str(wrong))
        return wrong.exit_code
    return code


def _hear(words: list[str]) -> None:
    """Speak the language that the words ask for, before they are understood or complained about."""
    asked: Lang | None = None
    for word, after in pairwise([*words, ""]):
        name, _, value = word.partition("=")
        if name == "--lang":
            said = value or after
            asked = "ja" if said == "ja" else "en" if said == "en" else asked
    speak(asked)


@cache
def app() -> typer.Typer:
    """Return the program with all its commands."""
    names = {"help_option_names": ["-h", "--help"]}
    program = typer.Typer(
        cls=Program, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    own = inspect.signature(_first_words, eval_str=True).parameters.values()
    first = with_options(_first_words, own, option_helps(SHARED))
    program.callback(invoke_without_command=True, context_settings=names)(first)
    for command in COMMANDS:
        settings = {**names, "obj": command, "allow_extra_args": True}
        made = program.command(command.name, cls=OneCommand, context_settings=settings)
        made(command.handler())
    return program


def _first_words(ctx: typer.Context, *, version: bool = False, lang: Lang | None = None) -> None:
    if version:
        say(f"rakustats {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        raise WrongWords(missing("COMMAND"), ctx)
