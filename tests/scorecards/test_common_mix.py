"""Rates put at the common mix lie around the common rate, whatever the mixes are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import pytest
from evidence_made import card, evidence, market
from scipy.special import logit

from rakustats.config.scorecard import policy
from rakustats.scorecards.notes import notes
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


def test_who_has_nobody_to_be_compared_with_is_named() -> None:
    made = card(market(X=(30, 3)))
    found = []
    for one in made.gathered.found:
        alone = np.where(pc.equal(made.gathered.ids, "X").to_numpy(zero_copy_only=False), 30.0, 0.0)
        found.append(replace(one, mix=MixShifts(one.mix.shift, one.mix.sd, alone)))
    (note,) = [
        n
        for n in notes(replace(made, gathered=replace(made.gathered, found=tuple(found))))
        if "X" in n.en
    ]
    assert "(1 in all)" in note.en
    assert not any("nobody else" in n.en for n in notes(made))
