"""Means are drawn towards their kind as far as chance may explain them."""

from __future__ import annotations

import numpy as np
import pytest

from rakustats.stats.shrunken_means import shrunken_means


def test_shrunken_means_are_nearer_to_the_truth() -> None:
    rng = np.random.default_rng(86)
    kinds = np.repeat(np.arange(400), 3)
    truth = rng.normal(5, 1, 400)[kinds] + rng.normal(0, 0.2, 1200)
    variances = rng.uniform(0.01, 0.5, 1200)
    seen = rng.normal(truth, np.sqrt(variances))
    found = shrunken_means(seen, variances, kinds)
    error = ((found - truth) ** 2).mean() / ((seen - truth) ** 2).mean()
    assert error < 0.5


def test_the_only_one_of_its_kind_keeps_its_mean() -> None:
    found = shrunken_means(np.array([1.0, 2.0, 9.0]), np.ones(3), np.array([0, 0, 1]))
    assert found == pytest.approx([1.5, 1.5, 9.0])
