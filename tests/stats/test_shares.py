import numpy as np
import pytest

from rakustats.stats.shares import effective_n, share_interval


def interval(share: float, sd: float, n: int, known: int | None = None) -> tuple[float, float]:
    values = (np.array([float(v)]) for v in (share, sd, n, n if known is None else known))
    lo, hi = share_interval(*values, 0.9)
    return float(lo[0]), float(hi[0])


def test_without_open_units_few_have_the_exact_interval() -> None:
    """R: binom.test(2, 10, conf.level = .9)$conf.int."""
    assert interval(0.2, (0.2 * 0.8 / 10) ** 0.5, 10) == pytest.approx((0.03677144, 0.50690133))


def test_nothing_known_leaves_everything_open() -> None:
    assert interval(0.0, 0.0, 5, 0) == (0.0, 1.0)
    assert interval(1.0, 0.0, 5, 0) == (0.0, 1.0)


def test_all_or_nothing_counts_only_the_known() -> None:
    assert interval(0.0, 0.0, 10, 7) == pytest.approx((0.0, 1 - 0.05 ** (1 / 7)))
    assert interval(1.0, 0.0, 10, 7) == pytest.approx((0.05 ** (1 / 7), 1.0))


def test_many_units_have_the_interval_of_the_double_logarithm() -> None:
    lo, hi = interval(0.3, 0.05, 100)
    for bound, side in ((lo, 1), (hi, -1)):
        reach = np.log(-np.log(bound)) - np.log(-np.log(0.3))
        assert reach == pytest.approx(side * -1.6448536 * 0.05 / (0.3 * np.log(0.3)))


def test_open_units_widen_the_interval() -> None:
    closed, opened = interval(0.2, 0.126, 10), interval(0.2, 0.17, 10)
    assert opened[0] < closed[0] < 0.2 < closed[1] < opened[1]


def test_the_effective_number_undoes_the_variance() -> None:
    sizes = effective_n(np.array([0.25]), np.array([(0.25 * 0.75 / 40) ** 0.5]), np.array([50.0]))
    assert sizes == pytest.approx([40])


def test_an_unknown_share_has_an_unknown_interval() -> None:
    assert all(np.isnan(interval(np.nan, np.nan, 10)))
