"""R7: a million sellers beside a fit row by row."""

from __future__ import annotations

import time

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit

from rakustats.config.settings import settings
from rakustats.stats.arrays import Floats
from rakustats.stats.betabinomial import USUAL_LOG, USUAL_SD, Groups, mode
from rakustats.stats.shrinkage import posteriors
from validation.figures import Figure
from validation.truths import TRUTHS, market

IDS = ("R7",)
ROWS, QUICK_ROWS, RUNS = 1_000_000, 100_000, 3


def figures(quick: bool) -> list[Figure]:
    """Return how much faster, and how far apart the parameters of the same model are."""
    rows = QUICK_ROWS if quick else ROWS
    seen = market(TRUTHS[0], 1, rows, 20 * rows)
    # in turns, and the fastest of each: other work on the machine slows both alike
    ours, theirs = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        by_rows = fit_by_rows(seen.events, seen.n)
        theirs.append(time.perf_counter() - began)
        ours += [_seconds(seen.events, seen.n) for _ in range(2)]
    groups, _ = Groups.counted(seen.events, seen.n, np.zeros(rows))
    apart = float(np.abs(np.array(mode(groups)) - by_rows).max())
    told = f"{rows:,} sellers"
    faster = f"speed-up over a row-by-row beta-binomial fit, intervals included; {told}"
    return [
        Figure("R7", faster, min(theirs) / min(ours), 8.0, form=".1f"),
        Figure("R7", f"difference in parameters, same model; {told}", apart, most=1e-4, form=".6f"),
    ]


def _seconds(events: Floats, n: Floats) -> float:
    """Return what it takes from counts by seller to a mean and an interval for each."""
    began = time.perf_counter()
    groups, back = Groups.counted(events, n, np.zeros(len(n)))
    rates, _ = posteriors(groups, settings().shrinkage)
    shown = np.column_stack([rates.mean, rates.quantiles([0.05, 0.95])])[back]
    assert shown.shape == (len(n), 3)
    return time.perf_counter() - began


def fit_by_rows(events: Floats, n: Floats) -> Floats:
    """Return (logit of the mean, log strength) as L-BFGS finds them with one term per seller."""

    def loss(at: Floats) -> float:
        a, b = (float(expit(side * at[0]) * np.exp(at[1])) for side in (1, -1))
        likelihood = betaln(a + events, b + n - events).sum() - len(n) * betaln(a, b)
        jeffreys = 0.5 * np.log(expit(at[0]) * expit(-at[0]))
        return -float(likelihood + jeffreys - 0.5 * ((at[1] - USUAL_LOG) / USUAL_SD) ** 2)

    return np.asarray(minimize(loss, np.array([-3.0, 3.0]), method="L-BFGS-B").x)
