"""Modules and functions stay short enough to be read at one sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import rakustats

LONGEST_MODULE = 300
LONGEST_FUNCTION = 60
PACKAGE = Path(rakustats.__file__).parent


def modules() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = function.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    said = (first.end_lineno or 0) - first.lineno + 1 if told else 0
    return (function.end_lineno or 0) - function.lineno + 1 - said


def test_no_module_is_too_long() -> None:
    lines = {name: text.count("\n") for name, text in modules()}
    assert len(lines) > 100
    assert {name: n for name, n in lines.items() if n > LONGEST_MODULE} == {}


def test_no_function_is_too_long() -> None:
    found = {
        f"{name}:{node.lineno} {node.name}": length(node)
        for name, text in modules()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert max(found.values()) > 20
    assert {name: n for name, n in found.items() if n > LONGEST_FUNCTION} == {}
