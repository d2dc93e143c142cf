"""Rows of text on their way to DuckDB, in a Parquet file written block by block."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

BLOCK = 50_000
_PATTERN = re.compile(r"[*?\[]")


def scanned(path: Path) -> str:
    """Return a path as an SQL literal for DuckDB to scan, which takes ``[1]`` for a pattern."""
    return "'" + _PATTERN.sub(r"[\g<0>]", path.as_posix()).replace("'", "''") + "'"


class RowFile:
    """A scratch file of rows: their cells, their number in the sheet, what is wrong with them."""

    def __init__(self, scratch: Path, width: int) -> None:
        self.path = scratch / f"{uuid4().hex}.parquet"
        self._names = [*(f"c{i}" for i in range(width)), "source_row", "fault"]
        types = [*[pa.string()] * width, pa.int64(), pa.string()]
        self._schema = pa.schema(list(zip(self._names, types, strict=True)))
        self._width = width
        self._rows: list[tuple[object, ...]] = []

    def __enter__(self) -> RowFile:
        self._writer = pq.ParquetWriter(self.path, self._schema, compression="snappy")
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()

    @property
    def relation(self) -> str:
        """The scan of this file as SQL text."""
        return f"read_parquet({scanned(self.path)})"

    def add(self, number: int, cells: Sequence[str | None], fault: str | None = None) -> None:
        """Add one row; blank cells become NULL, missing ones too."""
        padded = [
            *[c if c and not c.isspace() else None for c in cells],
            *[None] * (self._width - len(cells)),
        ]
        self._rows.append((*padded, number, fault))
        if len(self._rows) >= BLOCK:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [pa.array(c, f.type) for c, f in zip(columns, self._schema, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
            self._rows = []
