import numpy as np
import pytest
from scipy.stats import beta

from rakustats.stats.shares import effective_n, share_interval


def interval(share: float, sd: float, n: int, known: int | None = None) -> tuple[float, float]:
    values = (np.array([float(v)]) for v in (share, sd, n, n if known is None else known))
    lo, hi = share_interval(*values, 0.9)
    return float(lo[0]), float(hi[0])


def test_it_lies_between_the_intervals_of_jeffreys_and_of_clopper_and_pearson() -> None:
    """R: qbeta(c(.05, .95), 2.5, 8.5), and binom.test(2, 10, conf.level = .9)$conf.int."""
    lo, hi = interval(0.2, (0.2 * 0.8 / 10) ** 0.5, 10)
    assert 0.03677144 < lo < beta.ppf(0.05, 2.5, 8.5) < beta.ppf(0.95, 2.5, 8.5) < hi < 0.50690133
    assert (lo, hi) == pytest.approx((beta.ppf(0.05, 2.4, 8.6), beta.ppf(0.95, 2.6, 8.4)))


def test_nothing_known_leaves_everything_open() -> None:
    assert interval(0.0, 0.0, 5, 0) == (0.0, 1.0)
    assert interval(1.0, 0.0, 5, 0) == (0.0, 1.0)


def test_all_or_nothing_counts_only_the_known() -> None:
    assert interval(0.0, 0.0, 10, 7) == pytest.approx((0.0, beta.ppf(0.95, 0.6, 7.4)))
    assert interval(1.0, 0.0, 10, 7) == pytest.approx((beta.ppf(0.05, 7.4, 0.6), 1.0))


def test_open_units_widen_the_interval() -> None:
    closed, opened = interval(0.2, 0.126, 10), interval(0.2, 0.17, 10)
    assert opened[0] < closed[0] < 0.2 < closed[1] < opened[1]


def test_the_effective_number_undoes_the_variance() -> None:
    sizes = effective_n(np.array([0.25]), np.array([(0.25 * 0.75 / 40) ** 0.5]), np.array([50.0]))
    assert sizes == pytest.approx([40])


def test_an_unknown_share_has_an_unknown_interval() -> None:
    assert all(np.isnan(interval(np.nan, np.nan, 10)))
