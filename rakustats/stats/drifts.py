"""Drift: who got worse, since when and by how much, from dated units with an expected risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from rakustats.config.settings import DriftRules
from rakustats.stats.alarm_limits import yearly_limits
from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.baselines import own_odds
from rakustats.stats.cusum import change_points, first_alarms
from rakustats.stats.likeness import Likeness
from rakustats.stats.watches import YEAR, Units, Watch


@dataclass(frozen=True)
class Days:
    """Units by group, day and circumstances, in any order.

    Attributes
    ----------
    group, day : ndarray of int, shape (rows,)
        Groups are numbered from 0 without a gap; days are those since 1970.
    log_odds : ndarray of float, shape (rows,)
        Expected of the units in their circumstances, the group's own level left out.
    events, n : ndarray of float, shape (rows,)
        Rows of the same day may differ in their circumstances.
    lane : ndarray of int, shape (rows,), optional
        Units of one day that may be alike (those of one leg); by default all.
    of_week, of_day : ndarray of float, shape (rows,), optional
        Variances of ``log_odds``: of what all units of the week have in common, and of what those
        of the day have besides; by default none.
    """

    group: Ints
    day: Ints
    log_odds: Floats
    events: Floats
    n: Floats
    lane: Ints | None = None
    of_week: Floats | None = None
    of_day: Floats | None = None

    @property
    def units(self) -> Units:
        """The same by group, day and lane, those in the order of their risk."""
        lane = np.zeros(len(self.n), dtype=np.int64) if self.lane is None else self.lane
        none = np.zeros(len(self.n))
        of_week, of_day = (none if v is None else v for v in (self.of_week, self.of_day))
        order = np.lexsort((self.events, self.n, self.log_odds, lane, self.day, self.group))
        group, day, lane = (values[order] for values in (self.group, self.day, lane))
        risk, of_week, of_day = self.log_odds[order], of_week[order], of_day[order]
        return Units(group, day, lane, risk, of_week, of_day, self.events[order], self.n[order])


@dataclass(frozen=True)
class Drifts:
    """What became of each group, and the path of its cumulative sum.

    Attributes
    ----------
    watched, years : ndarray of float, shape (groups,)
        Units after the baseline, and the years from the first of them to the last day of all; 0
        where there are too few to monitor.
    expected : ndarray of float, shape (groups,)
        Events expected of them at the group's own level.
    limit, level : ndarray of float, shape (groups,)
        The alarm's, and the sum at the end.
    alarm, since : ndarray of int, shape (groups,)
        Day on which the sum crossed the limit, and first day after it last stood at zero before
        that; -1 where it did not.
    before, after : ndarray of float, shape (groups, 2)
        Units and events before ``since`` and from it on, NaN without an alarm.
    odds_ratio : ndarray of float, shape (groups,)
        Own odds from ``since`` on over those before, NaN without an alarm.
    path_group, path_day : ndarray of int; path_n, path : ndarray of float, each of shape (days,)
        Units by group and day, and the cumulative sum, NaN during the baseline.
    alike : Likeness
        How much alike units of the same group are.
    """

    watched: Floats
    years: Floats
    expected: Floats
    limit: Floats
    level: Floats
    alarm: Ints
    since: Ints
    before: Floats
    after: Floats
    odds_ratio: Floats
    path_group: Ints
    path_day: Ints
    path_n: Floats
    path: Floats
    alike: Likeness


def drifts(days: Days, rules: DriftRules) -> Drifts:
    """Return who got worse.

    Parameters
    ----------
    days : Days
    rules : DriftRules

    Examples
    --------
    >>> from rakustats.config.settings import settings
    >>> group, day = np.repeat([0, 1, 2], 90), np.tile(np.arange(90), 3)
    >>> n, events = np.full(270, 10.0), np.where((group == 1) & (day >= 60), 5.0, 1.0)
    >>> found = drifts(Days(group, day, np.full(270, -2.2), events, n),
    ...     settings().drift)
    >>> (found.since.tolist(), bool(60 < found.alarm[1] <= 66))
    ([-1, 60, -1], True)
    """
    units = days.units
    seen = Watch(units, rules)
    level = seen.runs.level
    limit = _limits(seen, rules)
    alarm_at = first_alarms(level, seen.lengths, limit)
    since_at = change_points(level, seen.lengths, alarm_at)
    rang = alarm_at >= 0
    alarm, since = (
        np.where(rang, seen.days.day[np.where(rang, seen.starts + at, 0)], -1)
        for at in (alarm_at, since_at)
    )
    before, after, ratio = _sides(units, since, rules.strength)
    last = np.where(seen.watched > 0, level[seen.starts + seen.lengths - 1], np.nan)
    return Drifts(
        seen.watched, seen.years, seen.expected, limit, last, alarm, since, before, after, ratio,
        seen.days.group, seen.days.day, seen.days.n, np.where(seen.is_watched, level, np.nan),
        seen.alike,
    )  # fmt: skip


def _limits(seen: Watch, rules: DriftRules) -> Floats:
    rates = seen.expected / np.maximum(seen.watched, 1)
    per_year = seen.worth / np.maximum(seen.years, 1 / YEAR)
    limits = yearly_limits(rates, per_year, rules.false_alarms, rules.odds_ratio)
    return np.where(seen.watched > 0, limits, np.nan)


def _sides(units: Units, since: Ints, strength: float) -> tuple[Floats, Floats, Floats]:
    """Return units and events before and since, and how many times the odds are since."""
    size, none = len(since), since < 0
    rang = since[units.group] >= 0
    later = rang & (units.day >= since[units.group])
    p = expit(units.log_odds)
    worse, better = units.events * (1 - p), (units.n - units.events) * p
    counts, odds = [], []
    for rows in (rang & ~later, later):
        n, events, up, down = (
            np.bincount(units.group, values * rows, size).astype(float)
            for values in (units.n, units.events, worse, better)
        )
        counts.append(np.where(none[:, None], np.nan, np.column_stack([n, events])))
        odds.append(own_odds(up, down, strength))
    ratio: Floats = np.where(none, np.nan, odds[1] / odds[0])
    return counts[0], counts[1], ratio
