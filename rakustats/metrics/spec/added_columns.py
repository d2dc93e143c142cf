"""Columns added to a table of groups once the engine has counted: estimates, intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from rakustats.stats.arrays import Floats


def floats(table: pa.Table, name: str, missing: float = np.nan) -> Floats:
    """Return a column as floats, with a number in the place of what is NULL."""
    column: Floats = table.column(name).cast(pa.float64()).fill_null(missing).to_numpy()
    return column


def behind(table: pa.Table, name: str, columns: Mapping[str, Floats | pa.ChunkedArray]) -> pa.Table:
    """Return the table with columns put behind one of its own; NaN becomes NULL."""
    place = table.column_names.index(name) + 1
    for added, values in reversed(list(columns.items())):
        if not isinstance(values, pa.ChunkedArray):
            values = pa.array(values, from_pandas=True, type=pa.float64())
        table = table.add_column(place, added, values)
    return table
