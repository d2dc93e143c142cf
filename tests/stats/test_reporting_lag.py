"""Rates of what is reported late: known answers, and groups that know nothing of each other."""

from __future__ import annotations

import numpy as np
import pytest

from rakustats.stats.arrays import Floats
from rakustats.stats.reporting_lag import (
    Delayed,
    Reported,
    relative_variances,
    reported_rates,
)

ONE = np.array([1.0, 0.0])


def cells(*rows: tuple[float, ...]) -> Delayed:
    """Cells by group, n, unreported, and F with the variance of its logarithm on two clocks."""
    group, n, unreported, first, first_var, second, second_var = np.array(rows).T
    shares, variances = np.stack([first, second]), np.stack([first_var, second_var])
    return Delayed(group.astype(np.int64), n, unreported, shares, variances)


def found(made: Delayed, *reported: tuple[float, float], common: Floats = ONE) -> Reported:
    return reported_rates(made, np.array(reported).T, common)


@pytest.mark.parametrize("rate", [0.02, 0.3, 0.6, 0.95])
def test_of_equally_old_units_the_rate_is_the_raw_one_over_their_share(rate: float) -> None:
    x = 100 * rate * 0.4
    told = found(cells((0, 100, 100 - x, 0.4, 0, 0, 0)), (x, 0))
    assert told.rate[0] == pytest.approx(rate)
    assert told.ripe[0] == pytest.approx(0.4)


def test_the_likelihood_is_that_of_each_age() -> None:
    told = found(cells((0, 50, 40, 1.0, 0, 0, 0), (0, 50, 45, 0.3, 0, 0, 0)), (15, 0))
    p = np.linspace(0.001, 0.999, 99_901)
    likelihood = 15 * np.log(p) + 40 * np.log(1 - p) + 45 * np.log(1 - 0.3 * p)
    assert told.rate[0] == pytest.approx(p[likelihood.argmax()], abs=2e-5)


def test_groups_with_nothing_or_everything_reported() -> None:
    rows = cells((0, 20, 20, 0.5, 0, 0, 0), (1, 20, 0, 1.0, 0, 0, 0))
    told = found(rows, (0, 0), (20, 0))
    assert told.rate.tolist() == [0, 1]
    assert told.ripe.tolist() == [0.5, 1]


def test_a_group_is_not_drawn_to_the_others() -> None:
    own = (0, 100, 76, 0.4, 0, 0, 0)
    alone = found(cells(own), (24, 0))
    beside = found(cells(own, (1, 1000, 980, 0.4, 0, 0, 0)), (24, 0), (20, 0))
    assert beside.rate[0] == pytest.approx(alone.rate[0]) == pytest.approx(0.6)


def test_two_clocks_are_told_apart() -> None:
    """Half of the units have reached the second clock; a third of the reports come on the first."""
    rows = cells((0, 600, 540, 1, 0, 0, 0), (0, 600, 420, 1, 0, 1, 0))
    told = found(rows, (120, 120), common=np.array([1 / 3, 2 / 3]))
    assert told.rate[0] == pytest.approx(0.3, abs=1e-6)
    assert told.split[0, 0] == pytest.approx(1 / 3, abs=1e-6)


def variance(made: Delayed, *reported: tuple[float, float]) -> tuple[float, float]:
    given = np.array(reported).T
    known = relative_variances(made, given, reported_rates(made, given, ONE), 5.0)
    relative, near = (float(each[0]) for each in known)
    return relative, near


def test_units_of_which_all_is_known_tell_as_much_as_they_are() -> None:
    relative, p = variance(cells((0, 400, 300, 1, 0, 0, 0)), (100, 0))
    assert (1 - p) / (p * relative) == pytest.approx(400)


def test_units_half_of_whose_reports_have_come_tell_less_than_half() -> None:
    relative, p = variance(cells((0, 400, 280, 0.5, 0, 0, 0)), (120, 0))
    assert (1 - p) / (p * relative) == pytest.approx(200 * (1 - p) / (1 - p / 2))


def test_lags_that_are_hardly_known_widen() -> None:
    known, unsure = (variance(cells((0, 400, 320, 0.5, v, 0, 0)), (80, 0)) for v in (0.0, 0.01))
    assert unsure[0] - known[0] == pytest.approx(0.01)


def test_errors_of_a_lag_are_shared_by_all_ages() -> None:
    """Of two ages the younger one's error holds that of the older one: min of the variances."""
    rows = [(0, 100, 90, 0.8, 0.01, 0, 0), (0, 100, 95, 0.4, 0.05, 0, 0)]
    told, near = variance(cells(*rows), (15, 0))
    sure, _ = variance(cells(*((*r[:4], 0, 0, 0) for r in rows)), (15, 0))
    w = np.array([80 / (1 - 0.8 * near), 40 / (1 - 0.4 * near)])
    w /= w.sum()
    both = w[0] ** 2 * 0.01 + 2 * w[0] * w[1] * 0.01 + w[1] ** 2 * 0.05
    assert told - sure == pytest.approx(both)


def test_nothing_is_asked() -> None:
    told = found(cells((0, 0, 0, 1, 0, 0, 0)), (0, 0))
    assert (told.rate[0], told.ripe[0]) == (0, 0)
