"""CSV that opens in Excel: UTF-8 with BOM, nothing in it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

from rakustats.i18n.phrases import Lang
from rakustats.results.result import Result
from rakustats.results.writers.registry import disarmed, plain_rows, writes


@writes(".csv")
def write(result: Result, path: Path, lang: Lang) -> None:
    """Write the rows of a result, every value as Python tells it."""
    rows = plain_rows(result.table)
    # as objects: pandas would write counts beside an unknown one as 3.0
    frame = pd.DataFrame(rows, columns=result.table.column_names, dtype=object)
    write_frame(frame, path, "\r\n")


def write_frame(frame: pd.DataFrame, path: Path, line_end: Literal["\n", "\r\n"]) -> None:
    """Write a frame under the names of its columns."""
    safe = frame.copy()
    for name, kind in frame.dtypes.items():
        if pd.api.types.is_object_dtype(kind) or pd.api.types.is_string_dtype(kind):
            texts = [disarmed(value) for value in frame[name]]
            safe[name] = pd.Series(texts, frame.index, dtype=object)
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator=line_end)
