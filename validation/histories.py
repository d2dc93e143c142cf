"""P10: histories of ten million orders, against brute force and against numpy's sort and search."""

from __future__ import annotations

import multiprocessing
import time
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from rakustats.engine.duckdb import ANY_ORDER
from rakustats.engine.steps import with_steps
from rakustats.risk.histories import RECENT_DAYS, history_steps
from rakustats.stats.arrays import Ints
from validation.figures import Figure

IDS = ("P10",)
SUMS = ("n", "late", "log_days")
DAY = 86_400
START = datetime(2023, 1, 1)
PROMISE = 15
CHECKED = 200
ROUNDS = 2


class Orders:
    """Orders of sellers over 900 days: when asked about (seconds), when known, late, log days."""

    def __init__(self, n: int) -> None:
        rng = np.random.default_rng(10)
        self.n = n
        self.seller = (n // 100 * rng.random(n) ** 2).astype(np.int64)
        self.asked = rng.integers(0, 900 * DAY, n)
        took = np.exp(rng.normal(2.3, 0.4, n))
        self.known = self.asked + (np.minimum(took, PROMISE) * DAY).astype(np.int64)
        self.late = (took > PROMISE).astype(np.int64)
        self.log_days = np.rint(np.log(took) * 1e6).astype(np.int64)

    def columns(self) -> list[Ints]:
        """Return what is summed up."""
        return [np.ones(self.n, np.int64), self.late, self.log_days]


def figures(quick: bool) -> list[Figure]:
    """Return P10; quick: a million orders.

    In a process of its own: what other figures left in memory slows the one more than the other.
    """
    with multiprocessing.get_context("spawn").Pool(1) as fresh:
        return fresh.apply(_measured, (quick,))


def _measured(quick: bool) -> list[Figure]:
    made = Orders(1_000_000 if quick else 10_000_000)
    con = _tables(made)
    steps = history_steps("seller_id", "told", SUMS[:2], SUMS[2:], "facts")
    text = f"CREATE OR REPLACE TABLE made AS {with_steps(steps, 'SELECT * FROM told')}"
    ours = theirs = float("inf")
    # in turns, the fastest of each: what else the machine does falls on both
    for _ in range(1 if quick else ROUNDS):
        began = time.perf_counter()
        con.execute(text)
        ours = min(ours, time.perf_counter() - began)
        began = time.perf_counter()
        beside = _searched(made)
        theirs = min(theirs, time.perf_counter() - began)
    wrong = _wrong(con, made)
    apart = _apart(con, beside)
    shown = f"{made.n / 1e6:.0f}M orders"
    return [
        Figure("P10", f"{shown}: sampled orders that differ from brute force",
               wrong, most=0, form=".0f"),
        Figure("P10", f"{shown}: orders that differ from sort and search",
               apart, most=0, form=".0f"),
        Figure("P10", f"{shown}: speed-up over sorting and searching in numpy "
               f"({theirs:.1f} s)", theirs / ours, least=5.0, form=".1f"),
    ]  # fmt: skip


def _tables(made: Orders) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    con.execute(ANY_ORDER)
    start = np.datetime64(START, "us")
    con.register(
        "given",
        pa.table(
            {
                "unit_id": np.arange(made.n), "seller_id": made.seller, "late": made.late,
                "log_days": made.log_days, "n": np.ones(made.n, np.int64),
                **{name: start + (getattr(made, part) * 1_000_000).astype("timedelta64[us]")
                   for name, part in (("asked_at", "asked"), ("known_at", "known"))},
            }
        ),
    )  # fmt: skip
    con.execute("CREATE TABLE questions AS SELECT unit_id, seller_id, asked_at FROM given")
    con.execute("CREATE TABLE facts AS SELECT seller_id, known_at, n, late, log_days FROM given")
    con.unregister("given")
    return con


def _searched(made: Orders) -> list[Ints]:
    """Return the long and the recent sums by sorted keys, running sums and binary search."""
    long, old = (_before(made, shift) for shift in (0, RECENT_DAYS * DAY))
    return [*long, *(a - b for a, b in zip(long, old, strict=True))]


def _before(made: Orders, shift: int) -> list[Ints]:
    """Sum up what was known before each question, so many seconds ago and longer."""
    wide = 1 << 28
    key = made.seller * wide + made.known + shift
    order = np.argsort(key, kind="stable")
    sums = [np.concatenate([[0], np.cumsum(c[order])]) for c in made.columns()]
    sorted_key = key[order]
    upto = np.searchsorted(sorted_key, made.seller * wide + made.asked, "left")
    since = np.searchsorted(sorted_key, made.seller * wide, "left")
    return [c[upto] - c[since] for c in sums]


def _names() -> list[str]:
    return [f"told_{when}{what}" for when in ("", "recent_") for what in SUMS]


def _apart(con: duckdb.DuckDBPyConnection, beside: list[Ints]) -> int:
    found = con.sql(f"SELECT {', '.join(_names())} FROM made ORDER BY unit_id").fetchnumpy()
    off = np.zeros(len(beside[0]), bool)
    for name, values in zip(_names(), beside, strict=True):
        off |= np.asarray(found[name]) != values
    return int(off.sum())


def _wrong(con: duckdb.DuckDBPyConnection, made: Orders) -> int:
    """Count each sampled order's sums by hand."""
    wrong = 0
    for unit in np.random.default_rng(11).integers(0, made.n, CHECKED).tolist():
        mine = (made.seller == made.seller[unit]) & (made.known < made.asked[unit])
        recent = mine & (made.known >= made.asked[unit] - RECENT_DAYS * DAY)
        hand = [int(c[part].sum()) for part in (mine, recent) for c in made.columns()]
        row = con.execute(f"SELECT {', '.join(_names())} FROM made WHERE unit_id = {unit}")
        wrong += [int(x) for x in row.fetchall()[0]] != hand
    return wrong
