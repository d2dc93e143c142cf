"""Where the package says that something is wrong, and which of these places a call reaches."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import rakustats
from rakustats.errors import RakustatsError

PACKAGE = Path(rakustats.__file__).parent
MAKES = ("UsageError", "RakustatsError")
#: What a person's file, a missing column or the system refuses is put into words in these.
TELLS = ("wrong", "unknown", "_misplaced", "damaged", "_refused", "require", "require_times")
Site = tuple[str, int]


@dataclass
class Told:
    """What a call said was wrong, and every line of the package that it came through."""

    errors: list[RakustatsError] = field(default_factory=list)
    lines: set[Site] = field(default_factory=set)


def calls() -> Iterator[tuple[Site, str, ast.Call]]:
    """Yield where an error is made or told: file and line, the name that is called, the call."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            # what the command line and statistics call by these names says nothing of errors
            if name in MAKES or (name in TELLS and not room.startswith(("cli/", "stats/"))):
                yield (room, node.lineno), name, node


@contextmanager
def listening(told: Told) -> Iterator[None]:
    """Keep every error that is made, also one that is caught, with the lines that led to it."""
    make = RakustatsError.__init__

    def made(error: RakustatsError, *given: Any, **said: str) -> None:
        make(error, *given, **said)
        told.errors.append(error)
        frame = sys._getframe(1)
        while frame.f_back:
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(PACKAGE):
                told.lines.add((path.relative_to(PACKAGE).as_posix(), frame.f_lineno))
            frame = frame.f_back

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RakustatsError, "__init__", made)
        yield


def heard(case: Callable[[], object]) -> Told:
    """Return what one call says is wrong; it has to say something."""
    told = Told()
    with listening(told), suppress(RakustatsError):
        case()
    return told
