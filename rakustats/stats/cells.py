"""Counts by seller, partner and circumstances, and the sums over them that a logistic model needs.

A factor classifies units (carrier, month, category), its levels numbered from 0. No
matrix of cells by levels is ever made: sums go by the numbers of the levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rakustats.stats.arrays import Floats

Codes = NDArray[np.intp]
# so many cells are worked on at once
BLOCK = 50_000


@dataclass(frozen=True)
class Cells:
    """Events of n units by seller and one level of each factor; sorted by seller.

    Attributes
    ----------
    seller : array of int, shape (cells,)
        Number of the seller, ascending; every seller has a cell.
    levels : tuple of arrays of int, each of shape (cells,)
        Number of the level, one array per factor.
    sizes : tuple of int
        How many levels each factor has.
    events, n : arrays of float, shape (cells,)
        Of a unit that k sellers share, each of them has 1 / k.
    whole : array of float, shape (cells,)
        Units in which the seller has a part, however small: the choices that tell its habits.
    """

    seller: Codes
    levels: tuple[Codes, ...]
    sizes: tuple[int, ...]
    events: Floats
    n: Floats
    whole: Floats

    @classmethod
    def of(
        cls,
        seller: Codes,
        levels: Sequence[Codes],
        events: Floats,
        n: Floats,
        whole: Floats | None = None,
    ) -> Cells:
        """Return rows as cells: equal ones added up, those without units left out.

        ``whole`` is ``n`` where no units are shared.
        """
        codes = [seller, *levels]
        sizes = [int(code.max(initial=0)) + 1 for code in codes]
        flat = np.ravel_multi_index(codes, sizes)
        distinct, back = np.unique(flat, return_inverse=True)
        units, happened, parts = (
            np.bincount(back, np.asarray(values, dtype=float), len(distinct)).astype(float)
            for values in (n, events, n if whole is None else whole)
        )
        some = units > 0
        first, *rest = np.unravel_index(distinct[some], sizes)
        made = happened[some], units[some], parts[some]
        return cls(first, tuple(rest), tuple(sizes[1:]), *made)

    def places(self, seller: Codes, levels: Sequence[Codes]) -> Codes:
        """Return the cell of each row; all of them must be among those that made the cells."""
        sizes = [self.sellers, *self.sizes]
        own = np.ravel_multi_index([self.seller, *self.levels], sizes)
        return np.searchsorted(own, np.ravel_multi_index([seller, *levels], sizes)).astype(np.intp)

    @cached_property
    def starts(self) -> Codes:
        """The place of each seller's first cell."""
        return np.flatnonzero(np.diff(self.seller, prepend=-1))

    @property
    def sellers(self) -> int:
        """How many sellers there are."""
        return len(self.starts)

    @cached_property
    def offsets(self) -> Codes:
        """The column in which each factor's levels begin; behind the last, how many there are."""
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.intp)

    @property
    def columns(self) -> int:
        """How many levels all factors have together."""
        return int(self.offsets[-1])

    def blocks(self) -> Iterator[tuple[slice, slice]]:
        """Yield runs of whole sellers as slices of the sellers and of their cells."""
        ends = np.append(self.starts[1:], len(self.n))
        first = 0
        while first < self.sellers:
            upto = int(np.searchsorted(ends, self.starts[first] + BLOCK, side="right"))
            last = max(first + 1, upto)
            yield slice(first, last), slice(int(self.starts[first]), int(ends[last - 1]))
            first = last

    def predicted(self, effects: Floats) -> Floats:
        """Return the sum of the effects of each cell's levels."""
        total = np.zeros(len(self.n))
        for code, start in zip(self.levels, self.offsets, strict=False):
            total += effects[start + code]
        return total

    def by_seller(self, weight: Floats) -> Floats:
        """Return the sum of a weight over each seller's cells."""
        return np.asarray(np.add.reduceat(weight, self.starts))

    def by_level(self, weight: Floats) -> Floats:
        """Return the sum of a weight over the cells of each level."""
        sums = [
            np.bincount(code, weight, size)
            for code, size in zip(self.levels, self.sizes, strict=True)
        ]
        return np.concatenate(sums)

    def by_seller_and_level(self, weight: Floats) -> Floats:
        """Return the same apart for each seller (sellers x columns)."""
        sums = np.empty((self.sellers, self.columns))
        for code, size, start in zip(self.levels, self.sizes, self.offsets, strict=False):
            place = self.seller * size + code
            made = np.bincount(place, weight, self.sellers * size)
            sums[:, start : start + size] = made.reshape(self.sellers, size)
        return sums

    def by_two_levels(self, weight: Floats) -> Floats:
        """Return the sum of a weight over the cells that share two levels (columns x columns)."""
        sums = np.zeros((self.columns, self.columns))
        parts = list(zip(self.levels, self.sizes, self.offsets, strict=False))
        for number, (one, rows, top) in enumerate(parts):
            for other, wide, left in parts[number:]:
                made = np.bincount(one * wide + other, weight, rows * wide).reshape(rows, wide)
                sums[top : top + rows, left : left + wide] = made
                sums[left : left + wide, top : top + rows] = made.T
        return sums
