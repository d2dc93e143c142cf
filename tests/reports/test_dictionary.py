"""The data dictionary in docs/ is the schema's own words."""

from __future__ import annotations

from pathlib import Path

from rakustats.reports.dictionary import data_dictionary
from rakustats.schema.tables import tables

WRITTEN = Path(__file__).parents[2] / "docs" / "data_dictionary.md"


def test_the_written_dictionary_is_the_schema() -> None:
    assert WRITTEN.read_text(encoding="utf-8") == data_dictionary(), "run `make dictionary`"


def test_every_stored_column_is_described() -> None:
    text = data_dictionary()
    for table in tables().values():
        section = text.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        for column in table.columns:
            assert f"| `{column.name}` | {column.type} |" in section
            for name, kind in column.companions:
                assert f"| `{name}` | {kind} |" in section
