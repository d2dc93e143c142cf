"""Tables of the simulation: arrays of one length, one element per row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Texts = pl.Series


@dataclass
class Rows:
    """A table whose columns are the fields of a dataclass."""

    def __len__(self) -> int:
        return len(next(self._columns()))

    def _columns(self) -> Iterator[Any]:
        return (getattr(self, column.name) for column in fields(self))

    def at(self, pick: Ints) -> Self:
        """Return the picked rows."""
        return type(self)(*(_picked(column, pick) for column in self._columns()))

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Return the rows of all parts, one part after the other."""
        return cls(
            *(_joined(column) for column in zip(*(p._columns() for p in parts), strict=True))
        )


def _picked(column: Any, pick: Ints) -> Any:
    return column.gather(pick) if isinstance(column, pl.Series) else column[pick]


def _joined(columns: Sequence[Any]) -> Any:
    return pl.concat(columns) if isinstance(columns[0], pl.Series) else np.concatenate(columns)
