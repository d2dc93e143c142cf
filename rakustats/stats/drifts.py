"""Drift: who got worse, since when and by how much, from dated units with an expected risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from rakustats.config.settings import DriftRules
from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.baselines import limits, own_odds
from rakustats.stats.cusum import change_points, cusum, first_alarms

# sums are kept to this part of a unit
_FINE = 2.0**32


@dataclass(frozen=True)
class Days:
    """Units by group and day, sorted by both.

    Attributes
    ----------
    group, day : ndarray of int, shape (rows,)
        Groups are numbered from 0 without a gap; days are those since 1970.
    log_odds : ndarray of float, shape (rows,)
        Expected of the units in their circumstances, the group's own level left out.
    events, n : ndarray of float, shape (rows,)
        Rows of the same day may differ in their circumstances.
    """

    group: Ints
    day: Ints
    log_odds: Floats
    events: Floats
    n: Floats


@dataclass(frozen=True)
class Drifts:
    """What became of each group, and the path of its cumulative sum.

    Attributes
    ----------
    watched : ndarray of float, shape (groups,)
        Units after the baseline; 0 where there are too few to monitor.
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
    """

    watched: Floats
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


def drifts(days: Days, rules: DriftRules) -> Drifts:
    """Return who got worse.

    Parameters
    ----------
    days : Days
    rules : DriftRules

    Examples
    --------
    >>> from rakustats.config.settings import settings
    >>> group, day = np.zeros(30, dtype=np.int64), np.arange(30)
    >>> n, events = np.full(30, 10.0), np.where(day < 20, 1.0, 5.0)
    >>> found = drifts(Days(group, day, np.full(30, -2.2), events, n),
    ...     settings().drift)
    >>> (found.since.tolist(), bool(found.alarm[0] <= 23))
    ([20], True)
    """
    path = _Path(days, rules)
    alarm_at = first_alarms(path.level, path.lengths, path.limit)
    since_at = change_points(path.level, path.lengths, alarm_at)
    starts = np.cumsum(path.lengths) - path.lengths
    rang = alarm_at >= 0
    alarm, since = (
        np.where(rang, path.day[np.where(rang, starts + at, 0)], -1) for at in (alarm_at, since_at)
    )
    before, after, ratio = path.sides(since)
    last = np.where(path.watched > 0, path.level[starts + path.lengths - 1], np.nan)
    return Drifts(
        path.watched, path.expected, path.limit, last, alarm, since, before, after, ratio,
        path.group, path.day, path.n, np.where(path.is_watched, path.level, np.nan),
    )  # fmt: skip


class _Path:
    """The sums day by day; rows are units of one day in the same circumstances."""

    def __init__(self, days: Days, rules: DriftRules) -> None:
        self.days, self.strength = days, rules.strength
        new = np.diff(days.group, prepend=-1) + np.diff(days.day, prepend=-1) != 0
        self.first = np.flatnonzero(new)
        self.of_row = np.cumsum(new) - 1
        self.group, self.day = days.group[self.first], days.day[self.first]
        self.lengths = np.bincount(self.group)
        p = expit(days.log_odds)
        self.n = self._daily(days.n)
        self.worse = self._daily(days.events * (1 - p))
        self.better = self._daily((days.n - days.events) * p)
        shift = np.log(self._own(rules))
        self.shifted = expit(days.log_odds + shift[self.of_row])
        self.is_watched = self._upto(self.n) - self.n >= rules.baseline
        self.level = cusum(np.where(self.is_watched, self._added(rules), 0.0), self.lengths)
        rows = self.is_watched[self.of_row]
        self.watched: Floats = np.bincount(days.group, days.n * rows).astype(float)
        self.expected: Floats = np.bincount(days.group, days.n * self.shifted * rows).astype(float)
        mean = self.expected / np.maximum(self.watched, 1)
        self.limit = np.where(self.watched > 0, limits(mean, rules), np.nan)

    def _daily(self, values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, self.first), dtype=float)

    def _upto(self, values: Floats) -> Floats:
        """Return the sums within each group up to each day, that day included.

        They are made of whole numbers, so that no group's sums hang on its neighbours' rounding.
        """
        sums = np.cumsum(np.rint(values * _FINE).astype(np.int64))
        starts = np.cumsum(self.lengths) - self.lengths
        before = np.concatenate([[0], sums])[starts]
        return np.asarray((sums - np.repeat(before, self.lengths)) / _FINE)

    def _own(self, rules: DriftRules) -> Floats:
        """Return each group's own odds ratio as it was known on each day, some units back."""
        seen = self._upto(self.n)
        starts = np.cumsum(self.lengths) - self.lengths
        enough = np.where(seen >= rules.baseline, seen, np.inf)
        filled = np.repeat(np.minimum.reduceat(enough, starts), self.lengths)
        upto = np.maximum(seen - self.n - rules.lag, np.where(np.isinf(filled), seen, filled))
        # one ascending sequence for all groups, in which each finds its last day up to then
        wide = float(seen.max()) + 1
        place = np.searchsorted(self.group * wide + seen, self.group * wide + upto, side="right")
        worse, better = (self._upto(x)[place - 1] for x in (self.worse, self.better))
        return own_odds(worse, better, self.strength)

    def _added(self, rules: DriftRules) -> Floats:
        days, ratio = self.days, rules.odds_ratio
        each = days.events * np.log(ratio) - days.n * np.log1p((ratio - 1) * self.shifted)
        return self._daily(each)

    def sides(self, since: Ints) -> tuple[Floats, Floats, Floats]:
        """Return units and events before and since, and how many times the odds are since."""
        days, size = self.days, len(since)
        rang = since[days.group] >= 0
        later = rang & (days.day >= since[days.group])
        p, none = expit(days.log_odds), since < 0
        counts, odds = [], []
        for rows in (rang & ~later, later):
            n, events, worse, better = (
                np.bincount(days.group, values * rows, size).astype(float)
                for values in (
                    days.n,
                    days.events,
                    days.events * (1 - p),
                    (days.n - days.events) * p,
                )
            )
            counts.append(np.where(none[:, None], np.nan, np.column_stack([n, events])))
            odds.append(own_odds(worse, better, self.strength))
        ratio: Floats = np.where(none, np.nan, odds[1] / odds[0])
        return counts[0], counts[1], ratio
