"""B1 to B3: rates at the common case mix against rates as they are, every effect known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from rakustats.stats.arrays import Floats
from rakustats.stats.case_mix import mix_shifts
from rakustats.stats.cells import Codes
from rakustats.stats.shrinkage import estimates
from validation.figures import Figure

IDS = ("B1", "B2", "B3")
# entities, units, worlds
SIZES = ((4, 2_000, 500), (12, 4_000, 200), (300, 20_000, 20))
FIRST_SEED, QUICK = 70_000, 20
ZIPF, LEVEL = 1.05, -2.2
# levels of two variables, and the sd of log odds: of each, of their combinations, of entities
LEVELS, OF_LEVELS = (6, 3), (0.8, 0.4)
OF_PAIRS, OF_ENTITIES = 0.2, 0.5


@dataclass(frozen=True)
class World:
    """Units and events by entity and stratum, the levels of each stratum, and what is true."""

    n: Floats
    events: Floats
    levels: tuple[Codes, ...]
    rate: Floats


def world(entities: int, units: int, seed: int, *, differ: bool) -> World:
    """Return entities that share the units by Zipf's law, five each at least.

    The true rate of an entity is the one it has with the mix of all units.
    """
    chance = np.random.default_rng(seed)
    share = 1 / np.arange(1, entities + 1) ** ZIPF
    size = 5 + chance.multinomial(units - 5 * entities, share / share.sum())
    strata = int(np.prod(LEVELS))
    one, other = np.unravel_index(np.arange(strata), LEVELS)
    levels = one.astype(np.intp), other.astype(np.intp)
    usual = chance.dirichlet(np.full(strata, 2.0))
    mixes = chance.dirichlet(usual * strata / 2, entities) if differ else [usual] * entities
    if differ:
        n = np.array([chance.multinomial(s, mix) for s, mix in zip(size, mixes, strict=True)])
    else:
        # the same numbers for all, times the size: mixes are alike to the last unit
        n = np.outer(size, np.maximum(np.rint(usual * 40), 1))
    effects = sum(
        chance.normal(0, sd, many)[level]
        for sd, many, level in zip(OF_LEVELS, LEVELS, levels, strict=True)
    )
    effects = effects + chance.normal(0, OF_PAIRS, strata)
    odds = LEVEL + effects + chance.normal(0, OF_ENTITIES, entities)[:, None]
    events = chance.binomial(n.astype(int), expit(odds)).astype(float)
    return World(n.astype(float), events, levels, expit(odds) @ (n.sum(axis=0) / n.sum()))


def figures(quick: bool) -> list[Figure]:
    """Return error, mean error of large and small entities, and cover."""
    found = []
    for entities, units, worlds in SIZES:
        seeds = range(FIRST_SEED, FIRST_SEED + (min(worlds, QUICK) if quick else worlds))
        unlike = [_run(world(entities, units, seed, differ=True)) for seed in seeds]
        alike = [_run(world(entities, units, seed, differ=False)) for seed in seeds]
        found += _of(f"{entities} entities", _mean(unlike), _mean(alike))
    return sorted(found, key=lambda figure: figure.id)


def _of(who: str, unlike: dict[str, float], alike: dict[str, float]) -> list[Figure]:
    def error(of: dict[str, float]) -> float:
        return float(np.sqrt(of["square"] / of["raw_square"]))

    wide = unlike["width"] / unlike["raw_width"]
    return [
        Figure("B1", f"RMSE / the unadjusted rates'; mixes differ; {who}", error(unlike), most=0.9),
        Figure("B1", f"the same; mixes are alike; {who}", error(alike), most=1.02),
        *(
            Figure("B2", f"mean error of the {size} third; {who}", abs(unlike[size]), most=0.005)
            for size in ("largest", "smallest")
        ),
        Figure("B3", f"coverage of 90 % intervals; {who}", unlike["cover"], 0.87, 0.93),
        Figure("B3", f"their width / the unadjusted ones'; {who}", wide, most=1.5),
    ]


def _run(seen: World) -> dict[str, float]:
    entities = len(seen.n)
    who, stratum = np.nonzero(seen.n)
    levels = [level[stratum] for level in seen.levels]
    events, n = seen.events.sum(axis=1), seen.n.sum(axis=1)
    cells = seen.events[who, stratum], seen.n[who, stratum]
    found = estimates(events, n, mix_shifts(who, levels, *cells, entities))
    wrong, raw = found.adjusted - seen.rate, estimates(events, n)
    third = max(entities // 3, 1)
    order = np.argsort(-n, kind="stable")
    inside = (found.adjusted_lo <= seen.rate) & (seen.rate <= found.adjusted_hi)
    return {
        "square": float((wrong**2).mean()),
        "raw_square": float(((raw.mean - seen.rate) ** 2).mean()),
        "largest": float(wrong[order[:third]].mean()),
        "smallest": float(wrong[order[-third:]].mean()),
        "cover": float(inside.mean()),
        "width": float((found.adjusted_hi - found.adjusted_lo).mean()),
        "raw_width": float((raw.hi - raw.lo).mean()),
    }


def _mean(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}
