"""What a good piece of an item is expected to cost of each of its sellers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import norm

from rakustats.config.settings import settings
from rakustats.stats.arrays import Floats
from rakustats.stats.shrunken_means import shrunken_means

Row = dict[str, Any]
# of the cost of one line on the log scale, where no seller tells it
_USUAL_VARIANCE = 0.1


def with_expected_costs(rows: Sequence[Row], same: str) -> list[Row]:
    """Return the rows with ``expected_cost``, NULL where no cost above 0 is known."""
    told = [row for row in rows if (row["cost_per_good_piece"] or 0) > 0]
    expected: dict[int, float] = {}
    if told:
        _, kinds = np.unique([str(row[same]) for row in told], return_inverse=True)
        costs = np.log([float(row["cost_per_good_piece"]) for row in told])
        means = np.exp(shrunken_means(costs, _variances(told), kinds))
        expected = {id(row): float(mean) for row, mean in zip(told, means, strict=True)}
    return [{**row, "expected_cost": expected.get(id(row))} for row in rows]


def _variances(rows: Sequence[Row]) -> Floats:
    """Return the variance of each log cost, by its interval, else by that of a line of the others.

    Sellers with few orders happen to have had equal costs; nobody's line varies by less than a
    tenth of what is usual.
    """
    reach = 2 * float(norm.ppf(0.5 + settings().shrinkage.level / 2))
    lines = np.array([max(row["n"] - row["n_unknown"], 1) for row in rows], dtype=float)
    bounds = np.array([[row["cost_lo"] or np.nan, row["cost_hi"] or np.nan] for row in rows], float)
    own = (np.log(bounds[:, 1] / bounds[:, 0]) / reach) ** 2
    of_line = own * lines
    known = of_line[np.isfinite(of_line) & (of_line > 0)]
    usual = float(np.median(known)) if len(known) else _USUAL_VARIANCE
    return np.maximum(np.where(np.isfinite(own), own, usual / lines), 0.1 * usual / lines)
