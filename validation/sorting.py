"""A market in which bad sellers use bad carriers, as strongly as asked, with every effect known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from rakustats.stats.arrays import Floats
from rakustats.stats.cells import Cells, Codes

SELLERS, ORDERS, CARRIERS, MONTHS, CATEGORIES, ZIPF = 3_000, 60_000, 12, 18, 6, 1.05
# standard deviations of log odds: sellers, carriers, months, categories; of tastes for carriers
OF_SELLERS, OF_CARRIERS, OF_MONTHS, OF_CATEGORIES, TASTE = 0.7, 0.5, 0.4, 0.3, 0.7
LEVEL = -2.2


@dataclass(frozen=True)
class Sorted:
    """Orders with their seller, carrier, month, category and event, and the true effects."""

    seller: Codes
    carrier: Codes
    month: Codes
    category: Codes
    event: Floats
    sellers: Floats
    carriers: Floats

    @property
    def cells(self) -> Cells:
        """The orders as the model takes them."""
        levels = [self.carrier, self.month, self.category]
        return Cells.of(self.seller, levels, self.event, np.ones(len(self.event)))


def sorted_market(
    rho: float, seed: int, sellers: int = SELLERS, orders: int = ORDERS, taste: float = TASTE
) -> Sorted:
    """Return a market; the log odds of a carrier rise by ``rho`` per sd of seller and of carrier.

    ``taste`` is the sd of each seller's own likings among the carriers, which tell nothing of it.
    Every seller has an order at least, the others follow Zipf's law.
    """
    chance = np.random.default_rng(seed)
    share = 1 / np.arange(1, sellers + 1) ** ZIPF
    n = 1 + chance.multinomial(orders - sellers, share / share.sum())
    quality, of_carriers = chance.normal(size=sellers), chance.normal(size=CARRIERS)
    of_carriers = (of_carriers - of_carriers.mean()) / of_carriers.std()
    likings = taste * chance.normal(size=(sellers, CARRIERS))
    size = np.log(chance.dirichlet(np.full(CARRIERS, 3.0)))
    drawn = np.exp(size + rho * np.outer(quality, of_carriers) + likings)
    upto = (drawn / drawn.sum(axis=1, keepdims=True)).cumsum(axis=1)
    seller = np.repeat(np.arange(sellers), n)
    place = chance.random(orders)
    carrier = np.zeros(orders, dtype=np.intp)
    for bound in upto.T[:-1]:
        carrier += place > bound[seller]
    month = chance.integers(0, MONTHS, orders)
    usual = chance.integers(0, CATEGORIES, sellers)[seller]
    category = np.where(chance.random(orders) < 0.7, usual, chance.integers(0, CATEGORIES, orders))
    effects = OF_SELLERS * quality, OF_CARRIERS * of_carriers
    season, kind = (
        chance.normal(0, OF_MONTHS, MONTHS)[month],
        chance.normal(0, OF_CATEGORIES, CATEGORIES)[category],
    )
    odds = LEVEL + effects[0][seller] + effects[1][carrier] + season + kind
    event = (chance.random(orders) < expit(odds)).astype(float)
    return Sorted(seller, carrier, month, category, event, *effects)
