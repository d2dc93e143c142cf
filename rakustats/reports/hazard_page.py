"""The page of what exports bring and what becomes of it, from hazards.toml and rules.toml."""

from __future__ import annotations

from rakustats.reports.markdown import section
from rakustats.schema.issue_rules import rules
from rakustats.simulate.hazards.registry import Hazard, hazards

HEAD = """\
# What exports bring, and what happens to it

Made from `rakustats/simulate/hazards/hazards.toml` and `rakustats/schema/rules.toml` by `make
dictionary`; do not edit it by hand.

Exports are read as they come. Nothing in them is changed, and every row is accounted for: a row is
loaded, **rejected** (what it says cannot be understood; the row and the reasons are kept),
**duplicate** (it says nothing new) or **skipped** (blank, a total, a repeated header). What was
loaded but is doubtful stays, with an **issue** that names the rule below: `info` is good to know,
`warning` may bend a figure, `error` needs somebody to act.

`rakustats check` shows all of it: the files with their counts, the rejected rows by reason, the
issues by rule. The load log behind it is the tables `imports`, `rejects` and `issues`. A file that
cannot be read at all refuses the whole load with a sentence, and nothing is changed.

To try it: every hazard can be planted in a sample.

    rakustats sample exports --orders 500 --hazards all     # or some: --hazards E1,E9,E21
    rakustats load exports --db trial.duckdb
    rakustats check --db trial.duckdb --lang en

The hazards lie in `exports/hazards/`, one folder each; `exports/truth/hazards.csv` says what a load
has to make of them, `exports/truth/refused/` holds files that no load takes.
"""
GROUPS = (
    ("Bytes and text", 1, 8),
    ("Numbers, money, dates, ids", 9, 20),
    ("Layout", 21, 28),
    ("Versions and repeated rows", 29, 34),
    ("What belongs together", 35, 44),
    ("Calendar and habits", 45, 55),
)


def hazard_page() -> str:
    """Return the list of hazards as Markdown.

    Examples
    --------
    >>> from rakustats.reports.hazard_page import hazard_page
    >>> page = hazard_page().splitlines()
    >>> [line for line in page if line.startswith("## ")][-1]
    '## Calendar and habits'
    """
    return "\n".join([HEAD, *(_group(*group) for group in GROUPS)])


def _group(title: str, first: int, last: int) -> str:
    return section(
        title,
        head="| | what it looks like | what happens | issues | see also |",
        rows=(_row(hazards()[f"E{n}"]) for n in range(first, last + 1)),
    )


def _row(hazard: Hazard) -> tuple[str, ...]:
    issues = [f"`{r.name}` ({r.severity})" for r in rules().values() if r.hazard == hazard.id]
    looks = f"{hazard.en}<br>{hazard.ja}"
    return hazard.id, looks, hazard.happens, ", ".join(issues), hazard.see
