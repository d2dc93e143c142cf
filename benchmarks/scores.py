"""Scores of a million sellers, from the counts of six criteria on: seconds and peak memory.

    python benchmarks/scores.py [SELLERS]

Orders fall off by Zipf's law; a seller's rates differ by criterion, and so do its goods' usual
rates. What the engine does before (counting by seller) is not in it.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa

from rakustats.config.scorecard import policy
from rakustats.scorecards.cards import table_of
from rakustats.scorecards.criteria import Days
from rakustats.scorecards.evidence import Evidence, Gathered
from rakustats.scorecards.scoring import carded

SELLERS = 1_000_000
MEMORY_TO_REACH = 8.0


def gathered(sellers: int) -> Gathered:
    """Return made-up evidence: 20 lines a seller on the mean."""
    rng = np.random.default_rng(5)
    shares = 1 / np.arange(1, sellers + 1) ** 1.05
    lines = rng.multinomial(20 * sellers, shares / shares.sum())
    found = []
    for criterion in policy("seller").criteria:
        usual = 0.04 * np.exp(rng.normal(0, 0.4, sellers))
        n = lines if criterion.name != "claim_cooperation" else rng.binomial(lines, 0.03)
        bad = rng.binomial(n, np.clip(usual * rng.gamma(2, 0.5, sellers), 0, 1))
        counts = n.astype(float), bad.astype(float)
        found.append(Evidence(criterion, n, bad, *counts, usual, True, bad))
    ids = pa.array([f"S{i:07}" for i in range(sellers)])
    return Gathered(ids, ids, tuple(found), (), "")


def main(sellers: int) -> None:
    """Print what scoring takes."""
    made, before = gathered(sellers), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    days = Days(date(2025, 1, 1), None, datetime(2026, 1, 1, tzinfo=UTC))
    result = table_of(carded("seller", "seller_id", policy("seller"), days, made, None), "ja")
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{result.table.num_rows:,} sellers, six criteria, 2,000 draws each")
    print(f"seconds {seconds:6.1f}")
    print(f"memory  {peak:6.2f} GiB  (to reach: {MEMORY_TO_REACH}; {before / 2**20:.2f} before)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SELLERS)
