"""The Python of the oracles, an environment of their own: they pin what the package does not."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BUILD = HERE.parent / "build" / "oracles"
NEEDED = HERE / "oracles.txt"


def oracles() -> Path:
    """Return the Python of the oracles' environment, made anew where others are needed.

    Raises
    ------
    subprocess.CalledProcessError
        If they cannot be installed.
    """
    python = BUILD / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    ready, needed = BUILD / "ready", NEEDED.read_text(encoding="utf-8")
    if not ready.exists() or ready.read_text(encoding="utf-8") != needed:
        venv.create(BUILD, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "-q", "-r", str(NEEDED)]
        subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
        ready.write_text(needed, encoding="utf-8", newline="\n")
    return python


def asked(script: str, question: Any) -> Any:
    """Return what a script of this folder, run by the oracles' Python, answers to a question."""
    given, answers = BUILD / "question.json", BUILD / "answers.json"
    given.write_text(json.dumps(question), encoding="utf-8")
    command = [str(oracles()), str(HERE / script), str(given), str(answers)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads(answers.read_text(encoding="utf-8"))
