"""How groups' reports are split over two clocks: what is common to them, and how much they differ.

The reports x of a group lie on the first clock with the probability e that the common split and its
units' ages give; where groups differ they have the variance x e (1 - e) (1 + (x - 1) ρ), and the
common split is worth 1 / ρ - 1 reports of a group (the Dirichlet prior of that ρ).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakustats.stats.arrays import Floats

# reports that the common split is worth, at least and at most
LEAST_SPLIT, MOST_SPLIT = 1.0, 100.0
CHANCE = 2.5
ROUNDS = 5
# a clock that hardly any of a group's units has reached says nothing of its split
REACHED = 0.1


@dataclass(frozen=True)
class SplitPrior:
    """The common split, which adds up to 1, and how many reports it is worth."""

    common: Floats
    worth: float


def split_prior(reported: Floats, exposed: Floats, common: Floats) -> SplitPrior:
    """Return the prior of the groups' splits.

    Parameters
    ----------
    reported : array of float, shape (2, groups)
        Reports so far.
    exposed : array of float, shape (2, groups)
        Units, each as far as its age covers the delays of the clock.
    common : array of float, shape (2,)
        The split of all reports together. Where groups differ it is that of those with most
        reports; the prior's is then the mean of the groups.
    """
    if np.count_nonzero(common) < 2:
        return SplitPrior(common, MOST_SPLIT)
    prior = SplitPrior(common, _worth(reported, exposed, common))
    for _ in range(ROUNDS):
        if prior.worth >= MOST_SPLIT:
            break
        centre = _centre(reported, exposed, prior)
        prior = SplitPrior(centre, _worth(reported, exposed, centre))
    return prior


def _worth(reported: Floats, exposed: Floats, common: Floats) -> float:
    total, covered = reported.sum(axis=0), common[:, None] * exposed
    e = np.clip(covered[0] / np.maximum(covered.sum(axis=0), 1e-12), 0, 1)
    spread = total * e * (1 - e)
    excess = ((reported[0] - total * e) ** 2 - spread).sum()
    # binomial squares have this variance, and what chance explains is no difference of groups
    by_chance = CHANCE * np.sqrt((2 * spread**2 + spread * (1 - 6 * e * (1 - e))).sum())
    pairs = (spread * np.maximum(total - 1, 0)).sum()
    rho = (excess - by_chance) / max(pairs, 1e-12)
    return float(np.clip(1 / max(rho, 1e-9) - 1, LEAST_SPLIT, MOST_SPLIT))


def _centre(reported: Floats, exposed: Floats, prior: SplitPrior) -> Floats:
    """Return the mean split of the groups, each by as much as its reports say of it."""
    whole = np.maximum(exposed.max(axis=0), 1e-12)
    parts = exposed / whole
    reached = parts.min(axis=0) >= REACHED
    rates = np.where(reached, reported / np.maximum(parts, REACHED), 0.0)
    total = reported.sum(axis=0)
    rho = 1 / (prior.worth + 1)
    weight = np.where(reached, total / (1 + np.maximum(total - 1, 0) * rho), 0.0)
    sums = (weight * rates / np.maximum(rates.sum(axis=0), 1e-12)).sum(axis=1)
    own = prior.common if not sums.sum() else sums / sums.sum()
    return np.asarray(own)
