"""Help that can be followed as it stands, and complaints of one sentence."""

from __future__ import annotations

import pytest

from rakustats.cli.parser import COMMANDS, parser


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_is_one_line_that_parses(capsys, name):
    with pytest.raises(SystemExit):
        parser().parse_args([name, "--help"])
    title, example = capsys.readouterr().out.splitlines()[-2:]
    program, *words = example.split()
    assert (title, program) == ("example:", "rakustats")
    assert parser().parse_args(words).command == name


def test_the_first_help_names_every_exit_code(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["--help"])
    codes = capsys.readouterr().out.split("exit codes:")[1].split("\n")
    assert [line.split()[0] for line in codes if line] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "COMMAND"),
        (["nonsense"], "'nonsense'"),
        (["load"], "PATH"),
        (["delays", "--colour"], "--colour"),
        (["load", "--lang", "fr", "x"], "'fr'"),
        (["delays", "--leg", "3"], "--leg"),
        (["sample", "out", "--orders", "many"], "'many'"),
    ],
)
def test_wrong_words_end_in_one_sentence_and_code_2(capsys, argv, sentence):
    with pytest.raises(SystemExit) as stopped:
        parser().parse_args(argv)
    assert stopped.value.code == 2
    (complaint,) = capsys.readouterr().err.splitlines()
    assert sentence in complaint
    assert complaint.endswith("--help`.")
