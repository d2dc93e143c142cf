"""Rates put at the common mix lie around the common rate, whatever the mixes are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evidence_made import evidence
from scipy.special import logit

from rakustats.config.scorecard import policy
from rakustats.scorecards.utilities import utilities
from rakustats.stats.case_mix import MixShifts


@pytest.mark.parametrize("easy", [0.0004, 0.02, 0.1])
def test_who_is_as_bad_as_the_own_mix_has_the_common_rate(easy: float) -> None:
    usual = np.repeat([easy, 0.2], 20)
    made = evidence(policy("seller").criteria[0], [(2500, round(2500 * rate)) for rate in usual])
    middle = (easy + 0.2) / 2
    assert made.common == pytest.approx(middle)
    mix = MixShifts(logit(usual) - logit(middle), np.zeros(40), np.zeros(40))
    found = utilities(replace(made, mix=mix))
    assert found.rate[found.place] == pytest.approx(np.full(40, middle), rel=0.4)
    assert found.rate[found.place[20:]] == pytest.approx(np.full(20, middle), rel=0.05)
