"""D6 and D7: alarms in the sample's world, of sellers that stay as they are and of others.

D6 counts alarms of unchanged sellers with 60 and more watched units, over all worlds and both
outcomes. D7 looks at sellers whose true odds at least double on the planted day (by replicates of
the world with and without the change): how many have an alarm from that day on, against a
cumulative sum that is told each seller's true level (by calm replicates), with the same false
alarms among the unchanged and the same allowance for season, partners and shared days.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from rakustats.config.settings import settings
from rakustats.stats.alarm_limits import yearly_limits
from rakustats.stats.arrays import Floats
from rakustats.stats.baselines import own_odds
from rakustats.stats.cusum import first_alarms, increments
from rakustats.stats.drifts import Drifts, drifts
from rakustats.stats.risk_adjusted import Dated, expected_days
from validation.figures import Figure
from validation.sample_units import KEYS, NEW_YEARS, OUTCOMES, Units, units
from validation.told_level import cusum

IDS = ("D6", "D7")
ORDERS, SEEDS, CALM, CHANGED = 40_000, tuple(range(301, 327)), 4, 2
# so many of the worlds are simulated again to know the truth of each seller
KNOWN = 12
FEW, MANY, NEAR = 60, 1_000, 15
NOBODY = 10**9


def figures(quick: bool) -> list[Figure]:
    """Return D6 and D7; quick: two small worlds."""
    seeds, orders = (SEEDS[:2], 6_000) if quick else (SEEDS, ORDERS)
    known = 1 if quick else KNOWN
    with ProcessPoolExecutor(2) as pool:
        tasks = [pool.submit(_watched, s, orders, i < known) for i, s in enumerate(seeds)]
        sellers = pd.concat([task.result() for task in tasks], ignore_index=True)
    return [*_unchanged(sellers), *_changed(sellers[sellers["known"]])]


def _watched(seed: int, orders: int, known: bool) -> pd.DataFrame:
    """Return a row per seller and outcome of one world, those with enough units."""
    shown = units(seed, orders)
    calm = [units(seed, orders, 1 + r, calm=True) for r in range(CALM)] if known else []
    changed = [shown, *(units(seed, orders, 1 + CALM + r) for r in range(CHANGED))] if known else []
    parts = []
    for outcome in OUTCOMES:
        world = _World.of(shown[outcome])
        rows = world.sellers()
        if known:
            own, odds = world.truth([c[outcome] for c in calm], [c[outcome] for c in changed])
            rows = rows.assign(odds_ratio=odds, **world.told(own))
        parts.append(rows[rows["watched"] >= FEW].assign(outcome=outcome, known=known))
    return pd.concat(parts)


@dataclass(frozen=True)
class _World:
    """One outcome of one world: its cells with the log odds expected, and what drift found."""

    cells: pd.DataFrame
    names: np.ndarray
    worse_from: Floats
    found: Drifts

    @classmethod
    def of(cls, shown: Units) -> _World:
        cells = shown.cells
        codes = [np.unique(cells[k], return_inverse=True)[1] for k in KEYS[:3] + KEYS[4:6]]
        day, lane, events, n = (cells[k].to_numpy() for k in ("day", "lane", "events", "n"))
        counts = events.astype(float), n.astype(float)
        days = expected_days(codes, 0, Dated(day.astype(np.int64), lane, *counts))
        names = np.unique(cells["seller"])
        return cls(
            cells.assign(log_odds=days.log_odds),
            names,
            shown.worse_from[names],
            drifts(days, settings().drift),
        )

    def sellers(self) -> pd.DataFrame:
        """Return one row per seller: when it gets worse, its watch and its alarm."""
        found = self.found
        inside = ~np.isnan(found.path)
        near = np.abs(found.path_day[:, None] - NEW_YEARS).min(axis=1) <= NEAR
        units_near = np.bincount(found.path_group, found.path_n * (inside & near))
        return pd.DataFrame(
            {
                "worse_from": self.worse_from,
                "watched": found.watched,
                "near": units_near,
                "rate": found.expected / np.maximum(found.watched, 1),
                "alarm": found.alarm,
                "since": found.since,
            }
        )

    def truth(self, calm: list[Units], changed: list[Units]) -> tuple[Floats, Floats]:
        """Return each seller's true own log odds, and how many times they are in the end."""
        rows = self._with_log_odds(pd.concat([c.cells for c in calm]))
        who = np.searchsorted(self.names, rows["seller"])
        there = self.names[np.minimum(who, len(self.names) - 1)] == rows["seller"].to_numpy()
        rows, who = rows[there], who[there]
        own = np.zeros(len(self.names))
        for _ in range(4):
            p = expit(rows["log_odds"].to_numpy() + own[who])
            bad, n = (rows[k].to_numpy(float) for k in ("events", "n"))
            up: Floats = np.bincount(who, bad * (1 - p), len(own)).astype(float)
            down: Floats = np.bincount(who, (n - bad) * p, len(own)).astype(float)
            own = own + np.log(own_odds(up, down, 0.5))
        before, after = (self._odds_after(those) for those in (calm, changed))
        return own, after / before

    def _with_log_odds(self, counts: pd.DataFrame) -> pd.DataFrame:
        """Return other units with the log odds that the world's have on such days and ways."""
        by_day, by_way = ["lane", "day"], ["carrier", "method"]
        of_day = self.cells.groupby(by_day)["log_odds"].mean().rename("of_day").reset_index()
        rest = self.cells.merge(of_day, on=by_day)
        rest = rest.assign(of_way=rest["log_odds"] - rest["of_day"])
        of_way = rest.groupby(by_way)["of_way"].mean().reset_index()
        rows = counts.merge(of_day, on=by_day).merge(of_way, on=by_way)
        return rows.assign(log_odds=rows["of_day"] + rows["of_way"])

    def _odds_after(self, replicates: list[Units]) -> Floats:
        rows = pd.concat([r.cells for r in replicates])
        worse_from = pd.Series(self.worse_from, self.names)
        rows = rows[rows["day"] >= rows["seller"].map(worse_from)]
        sums = rows.groupby("seller")[["events", "n"]].sum().reindex(self.names).fillna(0)
        return np.asarray((sums["events"] + 0.5) / (sums["n"] - sums["events"] + 0.5))

    def told(self, own: Floats) -> dict[str, Floats]:
        """Return how far the sum that is told the level rises above its limit: see `_Told`."""
        cells, found = self.cells, self.found
        who = np.searchsorted(self.names, cells["seller"])
        p = expit(cells["log_odds"].to_numpy() + own[who])
        ratio = settings().drift.odds_ratio
        bad, n = (cells[k].to_numpy(float) for k in ("events", "n"))
        added = bad * increments(np.ones(len(p)), p, ratio)
        added += (n - bad) * increments(np.zeros(len(p)), p, ratio)
        key = found.path_group * NOBODY + found.path_day
        day = np.searchsorted(key, who * NOBODY + cells["day"].to_numpy())
        of_day: Floats = np.bincount(day, added, len(key)).astype(float) * ~np.isnan(found.path)
        lengths = np.bincount(found.path_group)
        level = cusum(of_day, lengths)
        usual = yearly_limits(
            np.clip(found.expected / np.maximum(found.watched, 1), 1e-4, 1 - 1e-4),
            found.watched / np.maximum(found.years, 1e-3),
            settings().drift.false_alarms,
            ratio,
        )
        starts = np.cumsum(lengths) - lengths
        made = {}
        for lift in LIFTS:
            at = first_alarms(level, lengths, usual + lift)
            day_of = found.path_day[np.where(at >= 0, starts + at, 0)]
            made[f"told{lift:+.1f}"] = np.where(at >= 0, day_of, -1)
        return made


