r"""What a group's mix of circumstances does to its rate, told from the groups' own quality.

For a unit of group i in the circumstances s

    logit P(event) = a + b_s + u_i,    u_i ~ N(0, tau²)

with b_s the sum of an effect for each level of each variable and, where there are several, one for
each combination, normal around 0 with a variance for each kind (:mod:`rakustats.stats.crossed`).
With w_is the shares of the group's units and w_s those of all units, its own and the common mix
bring a group of such quality the rates

    own(u) = Σ_s w_is expit(a + b_s + u),    common(u) = Σ_s w_s expit(a + b_s + u)

and the shift logit own(u_i) - logit common(u_i) is what the mix does. All groups have the same
standard, the mix of all units: with the same mix everywhere every shift is 0, however the units are
spread over the groups. Since b is estimated beside u, a group that is most of a circumstance is not
its own measure; one that is all of it cannot be told from it, which adds the variance 0.3 to its
shift (odds of 1.7 times either way).

P. W. Lane, J. A. Nelder (1982), "Analysis of covariance and standardization as instances of
prediction", Biometrics 38, 613-621.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from rakustats.stats.arrays import Bools, Floats
from rakustats.stats.cells import Cells, Codes
from rakustats.stats.crossed import Crossed, crossed

# the effects of circumstances are estimated from so many groups, those with most units
MOST_GROUPS = 20_000
# levels of a variable, and combinations, that have an effect of their own
MOST_LEVELS = 100
# groups' effects at which the common rate is worked out, and how far they can lie
STEP, FAR = 0.05, 8.0
MODE_STEPS = 12
# variance (logit) of what a circumstance may do that nobody else has: nothing is known of it
ALONE = 0.3
# shifts are rounded to so many decimals: equal mixes have equal shifts
DECIMALS = 10


@dataclass(frozen=True)
class MixShifts:
    """What each group's mix does to the logit of its rate.

    Attributes
    ----------
    shift, sd : ndarray of float, shape (groups,)
        Against the mix of all units, with its standard deviation; 0 without units.
    alone : ndarray of float, shape (groups,)
        Units in combinations of circumstances in which no other group has any.
    """

    shift: Floats
    sd: Floats
    alone: Floats

    @classmethod
    def none(cls, groups: int) -> MixShifts:
        """Return no shifts."""
        return cls(*np.zeros((3, groups)))

    def of(self, some: Bools) -> MixShifts:
        """Return those of some of the groups."""
        return MixShifts(self.shift[some], self.sd[some], self.alone[some])


def mix_shifts(
    group: Codes,
    strata: Sequence[Codes],
    events: Floats,
    n: Floats,
    groups: int,
    least_units: float = 30.0,
) -> MixShifts:
    """Return the shifts of all groups.

    Parameters
    ----------
    group : ndarray of int, shape (cells,)
        Number of the group, below ``groups``.
    strata : sequence of ndarray of int, each of shape (cells,)
        Number of the level of each variable.
    events, n : ndarray of float, shape (cells,)
    groups : int
    least_units : float
        A combination of levels with fewer units has no effect of its own.

    Examples
    --------
    Two groups in one season have the same mix, whatever happened.

    >>> one = np.zeros(2, dtype=int)
    >>> found = mix_shifts(np.arange(2), [one], np.array([60.0, 20.0]), np.array([300.0, 1e3]), 2)
    >>> found.shift.tolist(), found.sd.tolist()
    ([0.0, 0.0], [0.0, 0.0])
    """
    shift, sd = np.zeros(groups), np.zeros(groups)
    some = n > 0
    group, events, n = group[some], events[some], n[some]
    whole = _combined([code[some] for code in strata])
    factors = _factors([code[some] for code in strata], whole, n, least_units)
    alone = _alone(group, whole, n, groups)
    if not factors or _same_mix(group, whole, n):
        return MixShifts(shift, sd, alone)
    who, numbered = np.unique(group, return_inverse=True)
    cells = Cells.of(numbered, factors, events, n)
    shift[who], sd[who] = _shifts(cells, crossed(_largest(cells), habits=False))
    share = alone[who] / cells.by_seller(cells.n)
    sd[who] = np.sqrt(sd[who] ** 2 + ALONE * share**2)
    return MixShifts(np.round(shift, DECIMALS), np.round(sd, DECIMALS), alone)


def _combined(strata: Sequence[Codes]) -> Codes:
    """Return the number of each row's combination of levels."""
    if not strata:
        return np.zeros(0, dtype=np.intp)
    return np.unique(np.stack(strata), axis=1, return_inverse=True)[1].ravel().astype(np.intp)


def _factors(strata: Sequence[Codes], whole: Codes, n: Floats, least: float) -> list[Codes]:
    """Return the factors of the model; what has one level, or repeats another factor, is none."""
    factors: list[Codes] = []
    for code, fewest in (*((code, 0.0) for code in strata), (whole, least)):
        factor = _frequent(code, n, fewest)
        levels = factor.max(initial=0) + 1
        if levels > 1 and all(_combined([factor, f]).max() + 1 > levels for f in factors):
            factors.append(factor)
    return factors


