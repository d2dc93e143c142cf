"""A notebook runs with its parameters, and no failed cell becomes a report."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest

from rakustats.errors import RakustatsError
from rakustats.reports.running import run_notebook


def notebook(folder: Path, *cells: str, tags: tuple[str, ...] = ()) -> Path:
    book = nbformat.v4.new_notebook()
    first = nbformat.v4.new_code_cell("number = 1", metadata={"tags": ["parameters"]})
    rest = [nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)}) for source in cells]
    book.cells = [first, *rest]
    path = folder / "09_toy.ipynb"
    nbformat.write(book, path)
    return path


def printed(book: nbformat.NotebookNode) -> str:
    return "".join(out.get("text", "") for cell in book.cells for out in cell.get("outputs", []))


def test_parameters_replace_the_defaults(tmp_path: Path) -> None:
    path = notebook(tmp_path, "print(number, word)")
    told = {"number": 7, "word": "C:\\new\\'table'"}
    assert printed(run_notebook(path, told, tmp_path)) == "7 C:\\new\\'table'\n"


def test_the_notebook_on_disk_stays_as_it_is(tmp_path: Path) -> None:
    path = notebook(tmp_path, "print(number)")
    before = path.read_bytes()
    run_notebook(path, {"number": 2}, tmp_path)
    assert path.read_bytes() == before


def test_kernel_is_this_python(tmp_path: Path) -> None:
    path = notebook(tmp_path, "import sys; print(sys.executable)")
    assert printed(run_notebook(path, {}, tmp_path)).strip() == sys.executable


@pytest.mark.parametrize("tags", [(), ("raises-exception",)])
def test_failed_cell_is_named(tmp_path: Path, tags: tuple[str, ...]) -> None:
    path = notebook(tmp_path, "fine = 1", "raise ValueError('first\\nlast line')", "1", tags=tags)
    with pytest.raises(RakustatsError, match=r"09_toy\.ipynb, cell 3: .*last line") as failure:
        run_notebook(path, {}, tmp_path)
    assert failure.value.exit_code == 1
    assert "No report was published" in str(failure.value)


def test_kernel_that_dies_is_a_failure(tmp_path: Path) -> None:
    path = notebook(tmp_path, "import os; os._exit(3)")
    with pytest.raises(RakustatsError, match="cell 2"):
        run_notebook(path, {}, tmp_path)


def test_notebook_without_parameters_cell_is_refused(tmp_path: Path) -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    path = tmp_path / "09_toy.ipynb"
    nbformat.write(book, path)
    with pytest.raises(RakustatsError, match="tagged 'parameters'"):
        run_notebook(path, {}, tmp_path)
