"""Whatever is wrong is said in both languages, wherever the package says it."""

from __future__ import annotations

import ast
import errno
import re
from contextvars import copy_context
from functools import partial
from pathlib import Path

import pytest
from canonical_db import OpenDb
from error_places import MAKES, Site, Told, calls, heard
from file_errors import FILES
from question_errors import NEEDS, WRONG, databases
from toml_errors import TOML

from rakustats.errors import UsageError, reason
from rakustats.i18n.language import language, speak
from rakustats.i18n.phrases import phrase
from rakustats.schema.tables import tables

#: Places that no case here reaches, by file, with the reason.
UNREACHED: dict[str, str] = {}
KANA = re.compile(r"[\u3040-\u30ff]")
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
# what is quoted or stands in brackets is somebody's own word, a file's or another program's
QUOTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\([^()]*\)|（[^（）]*）|\[[^\]]*\]|/\S*/\S*")
WORDS = re.compile(r"(?:[a-z][a-z']*[,;]? ){3}[a-z]+")
# names that are typed: columns, options, files
TYPED = re.compile(r"--[a-z]+|\b[a-z]+(?:[_.][a-z]+)+\b|\bE?\d[\d,.:-]*\d\b")
HEADERS = sorted((h for t in tables().values() for c in t.columns for h in c.ja), key=len)


def _own(text: str) -> str:
    """Return a sentence without what it quotes."""
    for _ in range(2):
        text = QUOTED.sub(" ", text)
    return text


def _complaints(ja: str, en: str) -> list[str]:
    """Return what is wrong with what is said."""
    plain = _own(en)
    for header in reversed(HEADERS):
        plain = plain.replace(header, "")
    found = {
        "no Japanese": not KANA.search(ja),
        "English in Japanese": bool(WORDS.search(_own(ja))),
        "Japanese in English": bool(JAPANESE.search(plain)),
        "another name": set(TYPED.findall(en)) - set(TYPED.findall(ja)),
        "no sentence": not ja.strip().endswith(("。", "）", "？", "!", '"')),
        "a phrase or a format in it": any(mark in ja + en for mark in ("Phrase(", "ja=", "{}")),
    }
    return [what for what, wrong in found.items() if wrong]


def test_whatever_is_wrong_is_said_in_both_languages(duck_db: OpenDb, tmp_path: Path) -> None:
    asked = databases(duck_db, tmp_path)
    cases = {name: partial(case, asked) for name, case in (NEEDS | WRONG).items()}
    for number, (name, case) in enumerate((FILES | TOML).items()):
        assert name not in cases, name
        (folder := tmp_path / str(number)).mkdir()
        cases[name] = partial(case, folder)
    told = {name: heard(case) for name, case in cases.items()}
    assert [name for name, heard_of in told.items() if not heard_of.errors] == []
    assert "\n".join(_badly_said(told)) == ""
    reached = {line for heard_of in told.values() for line in heard_of.lines}
    missed = [(file, line) for (file, line), _, _ in calls() if (file, line) not in reached]
    unknown = [f"{file}:{line}" for file, line in missed if file not in UNREACHED]
    assert "\n".join(unknown) == ""
    assert UNREACHED.keys() <= {file for file, _ in missed}


def _badly_said(told: dict[str, Told]) -> list[str]:
    sentences = {
        (error.to("ja"), error.to("en")): name
        for name, heard_of in told.items()
        for error in heard_of.errors
    }
    return [
        f"{name}: {ja} | {en} | {', '.join(wrong)}"
        for (ja, en), name in sentences.items()
        if (wrong := _complaints(ja, en))
    ]


def test_no_error_is_made_of_a_text_alone() -> None:
    texts: list[Site] = []
    for site, name, call in calls():
        said = call.args[0] if call.args else None
        both = {keyword.arg for keyword in call.keywords} == {"ja", "en"}
        plain = said is None or isinstance(said, ast.Constant | ast.JoinedStr | ast.BinOp)
        plain = plain and not both
        if name in MAKES and plain:
            texts.append(site)
    assert texts == []


def test_an_error_speaks_the_language_that_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    error = UsageError(phrase(ja="だめです。", en="No."))
    assert (str(error), error.args[0].ja, error.exit_code) == ("No.", "だめです。", 2)
    monkeypatch.setenv("RAKUSTATS_LANG", "fr")
    assert (language(), str(error)) == ("ja", "だめです。")
    monkeypatch.delenv("RAKUSTATS_LANG")
    assert language() == "ja"
    # in a context of its own, so that the choice ends with the test
    assert copy_context().run(lambda: (speak("en"), str(error))[1]) == "No."
    assert str(error) == "だめです。"


def test_what_the_system_refuses_is_told_in_both_languages() -> None:
    full = reason(OSError(errno.ENOSPC, "No space left on device"))
    assert full == phrase(ja="空き容量がありません", en="No space left on device")
    assert reason(OSError("odd")) == phrase(ja="odd", en="odd")
