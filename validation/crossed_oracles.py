"""A4 and A5: the crossed model beside gpboost and statsmodels, and what much data takes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import numpy as np

from rakustats.stats.arrays import Floats
from rakustats.stats.cells import Cells
from rakustats.stats.crossed import Crossed, Fit, crossed
from validation.figures import Figure
from validation.oracles import asked, oracles
from validation.sorting import Sorted, sorted_market

IDS = ("A4", "A5")
SIZE = (1_000, 20_000)
MANY, QUICK_MANY = (100_000, 5_000_000), (10_000, 500_000)
RUNS, STEPS = 3, 40


def figures(quick: bool) -> list[Figure]:
    """Return A4 and A5; quick: without statsmodels, and memory for a tenth of the data."""
    return [*_beside_oracles(*SIZE, slow=not quick), *_much(*(QUICK_MANY if quick else MANY))]


def _beside_oracles(sellers: int, orders: int, *, slow: bool) -> list[Figure]:
    try:
        oracles()
    except subprocess.CalledProcessError as error:
        print(f"A4: the oracles cannot be installed ({error})", file=sys.stderr)
        return [Figure("A4", "the oracles are missing", float("nan"))]
    market = sorted_market(0.0, 0, sellers, orders)
    question = {"seller": market.seller, "partner": market.carrier, "event": market.event}
    rows = {name: values.tolist() for name, values in question.items()}
    said = asked("oracle_crossed.py", {**rows, "slow": slow})
    size = f"{orders:,} orders, {sellers:,} sellers"
    apart = _apart(market, said["gpboost"], said["variances"])
    told = f"largest difference of modal log odds from gpboost's; {size}"
    near = Figure("A4", told, apart, most=0.02, form=".4f")
    return [near, *_beside_vb(market, said)] if slow else [near]


def _beside_vb(market: Sorted, said: dict[str, Any]) -> list[Figure]:
    # the first run of all warms up what the others find ready
    runs = [_timed(market) for _ in range(1 + RUNS)][1:]
    found, seconds = runs[0][0], min(run[1] for run in runs)
    print(f"A5: {seconds:.3f} s, fit_vb {said['seconds']:.1f} s", file=sys.stderr)
    like = float(np.corrcoef(found.sellers.mean, said["statsmodels"])[0, 1])
    return [
        Figure("A4", "correlation with statsmodels' fit_vb", like, 0.9999, form=".5f"),
        Figure("A5", "speed-up over fit_vb", said["seconds"] / seconds, 300, form=",.0f"),
    ]


def _cells(market: Sorted) -> Cells:
    return Cells.of(market.seller, [market.carrier], market.event, np.ones(len(market.event)))


def _timed(market: Sorted) -> tuple[Crossed, float]:
    began = time.perf_counter()
    return crossed(_cells(market), habits=False), time.perf_counter() - began


def _apart(market: Sorted, theirs: list[float], variances: list[float]) -> float:
    """Compare modes with modes: gpboost does not integrate, and takes smaller variances for it."""
    fit = Fit(_cells(market), habits=False)
    fit.spread.value, fit.spreads[0].value = variances
    fit.find_modes(STEPS)
    other: Floats = np.array(theirs) - np.mean(theirs)
    return float(np.abs(fit.mean - fit.mean.mean() - other).max())


def _much(sellers: int, orders: int) -> list[Figure]:
    """Fit much data in a process of its own, whose memory then tells."""
    command = [sys.executable, "-m", "validation.crossed_oracles", str(sellers), str(orders)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    memory, seconds = json.loads(done.stdout)
    size = f"{orders:,} orders, {sellers:,} sellers"
    print(f"A5: {seconds:.0f} s ({size})", file=sys.stderr)
    return [Figure("A5", f"peak memory in GiB; {size}", memory, most=3.0, form=".2f")]


def main() -> None:
    """Print the memory (GiB) that a fit takes at most, and its seconds."""
    import resource  # there is none on Windows

    sellers, orders = (int(text) for text in sys.argv[1:])
    market = sorted_market(0.5, 0, sellers, orders)
    began = time.perf_counter()
    crossed(market.cells)
    seconds = time.perf_counter() - began
    unit = 2**30 if sys.platform == "darwin" else 2**20
    print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, seconds]))


if __name__ == "__main__":
    main()
