"""A command is one object: its name, what it does, an example, its options, its handler."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any, NamedTuple

import typer

from rakustats.cli.options import SHARED
from rakustats.cli.terminal import complain
from rakustats.cli.texts import Texts, entries
from rakustats.errors import RakustatsError
from rakustats.i18n.language import speak
from rakustats.i18n.phrases import Lang, Phrase, phrase

DONE, FAILED, REJECTED = 0, 1, 3
_TEXTS = Texts(
    """
    stopped
        中断しました。何も変更していません。
        Stopped; nothing was changed.
    fault
        {fault}（--debug を付けて実行すると詳しい経過が出ます）
        {fault} (run again with --debug for the traceback)
    """
)
Handler = Callable[..., int | None]


class OptionHelp(NamedTuple):
    """What the help says of an option: its value, if it takes one, and what it is for."""

    value: str
    meaning: Phrase


@dataclass(frozen=True)
class Command:
    """One command of the program: its word, what it does, a line that can be typed as it stands.

    Its options are the parameters of ``run``, where a dataclass stands for several that belong
    together; ``helps`` is their help, by option (``--by``) or by the value that stands alone
    (``PATH``). ``run`` returns the exit code; None is 0.
    """

    name: str
    does: Phrase
    example: str
    run: Handler
    helps: Mapping[str, OptionHelp]

    @property
    def settings(self) -> dict[str, object]:
        """What typer gets beside the handler."""
        return {"obj": self, "help_option_names": ["-h", "--help"], "allow_extra_args": True}

    def handler(self) -> Callable[..., int]:
        """Return the handler as typer calls it: every option by its name, every fault a code."""
        own = parameters_of(self.run)
        bundles: dict[str, Any] = {
            name: p.annotation for name, p in own.items() if is_dataclass(p.annotation)
        }
        parts = {name: parameters_of(bundle) for name, bundle in bundles.items()}

        def guarded(*, lang: Lang | None, debug: bool, **given: Any) -> int:
            if lang:
                speak(lang)
            for name, inside in parts.items():
                given[name] = bundles[name](**{part: given.pop(part) for part in inside})
            return _outcome(lambda: self.run(**given), debug)

        flat = [p for name, one in own.items() for p in parts.get(name, {name: one}).values()]
        return with_options(guarded, [*flat, *parameters_of(_everywhere).values()], self.helps)


def command(text: str, *, name: str = "") -> Callable[[Handler], Command]:
    """Return what makes a command of a handler.

    Parameters
    ----------
    text : str
        Three lines: what it does in Japanese and in English, an example. After an empty line the
        help of its options, see :func:`rakustats.cli.texts.entries`: each begun by its name and
        the value it takes (``--since D``, or ``PATH`` for what stands alone). Options that several
        commands share need none.
    name : str
        The handler's own by default.
    """
    head, _, options = inspect.cleandoc(text).partition("\n\n")
    ja, en, example = head.splitlines()
    helps = option_helps(SHARED) | option_helps(options)

    def made(run: Handler) -> Command:
        word = name or run.__name__.replace("_", "-")
        return Command(word, phrase(ja=ja, en=en), example, run, helps)

    return made


def option_helps(text: str) -> dict[str, OptionHelp]:
    """Return what a help text says, by option."""
    heads = {tuple(head.partition(" ")): meaning for head, meaning in entries(text).items()}
    return {name: OptionHelp(value, meaning) for (name, _, value), meaning in heads.items()}


def with_options(
    run: Callable[..., Any],
    parameters: Iterable[inspect.Parameter],
    helps: Mapping[str, OptionHelp],
) -> Callable[..., Any]:
    """Return a function from whose signature typer reads these options."""
    alone = next((name for name in helps if not name.startswith("-")), None)
    options = []
    for parameter in parameters:
        if parameter.annotation is typer.Context:
            options.append(parameter.replace(kind=parameter.KEYWORD_ONLY))
            continue
        name = f"--{parameter.name.replace('_', '-')}"
        default = ... if parameter.default is parameter.empty else parameter.default
        if name in helps:
            short = ("-h",) if name == "--help" else ()
            option = typer.Option(default, *short, name, metavar=helps[name].value or None)
        else:
            option = typer.Argument(default, metavar=alone)
        options.append(parameter.replace(default=option, kind=parameter.KEYWORD_ONLY))
    # typer looks there first
    run.__annotations__ = {option.name: option.annotation for option in options}
    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    return run


def _everywhere(*, lang: Lang | None = None, debug: bool = False) -> None:
    """Have the options of every command."""


def parameters_of(function: Callable[..., object]) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a function or a class, with their annotations evaluated."""
    return inspect.signature(function, eval_str=True).parameters


def _outcome(work: Callable[[], int | None], debug: bool) -> int:
    try:
        return work() or DONE
    except BrokenPipeError:
        # the reader of our output (head, a pager) has seen enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, it lives as long as we
        return DONE
    except KeyboardInterrupt:
        return _failed(_TEXTS("stopped"), FAILED, debug)
    except RakustatsError as error:
        return _failed(str(error), error.exit_code, debug)
    except Exception as error:
        # whatever it is, a user gets a sentence, and the traceback on request
        fault = f"{type(error).__name__}: {error}"
        return _failed(_TEXTS("fault", fault=fault), FAILED, debug)


def _failed(sentence: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    complain(f"rakustats: {sentence}")
    return code
