"""R1 to R5: rates of many sellers with few orders each, against raw rates, Wilson and BH."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import binom, spearmanr

from rakustats.config.settings import settings
from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.shrinkage import Estimates, estimates
from validation.figures import Figure
from validation.truths import TRUTHS, Market, Truth, known_among_worst, market

IDS = ("R1", "R2", "R3", "R4", "R5")
WORST = 50
SEEDS, QUICK_SEEDS = 40, 4
Z = 1.6449


def figures(quick: bool) -> list[Figure]:
    """Return coverage, precision, error, order and false discoveries for each truth."""
    seeds = QUICK_SEEDS if quick else SEEDS
    return sorted((f for truth in TRUTHS for f in _of(truth, seeds)), key=lambda f: f.id)


def _of(truth: Truth, seeds: int) -> list[Figure]:
    runs = [_run(truth, seed) for seed in range(seeds)]
    mean = {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}
    total = {name: float(np.sum([run[name] for run in runs])) for name in runs[0]}
    told = f"; {truth.name}"
    wilson, raw = (mean["hits"] / mean[f"hits_{other}"] for other in ("wilson", "raw"))
    false, more = total["false"] / total["listed"], total["listed"] / max(total["bh"], 1)
    return [
        Figure("R1", f"coverage of 90 % intervals{told}", mean["covered"], 0.88, 0.93),
        Figure("R2", f"coverage among the {WORST} worst{told}", mean["covered_worst"], 0.87),
        Figure(
            "R2",
            f"coverage of Wilson's interval among its own 50 worst{told}",
            mean["covered_wilson"],
            most=0.87,
        ),
        Figure(
            "R3",
            f"precision@{WORST} / the oracle's{told}",
            mean["hits"] / mean["hits_known"],
            0.97,
        ),
        Figure("R3", f"precision@{WORST} / Wilson's{told}", wilson, 1.08),
        Figure("R3", f"precision@{WORST} / the raw rate's{told}", raw, 1.5),
        Figure("R4", f"RMSE / the raw rate's{told}", mean["error"], most=0.40),
        Figure(
            "R4",
            f"Spearman's ρ with the truth, expected rank − raw rate{told}",
            mean["order"],
            0.08,
        ),
        Figure("R5", f"false discoveries among the flagged{told}", false, most=0.13),
        Figure("R5", f"flagged / flagged by Benjamini–Hochberg{told}", more, 3.0, form=".1f"),
    ]


def _run(truth: Truth, seed: int) -> dict[str, float]:
    """Return what one market says."""
    seen = market(truth, seed)
    # a little under 50, lest rounding makes it 51
    rules = replace(settings().shrinkage, worst_share=(WORST - 0.5) / len(seen.n))
    found = estimates(seen.events, seen.n, rules=rules)
    lo, hi = wilson(seen)
    worst = _first(found.p_worst)
    guess = np.random.default_rng(seed + 1_000).permutation(len(seen.n))
    truly = _first(seen.rate)
    chosen = {
        "hits": worst,
        "hits_known": _first(known_among_worst(truth, seen, WORST)),
        "hits_wilson": _first(lo),
        "hits_raw": guess[_first(seen.raw[guess])],
    }
    covered = (seen.rate >= found.lo) & (seen.rate <= found.hi)
    by_wilson = ((seen.rate >= lo) & (seen.rate <= hi))[_first(lo)]
    return {
        "covered": float(covered.mean()),
        "covered_worst": float(covered[worst].mean()),
        "covered_wilson": float(by_wilson.mean()),
        "error": _rmse(found.mean, seen) / _rmse(seen.raw, seen),
        "order": _order(-found.rank, seen.rate) - _order(_listed(seen.raw, guess), seen.rate),
        "listed": float(found.flagged.sum()),
        "false": float((seen.rate[found.flagged] <= found.limit).sum()),
        "bh": float(benjamini_hochberg(seen, found, rules.false_share)),
        **{name: float(np.isin(places, truly).mean()) for name, places in chosen.items()},
    }


def _first(values: Floats) -> Ints:
    return np.argsort(-values, kind="stable")[:WORST]


def _rmse(values: Floats, seen: Market) -> float:
    return float(np.sqrt(((values - seen.rate) ** 2).mean()))


def _order(values: Floats, rate: Floats) -> float:
    return float(spearmanr(values, rate)[0])


def _listed(values: Floats, guess: Ints) -> Floats:
    """Return places in a list: sellers of the same rate, most of them at 0, in random order."""
    places = np.empty(len(values))
    places[guess[np.argsort(values[guess], kind="stable")]] = np.arange(len(values))
    return places


def wilson(seen: Market) -> tuple[Floats, Floats]:
    """Return Wilson's 90 % interval."""
    spread = 1 + Z**2 / seen.n
    middle = (seen.raw + Z**2 / (2 * seen.n)) / spread
    half = Z * np.sqrt(seen.raw * (1 - seen.raw) / seen.n + Z**2 / (4 * seen.n**2)) / spread
    return middle - half, middle + half


def benjamini_hochberg(seen: Market, found: Estimates, share: float) -> int:
    """Return how many exact tests against the limit are rejected at a false discovery rate."""
    p = np.sort(binom.sf(seen.events - 1, seen.n, found.limit))
    passed = np.flatnonzero(p <= share * np.arange(1, len(p) + 1) / len(p))
    return int(passed[-1]) + 1 if len(passed) else 0
