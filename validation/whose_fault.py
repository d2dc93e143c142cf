"""A1 to A3: sellers and carriers told apart, however strongly bad sellers use bad carriers."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, spearmanr

from rakustats.stats.arrays import Floats
from rakustats.stats.crossed import Crossed, crossed
from rakustats.stats.shrinkage import estimates
from validation.figures import Figure
from validation.sorting import SELLERS, Sorted, sorted_market

IDS = ("A1", "A2", "A3")
SEEDS, QUICK_SEEDS = 10, 2
WIDE = float(norm.ppf(0.95))


def figures(quick: bool) -> list[Figure]:
    """Return A1 to A3, means over the seeds."""
    seeds = range(QUICK_SEEDS if quick else SEEDS)
    none, some, strong = (
        np.mean([_measured(sorted_market(rho, seed)) for seed in seeds], axis=0)
        for rho in (0.0, 0.5, 1.5)
    )
    alike = np.mean([_measured(sorted_market(1.5, seed, taste=0.0)) for seed in seeds], axis=0)
    rho = "rho 1.5: Spearman's ρ of sellers"
    told = f"{len(seeds)} seeds"
    return [
        Figure("A1", f"{rho}, gain over shrunken rates; {told}", strong[0] - strong[1], 0.12),
        Figure("A1", f"{rho}, gain over having no Mundlak terms", strong[0] - strong[2], 0.30),
        Figure("A1", "rho 1.5: slope of estimated on true carrier effects", strong[3], 0.93, 1.07),
        Figure("A1", "rho 1.5, no preferences: the same slope", alike[3], 0.93, 1.07),
        Figure("A2", "rho 0: gain over having no Mundlak terms", none[0] - none[2], -0.005),
        Figure("A2", "rho 0.5: gain over shrunken rates", some[0] - some[1], 0.015),
        Figure("A3", "rho 0: coverage of sellers", none[4], 0.87, 0.92),
        Figure("A3", "rho 0.5: coverage of sellers", some[4], 0.87, 0.92),
        Figure("A3", "rho 1.5: coverage of sellers", strong[4], 0.85),
        Figure("A3", "rho 1.5, no preferences: coverage of sellers", alike[4], 0.85),
        Figure("A3", "rho 1.5: coverage of sellers with 1 to 4 orders", strong[5], 0.85),
    ]


def _measured(market: Sorted) -> list[float]:
    """Return three rank correlations with the truth, the carriers' slope, and two coverages."""
    full, plain = crossed(market.cells), crossed(market.cells, habits=False)
    n = np.bincount(market.seller, minlength=SELLERS).astype(float)
    shrunken = estimates(np.bincount(market.seller, market.event, SELLERS), n).mean
    ranks = (full.sellers.mean, shrunken, plain.sellers.mean)
    true = market.carriers - market.carriers.mean()
    slope = np.polyfit(true, full.partners.mean, 1)[0]
    held = _held(full, market.sellers - market.sellers.mean())
    by_rank = [float(spearmanr(market.sellers, r).statistic) for r in ranks]
    return [*by_rank, float(slope), float(held.mean()), float(held[n <= 4].mean())]


def _held(found: Crossed, true: Floats) -> Floats:
    off = np.abs(found.sellers.mean - true)
    return np.asarray(off < WIDE * found.sellers.sd, dtype=float)
