r"""How slow entities are: shrunken mean log times, open ones right-censored.

A time of entity e in the circumstances x is log-normal, log t = a_x + u_e + noise, with u_e normal
around 0. What is still open has at least its age: the EM algorithm fills in the expected value of a
censored normal (Dempster, Laird and Rubin 1977, J. R. Statist. Soc. B 39, 1-38). Times on the log
scale are compared as ratios, so that one very slow delivery is not all there is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from rakustats.stats.arrays import Floats
from rakustats.stats.crossed import Effect
from rakustats.stats.variances import Variance

Codes = np.ndarray[tuple[int, ...], np.dtype[np.intp]]
# a time of 0 days is one of half a day
LEAST_DAYS = 0.5
MOST_STEPS, CLOSE = 200, 1e-5
_ROOT = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
class Times:
    """Equal times: entity, circumstances, days, whether still open, and how many.

    Attributes
    ----------
    entity, level : ndarray of int, shape (cells,)
        Numbers from 0; ``level`` is the circumstances (the season).
    days : ndarray of float, shape (cells,)
        To the end, or to the censoring.
    is_open : ndarray of bool, shape (cells,)
    n : ndarray of float, shape (cells,)
    """

    entity: Codes
    level: Codes
    days: Floats
    is_open: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    n: Floats


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
    >>> days = np.where(entity == 0, 4.0, 8.0)
    >>> alike = np.zeros(80, dtype=int)
    >>> found = slowness(Times(entity, alike, days, alike == 1, np.ones(80)))
    >>> bool(np.exp(np.diff(found.entities.mean))[0] > 1.9)
    True
    """
    logs = np.log(np.maximum(times.days, LEAST_DAYS))
    units = np.bincount(times.entity, times.n)
    weight = np.bincount(times.level, times.n)
    mean, variance = np.zeros(len(units)), np.zeros(len(units))
    level = np.zeros(len(weight))
    noise, spread = max(float(np.std(logs)), 0.1), Variance()
    for _ in range(MOST_STEPS):
        before = np.concatenate([level, mean, [noise]])
        filled, unsure = _filled(times, logs, level[times.level] + mean[times.entity], noise)
        ours = times.n * (filled - mean[times.entity])
        level = np.bincount(times.level, ours, len(level)) / np.maximum(weight, 1)
        rest = np.bincount(times.entity, times.n * (filled - level[times.level]), len(units))
        variance = 1 / (units / noise**2 + 1 / spread.value)
        mean = variance * rest / noise**2
        off = (filled - level[times.level] - mean[times.entity]) ** 2 + unsure
        noise = float(np.sqrt((times.n @ off + units @ variance) / units.sum()))
        noise = max(noise, 1e-3)
        square = float(((mean**2 + variance) / spread.value - 1).sum())
        information = float(((1 - variance / spread.value) ** 2).sum())
        moved = spread.move(square, information)
        after = np.concatenate([level, mean, [noise]])
        if max(moved, float(np.abs(after - before).max())) < CLOSE:
            break
    common = float(weight @ level / weight.sum() + mean.mean())
    effect = Effect(mean - mean.mean(), np.sqrt(variance))
    return Slowness(effect, common, noise, float(np.sqrt(spread.value)))


def _filled(times: Times, logs: Floats, mean: Floats, noise: float) -> tuple[Floats, Floats]:
    """Return the expected log times, and their variance; those that ended are what they are."""
    z = (logs - mean) / noise
    hazard = np.exp(-0.5 * z**2 - _ROOT - log_ndtr(-z))
    expected = np.where(times.is_open, mean + noise * hazard, logs)
    unsure = np.where(times.is_open, noise**2 * (1 - hazard * (hazard - z)), 0.0)
    return expected, np.maximum(unsure, 0.0)
