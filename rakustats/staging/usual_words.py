"""The few texts that fill a column of words: to know them is faster than to judge each again."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from rakustats.ingest.plan import Field
from rakustats.staging.cells import Cell
from rakustats.staging.reading import Reading

_KINDS = ("text", "carrier", "word", "open word")
# more would take as long as casting them
MOST = 6


def with_usual_words(con: duckdb.DuckDBPyConnection, reading: Reading, rows: str) -> Reading:
    """Return the reading with the texts of ``rows`` that stand for themselves, where few do."""
    cells = [cell for cell in reading.ids if _is_plain(cell)]
    if not cells:
        return reading
    asked = ", ".join(_themselves(cell, reading.plan.zone) for cell in cells)
    found = con.execute(f"SELECT {asked} FROM {rows}").fetchone() or ()
    few = {
        cell: tuple(sorted(words))
        for cell, words in zip(cells, found, strict=True)
        if words and len(words) <= MOST
    }
    return replace(reading, usual=few)


def _is_plain(cell: Cell) -> bool:
    return cell.kind in _KINDS and cell.field == Field("", cell.field.sources[:1])


def _themselves(cell: Cell, zone: str) -> str:
    text = f"c{cell.field.sources[0]}"
    return f"list(DISTINCT {text}) FILTER (WHERE {cell.typed(text, zone)} = {text})"
