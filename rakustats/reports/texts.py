"""The words of the reports in Japanese and English, kept apart from the notebooks."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

from rakustats.errors import UsageError
from rakustats.schema.shipped import shipped_values

LANGUAGES = ("ja", "en")
# Japanese has no spaces, so a line break within a paragraph must not become one
LINE_BREAK = re.compile(r"(?<=[^\x00-\x7f])\n(?=[^\x00-\x7f])")


@cache
def catalogue(name: str) -> dict[str, Any]:
    """Return the texts of one notebook; one without texts has an empty catalogue."""
    file = resources.files("rakustats.reports").joinpath("texts", f"{name}.toml")
    return shipped_values("reports", "texts", f"{name}.toml") if file.is_file() else {}


def text(name: str, key: str, lang: str, part: str = "text") -> str:
    """Return one text; a report without a catalogue of its own shows the key."""
    entry = catalogue(name).get(key, catalogue("common").get(key, {}))
    words: dict[str, str] = entry.get(part, {}) if part != "text" else entry.get("text", entry)
    return str(words.get(lang, "")).strip()


def prose(name: str, key: str, lang: str) -> str:
    """Return one text as running text."""
    return LINE_BREAK.sub("", text(name, key, lang))


def title(name: str, key: str, lang: str) -> str:
    """Return the heading of one section, or the key in words where the catalogue has none."""
    return text(name, key, lang, "title") or key.replace("_", " ")


def label(column: str, lang: str) -> str:
    """Return a column's heading for readers, or its name where none is known."""
    return str(catalogue("columns").get(column, {}).get(lang, column))


def shown_as(column: str) -> str:
    """Return how a column's values are shown, empty where in the usual way."""
    return str(catalogue("columns").get(column, {}).get("shown", ""))


def check_language(lang: str) -> None:
    """Raise UsageError unless `lang` is a language of the reports."""
    if lang not in LANGUAGES:
        raise UsageError(
            ja=f"言語 {lang!r} はありません。レポートは {' か '.join(LANGUAGES)} で書きます。",
            en=f"Unknown language {lang!r}. Reports are written in {' or '.join(LANGUAGES)}.",
        )
