"""Scorecards of one's own: figures that are changed, and files that are refused with their key."""

from __future__ import annotations

from pathlib import Path

import pytest

from rakustats.config.scorecard import CRITERIA, policy
from rakustats.errors import UsageError


def test_the_packages_cards_add_up_and_name_every_criterion() -> None:
    for of in ("seller", "carrier"):
        card = policy(of)  # type: ignore[arg-type]  # mypy widens the loop's literals
        assert sum(c.weight for c in card.criteria) == 100
        assert tuple(c.name for c in card.criteria) == CRITERIA[of]
        assert card.grades == (85, 70, 50)


def test_only_what_is_changed_needs_to_stand_in_ones_own_file(tmp_path: Path) -> None:
    own = tmp_path / "scorecard.toml"
    own.write_text(
        "[rules]\nwindow_days = 90\n[grades]\nA = 90\n[seller.criteria]\n"
        "claim_cooperation = { weight = 0, good = 0.1, bad = 0.8 }\n"
        "defect_lines = { weight = 40, good = 0.02, bad = 0.3 }\n",
        encoding="utf-8",
    )
    card = policy("seller", own)
    assert (card.rules.window_days, card.rules.draws, card.grades) == (90, 2000, (90, 70, 50))
    weights = {c.name: c.weight for c in card.criteria}
    assert weights["defect_lines"] == 40
    assert "claim_cooperation" not in weights
    assert policy("seller").rules.window_days == 365


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[seller.criteria]\ndefect_lines = { weight = 31, good = 0.01, bad = 0.2 }",
            r"own\.toml.*seller\.criteria.*add up to 101, not to 100",
        ),
        (
            "[seller.criteria]\nniceness = { weight = 0, good = 0.01, bad = 0.2 }",
            r"own\.toml, line 2.*niceness",
        ),
        (
            "[seller.criteria]\ndefect_lines = { weight = 30, good = 0.3, bad = 0.2 }",
            r"own\.toml, line 2.*good < bad",
        ),
        (
            "[seller.criteria]\ndefect_lines = { weight = '30', good = 0.1, bad = 0.2 }",
            r"own\.toml, line 2.*defect_lines.*write a number",
        ),
        ("[seller.criteria]\ndefect_lines = 30", r"own\.toml, line 2.*defect_lines"),
        ("[rules]\ndraws = 2000.5", r"own\.toml, line 2.*draws.*whole number"),
        ("[rules]\ncautious = 1.5", r"own\.toml, line 2.*cautious.*between 0 and 1"),
        ("[rules]\nwindow = 90", r"own\.toml, line 2.*window"),
        ("[grades]\nA = 60", r"own\.toml.*grades.*A > B > C"),
        ("[grades]\nE = 10", r"own\.toml, line 2.*unknown grade"),
        ("[shops]\nx = 1", r"own\.toml.*shops"),
        (
            "[[seller.standing]]\nstanding = 'sing'\nja = 'あ'\nen = 'a'",
            r"own\.toml.*'sing' is unknown",
        ),
        (
            "[[seller.standing]]\nstanding = 'pause'\nja = 'あ'\nen = 'a'\ngrades = ['D']",
            r"own\.toml.*last rule must have no condition",
        ),
        (
            "[[seller.standing]]\nstanding = 'ask_first'\nja = 'あ'\nen = 'a'\ngrades = ['C']\n"
            "[[seller.standing]]\nstanding = 'pause'\nja = 'あ'\nen = 'a'",
            r"own\.toml.*put harsher rules first.*pause, ask_first",
        ),
        (
            "[[seller.standing]]\nstanding = 'pause'\nja = 'あ'\nen = 'a'\nflagged = false",
            r"own\.toml, line 5.*write true",
        ),
        ("[seller", r"own\.toml"),
    ],
)
def test_a_wrong_card_is_refused_with_file_and_key(
    tmp_path: Path, text: str, sentence: str
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=sentence):
        policy("seller", own)


def test_a_card_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no\.toml"):
        policy("seller", tmp_path / "no.toml")
