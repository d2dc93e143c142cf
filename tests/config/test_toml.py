"""Every key of a TOML text with its line."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakustats.config.toml import parse, read
from rakustats.errors import UsageError

TEXT = '''# a comment with = and [brackets]
zone = "UTC" # = [x]
"a key" . 'b.c' = 1.5
day = 2026-01-02 10:00:00

[[source]]
headers = [
  "A", # first
  "B = [1]",
  { deep = [ 1, 2 ] },
]
long = """
[not.a.table]
x = 1 \\""" ""\\"
"""
[source.orders]
order_no = { from = "A", values = { "x y" = "z" } }
[[source]]
raw = \'\'\'
[no] \\\'\'\'
[source.orders]
order_no = "B"
[words.order_state]
paid = []
'''


def test_lines_of_every_kind_of_key_and_value():
    lines = parse("x.toml", TEXT).lines
    assert lines["zone",] == 2
    assert lines["a key", "b.c"] == 3
    assert lines["day",] == 4
    assert lines["source", 0] == 6
    assert lines["source", 0, "headers"] == 7
    assert [lines["source", 0, "headers", n] for n in range(3)] == [8, 9, 10]
    assert lines["source", 0, "headers", 2, "deep", 1] == 10
    assert lines["source", 0, "long"] == 12
    assert lines["source", 0, "orders"] == 16
    assert lines["source", 0, "orders", "order_no", "values", "x y"] == 17
    assert lines["source", 1] == 18
    assert lines["source", 1, "raw"] == 19
    assert lines["source", 1, "orders", "order_no"] == 22
    assert lines["words", "order_state", "paid"] == 24


def places(value, place=()):
    yield place
    inner = {dict: dict.items, list: enumerate}.get(type(value), lambda _: ())(value)
    for key, below in inner:
        yield from places(below, (*place, key))


def test_every_value_has_a_line():
    assert all(place in parse("x.toml", TEXT).lines for place in places(tomllib.loads(TEXT)))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a = 1\nb =\n", "x.toml, line 2 (column 4): "),
        ("a = 1\n\n[b", "x.toml, line 3: "),
        ("a = 1\na = 2\n", "x.toml, line 2"),
        ("a = " + "[" * 3000 + "]" * 3000, "x.toml"),
        ("a = 2026-13-45", "x.toml, line 1"),
    ],
)
def test_wrong_syntax_is_told_with_its_line(text, sentence):
    with pytest.raises(UsageError) as told:
        parse("x.toml", text)
    assert str(told.value).startswith(sentence)
    assert str(told.value).count("\n") == 0


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "x.toml").write_bytes("a = 1\nb = '注文'".encode("cp932"))
    with pytest.raises(UsageError, match=r"x\.toml, line 2: not UTF-8"):
        read(tmp_path / "x.toml")
    with pytest.raises(UsageError, match="no such file"):
        read(tmp_path / "y.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path)
    (tmp_path / "x.toml").write_bytes("\ufeffa = 1".encode())
    assert read(tmp_path / "x.toml").values == {"a": 1}


@given(st.text(alphabet="ab=[]{}.,#\"'\\\n 1x-", max_size=60))
def test_any_text_is_read_or_refused_in_a_sentence(text):
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(UsageError, match=r"^x\.toml"):
            parse("x.toml", text)
    else:
        found = parse("x.toml", text)
        assert all(place in found.lines for place in places(found.values))
