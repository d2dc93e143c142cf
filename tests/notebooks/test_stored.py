"""How notebooks are stored: no outputs, one parameters cell, their texts in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rakustats.reports.notebooks import find_notebooks
from rakustats.reports.texts import LANGUAGES, catalogue

NOTEBOOKS = find_notebooks()
PARAMETERS = {"db_path", "as_of", "lang", "since", "until", "keep_in"}
OTHER_DOORS = {"duckdb", "pandas", "polars", "numpy", "scipy", "sklearn", "plotly"}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def stored(request: pytest.FixtureRequest) -> tuple[Path, nbformat.NotebookNode]:
    return request.param, nbformat.read(request.param, as_version=4)


def code(book: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "01_load_and_check",
        "02_delays",
        "03_damage",
        "04_non_arrival",
        "05_cancellations_and_refunds",
        "06_stages",
        "07_seller_reliability",
        "08_at_risk",
    ]


def test_nothing_that_ran_is_stored(stored: tuple[Path, nbformat.NotebookNode]) -> None:
    _, book = stored
    assert [cell.outputs for cell in code(book) if cell.outputs] == []
    assert {cell.execution_count for cell in code(book)} == {None}
    assert set(book.metadata) == {"kernelspec", "language_info"}
    assert book.metadata.kernelspec.name == "python3"


def test_parameters_are_those_that_reports_set(stored: tuple[Path, nbformat.NotebookNode]) -> None:
    _, book = stored
    tagged = [cell for cell in code(book) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    names = {node.targets[0].id for node in ast.parse(tagged[0].source).body}
    assert names == PARAMETERS


def test_cells_are_short_and_use_the_public_door(
    stored: tuple[Path, nbformat.NotebookNode],
) -> None:
    _, book = stored
    for cell in code(book):
        assert len(cell.source.splitlines()) <= 20
        imported = {name.partition(".")[0] for name in _imports(cell.source)}
        assert not imported & OTHER_DOORS
        assert not re.search(r"\b(SELECT|GROUP BY|\.groupby|\.merge)\b", cell.source)


def _imports(source: str) -> list[str]:
    nodes = ast.walk(ast.parse(source))
    found: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


def test_every_text_is_there_in_both_languages(
    stored: tuple[Path, nbformat.NotebookNode],
) -> None:
    path, book = stored
    texts = catalogue(path.stem)
    shown = {key for cell in code(book) for key in _keys(cell.source)}
    assert shown <= set(texts)
    assert set(texts) == shown | {"report"}
    for entry in texts.values():
        for words in entry.values():
            assert set(words) == set(LANGUAGES)
            assert all(words.values())


def _keys(source: str) -> set[str]:
    """What a cell names on the page: first arguments, and the keywords of headlines."""
    keys: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not _is_page(node.func):
            continue
        if node.args:
            keys |= {str(n.value) for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)}
        elif node.func.attr == "headlines":
            keys |= {word.arg for word in node.keywords if word.arg}
    return keys


def _is_page(func: Any) -> bool:
    return (
        isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Name)
        and func.value.id == "page"
    )


def test_japanese_texts_are_japanese() -> None:
    for path in NOTEBOOKS:
        for key, entry in catalogue(path.stem).items():
            for words in entry.values():
                assert re.search("[ぁ-んァ-ヶ一-龠]", words["ja"]), (path.stem, key)
                assert not re.search("[ぁ-んァ-ヶ一-龠]", words["en"]), (path.stem, key)
