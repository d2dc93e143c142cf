"""The market beside the orders: looks at prices, watched items and reviews of sellers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rakustats.simulate import words
from rakustats.simulate.closures import DAY
from rakustats.simulate.columns import cents, choose, pick, seen, where
from rakustats.simulate.exports import item_ids, sku_words
from rakustats.simulate.numbering import padded
from rakustats.simulate.rows import Floats, Ints
from rakustats.simulate.trade import Trade
from rakustats.simulate.world import ITEMS_PER_SELLER, World

WATCH_REASONS = ("再購入予定", "値下がり待ち", "在庫復活待ち", "売れ筋")
PLATFORM_REVIEWS = 12


@dataclass
class Watched:
    """Items worth watching, picked from what was bought."""

    seller: Ints
    item: Ints
    sku: Ints
    price: Ints
    order_no: pl.Series

    def __len__(self) -> int:
        return len(self.seller)


def watched_of(trade: Trade, wanted: int) -> Watched:
    """Return up to ``wanted`` bought variants of a chunk, each once."""
    lines, sellers = trade.lines, trade.world.sellers
    bought = np.flatnonzero(trade.orders.purchased[lines.order] <= trade.world.as_of)
    key = (lines.seller * ITEMS_PER_SELLER + lines.item) * len(words.SKUS[0]) + lines.sku
    first = bought[np.sort(np.unique(key[bought], return_index=True)[1])][:wanted]
    price = sellers.item_price[lines.seller[first] * ITEMS_PER_SELLER + lines.item[first]]
    number = trade.orders.no.gather(lines.order[first])
    return Watched(lines.seller[first], lines.item[first], lines.sku[first], price, number)


def together(parts: list[Watched]) -> Watched:
    """Return the parts as one list in which every variant is watched once."""
    seller = np.concatenate([p.seller for p in parts])
    item = np.concatenate([p.item for p in parts])
    sku = np.concatenate([p.sku for p in parts])
    price = np.concatenate([p.price for p in parts])
    number = pl.concat([p.order_no for p in parts])
    key = (seller * ITEMS_PER_SELLER + item) * len(words.SKUS[0]) + sku
    first = np.sort(np.unique(key, return_index=True)[1])
    return Watched(seller[first], item[first], sku[first], price[first], number.gather(first))


def watchlist(rng: np.random.Generator, world: World, watched: Watched) -> pl.DataFrame:
    """Return the list of watched items as the member keeps it."""
    n = len(watched)
    category = world.sellers.category[watched.seller]
    target = np.round(watched.price * rng.choice([0.85, 0.9, 0.95], n)).astype(np.int64)
    return pl.DataFrame(
        {
            "item_id": item_ids(watched.seller, watched.item),
            "sku": sku_words(category, watched.sku),
            "reason": pick(WATCH_REASONS, rng.integers(0, len(WATCH_REASONS), n)),
            "target_price_cny": where(rng.random(n) < 0.7, cents(target)),
            "notify_change_pct": pl.Series(rng.choice([5.0, 10.0, 15.0], n)),
            "from_order_no": watched.order_no,
        }
    )


def price_observations(rng: np.random.Generator, world: World, watched: Watched) -> pl.DataFrame:
    """Return two looks a month at every watched item: walking prices, stock running low."""
    n = len(watched)
    looks = np.arange(world.start + 9 * 3600, world.as_of, 15 * DAY)
    k = len(looks)
    steps = rng.choice([0.0, 0.0, 0.0, 0.03, 0.05, -0.04, 0.12], (n, k))
    price = np.round(watched.price[:, None] * np.cumprod(1 + steps, axis=1)).astype(np.int64)
    stock = np.clip(rng.normal(800, 600, (n, k)), 0, None).astype(np.int64)
    stock[rng.random((n, k)) < 0.03] = 0
    gone = np.cumsum(rng.random((n, k)) < 0.001, axis=1) > 0
    at = looks[None, :] + rng.integers(0, 36_000, (n, k))
    back = np.repeat(np.arange(n), k)
    category = world.sellers.category[watched.seller[back]]
    flat_stock, flat_gone = stock.ravel(), gone.ravel()
    states = ((flat_gone, "delisted"), (flat_stock == 0, "out"), (flat_stock < 50, "low"))
    table = pl.DataFrame(
        {
            "item_id": item_ids(watched.seller[back], watched.item[back]),
            "sku": sku_words(category, watched.sku[back]),
            "observed_at": seen(at.ravel(), world.as_of),
            "price_cny": where(~flat_gone, cents(price.ravel())),
            "stock_qty": where(~flat_gone, pl.Series(flat_stock)),
            "stock_state": choose(states, "in"),
            "source": pick(("manual", "export"), rng.integers(0, 2, n * k)),
        }
    )
    return table.filter(pl.Series(at.ravel() <= world.as_of)).sort("observed_at", "item_id", "sku")


def _stars(rng: np.random.Generator, trouble: Floats, best: float) -> pl.Series:
    raw = best - 9 * trouble + rng.normal(0, 0.6, len(trouble))
    return pl.Series(np.clip(np.round(raw), 1, 5))


def own_reviews(rng: np.random.Generator, trade: Trade) -> pl.DataFrame:
    """Return the reviews that members write after some completed orders."""
    world = trade.world
    first = trade.orders.first_line
    reviewed = trade.completed + rng.uniform(0.2, 6, len(first)) * DAY
    chosen = np.flatnonzero((reviewed <= world.as_of) & (rng.random(len(first)) < 0.08))
    seller = trade.lines.seller[first[chosen]]
    return _reviews(
        rng, world, seller, np.floor(reviewed[chosen]), "own", trade.orders.no.gather(chosen)
    )


def platform_reviews(rng: np.random.Generator, world: World) -> pl.DataFrame:
    """Return reviews seen on the platform, kinder than the members' own."""
    seller = np.repeat(np.arange(len(world.sellers)), PLATFORM_REVIEWS)
    span = world.as_of - world.start
    at = np.floor(world.start + rng.random(len(seller)) * span)
    none = pl.Series([None] * len(seller), dtype=pl.String)
    return _reviews(rng, world, seller, at, "platform", none)


def _reviews(
    rng: np.random.Generator, world: World, seller: Ints, at: Floats, source: str, order: pl.Series
) -> pl.DataFrame:
    sellers = world.sellers
    n = len(seller)
    best = 4.6 if source == "own" else 4.9
    share = 1.0 if source == "own" else 0.4
    trouble = (sellers.defect + sellers.wrong)[seller] * sellers.worsening(seller, at) * share
    slow = np.clip(sellers.dispatch_days[seller] / 50, 0, 0.4) * share
    return pl.DataFrame(
        {
            "review_id": "RV" + padded(world.serials.take("review", n), 8),
            "seller_id": sellers.ids.gather(seller),
            "source": pl.Series([source] * n, dtype=pl.String),
            "reviewed_at": seen(at, world.as_of),
            "rating_item": _stars(rng, trouble, best),
            "rating_service": _stars(rng, sellers.cancel[seller] * share, best),
            "rating_shipping": _stars(rng, slow, best),
            "order_no": order,
        }
    )
