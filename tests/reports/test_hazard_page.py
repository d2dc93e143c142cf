"""The page of hazards in docs/ is what hazards.toml and rules.toml say."""

from __future__ import annotations

from pathlib import Path

from rakustats.reports.hazard_page import hazard_page
from rakustats.schema.issue_rules import rules
from rakustats.simulate.hazards.registry import hazards

WRITTEN = Path(__file__).parents[2] / "docs" / "exports.md"


def test_the_written_page_is_what_the_lists_say() -> None:
    assert WRITTEN.read_text(encoding="utf-8") == hazard_page(), "run `make dictionary`"


def test_every_hazard_has_one_row_and_every_rule_stands_in_that_of_its_hazard() -> None:
    rows = {
        line.split("|")[1].strip(): line for line in hazard_page().splitlines() if "| E" in line
    }
    assert list(rows) == list(hazards())
    for rule in rules().values():
        assert f"`{rule.name}` ({rule.severity})" in rows[rule.hazard]
