"""Recommended actions: never harsher for who is better, and with the numbers they rest on."""

from __future__ import annotations

import re

import pyarrow.compute as pc
import pytest
from evidence_made import Counts, card, market
from hypothesis import given, settings
from hypothesis import strategies as st

from rakustats.config.scorecard import CRITERIA
from rakustats.config.scorecard_actions import STANDINGS
from rakustats.scorecards.cards import table_of
from rakustats.scorecards.scoring import Card

NAMES = CRITERIA["seller"]


def place(made: Card, seller: str) -> int:
    return int(pc.index(made.gathered.ids, seller).as_py())


def harshness(made: Card, seller: str) -> int:
    standing = made.policy.standing[made.standing[place(made, seller)]].standing
    return STANDINGS.index(standing)


COUNTS = st.fixed_dictionaries(
    {
        name: st.integers(3, 200).flatmap(
            lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))
        )
        for name in NAMES
    }
)


@settings(max_examples=25, deadline=None)
@given(COUNTS)
def test_who_is_better_by_every_criterion_is_not_treated_more_harshly(
    counts: dict[str, tuple[int, int, int]],
) -> None:
    worse = {name: (n, max(a, b)) for name, (n, a, b) in counts.items()}
    better = {name: (n, min(a, b)) for name, (n, a, b) in counts.items()}
    assert harshness(card(market(X=better)), "X") <= harshness(card(market(X=worse)), "X")


def _few(defective: Counts, late: Counts) -> dict[str, Counts]:
    return dict.fromkeys(NAMES, (300, 1)) | {
        "defect_lines": defective,
        "dispatch_on_time": late,
    }


def test_whose_few_defects_are_still_the_largest_loss_is_ordered_from_freely() -> None:
    # all together have 11 % defective; X has 4 %, its largest loss; Y scores less by late dispatch
    usual = {f"U{i:02}": dict.fromkeys(NAMES, (300, (3, 9, 60, 60)[i % 4])) for i in range(40)}
    made = card(usual | {"X": _few((300, 12), (300, 5)), "Y": _few((300, 2), (300, 70))})
    x, y = place(made, "X"), place(made, "Y")
    assert made.scores.score[x] > made.scores.score[y]
    assert harshness(made, "X") == STANDINGS.index("order_freely")
    assert harshness(made, "X") <= harshness(made, "Y")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_reason_names_its_number(lang: str) -> None:
    others = {
        "good": dict.fromkeys(NAMES, (400, 0)),
        "bad": dict.fromkeys(NAMES, (60, 30)),
        "new": (2, 0),
        "broken": dict.fromkeys(NAMES, (400, 2)) | {"defect_lines": (400, 40)},
        "slow": dict.fromkeys(NAMES, (400, 12)) | {"dispatch_on_time": (400, 200)},
    }
    rows = table_of(card(market(**others)), lang).table.to_pylist()  # type: ignore[arg-type]
    told = {row["seller_id"]: (row["standing"], row["standing_why"]) for row in rows}
    assert all(re.search(r"\d", why) for _, why in told.values())
    assert {seller: told[seller][0] for seller in others} == {
        **{"good": "order_freely", "bad": "pause", "new": "inspect_in_detail"},
        **{"broken": "inspect_in_detail", "slow": "ask_first"},
    }
    rate = next(row for row in rows if row["seller_id"] == "broken")
    assert "9." in told["broken"][1] or "10." in told["broken"][1], rate
    assert "2" in told["new"][1]
