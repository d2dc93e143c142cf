"""One's own judgements: what is wrong in the file is told with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rakustats.config import manual_attributions as own
from rakustats.config.settings import settings
from rakustats.config.toml import parse
from rakustats.errors import UsageError

GOOD = """\
[[claims]]
claim_id = "K"
attributed_to = "seller"
author = "田中"
reason = "写真で確認"
"""


def wrong(text: str) -> str:
    with pytest.raises(UsageError) as told:
        own.parsed(parse("own.toml", text))
    return str(told.value)


def test_a_judgement_is_read() -> None:
    (read,) = own.parsed(parse("own.toml", GOOD + "decided_on = 2026-03-01\n"))
    assert read == ("K", "seller", 1.0, "田中", "写真で確認", date(2026, 3, 1))
    assert own.as_table([read]).schema == own.SCHEMA
    assert own.parsed(parse("own.toml", "")) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"seller"', '"saler"', "own.toml, line 3, [[claims]] attributed_to: 'saler' is unknown;"
         " did you mean seller?"),
        ('"seller"', "{ seller = 0.5 }", "line 3, [claims.attributed_to]: the shares add up to"
         " 0.5, not to 1."),
        ('"seller"', "{ seller = 2 }", "a share is a number above 0 and up to 1"),
        ('"seller"', "{ seller = true }", "a share is a number above 0 and up to 1"),
        ('"seller"', "{ boss = 1 }", "'boss' is unknown; known are"),
        ('"seller"', "7", "a number stands where text in quotes belongs"),
        ('attributed_to = "seller"\n', "", "line 1, [[claims]]: attributed_to is missing."),
        ('author = "田中"\n', "", "line 1, [[claims]]: author is missing."),
        ('"写真で確認"', '"  "', "line 5, [[claims]] reason: reason is empty."),
        ("reason", "grund", "line 5, [[claims]] grund: unknown key"),
        ("author", "decided_on = '2026-03-01'\nauthor", "line 4, [[claims]] decided_on: write a"
         " day without quotes"),
        ("[[claims]]", "[claims]", "line 1, [claims]: write [[claims]], once for each claim."),
        ("[[claims]]", "[[claim]]", "unknown table; did you mean claims?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert told in wrong(GOOD.replace(old, new, 1))


def test_a_claim_is_judged_once() -> None:
    assert "line 7, [[claims]] claim_id: K was attributed before, on line 1." in wrong(GOOD + GOOD)


def test_the_usual_file_need_not_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert own.manual_attributions() == []
    file = tmp_path / settings().own_attributions
    file.parent.mkdir(parents=True)
    file.write_text(GOOD, encoding="utf-8")
    assert [judgement.claim_id for judgement in own.manual_attributions()] == ["K"]
