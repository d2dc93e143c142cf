"""The command line and the notebooks use what a user may use: public names alone."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import rakustats as rs

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "rakustats" / "cli").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OPEN = ("cli", "errors", "i18n", "config", "results")  # rooms that the command line may use
PUBLIC = {*rs.__all__, "__version__"}


def private(text: str, rooms: tuple[str, ...] = ()) -> Iterator[str]:
    """Names of the package in a text that are neither public nor in one of the rooms."""
    tree = ast.parse(text)
    called = {"rakustats"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "rakustats":
                    called.add(alias.asname or alias.name)
                elif alias.name.startswith("rakustats."):
                    yield from _beyond(alias.name, rooms)
        elif isinstance(node, ast.ImportFrom) and node.module == "rakustats":
            yield from ({alias.name for alias in node.names} - PUBLIC)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rakustats."):
            yield from _beyond(node.module or "", rooms)
            yield from (alias.name for alias in node.names if alias.name.startswith("_"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            value = node.value
            if isinstance(value, ast.Name) and value.id in called and node.attr not in PUBLIC:
                yield f"{value.id}.{node.attr}"


def _beyond(module: str, rooms: tuple[str, ...]) -> list[str]:
    return [] if module.split(".")[1] in rooms else [module]


def cells(notebook: Path) -> str:
    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in found if c["cell_type"] == "code")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_command_line_uses_public_names(path: Path) -> None:
    assert list(private(path.read_text(encoding="utf-8"), OPEN)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_use_public_names(path: Path) -> None:
    assert "import rakustats as rs" in cells(path)
    assert list(private(cells(path))) == []


@pytest.mark.parametrize(
    "text",
    [
        "from rakustats.risk.triage import triage",
        "import rakustats.stats.cusum",
        "from rakustats import engine",
        "import rakustats as rs\nrs.risk.triage",
        "from rakustats.cli.help import _section",
    ],
)
def test_what_is_private_is_found(text: str) -> None:
    assert list(private(text, OPEN))
