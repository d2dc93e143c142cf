"""Help that can be followed as it stands, in both languages, and complaints of one sentence."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from rakustats.cli.app import COMMANDS, main
from rakustats.cli.command import Command
from rakustats.cli.terminal import width

LANGS = ("ja", "en")
WRONG = [
    ([], "COMMAND"),
    (["nonsense"], "'nonsense'"),
    (["load"], "PATH"),
    (["delays", "--colour"], "--colour"),
    (["delays", "left", "over"], "left, over"),
    (["load", "--lang", "fr", "x"], "'fr'"),
    (["delays", "--leg", "3"], "--leg"),
    (["delays", "--by"], "--by"),
    (["delays", "--debug=1"], "--debug"),
    (["delays", "--un", "line"], "--un"),
    (["sample", "out", "--orders", "many"], "'many'"),
]


def told(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(argv) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_help_fits_a_terminal_and_ends_in_an_example_that_is_understood(
    capsys: pytest.CaptureFixture[str], command: Command, lang: str
) -> None:
    lines = told(capsys, command.name, "--help", "--lang", lang).splitlines()
    assert max(width(line) for line in lines[:-1]) <= 79
    assert lines[-2:] == [{"ja": "例:", "en": "example:"}[lang], f"  {command.example}"]
    program, *words = command.example.split()
    assert (program, words[0]) == ("rakustats", command.name)
    assert main([*words, "--help"]) == 0


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("command", ["", *(command.name for command in COMMANDS)])
def test_every_line_of_help_is_in_the_language_that_is_spoken(
    capsys: pytest.CaptureFixture[str], command: str, lang: str
) -> None:
    text = told(capsys, *command.split(), "--lang", lang, "-h")
    japanese = re.compile(r"[ぁ-んァ-ヶ一-龠]")
    starts = [line for line in text.splitlines() if re.match(r"  -", line)]
    assert starts
    assert bool(japanese.search(text)) == (lang == "ja")
    assert {bool(japanese.search(text.split(start, 1)[1])) for start in starts} == {lang == "ja"}


@pytest.mark.parametrize(("lang", "title"), [("ja", "終了コード:"), ("en", "exit codes:")])
def test_the_first_help_names_every_command_and_every_exit_code(
    capsys: pytest.CaptureFixture[str], lang: str, title: str
) -> None:
    commands, _, codes = told(capsys, "--lang", lang, "--help").partition(title)
    assert [line.split()[0] for line in codes.splitlines() if line] == ["0", "1", "2", "3"]
    assert all(f"\n  {command.name} " in commands for command in COMMANDS)


def test_the_language_is_the_option_else_the_variable_else_japanese(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(capsys, "--help").startswith("usage")
    monkeypatch.delenv("RAKUSTATS_LANG")
    assert told(capsys, "--help").startswith("使い方")
    assert told(capsys, "--help", "--lang=en").startswith("usage")
    assert told(capsys, "--help").startswith("使い方"), "one call leaves nothing to the next"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("argv", "sentence"), WRONG)
def test_wrong_words_end_in_one_sentence_and_code_2(
    capsys: pytest.CaptureFixture[str], argv: list[str], sentence: str, lang: str
) -> None:
    assert main([*argv[:1], "--lang", lang, *argv[1:]]) == 2
    (complaint,) = capsys.readouterr().err.splitlines()
    assert sentence in complaint
    place = " ".join(["rakustats", *[word for word in argv[:1] if word != "nonsense"]])
    assert complaint.startswith(f"{place}: ")
    assert f"`{place} --help`" in complaint
    assert ("使い方は" in complaint) == (lang == "ja")


def test_an_option_may_be_cut_short_as_long_as_it_is_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["delays", "--d", "nowhere.duckdb"]) == 2
    assert "--d;" in capsys.readouterr().err
    assert main(["delays", "--cl=shipped", "--db", "nowhere.duckdb"]) == 2
    assert "there is no database yet" in capsys.readouterr().err


def test_help_loads_nothing_heavy() -> None:
    heavy = {"pandas", "pyarrow", "duckdb", "tqdm", "rich", "pydantic"}
    code = (
        "import sys; from rakustats.cli.app import main; main(['--help']); main(['load', '-h']);"
        f"sys.exit(str({heavy} & {{*sys.modules}}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr.strip() == "set()"
