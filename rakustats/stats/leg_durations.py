r"""How slow entities are: shrunken mean log times from the days on which legs began and ended.

A time of entity e in the circumstances x is log-normal, log t = a_x + u_e + noise, with u_e normal
around 0. Exports tell days, so a time is known to an interval: what began at the hour s of its day
and ended d days later took between d - s and d + 1 - s days, what had not ended d days later when
the day was over took longer than d + 1 - s. Where the hour is not told, all are as likely. The
likelihood is that of the intervals (Lindsey and Ryan 1998, Statistics in Medicine 17, 219-238);
with d itself for the time the 0, 1 or 2 days of a short leg tell little of how slow who is.

Newton's method finds a and u, what an interval leaves open of a time being missing information
(Louis 1982, J. R. Statist. Soc. B 44, 226-233); the noise follows by EM (Dempster, Laird and Rubin
1977), the variance of u by Fisher scoring. Times are compared as ratios, so that one very slow
delivery is not all there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rakustats.stats.arrays import Bools, Floats, Ints
from rakustats.stats.arrow_matrix import Arrowhead
from rakustats.stats.crossed import Effect
from rakustats.stats.intervals_of_normals import Inside, inside
from rakustats.stats.variances import Variance

Codes = np.ndarray[tuple[int, ...], np.dtype[np.intp]]
# a mean of whole days counts 0 as half a day; what took less than six hours is not told apart
LEAST_DAYS, FINEST = 0.5, 0.25
# parts of the day at which what has no hour may have begun
ANY_HOUR: Floats = (np.arange(4) + 0.5) / 4
MOST_STEPS, CLOSE, LONGEST = 200, 1e-5, 1.0
FREE, LEAST_NOISE = 1e-6, 0.02
# the distribution of a u that is not known for certain, by three points
AT: Floats = np.sqrt(3.0) * np.array([-1.0, 0.0, 1.0])
WEIGHT: Floats = np.array([1.0, 4.0, 1.0]) / 6


@dataclass(frozen=True)
class Times:
    """Times of entities in their circumstances, each between two numbers of days.

    Attributes
    ----------
    entity, level : ndarray of int, shape (cells,)
        Numbers from 0; ``level`` is the circumstances (the season).
    n : ndarray of float, shape (cells,)
        How many equal ones there are.
    lo, hi : ndarray of float, shape (rows,)
        The interval; infinite where it had not ended. A cell has several rows where its interval is
        one of several.
    first : ndarray of int, shape (cells,)
        First row of each cell.
    """

    entity: Codes
    level: Codes
    n: Floats
    lo: Floats
    hi: Floats
    first: Ints

    @classmethod
    def of_days(
        cls, entity: Codes, level: Codes, n: Floats, days: Floats, begun: Floats, ended: Bools
    ) -> Times:
        """Return times known by whole days.

        Parameters
        ----------
        entity, level, n
            As the attributes.
        days : ndarray of float, shape (cells,)
            From the day of the beginning to that of the end, or to the last that was over.
        begun : ndarray of float, shape (cells,)
            Part of its day at which it began, NaN where nobody says.
        ended : ndarray of bool, shape (cells,)
        """
        told = np.isfinite(begun)
        rows = np.where(told, 1, len(ANY_HOUR))
        first = np.cumsum(rows) - rows
        part = np.repeat(begun, rows)
        part[~np.repeat(told, rows)] = np.tile(ANY_HOUR, int((~told).sum()))
        low, over = np.repeat(days, rows) - part, np.repeat(ended, rows)
        lo = np.where(over, low, low + 1)
        hi = np.where(over, np.maximum(low + 1, FINEST), np.inf)
        return cls(entity, level, n, np.maximum(lo, 0.0), hi, first.astype(np.int64))

    @cached_property
    def logs(self) -> tuple[Floats, Floats]:
        """Logarithms of the bounds."""
        with np.errstate(divide="ignore"):
            return np.log(self.lo), np.log(self.hi)

    @cached_property
    def middle(self) -> Floats:
        """A log time of each cell to begin with."""
        lo, hi = self.lo[self.first], self.hi[self.first]
        return np.log(np.maximum(np.where(np.isfinite(hi), (lo + hi) / 2, lo), FINEST))

    def inside(self, mean: Floats, noise: float) -> Inside:
        """Return the moments of each cell's log time, in sds of the noise from its mean."""
        at = np.repeat(mean, np.diff(np.append(self.first, len(self.lo))))
        lo, hi = self.logs
        return inside((lo - at) / noise, (hi - at) / noise, self.first)


