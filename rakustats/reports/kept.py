"""What a notebook hands to its report: a folder of tables as Parquet with an index."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

INDEX = "kept.json"


@dataclass(frozen=True)
class KeptTable:
    """One table of a report: its name, title and note for readers, and its file."""

    name: str
    title: str
    note: str
    rows: int
    file: str


def keep_table(folder: Path, name: str, title: str, note: str, frame: pd.DataFrame) -> None:
    """Write `frame` into `folder` and enter it in the index; each name may come once."""
    index = read_index(folder)
    if any(table["name"] == name for table in index["tables"]):
        raise ValueError(f"the table {name!r} is kept twice")
    file = f"{name}.parquet"
    frame.to_parquet(folder / file, index=False)
    index["tables"].append(asdict(KeptTable(name, title, note, len(frame), file)))
    _write_index(folder, index)


def keep_headline(folder: Path, name: str, label: str, figures: dict[str, Any]) -> None:
    """Enter one key figure with its n and interval in the index of `folder`."""
    index = read_index(folder)
    index["headlines"].append({"name": name, "label": label, **figures})
    _write_index(folder, index)


def read_index(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the tables and headlines kept in `folder` so far."""
    path = folder / INDEX
    if not path.exists():
        return {"tables": [], "headlines": []}
    index: dict[str, list[dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    return index


def kept_tables(folder: Path) -> list[tuple[KeptTable, pd.DataFrame]]:
    """Return every kept table with its rows, in the order in which the notebook showed them."""
    tables = [KeptTable(**entry) for entry in read_index(folder)["tables"]]
    return [(table, pd.read_parquet(folder / table.file)) for table in tables]


def _write_index(folder: Path, index: dict[str, list[dict[str, Any]]]) -> None:
    text = json.dumps(index, ensure_ascii=False, indent=1)
    (folder / INDEX).write_text(text, encoding="utf-8")
