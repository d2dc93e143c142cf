"""The common split of reports over two clocks, where groups are alike and where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from rakustats.stats.split_prior import MOST_SPLIT, split_prior

HALF = np.array([0.5, 0.5])


def test_groups_that_differ_by_chance_alone_have_the_split_of_all() -> None:
    rng = np.random.default_rng(3)
    first = rng.binomial(12, 0.5, 200)
    prior = split_prior(np.stack([first, 12.0 - first]), np.ones((2, 200)), HALF)
    assert prior.worth == MOST_SPLIT
    assert prior.common.tolist() == [0.5, 0.5]


def test_where_groups_differ_those_with_many_reports_are_not_what_is_common() -> None:
    reported = np.array([[20.0] * 10 + [6] * 30, [180.0] * 10 + [4] * 30])
    of_all = reported.sum(axis=1) / reported.sum()
    prior = split_prior(reported, np.ones((2, 40)), of_all)
    assert of_all[0] == pytest.approx(0.17, abs=0.01)
    assert 0.3 < prior.common[0] < 0.6
    assert prior.worth < 20


def test_one_clock_has_all() -> None:
    prior = split_prior(np.array([[3.0], [0.0]]), np.ones((2, 1)), np.array([1.0, 0.0]))
    assert prior.common.tolist() == [1.0, 0.0]
