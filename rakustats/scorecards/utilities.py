"""Utilities: the posterior of an entity's rate on one criterion, between the two anchors."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakustats.config.scorecard import Criterion, Rules
from rakustats.config.settings import settings
from rakustats.scorecards.evidence import Evidence
from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.posterior import Posterior, binomial_kernel
from rakustats.stats.shrinkage import paired

# each posterior is represented by so many values of equal probability
VALUES = 250
LEVELS = (np.arange(VALUES) + 0.5) / VALUES
Small = NDArray[np.float32]


@dataclass(frozen=True)
class Utilities:
    """Utilities of the distinct posteriors of one criterion, and each entity's row among them.

    Attributes
    ----------
    criterion : Criterion
        Of which criterion.
    place : array of int
        Row of each entity, -1 for those without data.
    values : array of float
        Utilities from worst to best, equally probable (rows x 250).
    mean : array of float
        Mean utility of each row.
    rate, lo, hi : arrays of float
        Mean rate of each row at the common case mix, and the 90 % interval.
    """

    criterion: Criterion
    place: Ints
    values: Small
    mean: Floats
    rate: Floats
    lo: Floats
    hi: Floats

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which entities have data."""
        return self.place >= 0


@dataclass(frozen=True)
class Pseudo:
    """Pseudo-units of prior information for each entity, and the bad ones among them."""

    n: Floats
    events: Floats


def utilities(found: Evidence, pseudo: Pseudo | None = None) -> Utilities:
    """Return the utility of each entity's rate.

    The prior is estimated from what was seen alone, and each rate is that of the common case mix
    (:class:`rakustats.stats.shrinkage.Pairs`). Utility is 1 up to the rate ``good`` of
    the criterion, 0 from ``bad`` on, and linear between.

    Parameters
    ----------
    found : Evidence
        Units and bad ones of each entity.
    pseudo : Pseudo, optional
        What platforms say, added as if so many units had been seen.
    """
    known = found.weighed > 0
    place = np.full(len(known), -1)
    if not known.any():
        return _empty(found.criterion, place)
    pairs = paired(found.happened[known], found.weighed[known], found.mix.of(known))
    rates, back = pairs.posteriors(settings().shrinkage)[1], pairs.back
    if pseudo is not None:
        rates, back = _with_ratings(rates, back, Pseudo(pseudo.n[known], pseudo.events[known]))
    place[known] = back
    return _read(found.criterion, place, rates)


def _with_ratings(rates: Posterior, back: Ints, pseudo: Pseudo) -> tuple[Posterior, Ints]:
    """Multiply posteriors by the likelihood of pseudo-units; whom nobody rates stays as is."""
    both = np.stack([back.astype(float), pseudo.n, pseudo.events])
    unlike, again = np.unique(both, axis=1, return_inverse=True)
    row = unlike[0].astype(int)
    at = rates.at[row]
    logs = np.log(np.maximum(rates.mass[row], 1e-300)) + binomial_kernel(unlike[2], unlike[1], at)
    return Posterior.of(at, logs), again.ravel().astype(np.int64)


def _read(criterion: Criterion, place: Ints, rates: Posterior) -> Utilities:
    level = settings().shrinkage.level
    lo, hi = rates.quantiles([(1 - level) / 2, (1 + level) / 2]).T
    quantiles = rates.quantiles(LEVELS)[:, ::-1]
    values = np.clip((criterion.bad - quantiles) / (criterion.bad - criterion.good), 0, 1)
    return Utilities(
        criterion, place, values.astype(np.float32), values.mean(axis=1), rates.mean, lo, hi
    )


def _empty(criterion: Criterion, place: Ints) -> Utilities:
    nothing = np.zeros(1)
    values = np.zeros((1, VALUES), dtype=np.float32)
    return Utilities(criterion, place, values, nothing, nothing, nothing, nothing)


def draw_order(criterion: str, rules: Rules) -> NDArray[np.intp]:
    """Return which of the 250 values each draw takes: all equally often, in a seeded order.

    The order is the criterion's own and the same for every entity, so that an entity's score does
    not hang on who else is there (a Latin hypercube: McKay, Beckman and Conover 1979,
    Technometrics 21, 239-245).
    """
    stream = np.random.default_rng([rules.seed, zlib.crc32(criterion.encode())])
    order: NDArray[np.intp] = stream.permutation(rules.draws) * VALUES // rules.draws
    return order
