"""Running one notebook with parameters: a cell that fails ends the report."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from rakustats.errors import RakustatsError
from rakustats.i18n.language import VARIABLE, language
from rakustats.i18n.phrases import Phrase, phrase

CELL_SECONDS = 1800


class ThisPython(KernelSpecManager):
    """Starts kernels with the Python that runs now, whatever kernels the machine has installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel there is."""
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        command.append("--IPKernelApp.log_level=40")
        return KernelSpec(argv=command, display_name="Python 3", language="python")


def run_notebook(path: Path, parameters: dict[str, Any], folder: Path) -> NotebookNode:
    """Return the notebook at `path`, executed in `folder` with `parameters` set.

    Parameters are injected after the cell tagged `parameters`. Raises RakustatsError with the cell
    and its error if any cell fails, a tag that would forgive the failure notwithstanding.
    """
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    inject(notebook, parameters, path)
    # a short path of its own: the names of local sockets may have some hundred characters
    with tempfile.TemporaryDirectory() as channel:
        _execute(path, notebook, _kernel(Path(channel)), folder)
    return notebook


def _kernel(channel: Path) -> AsyncKernelManager:
    """Talk over local sockets, which nobody else on the machine can open, where there are any."""
    return AsyncKernelManager(
        kernel_spec_manager=ThisPython(),
        connection_file=str(channel / "kernel.json"),
        transport="tcp" if os.name == "nt" else "ipc",
    )


def _execute(path: Path, notebook: NotebookNode, kernel: AsyncKernelManager, folder: Path) -> None:
    client = NotebookClient(
        notebook,
        km=kernel,
        timeout=CELL_SECONDS,
        force_raise_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(env=_environment(folder), cleanup_kc=True)
    except CellExecutionError as error:
        raise RakustatsError(_failure(path, notebook, f"{error.ename}: {error.evalue}")) from error
    except (CellTimeoutError, DeadKernelError) as error:
        raise RakustatsError(_failure(path, notebook, str(error))) from error


def inject(notebook: NotebookNode, parameters: dict[str, Any], path: Path) -> None:
    """Put a cell that sets `parameters` after the cell tagged `parameters`."""
    tagged = [
        number
        for number, cell in enumerate(notebook.cells)
        if "parameters" in cell.metadata.get("tags", [])
    ]
    if len(tagged) != 1:
        raise RakustatsError(
            ja=f"{path.name} には 'parameters' タグのセルが {len(tagged)} 個あります。"
            "レポートのノートブックには一つだけ必要です。",
            en=f"{path.name} has {len(tagged)} cells tagged 'parameters'."
            " A report notebook needs one.",
        )
    source = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    cell = nbformat.v4.new_code_cell(source, id="injected", metadata={"tags": ["injected"]})
    notebook.cells.insert(tagged[0] + 1, cell)


def _failure(path: Path, notebook: NotebookNode, error: str) -> Phrase:
    last = next((line for line in reversed(error.splitlines()) if line.strip()), "unknown error")
    cell, said = _failed_cell(notebook), last.strip()[:500]
    return phrase(
        ja=f"{path.name} のセル {cell} でエラー：{said}（レポートは公開していません）",
        en=f"{path.name}, cell {cell}: {said} No report was published.",
    )


def _failed_cell(notebook: NotebookNode) -> int:
    """Return the last cell that ran, counted from 1 as the notebook stands on disk."""
    cells = [cell for cell in notebook.cells if cell.id != "injected"]
    ran = [number for number, cell in enumerate(cells, 1) if "execution" in cell.metadata]
    return ran[-1] if ran else 1


def _environment(folder: Path) -> dict[str, str]:
    """Keep the user's own IPython start-up files out of reports; errors speak as they do here."""
    return {
        **os.environ,
        VARIABLE: language(),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
