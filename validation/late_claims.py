"""C1 to C3: final rates where claims and withdrawals are still to come, by the public functions.

Sellers of one rate, of 200 to 1,700 lines, stand among others of a common rate of .05, and the rate
of the lines delivered in the last 75 days is asked for, of a history of 420 days. Or one seller, of
1,500 to 6,000 lines, is all that there is, and the last three months are asked for, each alone.
Claims take two weeks in the mean and 75 days at most.

In C2 two fifths of the claims (a quarter at a rate of .6) are withdrawn some three weeks after they
were opened, and the truth is the rate of those that stay.
In C3 the history ends before the claims do: with a mean of 14 or 25 days and 115 at most they are
looked at after 20 to 60.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

import rakustats as rs
from validation.claim_worlds import World, since, told
from validation.figures import Figure

IDS = ("C1", "C2", "C3")
RATES = (0.02, 0.1, 0.3, 0.6)
COMMON = 0.05
WINDOW = 75
MONTHS = "2026-06-01"
FIRST_SEED = 71_000
USUAL = 300
SHORT = ((20, 25.0), (40, 25.0), (40, 14.0), (60, 25.0))


@dataclass(frozen=True)
class Place:
    """Where a rate stands: sellers with it and their lines, sellers beside them, worlds."""

    name: str
    far: int
    near: int
    lines: tuple[int, int]
    worlds: int
    key: str = "seller"
    metric: Callable[..., rs.Result] = rs.damage_rates


# of one size alone, a coverage is that of a few counts
AMONG = Place("among others", 60, 30, (200, 1_700), 16)
ALONE = Place("alone", 1, 0, (1_500, 6_000), 120, "month")
CLAIMS = Place("claim_rates, among others", 60, 30, (200, 1_700), 12, metric=rs.claim_rates)


def figures(quick: bool) -> list[Figure]:
    """Return C1 to C3; quick: few worlds."""
    found: list[Figure] = []
    for name, part in (("C1", 0.0), ("C2", 0.4)):
        for place in (AMONG, ALONE, CLAIMS):
            for rate in RATES if place is not CLAIMS else RATES[1::2]:
                gone = min(part, 0.25) if rate > 0.5 else part
                few = replace(place, worlds=3) if quick else place
                found += reached(name, few, rate, gone)
    return found + _short(quick)


def reached(name: str, place: Place, rate: float, gone: float) -> tuple[Figure, Figure]:
    """Return mean error and coverage of the final rate of sellers of one rate."""
    errors, held = list[float](), list[bool]()
    for number in range(place.worlds):
        rng = np.random.default_rng(FIRST_SEED + number)
        lines = np.append(rng.integers(*place.lines, place.far), np.full(place.near, USUAL))
        sellers = np.repeat(np.arange(place.far + place.near), lines)
        kept = np.repeat([rate, COMMON], [place.far, place.near])
        with told(rng, World(sellers, kept / (1 - gone), withdrawn=gone)) as db:
            first = MONTHS if place.key == "month" else since(WINDOW)
            rows = place.metric(db, by=place.key, since=first).frame()
        rows = rows if place.key == "month" else rows.iloc[: place.far]
        errors += list(rows["final_rate"] - rate)
        held += list(_holds(rows, rate))
    about = f"rate {rate:g}, {place.name}"
    return (
        Figure(name, f"mean error; {about}", abs(float(np.mean(errors))), most=0.005),
        Figure(name, f"coverage of 90 % intervals; {about}", float(np.mean(held)), 0.87, 0.93),
    )


def _holds(rows: pd.DataFrame, rate: float) -> pd.Series:
    return (rows["final_lo"] <= rate) & (rows["final_hi"] >= rate)


def _short(quick: bool) -> list[Figure]:
    """Return how often short histories are flagged, and their range holds the rate."""
    found = []
    for days, lag in SHORT:
        tables = [of_history(number, days, lag, 115) for number in range(2 if quick else 6)]
        rows = pd.concat(tables)
        about = f"{days} days of history, claims after {lag:g} in the mean"
        found += [
            Figure("C3", f"flagged; {about}", float(rows["short_history"].mean()), 1.0),
            Figure("C3", f"rate within the range; {about}", float(_holds(rows, 0.1).mean()), 0.87),
        ]
    rows = pd.concat(of_history(number, 420, 14.0, 75) for number in range(2 if quick else 6))
    whole = float(rows["short_history"].mean())
    return [*found, Figure("C3", "flagged; 420 days of history", whole, most=0.0)]


def of_history(number: int, days: int, lag: float, longest: int) -> pd.DataFrame:
    """Return the rates of sellers of .1 as a history of so many days shows them."""
    rng = np.random.default_rng(FIRST_SEED + 5_000 + number)
    sellers = np.repeat(np.arange(20), 150)
    world = World(sellers, np.full(20, 0.1), history=days, lag=lag, longest=longest)
    with told(rng, world) as db:
        return rs.damage_rates(db, by="seller").frame()
