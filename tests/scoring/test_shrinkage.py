import numpy as np
import pytest

from rakustats.config import Shrinkage
from rakustats.scoring.shrinkage import Prior, beta_prior, posterior

RULES = Shrinkage(few_groups=8, few_units=100, fallback_strength=20.0, level=0.9)
PUBLISHED = Prior(mean=0.06, strength=20.0, measured=True)


@pytest.mark.parametrize(
    ("events", "n", "mean", "lo", "hi"),
    [
        (0, 3, 0.0522, 0.0042, 0.1427),
        (1, 5, 0.0880, 0.0186, 0.1948),
        (0, 10, 0.0400, 0.0032, 0.1102),
        (2, 20, 0.0800, 0.0240, 0.1598),
        (2, 100, 0.0267, 0.0078, 0.0544),
        (5, 250, 0.0230, 0.0103, 0.0397),
    ],
)
def test_golden_posteriors(events: int, n: int, mean: float, lo: float, hi: float) -> None:
    found = posterior(np.array([events]), np.array([n]), PUBLISHED, 0.9)
    assert [round(float(f[0]), 4) for f in found] == [mean, lo, hi]


def test_equal_pairs_get_equal_answers_in_their_own_places() -> None:
    mean, lo, hi = posterior(np.array([2, 0, 2, 0]), np.array([20, 0, 20, 3]), PUBLISHED, 0.9)
    assert mean[0] == mean[2]
    assert mean[3] == pytest.approx(1.2 / 23)
    assert np.isnan([mean[1], lo[1], hi[1]]).all()


def test_few_groups_or_units_take_the_given_strength() -> None:
    few_groups = beta_prior(np.array([1, 30]), np.array([100, 100]), RULES)
    few_units = beta_prior(np.ones(9, int), np.full(9, 2), RULES)
    single = beta_prior(np.ones(200, int), np.ones(200, int), RULES)
    for prior in (few_groups, few_units, single):
        assert (prior.strength, prior.measured) == (20.0, False)
    assert few_groups.mean == pytest.approx(31 / 200)
    assert 0 < single.mean < 1


def test_the_planted_strength_is_found() -> None:
    chance = np.random.default_rng(7)
    n = chance.integers(5, 200, 4000)
    events = chance.binomial(n, chance.beta(1.2, 18.8, 4000))
    prior = beta_prior(events, n, RULES)
    assert prior.measured
    assert prior.mean == pytest.approx(0.06, abs=0.004)
    assert prior.strength == pytest.approx(20, rel=0.15)


def test_groups_alike_and_groups_apart_stay_within_bounds() -> None:
    alike = beta_prior(np.full(20, 10), np.full(20, 100), RULES)
    apart = beta_prior(np.array([0, 100] * 10), np.full(20, 100), RULES)
    assert alike.strength == pytest.approx(999)
    assert apart.strength == pytest.approx(1 / 0.9 - 1)


def test_no_events_at_all_leave_a_proper_prior() -> None:
    prior = beta_prior(np.zeros(10, int), np.full(10, 50), RULES)
    mean, lo, hi = posterior(np.zeros(10, int), np.full(10, 50), prior, 0.9)
    assert 0 < lo[0] < mean[0] < hi[0] < 0.02
