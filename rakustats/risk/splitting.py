"""Rolling origin: what trains lies before what tests, with a gap, and no shipment on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator

from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase

Rows = NDArray[np.intp]


class RollingOrigin(BaseCrossValidator):  # type: ignore[misc]
    """Folds by time for `cross_val_score`.

    Parameters
    ----------
    days
        One number per row, the day of its decision instant.
    origins
        Days at which a model is trained; each tests the rows from its origin to the next one.
    gap
        Days before an origin of which no outcome is known yet: the maturity lag.

    Pass the shipments as `groups`: a shipment that tests does not train in the same fold.

    >>> folds = RollingOrigin([0, 1, 2, 3, 4], origins=[3], gap=1)
    >>> [(a.tolist(), b.tolist()) for a, b in folds.split([0] * 5)]
    [([0, 1], [3, 4])]
    """

    def __init__(self, days: ArrayLike, origins: ArrayLike, gap: float = 0.0) -> None:
        self.days = days
        self.origins = origins
        self.gap = gap

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of origins."""
        return int(np.size(np.asarray(self.origins)))

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Rows, Rows]]:
        """Yield the rows that train and those that test, per origin; raise UsageError if none."""
        days = np.asarray(self.days, float)
        starts = np.sort(np.asarray(self.origins, float))
        if len(days) != len(X):
            raise UsageError(
                phrase(
                    ja=f"{len(X)} 行に対して日付が {len(days)} 件です。"
                    "一行に一つずつ渡してください。",
                    en=f"{len(days)} days were given for {len(X)} rows. Give one day per row.",
                )
            )
        for start, end in zip(starts, [*starts[1:], np.inf], strict=True):
            tests = np.flatnonzero((days >= start) & (days < end))
            trains = np.flatnonzero(days < start - self.gap)
            if groups is not None:
                names = np.asarray(groups)
                trains = trains[~np.isin(names[trains], names[tests])]
            if not len(trains) or not len(tests):
                raise UsageError(
                    phrase(
                        ja=f"起点 {start:g} では、学習用が {len(trains)} 行、"
                        f"試験用が {len(tests)} 行です。データの範囲内の起点を選んでください。",
                        en=f"Origin {start:g} has {len(trains)} rows to train"
                        f" and {len(tests)} to test. Choose origins inside the data.",
                    )
                )
            yield trains, tests
