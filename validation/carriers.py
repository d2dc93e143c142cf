"""R6: a dozen to thirty groups, of which the spread itself is hardly known."""

from __future__ import annotations

import numpy as np

from rakustats.stats.shrinkage import estimates
from validation.figures import Figure

IDS = ("R6",)
SEEDS, QUICK_SEEDS = 60, 10
SIZES = (12, 20, 30)


def figures(quick: bool) -> list[Figure]:
    """Return how often 90 % intervals hold the truth."""
    seeds = range(QUICK_SEEDS if quick else SEEDS)
    found = []
    for size in SIZES:
        covered = np.concatenate([_covered(size, seed) for seed in seeds])
        what = f"coverage of 90 % intervals; {size} carriers, {len(seeds)} seeds"
        found.append(Figure("R6", what, float(covered.mean()), 0.87))
    return found


def _covered(size: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    chance = np.random.default_rng(seed)
    n = 1 + chance.poisson(120 * chance.lognormal(-0.5, 1.0, size))
    rate = chance.beta(1.2, 28.8, size)
    found = estimates(chance.binomial(n, rate), n)
    return np.asarray((rate >= found.lo) & (rate <= found.hi))