@dataclass(frozen=True)
class Slowness:
    """Estimates of log times.

    Attributes
    ----------
    entities : Effect
        Log of how many times as long each entity takes as the mean one.
    level : float
        Mean log days over all units' circumstances, of a mean entity.
    noise, spread : float
        Standard deviations of log times within and between entities.
    """

    entities: Effect
    level: float
    noise: float
    spread: float


def slowness(times: Times) -> Slowness:
    """Return how slow entities are.

    Examples
    --------
    >>> entity = np.repeat([0, 1], 40)
    >>> days, noon = np.where(entity == 0, 4.0, 8.0), np.full(80, 0.5)
    >>> alike = np.zeros(80, dtype=int)
    >>> found = slowness(Times.of_days(entity, alike, np.ones(80), days, noon, alike == 0))
    >>> bool(np.exp(np.diff(found.entities.mean))[0] > 1.9)
    True
    """
    return _Fit(times).run()


class _Fit:
    """The levels, the entities' effects and the noise so far."""

    def __init__(self, times: Times) -> None:
        self.times = times
        units, logs = np.bincount(times.level, times.n), times.middle
        self.level = np.bincount(times.level, times.n * logs) / np.maximum(units, 1)
        self.mean = np.zeros(int(times.entity.max()) + 1)
        # of an effect, the levels given: what moves both the other way leaves the times as they are
        self.variance = np.zeros(len(self.mean))
        off = logs - self.level[times.level]
        self.noise = max(float(np.sqrt(times.n @ off**2 / times.n.sum())), 0.2)
        self.spread = Variance()

    def run(self) -> Slowness:
        """Return the model once it has settled."""
        for _ in range(MOST_STEPS):
            moved = self._stepped()
            if max(moved, self._update_noise()) < CLOSE:
                break
        times = self.times
        arrow = self._arrowhead(self._seen(0.0))
        shown = arrow.followed
        variance = 1 / arrow.own + arrow.variances(shown - shown.mean(axis=0))
        # how effects follow the logarithm of their variance (Kass and Steffey 1989)
        follow = self.mean / (self.spread.value * arrow.own)
        sd = np.sqrt(variance + follow**2 * self.spread.unsure)
        common = float(times.n @ self.level[times.level] / times.n.sum() + self.mean.mean())
        effect = Effect(self.mean - self.mean.mean(), sd)
        return Slowness(effect, common, self.noise, float(np.sqrt(self.spread.value)))

    def _seen(self, sds: float) -> Inside:
        """Return what is known of the times, every effect lying so many sds from its mean."""
        effect = self.mean + sds * np.sqrt(self.variance)
        at = self.level[self.times.level] + effect[self.times.entity]
        return self.times.inside(at, self.noise)

    def _arrowhead(self, seen: Inside) -> Arrowhead:
        """Return the observed information of levels and effects."""
        times, shape = self.times, (len(self.mean), len(self.level))
        known = times.n * (1 - seen.variance) / self.noise**2
        place = times.entity * shape[1] + times.level
        corner = np.bincount(place, known, shape[0] * shape[1]).astype(float).reshape(shape)
        return Arrowhead(
            np.diag(corner.sum(axis=0) + FREE), corner, corner.sum(axis=1) + 1 / self.spread.value
        )

    def _stepped(self) -> float:
        """Take Newton's step to the mode, and one of the variance; return the longest."""
        times, seen = self.times, self._seen(0.0)
        arrow = self._arrowhead(seen)
        pull = times.n * seen.mean / self.noise
        own = np.bincount(times.entity, pull, len(self.mean)) - self.mean / self.spread.value
        of_levels = np.bincount(times.level, pull, len(self.level))
        step = arrow.solved(of_levels - arrow.corner.T @ (own / arrow.own))
        moved = own / arrow.own + arrow.followed @ step
        self.level = self.level + np.clip(step, -LONGEST, LONGEST)
        self.mean = self.mean + np.clip(moved, -LONGEST, LONGEST)
        self.variance = 1 / arrow.own
        drawn = (self.variance + arrow.variances(arrow.followed)) / self.spread.value
        square = float((self.mean**2 / self.spread.value + drawn - 1).sum())
        share = (1 - np.minimum(drawn, 1)) ** 2
        longest = self.spread.move(square, float(share.sum()))
        return max(longest, float(np.abs(step).max()), float(np.abs(moved).max()))

    def _update_noise(self) -> float:
        """Take an EM step of the noise, the effects being as unsure as they are."""
        n, before = self.times.n, self.noise
        squares = [n @ self._seen(sds).square for sds in AT]
        self.noise = max(before * float(np.sqrt(WEIGHT @ squares / n.sum())), LEAST_NOISE)
        return float(abs(np.log(self.noise / before)))
