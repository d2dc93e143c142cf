"""What to do next: one row for every rule, in the order of the procedure, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from rakustats.risk.next_steps import next_step, owner

OPEN: dict[str, Any] = {"order_no": "P1", "item_title": "傘", "tracking_no": "123", "leg": 2,
                        "stage": "in_transit", "mode": "air", "days_overdue": -5.0,
                        "silence_days": 1.0, "paid": True, "probability": 0.1}  # fmt: skip
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing to do": ({}, "wait"),
    "nothing known": (dict.fromkeys(OPEN), "wait"),
    "a claim is open": ({"claim_open": True, "days_overdue": 40.0}, "follow_claim"),
    "the time to claim ends": ({"claim_days_left": 2.0}, "claim"),
    "the time to claim is over": ({"claim_days_left": -1.0}, "wait"),
    "silent as if lost, by air": ({"silence_days": 15.0}, "claim"),
    "as silent by sea": ({"silence_days": 15.0, "mode": "sea"}, "ask_agency"),
    "overdue for long": ({"days_overdue": 14.0}, "claim"),
    "no payment": ({"paid": False, "stage": "to_ship"}, "confirm_order"),
    "freight not paid": ({"freight_due": True, "stage": "to_ship"}, "pay_freight"),
    "overdue since yesterday": ({"days_overdue": 1.0}, "ask_agency"),
    "overdue for days, on leg 2": ({"days_overdue": 4.0}, "ask_carrier"),
    "overdue for days, on leg 1": ({"days_overdue": 4.0, "leg": 1}, "ask_agency"),
    "overdue in Japan": ({"days_overdue": 1.0, "stage": "last_mile"}, "ask_carrier"),
    "silent on the way": ({"silence_days": 6.0}, "ask_agency"),
    "silent in Japan": ({"silence_days": 6.0, "stage": "last_mile"}, "ask_carrier"),
    "likely late": ({"probability": 0.7}, "check_tracking"),
    "likely late, no number": ({"probability": 0.7, "tracking_no": None}, "ask_agency"),
    "likely late, not shipped": ({"probability": 0.7, "stage": "to_ship"}, "see_stage"),
    "silent before the handover": ({"stage": "to_ship", "silence_days": 30.0}, "wait"),
}


@pytest.mark.parametrize(("given", "step"), CASES.values(), ids=CASES)
def test_each_rule_has_its_step(given: dict[str, Any], step: str) -> None:
    assert next_step(OPEN | given).code == step


def test_the_sentence_names_order_item_number_and_reason() -> None:
    found = next_step(OPEN | {"silence_days": 6.0}).text
    assert found.ja == (
        "6日間、追跡の記録がないため、注文 P1「傘」、追跡番号 123を伝えて代行会社に問い合わせる。"
    )
    assert found.en == "Ask the agency about order P1 “傘”, tracking no. 123: no scan for 6 days."


@pytest.mark.parametrize(
    ("days", "ja", "en"),
    [
        (0.4, "約束の日が過ぎたため、", "the promised day is over."),
        (1.2, "約束の日を1日過ぎているため、", "the promised day passed 1 day ago."),
        (2.0, "約束の日を2日過ぎているため、", "the promised day passed 2 days ago."),
    ],
)
def test_days_are_said_as_one_says_them(days: float, ja: str, en: str) -> None:
    found = next_step(OPEN | {"days_overdue": days, "silence_days": 0.0}).text
    assert found.ja.startswith(ja)
    assert found.en.endswith(en)


def test_text_from_files_loses_what_a_terminal_would_act_on() -> None:
    found = next_step(OPEN | {"item_title": "a\x1b[31mb\n" + "長" * 40})
    assert "\x1b" not in found.text.ja
    assert "\n" not in found.text.ja
    assert "長" * 24 in found.text.ja
    assert "長" * 25 not in found.text.ja


@pytest.mark.parametrize("text", ["{0}", "{why}", "%s"])
def test_braces_in_a_title_stay_what_they_are(text: str) -> None:
    assert text in next_step(OPEN | {"item_title": text}).text.ja


OWNERS = {
    ("to_ship", 1): "seller", ("to_ship", 2): "agency", ("in_transit", 1): "leg1_carrier",
    ("in_transit", 2): "leg2_carrier", ("customs", 2): "customs", ("last_mile", 2): "jp_carrier",
}  # fmt: skip


@pytest.mark.parametrize(("where", "who"), OWNERS.items())
def test_each_stage_has_its_owner(where: tuple[str, int], who: str) -> None:
    assert owner({"stage": where[0], "leg": where[1]}) == who