def _frequent(code: Codes, n: Floats, fewest: float) -> Codes:
    """Return the levels with most units, numbered, what is rarer being one level together."""
    numbers, back = np.unique(code, return_inverse=True)
    units = np.bincount(back, n, len(numbers))
    order = np.argsort(-units, kind="stable")
    kept = order[: MOST_LEVELS - 1][units[order[: MOST_LEVELS - 1]] >= fewest]
    place = np.zeros(len(numbers), dtype=np.intp)
    place[kept] = 1 + np.arange(len(kept))
    return np.unique(place[back], return_inverse=True)[1].astype(np.intp)


def _same_mix(group: Codes, whole: Codes, n: Floats) -> bool:
    """Whether all groups have the same shares of all combinations."""
    units, total = np.bincount(group, n), np.bincount(whole, n)
    shares = Cells.of(group, [whole], np.zeros(len(n)), n)
    if len(shares.n) < np.count_nonzero(units) * np.count_nonzero(total):
        return False
    expected = units[shares.seller] * total[shares.levels[0]] / n.sum()
    return bool(np.allclose(shares.n, expected, rtol=1e-9, atol=0))


def _alone(group: Codes, whole: Codes, n: Floats, groups: int) -> Floats:
    """Return each group's units that nobody shares the circumstances of, if there are others."""
    cells = Cells.of(group, [whole], np.zeros(len(n)), n)
    if len(np.unique(group)) < 2:
        return np.zeros(groups)
    holders = np.bincount(cells.levels[0])
    alone = holders[cells.levels[0]] == 1
    return np.bincount(cells.seller[alone], cells.n[alone], groups).astype(float)


def _largest(cells: Cells) -> Cells:
    """Return the cells of the groups with most units."""
    if cells.sellers <= MOST_GROUPS:
        return cells
    units = cells.by_seller(cells.n)
    kept = np.zeros(cells.sellers, dtype=bool)
    kept[np.argsort(-units, kind="stable")[:MOST_GROUPS]] = True
    rows = kept[cells.seller]
    number = np.cumsum(kept) - 1
    levels = tuple(code[rows] for code in cells.levels)
    counts = (cells.events[rows], cells.n[rows], cells.whole[rows])
    return Cells(number[cells.seller[rows]], levels, cells.sizes, *counts)


def _shifts(cells: Cells, model: Crossed) -> tuple[Floats, Floats]:
    """Return each group's shift and its standard deviation, to the first order."""
    base = model.effects[0] + cells.predicted(model.effects[1:])
    effect = _effects(cells, base, model.spread)
    units = cells.by_seller(cells.n)
    p = expit(base + effect[cells.seller])
    own = cells.by_seller(cells.n * p) / units
    common, common_slope, back = _common(cells, base, effect)
    slope = cells.n * p * (1 - p) / (units * own * (1 - own))[cells.seller]
    each = np.hstack([cells.by_seller(slope)[:, None], cells.by_seller_and_level(slope)])
    each -= common_slope[back]
    variance = np.einsum("ij,ij->i", each @ model.covariance, each)
    return logit(own) - logit(common[back]), np.sqrt(np.maximum(variance, 0))


def _effects(cells: Cells, base: Floats, spread: float) -> Floats:
    """Return the mode of each group's effect, rounded so that few different ones are left."""
    effect = np.zeros(cells.sellers)
    for _ in range(MODE_STEPS):
        p = expit(base + effect[cells.seller])
        slope = cells.by_seller(cells.events - cells.n * p) - effect / spread**2
        bend = cells.by_seller(cells.n * p * (1 - p)) + 1 / spread**2
        effect += np.clip(slope / bend, -1, 1)
    return np.round(np.clip(effect, -FAR, FAR) / STEP) * STEP


def _common(cells: Cells, base: Floats, effect: Floats) -> tuple[Floats, Floats, Codes]:
    """Return the common mix's rate at each distinct effect, its slopes, and each group's place."""
    whole = _combined(cells.levels)
    share = np.bincount(whole, cells.n) / cells.n.sum()
    first = np.unique(whole, return_index=True)[1]
    distinct, back = np.unique(effect, return_inverse=True)
    p = expit(base[first] + distinct[:, None])
    rate = p @ share
    weight = p * (1 - p) * share / (rate * (1 - rate))[:, None]
    slopes = np.zeros((len(distinct), 1 + cells.columns))
    slopes[:, 0] = weight.sum(axis=1)
    for code, size, start in zip(cells.levels, cells.sizes, cells.offsets, strict=False):
        level = np.eye(size)[code[first]]
        slopes[:, 1 + start : 1 + start + size] = weight @ level
    return rate, slopes, back.astype(np.intp)
