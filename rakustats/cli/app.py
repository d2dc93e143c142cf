"""The program: its commands in the order of the help, and what its first words mean."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from contextvars import copy_context

import typer

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
from rakustats.cli.grammar import OneCommand, Program, first_words
from rakustats.cli.terminal import complain, prepare
from rakustats.cli.wrong_use import WrongWords
from rakustats.i18n.language import speak
from rakustats.i18n.phrases import Lang

_LANGUAGE = re.compile(r"\0--lang[\0=](ja|en)(?=\0|$)")
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
    try:
        code: int = _program(_heard(words))
    except WrongWords as wrong:
        complain(str(wrong))
        return wrong.exit_code
    return code


def _heard(words: list[str]) -> list[str]:
    """Speak the language that is asked for, wherever that stands, and return the other words."""
    line = "\0".join(["", *words])
    asked: list[Lang] = _LANGUAGE.findall(line)
    speak(asked[-1] if asked else None)
    return _LANGUAGE.sub("", line).split("\0")[1:]


def _program(words: list[str]) -> int:
    """Run the command that is named."""
    program = typer.Typer(
        cls=Program, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    front = program.callback(
        invoke_without_command=True, add_help_option=False, context_settings={"obj": COMMANDS}
    )
    front(first_words())
    # the others would only take time
    for command in (command for command in COMMANDS if command.name in words):
        made = program.command(command.name, cls=OneCommand, context_settings=command.settings)
        made(command.handler())
    code: int = program(words, prog_name="rakustats", standalone_mode=False)
    return code
