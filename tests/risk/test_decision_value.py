"""Which deliveries are worth the work: capacity, costs, and nothing unknown."""

from __future__ import annotations

import numpy as np
import pytest

from rakustats.errors import UsageError
from rakustats.risk.decision_value import Costs, chosen

P = [0.9, np.nan, 0.1, 0.5, 0.5]
COSTS = Costs(acting=300, late=5000, effect=0.3)


def test_capacity_takes_the_likeliest_and_ties_in_their_order() -> None:
    assert chosen(P, capacity=2)[0].tolist() == [True, False, False, True, False]
    assert chosen(P, capacity=9)[0].tolist() == [True, False, True, True, True]


def test_costs_take_what_pays() -> None:
    take, gain = chosen(P, costs=COSTS)
    assert take.tolist() == [True, False, False, True, True]
    assert gain[[0, 2, 3]] == pytest.approx([1050, -150, 450])
    assert np.isnan(gain[1])
    assert pytest.approx(0.2) == COSTS.threshold


def test_what_is_late_already_has_no_gain_and_is_looked_after() -> None:
    take, gain = chosen([1.0, 0.5, 0.1], overdue=[True, False, False], costs=Costs(900, 2000, 0.5))
    assert take.tolist() == [True, False, False]
    assert np.isnan(gain).tolist() == [True, False, False]


def test_both_together() -> None:
    assert chosen(P, capacity=1, costs=COSTS)[0].tolist() == [True, False, False, False, False]


def test_without_either_all_that_have_a_probability_are_taken() -> None:
    take, gain = chosen(P)
    assert take.tolist() == [True, False, True, True, True]
    assert np.isnan(gain).all()


@pytest.mark.parametrize("costs", [(-1, 1, 0.5), (1, 0, 0.5), (1, 1, 0.0), (1, 1, 1.5)])
def test_impossible_costs_are_refused(costs: tuple[float, float, float]) -> None:
    with pytest.raises(UsageError, match="Costs: acting"):
        Costs(*costs)


@pytest.mark.parametrize("text", ["1,2", "a,b,c", "1,2,3,4"])
def test_costs_as_text_are_three_numbers(text: str) -> None:
    with pytest.raises(UsageError, match="three numbers"):
        Costs.parse(text)


def test_no_capacity_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        chosen(P, capacity=0)
