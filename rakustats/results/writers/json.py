"""JSON: the rows with what is needed to read them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from rakustats.i18n.phrases import Lang
from rakustats.results.result import Result
from rakustats.results.writers.registry import plain_rows, writes


@writes(".json")
def write(result: Result, path: Path, lang: Lang) -> None:
    """Write title, as-of, period, keys, notes and rows of a result."""
    document = {
        "title": result.title.to(lang),
        "as_of": result.as_of.isoformat() + "Z",
        "since": result.since,
        "until": result.until,
        "by": result.by,
        "notes": [note.to(lang) for note in result.notes],
        "rows": plain_rows(result.table),
    }
    path.write_text(as_json(document), encoding="utf-8", newline="\n")


def as_json(document: Any) -> str:
    """Return a document as JSON that people can read, too."""
    return (
        json.dumps(document, ensure_ascii=False, indent=1, default=_plain, allow_nan=False) + "\n"
    )


def _plain(value: object) -> str | float:
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)
