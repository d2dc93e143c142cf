"""A clean CSV of shipments: `rakustats load` against DuckDB's own typed read, in one run.

    python benchmarks/load.py [ROWS]

Prints seconds, the ratio beside the ratio to reach, and the peak memory of each. The two take
turns, each in a process of its own; the fastest of three runs counts.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROWS = 5_000_000
RUNS = 3
RATIO_TO_REACH = 2.0
MEMORY_TO_REACH = 4.0

TYPES = {
    "shipment_id": "VARCHAR",
    "order_no": "VARCHAR",
    "leg": "INTEGER",
    "carrier": "VARCHAR",
    "ship_method": "VARCHAR",
    "mode": "VARCHAR",
    "tracking_no": "VARCHAR",
    "state": "VARCHAR",
    "requested_at": "TIMESTAMP",
    "shipped_at": "TIMESTAMP",
    "promised_at": "TIMESTAMP",
    "delivered_at": "TIMESTAMP",
    "boxes": "INTEGER",
    "actual_kg": "DECIMAL(10,3)",
    "freight_jpy": "DECIMAL(14,0)",
}


def write(path: Path, rows: int) -> None:
    start = "TIMESTAMP '2024-12-01' + INTERVAL ((i * 8) % 47000000) SECOND"
    day = "strftime({start} + INTERVAL {days} DAY, '{form}')"
    number = "(40000000000 + i * 7)"  # and its check digit: wrong ones would be told one by one
    instant, date = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"
    duckdb.sql(
        f"""COPY (
            SELECT 'S' || (100000000 + i) AS shipment_id, 'O' || (100000000 + i // 2) AS order_no,
                i % 2 + 1 AS leg, ['ヤマト運輸', '佐川急便', '中通快递'][i % 3 + 1] AS carrier,
                ['RW船便', 'OCS', 'EMS'][i % 3 + 1] AS ship_method,
                ['sea', 'air'][i % 2 + 1] AS mode,
                {number} * 10 + {number} % 7 AS tracking_no, 'delivered' AS state,
                {day.format(start=start, days=0, form=instant)} AS requested_at,
                {day.format(start=start, days=3, form=instant)} AS shipped_at,
                {day.format(start=start, days=14, form=date)} AS promised_at,
                {day.format(start=start, days=12, form=instant)} AS delivered_at,
                i % 5 + 1 AS boxes, (i % 4000) / 100 AS actual_kg, i % 9000 AS freight_jpy
            FROM range({rows}) t(i)) TO '{path.as_posix()}' (HEADER)"""
    )


def plain(csv: Path, folder: Path) -> None:
    with duckdb.connect(str(folder / "plain.duckdb")) as con:
        con.execute(
            "CREATE TABLE shipments AS "
            f"FROM read_csv('{csv.as_posix()}', header = true, columns = {TYPES})"
        )
        con.execute("CHECKPOINT")


def ours(csv: Path, folder: Path) -> None:
    import rakustats as rs

    account = rs.load(csv, db=folder / "ours.duckdb", exported_at="2026-06-30").accounts[0]
    if account.loaded != account.seen:
        raise SystemExit(f"a clean file must load whole: {account}")


def measured(name: str, csv: Path) -> tuple[float, float]:
    """Run one contender in a process of its own; return its seconds and its peak memory in GiB."""
    run = subprocess.run(
        [sys.executable, __file__, "--one", name, str(csv)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak = map(float, run.stdout.split())
    return seconds, peak


def one(name: str, csv: Path) -> None:
    with tempfile.TemporaryDirectory(dir=csv.parent) as folder:
        start = time.perf_counter()
        {"plain": plain, "ours": ours}[name](csv, Path(folder))
        seconds = time.perf_counter() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder) / "shipments.csv"
        write(csv, rows)
        print(f"{rows:,} rows, {csv.stat().st_size / 2**20:,.0f} MiB, DuckDB {duckdb.__version__}")
        found: dict[str, list[tuple[float, float]]] = {"plain": [], "ours": []}
        for _ in range(RUNS):
            for name, runs in found.items():
                runs.append(measured(name, csv))
    best = {name: min(runs) for name, runs in found.items()}
    print(f"DuckDB typed read_csv  {best['plain'][0]:6.1f} s  {best['plain'][1]:5.2f} GiB")
    print(f"rakustats load         {best['ours'][0]:6.1f} s  {best['ours'][1]:5.2f} GiB")
    ratio, memory = best["ours"][0] / best["plain"][0], best["ours"][1]
    print(f"ratio   {ratio:5.2f}      (to reach: {RATIO_TO_REACH})")
    print(f"memory  {memory:5.2f} GiB  (to reach: {MEMORY_TO_REACH})")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
