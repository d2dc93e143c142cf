"""Parquet: every column in its own type."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from rakustats.i18n.phrases import Lang
from rakustats.results.result import Result
from rakustats.results.writers.registry import writes


@writes(".parquet")
def write(result: Result, path: Path, lang: Lang) -> None:
    """Write the table of a result."""
    pq.write_table(result.table, path)
