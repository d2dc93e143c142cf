"""A few seeds of what `make statistics` measures at length: limits a little wider, for chance."""

from __future__ import annotations

import pytest

from validation import carriers, sellers
from validation.figures import Figure

CHANCE = 0.04


@pytest.fixture(scope="module")
def reached() -> list[Figure]:
    return [*sellers.figures(quick=True), *carriers.figures(quick=True)]


@pytest.mark.parametrize("figure", ["R1", "R2", "R3", "R4", "R5", "R6"])
def test_figures_are_reached_within_chance(reached: list[Figure], figure: str) -> None:
    found = [f for f in reached if f.id == figure]
    assert len(found) >= 3
    for f in found:
        least = None if f.least is None else f.least * (1 - CHANCE) - 0.01
        most = None if f.most is None else f.most * (1 + CHANCE) + 0.01
        assert Figure(f.id, f.what, f.reached, least, most).ok, f
