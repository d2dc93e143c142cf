"""Drift where the expected risk is not given but learnt: from partners, seasons and shared days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rakustats.config.settings import settings
from rakustats.stats.arrays import Bools, Floats, Ints
from rakustats.stats.attributable_rates import without
from rakustats.stats.cells import Cells, Codes
from rakustats.stats.crossed import crossed
from rakustats.stats.drifts import Days, Drifts, drifts
from rakustats.stats.shocks import shared_shocks


@dataclass(frozen=True)
class Dated:
    """Units by day and lane; in rows of a unit that k sellers share, each has 1 / k of it.

    ``whole`` are the units in which the row's seller has a part, ``n`` where none are shared.
    """

    day: Ints
    lane: Ints
    events: Floats
    n: Floats
    whole: Floats | None = None

    def of(self, rows: Bools) -> Dated:
        """Return some of the rows."""
        parts = None if self.whole is None else self.whole[rows]
        return Dated(self.day[rows], self.lane[rows], self.events[rows], self.n[rows], parts)


def watched_drifts(
    codes: Sequence[Codes], of: int, units: Dated, pool: Codes | None = None
) -> Drifts:
    """Return who got worse among the levels of one factor; see :func:`expected_days`.

    Those of each ``pool`` have a model of their own.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> seller, day = rng.integers(0, 20, 9000), np.sort(rng.integers(0, 500, 9000))
    >>> bad = np.where((seller == 3) & (day > 250), 0.5, 0.1)
    >>> late, one = (rng.random(9000) < bad).astype(float), np.ones(9000)
    >>> no = np.zeros(9000, dtype=np.int64)
    >>> found = watched_drifts([seller, no, day // 30], 0, Dated(day, no, late, one))
    >>> np.flatnonzero(found.alarm >= 0).tolist()
    [3]
    """
    pools = np.zeros_like(codes[0]) if pool is None else pool
    log_odds, of_week, of_day = np.empty((3, len(units.n)))
    for number in np.unique(pools):
        rows = pools == number
        numbered = [np.unique(code[rows], return_inverse=True)[1] for code in codes]
        days = expected_days(numbered, of, units.of(rows))
        log_odds[rows], of_week[rows], of_day[rows] = days.log_odds, days.of_week, days.of_day
    group = codes[of].astype(np.int64)
    found = Days(group, units.day, log_odds, units.events, units.n, units.lane, of_week, of_day)
    return drifts(found, settings().drift)


def expected_days(codes: Sequence[Codes], of: int, units: Dated) -> Days:
    """Return units by day with the risk that is expected of them.

    The log odds expected of a unit are those of the model of crossed effects without the group's
    own, shifted by what its week and its day did to the units of all other groups in its lane.

    Parameters
    ----------
    codes : sequence of ndarray of int, each of shape (rows,)
        Number of the seller, of the partner, and of the levels of each circumstance.
    of : {0, 1}
        Which of them are watched, sellers or partners; they are numbered without a gap.
    units : Dated
        All rows have units.
    """
    seller, *levels = codes
    day, lane, events, n = units.day, units.lane, units.events, units.n
    model = crossed(Cells.of(seller, levels, events, n, units.whole))
    row = model.cells.places(seller, levels)
    base = without(model, of)[0][row]
    # sums of the same rows in another order would differ in their last bits
    order = np.lexsort((events, n, base, lane, day, codes[of]))
    group = codes[of].astype(np.int64)
    whole = base + (model.sellers, model.partners)[of].mean[group]
    shocks = shared_shocks(
        group[order], day[order], lane[order], whole[order], events[order], n[order]
    )
    back = np.argsort(order)
    log_odds, of_week, of_day = base + shocks.shift[back], shocks.of_week[back], shocks.of_day[back]
    return Days(group, day, log_odds, events, n, lane, of_week, of_day)
