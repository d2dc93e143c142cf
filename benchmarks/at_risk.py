"""A model of 1,000,000 orders trained, and 100,000 open ones scored: seconds and peak memory.

    python benchmarks/at_risk.py [ORDERS] [OPEN]

Orders are those of the simulator in validation/risk_world.py; the last week brings the open ones.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import rakustats as rs

sys.path.insert(0, str(Path(__file__).parents[1]))

from validation.risk_world import DAYS, FIRST, world, write

ORDERS, OPEN = 1_000_000, 100_000
MEMORY_TO_REACH = 4.0
# what DuckDB may take of it; the rest is for numpy
MEMORY = "1800MB"


def make(path: Path, orders: int, rush: int) -> None:
    """Write the database; in a process of its own, so that its memory does not count."""
    write(world(orders, seed=4, rush=rush), path)


def main(orders: int, rush: int) -> None:
    """Print what training and scoring take."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world.duckdb"
        maker = multiprocessing.get_context("spawn").Process(target=make, args=(path, orders, rush))
        maker.start()
        maker.join()
        now = datetime(FIRST.year, FIRST.month, FIRST.day) + timedelta(DAYS, hours=-9)
        with rs.connect(path, as_of=now, memory=MEMORY) as db:
            began = time.perf_counter()
            model = rs.train_risk_model(db)
            trained = time.perf_counter()
            scored = rs.at_risk(db, model=model).table.num_rows
            ended = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows = model.card["rows"]
    print(f"{orders:,} orders and {rush:,} of the last week; {model.used} is used")
    print(f"training {trained - began:6.1f} s  ({rows['n']:,} labelled rows)")
    print(f"scoring  {ended - trained:6.1f} s  ({scored:,} open deliveries)")
    print(f"memory   {peak:6.2f} GiB  (to reach: {MEMORY_TO_REACH})")


if __name__ == "__main__":
    main(*(int(n) for n in sys.argv[1:3]) if len(sys.argv) > 2 else (ORDERS, OPEN))