# limits of the sum that is told the level, against the usual ones
LIFTS = np.round(np.arange(-2.0, 3.05, 0.1), 1)


def _unchanged(sellers: pd.DataFrame) -> Iterator[Figure]:
    still = sellers[~np.isfinite(sellers["worse_from"])]
    rang = still["alarm"] >= 0
    many = still["watched"] >= MANY
    what = "alarms of unchanged sellers, sample of 40,000 orders"
    yield Figure("D6", f"{what}: {len(still):,} sellers", float(rang.mean()), most=0.06)
    yield Figure(
        "D6",
        f"the same, 1,000 and more watched units: {many.sum():,} sellers",
        float(rang[many].mean()),
        most=0.08,
    )
    units_near, all_units = float(still["near"].sum()), float(still["watched"].sum())
    for column, told in (("since", "dated"), ("alarm", "raised")):
        close = np.abs(still[column].to_numpy()[:, None] - NEW_YEARS).min(axis=1) <= NEAR
        near, far = int((rang & close).sum()), int((rang & ~close).sum())
        yield Figure(
            "D6",
            f"alarms {told} within 15 days of a New Year per 100,000 units: {near} of {near + far},"
            " against elsewhere",
            near / max(units_near, 1.0) * 1e5,
            most=far / (all_units - units_near) * 1e5,
        )


def _changed(sellers: pd.DataFrame) -> Iterator[Figure]:
    still = ~np.isfinite(sellers["worse_from"])
    own = float((sellers.loc[still, "alarm"] >= 0).mean())
    told = min(
        (f"told{lift:+.1f}" for lift in LIFTS),
        key=lambda name: abs(float((sellers.loc[still, name] >= 0).mean()) - own),
    )
    worse = sellers[~still & (sellers["odds_ratio"] >= 2)]
    delay = {name: worse[name] - worse["worse_from"] for name in ("alarm", told)}
    found = {name: (days >= 0) & (worse[name] >= 0) for name, days in delay.items()}
    both = found["alarm"] & found[told]
    base = f"{len(worse)} sellers whose odds at least double, {own:.1%} false alarms"
    yield Figure(
        "D7",
        f"{base}: found, times those found if the level is told",
        float(found["alarm"].sum() / max(int(found[told].sum()), 1)),
        least=0.9,
        form=".2f",
    )
    yield Figure(
        "D7",
        "median days until the alarm where both find it, times those if the level is told",
        float(delay["alarm"][both].median() / max(float(delay[told][both].median()), 1.0)),
        most=1 / 0.9,
        form=".2f",
    )
    for low, high in ((FEW, 200), (200, MANY), (MANY, NOBODY)):
        for least, most in ((0.0, 0.1), (0.1, 1.0)):
            cell = (worse["watched"] >= low) & (worse["watched"] < high)
            cell &= (worse["rate"] >= least) & (worse["rate"] < most)
            size = f"{low:,} to {high - 1:,} units" if high < NOBODY else f"{low:,} units and more"
            rate = "below 10 %" if most < 1 else "10 % and more"
            if cell.sum():
                yield Figure(
                    "D7",
                    f"found of {cell.sum()} with {size}, {rate} before"
                    f" ({found[told][cell].mean():.2f} if told), for comparison",
                    float(found["alarm"][cell].mean()),
                    least=0.0,
                    form=".2f",
                )
