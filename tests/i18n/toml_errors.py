"""TOML that is refused: mappings, calendars, judgements, scorecards, claim windows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from rakustats.config import claim_windows, custom_days, manual_attributions, scorecard, toml
from rakustats.ingest import mappings

Read = Callable[[Path], object]
FED = "[[source]]\nheaders = ['A']\n[source.orders]\norder_no = 'A'\n"
DAYS = "[[days]]\nplace = 'cn'\nkind = 'holiday'\n"
CLAIM = "[[claims]]\nclaim_id = 'Q'\nauthor = 'A'\nreason = 'R'\nattributed_to = 'seller'\n"


def _read(check: Callable[[toml.Located], object], text: str, folder: Path) -> None:
    check(toml.parse("own.toml", text))


def _scorecard(text: str, folder: Path) -> None:
    (folder / "own.toml").write_text(text, encoding="utf-8")
    scorecard.policy(path=folder / "own.toml")


def _file(content: bytes | None, folder: Path) -> None:
    if content is not None:
        (folder / "own.toml").write_bytes(content)
    toml.read(folder / "own.toml")


def _days(file: toml.Located) -> object:
    return custom_days._noticed((file,))


def _windows(file: toml.Located) -> object:
    return claim_windows._windows((file,))


def _column(text: str, column: str = "total_jpy") -> str:
    return f"{FED}{column} = {text}"


MAPPINGS = (
    "zone = 'UTC'",
    "zone = 'UTC'\n[words.order_state]\npaid = []",
    "zone = 'Mars/Base'\n" + FED,
    "exported_at = 'soon'\n" + FED,
    "name_date = '('\n" + FED,
    "name_date = 'x'\n" + FED,
    "source = 1",
    "colour = 1",
    FED.replace("['A']", "[]"),
    FED.replace("['A']", "['A', ' ']"),
    "[[source]]\nheaders = ['A']",
    FED + "colour = 'x'",
    FED + "sku = 'x'",
    FED.replace("order_no", "total_jpy"),
    "[[source]]\nheaders = ['A']\n[source.claims]\nclaim_id = { counter = true }",
    "[words.order_state]\n'x' = 'nothing'",
    "[words.order_state]\npaid = ['x']\nrefunded = ['x']",
    _column("{}"),
    _column("{ from = 'x', const = '1' }"),
    _column("[]"),
    _column("' '"),
    _column("{ from = 'x', format = '%Y' }"),
    _column("{ from = 'x', format = 'Y' }", "submitted_at"),
    _column("{ from = 'x', scale = 2 }", "agency"),
    _column("{ from = 'x', scale = 0 }"),
    _column("{ from = 'x', match = 1 }", "state"),
    _column("{ from = 'x', match = [1] }", "state"),
    _column("{ const = 'nothing' }", "state"),
    _column("{ from = 'x', null_pattern = '(' }"),
    _column("{ from = 'x', extract = 'x' }"),
    _column("{ from = 'x', digest = 1 }"),
    _column("{ from = 1 }"),
    _column('{ from = "\\u0000" }'),
    _column("{ from = 'x', values = 1 }"),
)
CALENDARS = (
    DAYS + "first = 2026-02-02\nlast = 2026-02-01",
    DAYS + "first = 2020-02-02\nlast = 2026-02-01",
    DAYS + "first = 2020-02-02",
    DAYS + "first = '02-30'\nlast = '03-01'",
    DAYS + "new_year = [1]",
    DAYS + "new_year = [0, 1]\nfirst = '02-01'",
    DAYS.replace("cn", "kr"),
    "[[days]]\nplace = 'cn'",
)
JUDGEMENTS = (
    CLAIM + CLAIM,
    CLAIM.replace("'seller'", "{ seller = 0.5 }"),
    CLAIM.replace("'seller'", "{ seller = 2 }"),
    CLAIM.replace("'R'", "' '"),
    CLAIM + "decided_on = '2026-03-01'",
)
SCORECARDS = (
    "[grades]\nA = 1",
    "[rules]\ndraws = 1",
    "[seller.criteria]\ndefect_lines = { weight = 50, good = 0.1, bad = 0.2 }",
    "[seller.criteria]\ndefect_lines = { weight = 25, good = 0.3, bad = 0.2 }",
    "[[seller.standing]]\nstanding = 'pause'\nja = 'x'\nen = 'x'\nflagged = true",
    "[[seller.standing]]\nstanding = 'pause'\nja = 'x'\nen = 'x'\ngrades = 'A'",
    "[[seller.standing]]\nstanding = 'pause'\nja = 'x'\nen = 'x'\nflagged = false",
    "[[seller.standing]]\nstanding = 'ask_first'\nja = 'x'\nen = 'x'\ngrades = ['D']\n"
    "[[seller.standing]]\nstanding = 'pause'\nja = 'x'\nen = 'x'",
)
WINDOWS = (
    "[[claim_window]]\nstarts = 'detected'\nagency = \"x'\"",
    "[[claim_window]]\nstarts = 'detected'\ndays = 1\nhours = 1",
)
SYNTAX = ("x = ", "[a\nx = 1", "x = " + "[" * 9999)
TOML: dict[str, Read] = {
    **{f"mapping {n}": partial(_read, mappings.checked, t) for n, t in enumerate(MAPPINGS)},
    **{f"calendar {n}": partial(_read, _days, t) for n, t in enumerate(CALENDARS)},
    **{
        f"judgement {n}": partial(_read, manual_attributions.parsed, t)
        for n, t in enumerate(JUDGEMENTS)
    },
    **{f"scorecard {n}": partial(_scorecard, t) for n, t in enumerate(SCORECARDS)},
    **{f"window {n}": partial(_read, _windows, t) for n, t in enumerate(WINDOWS)},
    **{f"syntax {n}": partial(_read, lambda file: file, t) for n, t in enumerate(SYNTAX)},
    "no file": partial(_file, None),
    "no utf-8": partial(_file, b"x = '\xff'"),
}
