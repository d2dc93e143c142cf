"""Writes the whole sample: every chunk into its files, then what spans all chunks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from rakustats.simulate import consignments, exports, market, troubles, truth
from rakustats.simulate.files import LAYOUTS, Files
from rakustats.simulate.trade import Trade, simulate
from rakustats.simulate.workbooks import Book, newest_books, write_book
from rakustats.simulate.world import Chunk, World, plan

WATCHED = 300
SHOWN: dict[str, Callable[[Trade, float], pl.DataFrame]] = {
    "orders": exports.orders,
    "order_lines": exports.order_lines,
    "leg1": consignments.leg1_shipments,
    "leg2": consignments.leg2_shipments,
    "shipment_lines": consignments.shipment_lines,
    "tracking_events": troubles.tracking_events,
    "claims": troubles.claims,
    "cancellations": troubles.cancellations,
    "refunds": troubles.refunds,
    "messages": troubles.messages,
    "evidence": troubles.evidence,
}
_TWICE = ("order_lines", "leg2")  # what the older snapshot holds


def local_time(at: float) -> datetime:
    """Return seconds since 1970 as a naive local instant."""
    return datetime(1970, 1, 1) + timedelta(seconds=at)


@dataclass
class Sample:
    """The sample on its way to disk."""

    world: World
    files: Files
    truth: Files
    counts: dict[str, int] = field(default_factory=dict)
    books: list[Book] = field(default_factory=list)
    watched: list[market.Watched] = field(default_factory=list)

    def write(self, progress: Callable[[int, int], None] | None) -> None:
        """Write all files, telling ``progress`` how many orders are done."""
        chunks = plan(self.world)
        done = 0
        for chunk in chunks:
            self._write_chunk(chunk, -(-WATCHED // len(chunks)))
            done += chunk.orders
            if progress:
                progress(done, self.world.orders)
        self._write_market()
        for i, book in enumerate(self.books):
            name = write_book(self.files.folder, book, i, local_time(self.world.as_of))
            self.files.written[name] = len(book.lines)
        self._write_truth()

    def _put(self, kind: str, month: str, at: float, frame: pl.DataFrame) -> None:
        layout = LAYOUTS[kind]
        exported = local_time(at).strftime("%Y%m%d")
        self.files.append(layout.name(month, exported), layout, frame)

    def _count(self, table: str, rows: int) -> None:
        self.counts[table] = self.counts.get(table, 0) + rows

    def _write_chunk(self, chunk: Chunk, wanted: int) -> None:
        world = self.world
        trade = simulate(world, chunk)
        for kind, shown in SHOWN.items():
            frame = shown(trade, world.as_of)
            self._count(LAYOUTS[kind].table, len(frame))
            self._put(kind, chunk.month, world.as_of, frame)
        if chunk.month in snapshot_months(world):
            for kind in _TWICE:
                self._put(kind, chunk.month, world.snapshot, SHOWN[kind](trade, world.snapshot))
        rng = np.random.default_rng([world.seed, 2, chunk.index])
        self._review(market.own_reviews(rng, trade))
        self.books = newest_books(trade, self.books)
        self.watched.append(market.watched_of(trade, wanted))
        self.truth.append_plain("shipments.csv", truth.shipments(trade))
        self.truth.append_plain("planted.csv", truth.planted(trade))

    def _review(self, frame: pl.DataFrame) -> None:
        self._count("seller_reviews", len(frame))
        self._put("seller_reviews", "", self.world.as_of, frame)

    def _write_market(self) -> None:
        world = self.world
        rng = np.random.default_rng([world.seed, 3])
        self._review(market.platform_reviews(rng, world))
        watched = market.together(self.watched)
        looks = market.price_observations(rng, world, watched)
        listed = market.watchlist(rng, world, watched)
        self._count("price_observations", len(looks))
        self._count("watchlist", len(listed))
        self._put("price_observations", "", world.as_of, looks)
        layout = LAYOUTS["watchlist"]
        name = layout.name("", local_time(world.as_of).strftime("%Y%m%d"))
        self.files.sheet(name, layout, listed, local_time(world.as_of))

    def _write_truth(self) -> None:
        self.truth.append_plain("sellers.csv", truth.sellers(self.world))
        self.truth.append_plain("carriers.csv", truth.carriers())
        rows = {"table": list(self.counts), "rows": list(self.counts.values())}
        self.truth.append_plain("counts.csv", pl.DataFrame(rows))
        (self.truth.folder / "README.txt").write_text(truth.README, encoding="utf-8", newline="\n")


def snapshot_months(world: World) -> tuple[str, str]:
    """Return the two order months that were exported once before."""
    at = local_time(world.snapshot)
    last = at.replace(day=1) - timedelta(days=1)
    before = last.replace(day=1) - timedelta(days=1)
    return before.strftime("%Y-%m"), last.strftime("%Y-%m")
