"""S6: intervals of the quantiles of times, open ones among them, against a known truth.

Units begin within some days before the as-of, take a log-normal number of whole days, and a few are
called off on the way. Their quantiles are those of all, as the curve's are.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from rakustats.engine.steps import with_steps
from rakustats.metrics.spec.quantiles import BOUNDED, QUANTILES, quantile_steps
from rakustats.metrics.spec.survival import curve_steps
from rakustats.stats.arrays import Ints
from validation.figures import Figure

IDS = ("S6",)
MEDIAN, SIGMA, CALLED_OFF = 14.0, 0.5, 0.03
SIZES = (10, 20, 40, 100)
#: Median days, and within how many days before the as-of units begin: most over, or many open.
WORLDS = (
    ("times of 14 days", MEDIAN, 90),
    ("half of them open", MEDIAN, 25),
    ("times of 200 days", 200.0, 1300),
)


def figures(quick: bool) -> list[Figure]:
    """Return S6; quick: few groups."""
    rng, groups, found = np.random.default_rng(17), 500 if quick else 5_000, []
    for what, median, within in WORLDS:
        for n in SIZES:
            for name, share in coverage(rng, groups, n, within, median).items():
                told = f"{what}: coverage of 90 % intervals of {name}, n = {n}"
                # whole days, and few units, make every interval that holds them wider
                most = 0.95 if median > MEDIAN and n >= 40 else None
                found.append(Figure("S6", told, share, 0.87, most))
    return found


def coverage(
    rng: np.random.Generator, groups: int, n: int, within: int, median: float
) -> dict[str, float]:
    """Return how often the intervals of the quantiles hold the true ones."""
    days, ending = _spells(rng, 2_000_000, 10**6, median)
    true = {
        name: float(np.flatnonzero(np.cumsum(np.bincount(days[ending == "done"])) / len(days)
                                   >= QUANTILES[name])[0])
        for name in BOUNDED
    }  # fmt: skip
    given = _spells(rng, groups * n, within, median)
    spells = pa.table(
        {
            "g": np.repeat(np.arange(groups), n),
            "days": given[0].astype(np.int32),
            "ending": pa.array(given[1], mask=given[1] == ""),
        }
    )
    with duckdb.connect() as con:
        con.register("spells", spells)
        steps = [*curve_steps(["g"], "done"), *quantile_steps(["g"])]
        text = with_steps(steps, "SELECT * FROM quantiles")
        table = con.sql(text).df().astype(float)
    return {
        name: float(((table[f"{name}_lo"] <= q) & (q <= table[f"{name}_hi"].fillna(np.inf))).mean())
        for name, q in true.items()
    }


def _spells(
    rng: np.random.Generator, size: int, within: int, median: float
) -> tuple[Ints, np.ndarray[tuple[int], np.dtype[np.str_]]]:
    """Return days and endings as seen at the as-of, '' for what is open."""
    days = np.ceil(median * np.exp(SIGMA * rng.standard_normal(size))).astype(np.int64)
    off = rng.random(size) < CALLED_OFF
    days[off] = rng.integers(1, 20, int(off.sum()))
    age = rng.integers(0, within, size)
    ending = np.where(days > age, "", np.where(off, "cancelled", "done"))
    return np.minimum(days, age), ending
