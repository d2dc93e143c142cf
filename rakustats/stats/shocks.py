r"""Shocks that groups share: weeks and days on which everybody's units went worse or better.

A closure, a storm, a full flight shifts the odds of all units of a lane (a leg, a kind of goods) in
that week or on that day. That is nobody's drift. The shift b of a lane's week, and then of what is
left of each day, is a random effect

    logit P(event) = base + own level + b,

found by Newton's method. Most weeks shift little and closures a lot, so b has a mixture of normals
around 0 as its prior, the weights by EM. What a group is told comes from the *other* groups alone
(its own units are taken out by one Newton step from the mode), and how unsure that is stands beside
it: a shift that hardly any others show is hardly known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, softmax

from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.mixtures import mixture_weights

WEEK = 7
# Newton's steps, none longer than this; the mode has hardly any prior of its own
STEPS, LONGEST, LOOSE, FARTHEST = 12, 2.0, 4.0, 8.0
# standard deviations of the parts of the prior; the first guess weighs as much as so many cells
SPREADS: Floats = np.array([0.02, 0.1, 0.4, 1.6])
GUESS: Floats = np.array([0.4, 0.3, 0.2, 0.1])
GUESS_CELLS, ROUNDS = 5.0, 30


@dataclass(frozen=True)
class Shocks:
    """Of each row: the shift of its log odds that other groups show, and its variances.

    ``of_week`` is shared by all units of the lane's week, ``of_day`` by those of the day besides.
    """

    shift: Floats
    of_week: Floats
    of_day: Floats


def shared_shocks(
    group: Ints, day: Ints, lane: Ints, log_odds: Floats, events: Floats, n: Floats
) -> Shocks:
    """Return by how much the week and the day of each row shifted its log odds.

    Parameters
    ----------
    group, day, lane : ndarray of int, shape (rows,)
        Who is left out of what it is told, days since 1970, and the units that share shocks.
    log_odds : ndarray of float, shape (rows,)
        Expected, each group's own level included.
    events, n : ndarray of float, shape (rows,)

    Examples
    --------
    >>> rows = np.arange(400)
    >>> group, day, n = rows % 40, rows // 40, np.full(400, 10.0)
    >>> events = np.where(day == 5, 6.0, 1.0)
    >>> found = shared_shocks(group, day, np.zeros(400, int), np.full(400, -2.2), events, n)
    >>> bool(found.shift[day == 5].min() > 1.5)
    True
    """
    shift, variances = np.zeros(len(n)), []
    for when in (day // WEEK, day):
        cell = np.unique(np.stack([lane, when]), axis=1, return_inverse=True)[1].reshape(-1)
        told, variance = _of_others(cell, group, log_odds + shift, events, n)
        shift = shift + told
        variances.append(variance)
    return Shocks(shift, *variances)


def _of_others(
    cell: Ints, group: Ints, log_odds: Floats, events: Floats, n: Floats
) -> tuple[Floats, Floats]:
    mode = np.zeros(int(cell.max()) + 1)
    for _ in range(STEPS):
        surplus, weight = _score(cell, log_odds + mode[cell], events, n)
        step = (surplus - mode / LOOSE**2) / (weight + 1 / LOOSE**2)
        mode = mode + np.clip(step, -LONGEST, LONGEST)
    weight = _score(cell, log_odds + mode[cell], events, n)[1] + 1 / LOOSE**2
    parts = mixture_weights(_of_parts(mode, weight), GUESS, GUESS_CELLS, ROUNDS)
    own = np.unique(np.stack([cell, group]), axis=1, return_inverse=True)[1].reshape(-1)
    own_surplus, own_weight = _score(own, log_odds + mode[cell], events, n)
    rest = np.maximum(weight[cell] - own_weight[own], 1 / LOOSE**2)
    # of a cell that is the group's alone this leaves 0, hardly known
    others = mode[cell] - np.clip(own_surplus[own] / rest, -FARTHEST, FARTHEST)
    share = softmax(np.log(parts) + _of_parts(others, rest), axis=1)
    shrunken = 1 / (1 + 1 / (rest[:, None] * SPREADS**2))
    means, variances = shrunken * others[:, None], shrunken / rest[:, None]
    told = (share * means).sum(axis=1)
    return told, (share * (variances + means**2)).sum(axis=1) - told**2


def _of_parts(mode: Floats, weight: Floats) -> Floats:
    """Return the log-likelihood of each shift if it is of each part of the prior."""
    variance = SPREADS**2 + 1 / weight[:, None]
    return np.asarray(-0.5 * (np.log(variance) + mode[:, None] ** 2 / variance))


def _score(cell: Ints, log_odds: Floats, events: Floats, n: Floats) -> tuple[Floats, Floats]:
    p = expit(log_odds)
    surplus: Floats = np.bincount(cell, events - n * p).astype(float)
    weight: Floats = np.bincount(cell, n * p * (1 - p)).astype(float)
    return surplus, weight
