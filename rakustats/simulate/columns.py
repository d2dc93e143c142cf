"""Arrays of the simulation as columns of an export: what lies ahead of the export is blank."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from rakustats.simulate.rows import Bools, Floats, Ints


def where(mask: Bools, column: pl.Series) -> pl.Series:
    """Return ``column`` with nulls where ``mask`` is false."""
    nothing = pl.Series([None], dtype=column.dtype).new_from_index(0, len(column))
    return column.zip_with(pl.Series(mask, dtype=pl.Boolean), nothing)


def plan(when: Floats) -> pl.Series:
    """Return local instants, null where there is none."""
    finite = np.isfinite(when)
    micros = np.where(finite, when, 0).astype(np.int64) * 1_000_000
    return where(finite, pl.Series(micros).cast(pl.Datetime("us")))


def seen(when: Floats, at: float) -> pl.Series:
    """Return local instants, null where they lie after ``at`` or never come."""
    return plan(np.where(when <= at, when, np.inf))


def cents(amount: Ints) -> pl.Series:
    """Return hundredths as decimals of two places."""
    return (pl.Series(amount) / 100).round(2).cast(pl.Decimal(14, 2))


def pick(words: Sequence[str] | pl.Series, position: Ints) -> pl.Series:
    """Return the word at each position; null for a negative one."""
    column = words if isinstance(words, pl.Series) else pl.Series(list(words), dtype=pl.String)
    if not len(column):
        return pl.Series([None] * len(position), dtype=pl.String)
    return where(position >= 0, column.gather(np.maximum(position, 0)))


def choose(conditions: Sequence[tuple[Bools, str]], default: str) -> pl.Series:
    """Return the word of the first condition that holds."""
    position = np.select([c for c, _ in conditions], list(range(len(conditions))), len(conditions))
    return pick([*(word for _, word in conditions), default], position)
