"""Putting finished files in their place, all or none, and the summary that lists them."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import rakustats
from rakustats.errors import RakustatsError, reason
from rakustats.results.writers.json import as_json

SUMMARY = "summary.json"


@dataclass(frozen=True)
class Entry:
    """One finished report as the summary lists it."""

    name: str
    title: str
    as_of: str
    lang: str
    headlines: list[dict[str, Any]]
    tables: list[dict[str, Any]]
    files: list[str]


def publish(entries: list[Entry], loaded: dict[str, Any], made: Path, folder: Path) -> list[Path]:
    """Put every file of `entries` from `made` into `folder`, then the summary; return their paths.

    Reports of `folder` that are not in `entries` stay and stay listed; files that an earlier run of
    the same report left and this one did not make are removed.
    """
    before = read_summary(folder)
    now = {**before, **{entry.name: entry for entry in entries}}
    document = {
        "tool": "rakustats",
        "version": rakustats.__version__,
        **loaded,
        "reports": [asdict(now[name]) for name in sorted(now)],
    }
    (made / SUMMARY).write_text(as_json(document), encoding="utf-8", newline="\n")
    files = [name for entry in entries for name in entry.files] + [SUMMARY]
    _swap(files, made, folder)
    _remove(_files(before) - _files(now), folder)
    return [folder / name for name in files]


def read_summary(folder: Path) -> dict[str, Entry]:
    """Return the reports that `folder` lists, none where there is no summary that can be read."""
    try:
        found = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        return {entry["name"]: Entry(**entry) for entry in found["reports"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _files(entries: dict[str, Entry]) -> set[str]:
    return {Path(name).name for entry in entries.values() for name in entry.files}


def _remove(names: set[str], folder: Path) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)


def _swap(files: list[str], made: Path, folder: Path) -> None:
    """Replace the files one by one; if one cannot be, put back those that were."""
    aside = made / "before"
    aside.mkdir()
    for name in files:
        if (folder / name).exists():
            shutil.copy2(folder / name, aside / name)
    done: list[str] = []
    try:
        for name in files:
            os.replace(made / name, folder / name)
            done.append(name)
    except OSError as error:
        _put_back(done, aside, folder)
        path, why = folder / files[len(done)], reason(error)
        raise RakustatsError(
            ja=f"{path} を置き換えられません（{why.ja}）。"
            "開いているプログラムを閉じてください。前のレポートはそのまま残っています。",
            en=f"{path} cannot be replaced ({why.en}). Close the program that has it open;"
            " the earlier reports are still in place.",
        ) from error


def _put_back(names: list[str], aside: Path, folder: Path) -> None:
    for name in names:
        if (aside / name).exists():
            os.replace(aside / name, folder / name)
        else:
            (folder / name).unlink()
