"""The watch over each group: its units batch by batch, what they are worth, and the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit, logit

from rakustats.config.settings import DriftRules
from rakustats.stats.arrays import Bools, Floats, Ints
from rakustats.stats.baselines import own_odds
from rakustats.stats.evidence import STEPS, Batches, Runs, levels_for, prior_of, runs_of
from rakustats.stats.likeness import MOST, NEAR, Likeness, Sums, likeness

# batches whose likelihoods are in memory at once
BLOCK = 40_000
YEAR = 365.25
# probabilities of a batch stay inside
INSIDE = 1e-9


@dataclass(frozen=True)
class Units:
    """Units by group, day, lane and circumstances, sorted by these; see :class:`drifts.Days`."""

    group: Ints
    day: Ints
    lane: Ints
    log_odds: Floats
    of_week: Floats
    of_day: Floats
    events: Floats
    n: Floats


class Watch:
    """Batches (a group's units of one day and lane), days, and the evidence at their ends."""

    def __init__(self, units: Units, rules: DriftRules) -> None:
        self.units, self.rules = units, rules
        new = (np.diff(units.group, prepend=-1) != 0) | (np.diff(units.day, prepend=-1) != 0)
        #: First row of each batch and of each day, and the first batch of each day.
        self.rows = np.flatnonzero(new | (np.diff(units.lane, prepend=-1) != 0))
        first = np.flatnonzero(new)
        self.first = np.searchsorted(self.rows, first)
        self.day_of_batch = np.searchsorted(first, self.rows, side="right") - 1
        p = expit(units.log_odds)
        better = np.bincount(units.group, (units.n - units.events) * p).astype(float)
        worse = np.bincount(units.group, units.events * (1 - p)).astype(float)
        # the level over all days is good enough for how much alike units are, and for nothing else
        self.own = np.log(own_odds(worse, better, rules.strength))
        self.batches, self.days = self._sums(self.rows), self._sums(first)
        self.alike: Likeness = likeness(self.batches.apart(units.lane[self.rows]))
        self.lengths = np.bincount(self.days.group)
        self.starts = np.cumsum(self.lengths) - self.lengths
        self.is_watched: Bools = self._upto(self.days.n) - self.days.n >= rules.baseline

    def _sums(self, first: Ints) -> Sums:
        units = self.units
        p = expit(units.log_odds + self.own[units.group])
        variance = p * (1 - p)

        def added(values: Floats) -> Floats:
            return np.asarray(np.add.reduceat(values, first), dtype=float)

        return Sums(
            units.group[first],
            units.day[first],
            added(units.n),
            added(units.events - units.n * p),
            added(units.events * (1 - p) ** 2 + (units.n - units.events) * p**2),
            added(units.n * np.sqrt(variance)),
            added(units.n * variance),
        )

    def _upto(self, values: Floats) -> Floats:
        """Return the sums within each group up to each day, that day included."""
        sums = np.cumsum(values)
        before = np.concatenate([[0.0], sums])[self.starts]
        return np.asarray(sums - np.repeat(before, self.lengths))

    @cached_property
    def made(self) -> Batches:
        """The batches as evidence counts them.

        What is not known of the shift that all share is common to the batch and to the week.
        """
        units, batches = self.units, self.batches
        events = np.add.reduceat(units.events, self.rows)
        mean = np.clip((events - batches.residual) / batches.n, INSIDE, 1 - INSIDE)
        of_week, of_day = (
            np.add.reduceat(units.n * values, self.rows) / batches.n * mean * (1 - mean)
            for values in (units.of_week, units.of_day)
        )
        alike = np.clip(self.alike.batch + self.alike.near + of_week + of_day, 0.0, MOST)
        recent = self.days.lagged(self.days.n, NEAR)[self.day_of_batch]
        inflation = 1 + (batches.n - 1) * alike
        # a pair of two days counts twice; of the days before, half are of the same week
        weight = inflation / (inflation + (2 * self.alike.near + of_week) * recent)
        log_odds = logit(mean) - self.own[batches.group]
        return Batches(log_odds, events, batches.n, alike, weight)

    @cached_property
    def runs(self) -> Runs:
        """The evidence, day by day."""
        levels = levels_for(self.rules.odds_ratio)
        prior = prior_of(levels[:-STEPS], self._baselines(levels[:-STEPS]))
        level, own = np.zeros(len(self.days.n)), np.zeros(len(self.days.n))
        for groups, days, batches in self._blocks():
            of_days = _cut(self.made, batches).likelihoods(levels, self.first[days] - batches.start)
            found = runs_of(levels, of_days, prior, self.is_watched[days], self.lengths[groups])
            level[days], own[days] = found.level, found.own
        return Runs(level, own)

    def _baselines(self, levels: Floats) -> Floats:
        """Return the log-likelihood of each group's baseline (groups x levels)."""
        parts, used = [], ~self.is_watched[self.day_of_batch]
        for groups, _, batches in self._blocks():
            rows = batches.start + np.flatnonzero(used[batches])
            # the first day of a group is always one of its baseline
            first = np.searchsorted(rows, self.first[self.starts[groups]])
            parts.append(_cut(self.made, rows).likelihoods(levels, first))
        return np.concatenate(parts)

    def _blocks(self) -> Iterator[tuple[slice, slice, slice]]:
        """Yield runs of whole groups as slices of groups, days and batches."""
        ends = np.cumsum(self.lengths)
        behind = np.append(self.first, len(self.rows))[ends]
        group = 0
        while group < len(ends):
            day = int(self.starts[group])
            batch = int(self.first[day])
            last = max(group + 1, int(np.searchsorted(behind, batch + BLOCK, side="right")))
            upto = int(ends[last - 1])
            yield slice(group, last), slice(day, upto), slice(batch, int(behind[last - 1]))
            group = last

    @cached_property
    def watched(self) -> Floats:
        """Units behind the baseline, by group."""
        return np.bincount(self.days.group, self.days.n * self.is_watched).astype(float)

    @cached_property
    def worth(self) -> Floats:
        """How many independent units these are worth."""
        made = self.made
        worth = made.n * made.weight / (1 + (made.n - 1) * made.alike)
        rows = self.is_watched[self.day_of_batch]
        return np.bincount(self.batches.group, worth * rows).astype(float)

    @cached_property
    def expected(self) -> Floats:
        """Events expected of them, by group, at the level as known before the run they are in."""
        made, rows = self.made, self.is_watched[self.day_of_batch]
        p = expit(made.log_odds + self.runs.own[self.day_of_batch])
        return np.bincount(self.batches.group, made.n * p * rows).astype(float)

    @cached_property
    def years(self) -> Floats:
        """Years from the first day behind the baseline to the last day of all, by group."""
        last = self.days.day.max() + 1
        begun = np.minimum.reduceat(np.where(self.is_watched, self.days.day, last), self.starts)
        return np.asarray((last - begun) / YEAR)


def _cut(made: Batches, rows: slice | Ints) -> Batches:
    return Batches(
        made.log_odds[rows], made.events[rows], made.n[rows], made.alike[rows], made.weight[rows]
    )
