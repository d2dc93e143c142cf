"""A6: sellers by the time of their own leg, beside their shrunken rates of late deliveries."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, spearmanr

from rakustats.stats.arrays import Floats
from rakustats.stats.leg_durations import Times, slowness
from rakustats.stats.shrinkage import estimates
from validation.figures import Figure
from validation.sorting import sorted_market

IDS = ("A6",)
SEEDS, QUICK_SEEDS = 10, 2
# standard deviations of log days: of sellers and carriers, within each of the two legs
OF_SELLERS, OF_CARRIERS, WITHIN_1, WITHIN_2 = 0.35, 0.2, 0.5, 0.35
DAYS_1, DAYS_2, LATE = 4.0, 8.0, 0.2
# open ones: the first leg was seen for so many days only
SEEN = (1.0, 60.0)
WIDE = float(norm.ppf(0.95))


def figures(quick: bool) -> list[Figure]:
    """Return A6: means over the seeds; a part of the deliveries is still open."""
    seeds = range(QUICK_SEEDS if quick else SEEDS)
    legs, late, held, still = np.mean([_measured(seed) for seed in seeds], axis=0)
    told = f"Spearman's ρ of sellers by leg 1 ({still:.0%} open), gain over shrunken late rates"
    return [
        Figure("A6", f"{told}; {len(seeds)} seeds", legs - late, 0.15),
        Figure("A6", "Spearman's ρ itself", legs, 0.70),
        Figure("A6", "coverage of sellers", held, 0.87, 0.93),
    ]


def _measured(seed: int) -> list[float]:
    market, chance = sorted_market(0.5, seed), np.random.default_rng(seed + 1_000)
    slow = OF_SELLERS * market.sellers / market.sellers.std()
    carrier = OF_CARRIERS * market.carriers / market.carriers.std()
    orders = len(market.seller)
    first = slow[market.seller] + WITHIN_1 * chance.normal(size=orders)
    second = carrier[market.carrier] + WITHIN_2 * chance.normal(size=orders)
    days, begun = DAYS_1 * np.exp(first), chance.random(orders)
    total = days + DAYS_2 * np.exp(second)
    n = np.bincount(market.seller).astype(float)
    late = np.bincount(market.seller, total > np.quantile(total, 1 - LATE), len(n))
    # days are cut: a leg ends on a day, and up to a day that was over it was looked at
    seen, end = np.floor(chance.uniform(*SEEN, orders)), np.floor(begun + days)
    still = end > seen
    times = Times.of_days(
        market.seller,
        np.zeros(orders, dtype=np.intp),
        np.ones(orders),
        np.where(still, seen, end),
        begun,
        ~still,
    )
    found = slowness(times).entities
    off = np.abs(found.mean - (slow - slow.mean()))
    return [
        _rank(slow, found.mean),
        _rank(slow, estimates(late, n).mean),
        float((off < WIDE * found.sd).mean()),
        float(still.mean()),
    ]


def _rank(true: Floats, found: Floats) -> float:
    return float(spearmanr(true, found).statistic)
