r"""Rates of what is reported late: the likelihood of each group's own rate, given the delays.

Units are reported on one of several clocks (what the warehouse finds, what Japan finds). A unit of
a group is reported in the end with probability :math:`p`, on clock k with :math:`p_k = p \pi_k`,
and by now with :math:`p_k F_k` where :math:`F_k` is the share of the delays that its age covers.
With :math:`x_k` units reported the group's log likelihood is

.. math:: \sum_k x_k \log p_k + \sum_{unreported} \log(1 - \sum_k p_k F_k)

plus, for the split :math:`\pi` alone, a Dirichlet prior around the common one, worth as many
reports as the groups' own splits are alike (a group of which nothing has reached Japan yet knows
nothing of what Japan will find). Maximised by expectation and conditional maximisation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.split_prior import MOST_SPLIT, SplitPrior, split_prior

MOST_ROUNDS = 300
NEWTON_ROUNDS = 40
CLOSE = 1e-9


@dataclass(frozen=True)
class Delayed:
    """Units by group and by what their ages cover of the delays, one element per cell.

    Attributes
    ----------
    group : array of int
        Number of the group.
    n, unreported : arrays of float
        Units, and those of them that nobody has reported.
    shares, log_variances : arrays of float, shape (clocks, cells)
        :math:`F_k`, and the variance of the estimate of its logarithm. Of two ages of one clock
        the younger one's error holds that of the older one.
    """

    group: Ints
    n: Floats
    unreported: Floats
    shares: Floats
    log_variances: Floats

    def sums(self, values: Floats, groups: int) -> Floats:
        """Add values of the cells up by group."""
        return np.bincount(self.group, values, groups).astype(float)


@dataclass(frozen=True)
class Reported:
    """Per group: the rate in the end, how much of it is reported, and how well it is known.

    Attributes
    ----------
    rate : array of float
        Likeliest share of the units that are reported in the end.
    ripe : array of float
        Share of these reports that has come.
    split : array of float, shape (clocks, groups)
        Which part of the reports comes on which clock.
    prior : SplitPrior
        What is common to the splits.
    """

    rate: Floats
    ripe: Floats
    split: Floats
    prior: SplitPrior


def reported_rates(cells: Delayed, reported: Floats, common: Floats) -> Reported:
    """Return the rates in the end of groups with late reports.

    Parameters
    ----------
    cells : Delayed
    reported : array of float, shape (clocks, groups)
        Units reported so far.
    common : array of float, shape (clocks,)
        The common split of the reports, which adds up to 1.

    Examples
    --------
    >>> half = Delayed(*(np.array(v) for v in ([0], [100.0], [70.0], [[0.5]], [[0.0]])))
    >>> found = reported_rates(half, np.array([[30.0]]), np.ones(1))
    >>> [round(float(v[0]), 6) for v in (found.rate, found.ripe)]
    [0.6, 0.5]
    """
    groups = reported.shape[1]
    exposed = np.stack([cells.sums(cells.n * f, groups) for f in cells.shares[: len(reported)]])
    prior = split_prior(reported, exposed, common)
    split = np.repeat(prior.common[:, None], groups, axis=1)
    total = reported.sum(axis=0)
    rate = _rates(cells, total, split)
    for _ in range(MOST_ROUNDS if np.count_nonzero(common) > 1 else 0):
        new = _split(cells, reported, rate, split, prior)
        moved = float(np.abs(new - split).max(initial=0.0))
        split = new
        rate = _rates(cells, total, split)
        if moved < CLOSE:
            break
    units = cells.sums(cells.n, groups)
    covered = cells.sums(cells.n * _covered(cells, split), groups)
    expected = np.where(total > 0, total / np.where(rate > 0, rate, 1.0), covered)
    ripe = np.divide(expected, units, out=np.zeros(groups), where=units > 0)
    return Reported(rate, np.clip(np.round(ripe, 12), 0, 1), split, prior)


def relative_variances(
    cells: Delayed,
    reported: Floats,
    found: Reported,
    drawn: float,
    most: float = MOST_SPLIT,
) -> tuple[Floats, Floats]:
    """Return the variances of the rates over their squares, and the rates at which they are.

    These are drawn to the common rate by as many units as ``drawn`` says: what few units tell is
    told in its neighbourhood, not where chance has put them. The common split is not believed to be
    worth more than ``most`` reports.
    """
    total = reported.sum(axis=0)
    units = cells.sums(cells.n, len(total))
    told = np.maximum(units * found.ripe, 1e-9)
    rate = (total.sum() + 0.5) / (told.sum() + 1)
    near = np.minimum((total + drawn * rate) / (told + drawn), 1 - 1e-6)
    variances = _sampling(
        cells, near, found.split, min(found.prior.worth, most), found.prior.common
    )
    return variances + _of_delays(cells, near, found.split), near


def _covered(cells: Delayed, split: Floats) -> Floats:
    """Return of each cell which part of the delays its age covers, over all clocks."""
    covered: Floats = (split[:, cells.group] * cells.shares).sum(axis=0)
    return np.minimum(covered, 1.0)


def _rates(cells: Delayed, total: Floats, split: Floats) -> Floats:
    """Solve Σ F / (1 - p F) over the unreported = x / p for each group's p, at a given split.

    Newton's method on the logarithm of x over p Σ F / (1 - p F), which rises with p.
    """
    groups, covered = len(total), _covered(cells, split)
    some = total > 0
    exposed = cells.sums(cells.unreported * covered, groups)
    # all that could be known of is reported
    full = some & (exposed <= 1e-12)
    low, high = np.zeros(groups), np.ones(groups)
    p = np.where(some, total / (total + np.maximum(exposed, 1e-12)), 0.0)
    for _ in range(NEWTON_ROUNDS):
        left = 1 - np.minimum(p[cells.group] * covered, 1 - 1e-12)
        first = p * cells.sums(cells.unreported * covered / left, groups)
        second = cells.sums(cells.unreported * covered / left**2, groups)
        low, high = np.where(first < total, p, low), np.where(first < total, high, p)
        step = (total - first) / np.maximum(second, 1e-12)
        new = p + step
        new = np.where((new <= low) | (new >= high), (low + high) / 2, new)
        moved = np.abs(new - p).max(initial=0.0)
        p = new
        if moved < CLOSE / 10:
            break
    return np.where(full, 1.0, np.where(some, p, 0.0))


def _split(
    cells: Delayed, reported: Floats, rate: Floats, split: Floats, prior: SplitPrior
) -> Floats:
    """Return the split by what is reported, and by what is expected to be."""
    groups = reported.shape[1]
    left = np.maximum(1 - rate[cells.group] * _covered(cells, split), 1e-12)
    coming = split[:, cells.group] * (1 - cells.shares) * rate[cells.group] / left
    parts = np.stack([cells.sums(cells.unreported * part, groups) for part in coming])
    weights = reported + parts + prior.worth * prior.common[:, None]
    return np.asarray(weights / np.maximum(weights.sum(axis=0), 1e-12))


def _sampling(cells: Delayed, rate: Floats, split: Floats, worth: float, common: Floats) -> Floats:
    """Return the relative variance of the rates by the expected information of the p_k."""
    groups, clocks = len(rate), np.flatnonzero(common)
    left = np.maximum(1 - rate[cells.group] * _covered(cells, split), 1e-12)
    p = np.maximum(rate * split, 1e-12)
    size = len(clocks)
    information = np.zeros((groups, size, size))
    for i, k in enumerate(clocks):
        information[:, i, i] = cells.sums(cells.n * cells.shares[k], groups) / p[k]
        if size > 1:
            information[:, i, i] += worth * common[k] / p[k] ** 2
        for j, other in enumerate(clocks):
            both = cells.shares[k] * cells.shares[other] / left
            information[:, i, j] += cells.sums(cells.n * both, groups)
            if size > 1:
                information[:, i, j] -= worth / rate**2
    # a group without units knows nothing
    information += np.eye(size) * 1e-9 / rate[:, None, None] ** 2
    variance = np.linalg.solve(information, np.ones((groups, size, 1)))[..., 0].sum(axis=1)
    return np.asarray(variance / rate**2)


def _of_delays(cells: Delayed, rate: Floats, split: Floats) -> Floats:
    """Return the relative variance of the rates that comes from the estimated delays.

    An error of log F of a cell moves log p by its part of Σ n F / (1 - p F).
    """
    groups = len(rate)
    left = np.maximum(1 - rate[cells.group] * _covered(cells, split), 1e-12)
    parts = split[:, cells.group] * cells.shares * cells.n / left
    whole = np.maximum(cells.sums(parts.sum(axis=0), groups), 1e-12)[cells.group]
    shares = zip(parts / whole, cells.log_variances, strict=True)
    return np.asarray(np.sum([_variance(cells.group, w, v, groups) for w, v in shares], axis=0))


def _variance(group: Ints, weight: Floats, variance: Floats, groups: int) -> Floats:
    """Return ΣΣ w w' min(v, v') by group: Σ (v_i - v_(i-1)) (Σ of the w from i on)², v rising."""
    order = np.lexsort((variance, group))
    g, w, v = group[order], weight[order], variance[order]
    first = np.append(True, g[1:] != g[:-1]) if len(g) else np.zeros(0, dtype=bool)
    before = np.where(first, 0.0, np.append(0.0, v[:-1]) if len(v) else v)
    running = np.cumsum(w)
    whole = np.bincount(g, w, groups)
    begun = np.cumsum(whole) - whole
    from_here = whole[g] - (running - w - begun[g])
    return np.bincount(g, (v - before) * from_here**2, groups).astype(float)
