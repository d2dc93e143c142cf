"""Claim windows of one's own: read as written, and refused with the line where they are wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from rakustats.config.claim_windows import ClaimWindow, claim_windows
from rakustats.errors import UsageError

Write = Callable[[str], None]


@pytest.fixture
def own_policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()

    def write(text: str) -> None:
        (tmp_path / "data" / "policies.toml").write_text(text, encoding="utf-8")

    return write


def test_nothing_is_assumed(own_policies: Write) -> None:
    assert not any(window.known for window in claim_windows())


def test_ones_own_windows_go_first(own_policies: Write) -> None:
    own_policies(
        '[[claim_window]]\nagency = "楽"\nkinds = ["damaged"]\nstarts = "stored"\ndays = 7\n'
        "from = 2026-04-01\nuntil = 2026-10-01\n"
        '[[claim_window]]\nstarts = "delivered"\nhours = 72\nsource = "terms"\n'
    )
    first, second, shipped = claim_windows()
    assert first == ClaimWindow(
        "stored", "楽", ("damaged",), days=7, since=date(2026, 4, 1), until=date(2026, 10, 1)
    )
    assert (second.hours, second.known, shipped.known) == (72, True, False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[claim_windows]", r"policies.toml, line 1.*did you mean claim_window"),
        ("claim_window = 1", r"write \[\[claim_window\]\]"),
        ("[[claim_window]]\ndays = 7", "starts is missing; one of detected, arrived"),
        ("[[claim_window]]\nstarts = 'stored'\nday = 7", "line 3.*day"),
        ("[[claim_window]]\nstarts = 'stored'\ndays = '7'", "line 3.*whole number"),
        ("[[claim_window]]\nstarts = 'stored'\ndays = 7\nhours = 7", "line 4.*not both"),
        ("[[claim_window]]\nstarts = 'stored'\nkinds = ['damagd']", "'damagd' is unknown"),
        ("[[claim_window]]\nstarts = 'stored'\nfrom = 'May'", "line 3.*write a day"),
        ("[[claim_window]]\nstarts = 'stored'\nagency = \"o'h\"", "line 3.*a name without"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(own_policies: Write, text: str, sentence: str) -> None:
    own_policies(text)
    with pytest.raises(UsageError, match=sentence):
        claim_windows()
