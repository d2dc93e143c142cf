"""The feature table as arrays, as of any day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from rakustats.risk.columns import NAMES
from rakustats.stats.arrays import Bools, Floats

_EPOCH = datetime(1970, 1, 1)
_DAY_US = 86_400_000_000


def day_of(moment: datetime) -> float:
    """Return an instant (UTC) as days since 1970-01-01.

    >>> day_of(datetime(1970, 1, 2, 12))
    1.5
    """
    return (moment - _EPOCH).total_seconds() / 86_400


@dataclass(frozen=True)
class Rows:
    """One element per question: features, instants in days since 1970-01-01, and the end.

    ``unit`` numbers the deliveries; ``due``, ``arrived``, ``received`` and ``ended`` are NaN where
    there is none; ``late`` holds once ``due`` or a loss lies in the past. It ``arrived`` with the
    first attempt, by which promises are kept, and was ``received`` when it was handed over. It was
    last exported at ``seen``, claims at ``claims_seen``: nothing later is known of it.
    """

    table: pa.Table
    features: pd.DataFrame
    unit: NDArray[np.int64]
    asked: Floats
    due: Floats
    arrived: Floats
    received: Floats
    ended: Floats
    failed: Bools
    late: Bools
    claimed: Floats
    seen: Floats
    claims_seen: Floats

    def __len__(self) -> int:
        return len(self.asked)

    def names(self, column: str) -> NDArray[np.object_]:
        """Return a text column."""
        made: NDArray[np.object_] = self.table.column(column).to_pandas().to_numpy(object)
        return made

    def matured(self, at: float) -> Bools:
        """Whether the promise of a row asked about before it was seen to pass by a day."""
        return (self.due <= self.known(at)) & (self.asked < np.minimum(self.due, at))

    def known(self, at: float) -> Floats:
        """Return up to when, at a day, each row's outcome was looked at."""
        return np.minimum(at, self.seen)

    def trainable(self, at: float) -> Bools:
        """Whether a row may be trained on at a day: as matured, or asked about after its promise.

        What has no promise, or is overdue, is let in once it is as old as most ever get: by age,
        never by whether it arrived.
        """
        overdue = (np.isnan(self.due) | (self.asked >= self.due)) & (
            self.asked < self.known(at) - 60
        )
        return self.matured(at) | overdue

    def days(self, at: float) -> Floats:
        """Days from the question to the arrival, NaN where it had not arrived by a day."""
        return np.where(self.arrived <= at, self.arrived - self.asked, np.nan)

    def remaining(self, at: float) -> Floats:
        """Days from the question to the receipt, NaN where nothing of it was known by a day."""
        known = (self.arrived <= at) & (self.received <= at)
        return np.where(known, self.received - self.asked, np.nan)

    def gone(self, at: float) -> Bools:
        """Whether it was known by a day that a row does not arrive: lost, returned, paid back."""
        return (self.ended <= at) & np.isnan(self.arrived)

    def lost(self, at: float) -> Bools:
        """Whether a row was known to be lost or returned by a day."""
        return self.failed & (self.ended <= at)

    def facts(self) -> list[dict[str, float]]:
        """Return the features of each row by name."""
        return [
            dict(zip(NAMES, row, strict=True)) for row in self.features.to_numpy(float).tolist()
        ]

    def part(self, which: Bools) -> Rows:
        """Return some of the rows."""
        return Rows(
            self.table.filter(pa.array(which)), self.features[which], self.unit[which],
            self.asked[which], self.due[which], self.arrived[which], self.received[which],
            self.ended[which], self.failed[which],
            self.late[which], self.claimed[which], self.seen[which], self.claims_seen[which],
        )  # fmt: skip


def rows_of(table: pa.Table) -> Rows:
    """Return a feature table as arrays."""

    def days(column: str) -> Floats:
        instants = table.column(column).cast(pa.timestamp("us")).cast(pa.int64())
        made: Floats = instants.cast(pa.float64(), safe=False).to_numpy() / _DAY_US
        return made

    def flags(column: str) -> Bools:
        made: Bools = table.column(column).fill_null(False).to_numpy().astype(bool)
        return made

    return Rows(
        table, table.select(list(NAMES)).to_pandas(), _numbered(table), days("asked_at"),
        days("due_at"),
        days("arrived_at"), days("received_at"), days("ended_at"), flags("failed"), flags("late"),
        days("claimed_at"), days("slice_until"), days("claims_until"),
    )  # fmt: skip


def _numbered(table: pa.Table) -> NDArray[np.int64]:
    ids = table.column("shipment_id").combine_chunks().dictionary_encode()
    return np.asarray(ids.indices, np.int64)
