"""Document and tracking numbers, unique over the whole sample and valid by their check digits."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_SPREAD = 38_971_519  # coprime to ten: a run of serials scatters and never repeats


def scattered(serial: Ints, digits: int) -> Ints:
    """Return ``serial`` mapped one to one onto numbers below ``10**digits``."""
    return np.asarray((serial * _SPREAD + 1_234_567) % 10**digits, dtype=np.int64)


def with_mod7(number: Ints) -> Ints:
    """Return 11-digit numbers with the check digit of Japanese parcel carriers appended.

    Examples
    --------
    >>> import numpy as np
    >>> with_mod7(np.array([40012345678])).tolist()
    [400123456784]
    """
    return number * 10 + number % 7


def s10(serial: Ints, prefix: str = "EB", country: str = "CN") -> pl.Series:
    """Return postal numbers such as ``EB473124829CN`` (check digit of UPU standard S10)."""
    weights = np.array([8, 6, 4, 2, 3, 5, 9, 7])
    body = scattered(serial, 8)
    digits = body[:, None] // 10 ** np.arange(7, -1, -1) % 10
    rest = 11 - (digits * weights).sum(axis=1) % 11
    check = np.where(rest == 10, 0, np.where(rest == 11, 5, rest))
    return prefix + padded(body * 10 + check, 9) + country


def padded(values: Ints, digits: int) -> pl.Series:
    """Return numbers as text with leading zeros."""
    return pl.Series(values).cast(pl.String).str.zfill(digits)


def unique_seconds(at: NDArray[np.float64], member: Ints) -> NDArray[np.float64]:
    """Return whole seconds, moved on where one member would get two documents in the same one."""
    at = np.floor(at)
    finite = np.flatnonzero(np.isfinite(at))
    order = finite[np.lexsort((at[finite], member[finite]))]
    rank = np.arange(len(order))
    # members are kept apart by more seconds than a century has
    lane = member[order] * 10**11
    moved = np.maximum.accumulate(lane + at[order].astype(np.int64) - rank) + rank - lane
    at[order] = moved
    return at


def document_numbers(at: NDArray[np.float64], member: Ints, chunk: int) -> pl.Series:
    """Return numbers such as ``2026071715475684-300001``: time, two digits, member.

    The two digits depend on the chunk, so that chunks never make the same number.
    """
    moment = np.where(np.isfinite(at), at, 0).astype(np.int64)
    stamp = pl.Series(moment * 1_000_000).cast(pl.Datetime("us")).dt.strftime("%Y%m%d%H%M%S")
    return stamp + padded((moment + 37 * chunk) % 100, 2) + "-" + pl.Series(member).cast(pl.String)
