"""Adjusted effects as rates: standardised to everybody's circumstances, and the company's part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from rakustats.stats.arrays import Floats
from rakustats.stats.cells import Cells, Codes
from rakustats.stats.crossed import Crossed, Effect, crossed
from rakustats.stats.standardised import ReferencePopulation

_AT, _WEIGHT = np.polynomial.hermite_e.hermegauss(9)
_WEIGHT = _WEIGHT / _WEIGHT.sum()


@dataclass(frozen=True)
class AttributableRates:
    """Figures by entity, NaN where it has no units; see :func:`attributable_rates`."""

    estimate: Floats
    lo: Floats
    hi: Floats
    odds_ratio: Floats
    odds_lo: Floats
    odds_hi: Floats
    company_rate: Floats
    common_rate: Floats
    p_worse: Floats


def attributable_rates(
    codes: Sequence[Codes],
    events: Floats,
    n: Floats,
    of: int,
    level: float,
    worse_odds: float,
    whole: Floats | None = None,
) -> AttributableRates:
    """Return the figures of sellers (``of`` = 0) or of their partners (``of`` = 1).

    Parameters
    ----------
    codes : sequence of ndarray of int, each of shape (cells,)
        Number of the seller, of the partner, and of the levels of each circumstance.
    events, n : ndarray of float, shape (cells,)
    of : {0, 1}
    level : float
        Coverage of the intervals, such as 0.9.
    worse_odds : float
        How many times the mean entity's odds are too many.
    whole : ndarray of float, shape (cells,), optional
        Units of which ``n`` may be shares; see :class:`rakustats.stats.cells.Cells`.

    Returns
    -------
    AttributableRates
        ``estimate``, ``lo``, ``hi``: rate standardised to everybody's circumstances;
        ``odds_ratio`` and its bounds against a mean entity; ``company_rate``: a mean entity's
        rate in this one's circumstances; ``common_rate``: in everybody's; ``p_worse``: that the
        odds are worse.

    Examples
    --------
    >>> seller, carrier = np.repeat([0, 1], 2), np.array([0, 1, 0, 1])
    >>> events, n = np.array([2.0, 2.0, 9.0, 8.0]), np.full(4, 20.0)
    >>> found = attributable_rates([seller, carrier], events, n, 0, 0.9, 2.0)
    >>> bool(found.estimate[1] > found.estimate[0])
    True
    """
    size = int(codes[of].max()) + 1
    some = n > 0
    numbered = [np.unique(code[some], return_inverse=True) for code in codes]
    seller, *levels = (number for _, number in numbered)
    parts = None if whole is None else whole[some]
    found = crossed(Cells.of(seller, levels, events[some], n[some], parts))
    figures = _figures(found, of, float(norm.ppf(0.5 + level / 2)), np.log(worse_odds))
    spread = {name: np.full(size, np.nan) for name in figures}
    for name, values in figures.items():
        spread[name][numbered[of][0]] = values
    return AttributableRates(**spread)


def _figures(found: Crossed, of: int, wide: float, worse: float) -> dict[str, Floats]:
    cells, effect = found.cells, (found.sellers, found.partners)[of]
    who = (cells.seller, cells.levels[0])[of]
    base, sd = without(found, of)
    around = ReferencePopulation(base, cells.n, sd)
    rates = around.rates(effect.mean, effect.sd, wide)
    at_mean = expit(base) if sd is None else expit(base[:, None] + sd[:, None] * _AT) @ _WEIGHT
    units = np.bincount(who, cells.n)
    common = around.rate(np.zeros(1))
    return {
        "estimate": rates.mean,
        "lo": rates.lo,
        "hi": rates.hi,
        **_odds(effect, wide),
        "company_rate": np.bincount(who, cells.n * at_mean) / units,
        "common_rate": np.broadcast_to(common, units.shape),
        "p_worse": norm.sf(worse, effect.mean, np.maximum(effect.sd, 1e-12)),
    }


def without(found: Crossed, of: int) -> tuple[Floats, Floats | None]:
    """Return the log odds of the cells without the entity's own, and their standard deviations."""
    if of == 0:
        return found.base, None
    cells, sellers = found.cells, found.sellers
    own = found.partners.mean[cells.levels[0]]
    return found.base - own + sellers.mean[cells.seller], sellers.sd[cells.seller]


def _odds(effect: Effect, wide: float) -> dict[str, Floats]:
    bounds = {"odds_ratio": 0.0, "odds_lo": -wide, "odds_hi": wide}
    return {name: np.exp(effect.mean + by * effect.sd) for name, by in bounds.items()}
