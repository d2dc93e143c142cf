"""Recommended actions: never harsher for who is better, and with the numbers they rest on."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.compute as pc
import pytest
from evidence_made import Counts, card, market
from hypothesis import given, settings
from hypothesis import strategies as st

from rakustats.config.scorecard import CRITERIA, policy
from rakustats.config.scorecard_actions import STANDINGS
from rakustats.i18n.phrases import Lang
from rakustats.scorecards.cards import table_of
from rakustats.scorecards.scoring import Card, carded

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


OTHERS: dict[str, dict[str, Counts] | Counts] = {
    "good": dict.fromkeys(NAMES, (400, 0)),
    "bad": dict.fromkeys(NAMES, (60, 30)),
    "new": (2, 0),
    "middling": dict.fromkeys(NAMES, (400, 24)),
    "broken": dict.fromkeys(NAMES, (400, 2)) | {"defect_lines": (400, 40)},
}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_reason_names_its_number(lang: Lang) -> None:
    made = card(market(**OTHERS))
    told = {
        row["seller_id"]: (row["standing"], row["standing_why"])
        for row in table_of(made, lang).table.to_pylist()
    }
    assert all(re.search(r"\d", why) for _, why in told.values())
    assert {seller: told[seller][0] for seller in OTHERS} == {
        **{"good": "order_freely", "bad": "pause", "new": "inspect_in_detail"},
        **{"middling": "inspect_in_detail", "broken": "order_freely"},
    }
    score = made.scores.score[place(made, "middling")]
    assert f"{score:.0f}" in told["middling"][1]
    assert "2" in told["new"][1]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_rule_of_ones_own_for_a_criterion_names_its_rate(tmp_path: Path, lang: Lang) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        "[[seller.standing]]\nstanding = 'ask_first'\nja = '不良'\nen = 'broken'\n"
        "points_lost = { defect_lines = 15 }\n"
        "[[seller.standing]]\nstanding = 'order_freely'\nja = '可'\nen = 'fine'\n",
        encoding="utf-8",
    )
    usual = card(market(**OTHERS))
    made = carded("seller", "seller_id", policy("seller", own), usual.days, usual.gathered, None)
    rows = {row["seller_id"]: row for row in table_of(made, lang).table.to_pylist()}
    assert rows["broken"]["standing"] == "ask_first"
    rate = made.utilities[1].rate[made.utilities[1].place[place(made, "broken")]]
    assert f"{rate:.1%}" in rows["broken"]["standing_why"]
    assert rows["good"]["standing"] == "order_freely"
