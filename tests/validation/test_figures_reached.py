from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

import validation.__main__ as command
from validation.figures import Figure, table, write_table

REACHED = Figure("R1", "coverage", 0.9, least=0.88, most=0.93, form=".2f")
MISSED = Figure("S2", "times faster", 7.4, least=8, form=".1f")


@pytest.mark.parametrize(
    ("reached", "ok"), [(0.88, True), (0.93, True), (0.879, False), (0.931, False)]
)
def test_bounds_are_included(reached: float, ok: bool) -> None:
    assert Figure("R1", "", reached, least=0.88, most=0.93).ok is ok


def test_what_could_not_be_measured_is_not_reached() -> None:
    assert not Figure("R1", "", float("nan"), most=1).ok


def test_the_table_stands_beside_the_figures_to_reach() -> None:
    assert table([REACHED, MISSED]).splitlines()[2:] == [
        "| R1  | coverage     | 0.88 – 0.93 | 0.90    |        |",
        "| S2  | times faster | ≥ 8.0       | 7.4     | missed |",
    ]


def test_a_table_is_written_between_its_letters_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- figures R -->\nold\n<!-- end of figures R -->\nb\n", encoding="utf-8")
    write_table(page, "R", [REACHED])
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert "| R1 " in text
    assert text.startswith("a\n")
    assert text.endswith("<!-- end of figures R -->\nb\n")
    with pytest.raises(SystemExit, match="no place for figures S"):
        write_table(page, "S", [MISSED])


@pytest.mark.parametrize(
    ("only", "shown", "code"), [("R", "R1", 0), ("S2", "S2", 1), ("", "R1", 1), ("Q", "id", 1)]
)
def test_only_what_is_asked_counts(
    only: str,
    shown: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    module = SimpleNamespace(IDS=("R1", "S2"), figures=lambda quick: [REACHED, MISSED])
    monkeypatch.setattr(command, "MODULES", ("given",))
    monkeypatch.setattr(command, "import_module", lambda name: module)
    assert command.main(["--only", only, "--quick"]) == code
    assert shown in capsys.readouterr().out


def test_a_quick_run_is_not_written() -> None:
    with pytest.raises(SystemExit):
        command.main(["--quick", "--write"])
