"""The cells of a case mix on their way from the engine to the model: one text each, by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rakustats.config.settings import settings
from rakustats.stats.arrays import Floats
from rakustats.stats.case_mix import MixShifts, mix_shifts
from rakustats.stats.cells import Codes

COLUMN = "mix_cells"
#: Between the parts of a cell's text: a character that no label has.
_APART, _BETWEEN = "\x1f", "chr(31)"


def listed_cells(strata: Sequence[str]) -> str:
    """Return the SQL of the list of a group's cells: units, events, and the level by variable.

    Lists of texts are what both engines write alike.
    """
    parts = ", ".join(f"CAST({part} AS STRING)" for part in ("n", "events", *strata))
    return f"array_agg(concat_ws({_BETWEEN}, {parts}))"


def group_shifts(table: pa.Table) -> MixShifts:
    """Return what the mix of each row's group does to its rate."""
    listed = table.column(COLUMN).combine_chunks()
    group = pc.list_parent_indices(listed).to_numpy().astype(np.intp)
    parts = pc.split_pattern(pc.list_flatten(listed), _APART)
    if not len(parts):
        return MixShifts.none(table.num_rows)
    count = len(parts[0])
    strata = [_codes(pc.list_element(parts, i)) for i in range(2, count)]
    n, events = _numbers(pc.list_element(parts, 0)), _numbers(pc.list_element(parts, 1))
    least = settings().case_mix.least_units
    return mix_shifts(group, strata, np.minimum(events, n), n, table.num_rows, least)


def _numbers(texts: pa.Array) -> Floats:
    numbers: Floats = texts.cast(pa.float64()).to_numpy()
    return numbers


def _codes(labels: pa.Array) -> Codes:
    """Return the number of each label in their sorted order, which no order of rows changes."""
    codes = np.unique(labels.to_numpy(zero_copy_only=False), return_inverse=True)[1]
    return codes.astype(np.intp)
