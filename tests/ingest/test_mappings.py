"""Mappings: what a person may write, and what they are told when it is wrong."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

import rakustats as rs
from rakustats.config import toml
from rakustats.errors import UsageError
from rakustats.ingest import mappings

MAPPING = """
zone = "Asia/Tokyo"
exported_at = "2026-06-30"

[[source]]
headers = ["ref", "what", "when"]

[source.orders]
order_no = "ref"
agency = { const = "Mine" }
submitted_at = { from = "when", format = ["%d/%m/%Y"], null = ["later"] }
total_jpy = { from = ["grand", "net"] }
payment_method = { from = "pay", values = { "B" = "bank", "C" = "card" } }
state = { from = "what", match = [["done.*", "closed"], ["gone.*", "cancelled"]] }

[source.shipments]
shipment_id = { from = ["ref", "what"], join = "/" }
actual_kg = { from = "grams", extract = '^(\\d+) g$', scale = 0.001 }

[source.where]
shipments = { from = "grams", not = ["0 g"] }
"""
ROWS = """ref,what,when,grand,net,pay,grams,note
A-1,done 1,03/06/2026,,200,B,1500 g,x
A-2,gone 2,later,300,250,C,0 g,x
A-3,what?,04/06/2026,,,Z,,x
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def test_a_mapping_says_what_columns_mean(loaded, mapping):
    account = loaded.load({"x.csv": ROWS}, mapping=mapping, exported_at=None).sheets[0]
    assert (account.seen, account.loaded, account.rejected) == (3, 3, 0)
    assert (account.exported_at_source, account.unknown_headers) == ("mapping", ("note",))
    assert loaded.rows(
        "SELECT order_no, agency, submitted_at, submitted_day::VARCHAR, total_jpy, payment_method, "
        "state FROM orders ORDER BY 1"
    ) == [
        ("A-1", "Mine", datetime(2026, 6, 2, 15), "2026-06-03", 200, "bank", "closed"),
        ("A-2", "Mine", None, None, 300, "card", "cancelled"),
        ("A-3", "Mine", datetime(2026, 6, 3, 15), "2026-06-04", None, None, None),
    ]
    assert loaded.rows("SELECT shipment_id, actual_kg::VARCHAR FROM shipments") == [
        ("A-1/done 1", "1.500")
    ]
    told = loaded.rows("SELECT key, detail FROM issues ORDER BY ALL")
    assert told == [
        ("A-3", "payment_method: unknown word: 'Z'"),
        ("A-3", "state: unknown word: 'what?'"),
    ]


def test_a_date_in_another_format_is_refused_with_its_row(loaded, mapping):
    loaded.load(
        {"x.csv": ROWS + "A-4,done,2026年6月5日,,,B,,\nA-5,done,2026-06,,,B,,\n"}, mapping=mapping
    )
    assert loaded.rows("SELECT source_row, reasons FROM rejects") == [
        (6, ["submitted_at: not a date: '2026-06'"])
    ]
    assert (
        loaded.one("SELECT submitted_day::VARCHAR FROM orders WHERE order_no = 'A-4'")
        == "2026-06-05"
    )


@pytest.mark.parametrize("name", mappings.shipped())
def test_shipped_mappings_are_found_by_name(name):
    assert mappings.read(name).sources


def changed(mapping: Path, old: str, new: str) -> str:
    """What is said of a mapping in which one thing was changed."""
    text = mapping.read_text(encoding="utf-8")
    assert old in text
    mapping.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError) as told:
        mappings.read(mapping)
    return str(told.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Asia/Tokyo", "Mars/Base", "line 2, zone: 'Mars/Base' is not a time zone"),
        ('"Asia/Tokyo"', "9", "line 2, zone: a number stands where text in quotes belongs"),
        ("exported_at", "exported", "line 3, exported: unknown key; did you mean exported_at?"),
        ('"2026-06-30"', '"soon"', "line 3, exported_at: 'soon' is not a day"),
        ('"2026-06-30"', "true", "line 3, exported_at: True is not a day"),
        ("[[source]]", "name_date = '('\n[[source]]", "line 5, name_date: '(' is no pattern"),
        ("[[source]]", "name_date = 'x'\n[[source]]", "line 5, name_date: 'x' does not tell a day"),
        ("[[source]]", "[source", "line 5 (column 8): expected ']'"),
        ("[[source]]", "[source]", "line 5, [source]: write [[source]], once for each layout"),
        ('["ref", "what", "when"]', "[]", "line 6, [[source]] headers: empty"),
        ('["ref", "what", "when"]', '["ref", " "]', "line 6, [[source]] headers: ' ' is no header"),
        ('["ref", "what", "when"]', '["ref",\n 3]', "line 7, [[source]] headers: a number stands"),
        (
            "[source.orders]",
            "[source.order]",
            "line 8, [source.order]: unknown table or key; did you mean orders?",
        ),
        (
            'order_no = "ref"',
            'order_number = "ref"',
            "line 9, [source.orders] order_number: unknown column; did you mean order_no?",
        ),
        (
            'order_no = "ref"\n',
            "",
            "line 8, [source.orders]: order_no is missing, and without it a row has no key",
        ),
        (
            "submitted_at",
            "submited_at",
            "line 11, [source.orders] submited_at: unknown column; did you mean submitted_at?",
        ),
        (
            "submitted_at",
            "delievered_at",
            "line 11, [source.orders] delievered_at: unknown column; did you mean delivered_at?",
        ),
        ('"ref"\nagency', '""\nagency', "line 9, [source.orders] order_no: a blank is no header"),
        ('"ref"\nagency', "[]\nagency", "line 9, [source.orders] order_no: names no header"),
        ('"ref"\nagency', "5\nagency", "line 9, [source.orders] order_no: a number stands where"),
        ('const = "Mine"', "const = [1]", "line 10, [source.orders] agency.const: a list stands"),
        ('const = "Mine"', "", "line 10, [source.orders] agency: says neither from"),
        ('const = "Mine"', 'const = "M", from = "x"', "line 10, [source.orders] agency.const"),
        ('"%d/%m/%Y"', '"%Q"', "line 11, [source.orders] submitted_at.format: '%Q' is not a date"),
        ('"%d/%m/%Y"', '"day"', "line 11, [source.orders] submitted_at.format: 'day' is not"),
        ('["later"]', "{}", "line 11, [source.orders] submitted_at.null: a table stands"),
        ('{ "B" = "bank"', '[ "B"', "line 13"),
        ('"closed"', '"close"', "line 14, [source.orders] state.match: 'close' is no state; did"),
        ('["done.*", "closed"]', '"done"', "line 14, [source.orders] state.match: write ["),
        ('"done.*"', '"(?=x)"', "line 14, [source.orders] state.match: '(?=x)' is no pattern"),
        ('join = "/"', "join = 1", "line 17, [source.shipments] shipment_id.join: a number"),
        ("scale = 0.001", "scale = true", "line 18, [source.shipments] actual_kg.scale: True"),
        ("scale = 0.001", "scale = inf", "line 18, [source.shipments] actual_kg.scale: inf"),
        ("scale", "factor", "line 18, [source.shipments] actual_kg.factor: unknown key; known"),
        ("^(\\d+) g$", "^(\\d+ g$", "line 18, [source.shipments] actual_kg.extract"),
        ("^(\\d+) g$", "^\\d+ g$", "has no (group) that says what to take"),
        (
            '"ref", "what"], join',
            '"ref", "what"], counter = 1, join',
            "where true or false belongs",
        ),
        ("{ from = [", "{ format = '%Y', from = [", "line 12, [source.orders] total_jpy.format"),
        ("{ from = [", "{ scal = 1, from = [", "scal: unknown key; did you mean scale?"),
        ("shipments = {", "claims = {", "line 21, [source.where] claims: unknown table of this"),
        ('{ from = "grams", not', "{ not", "line 21, [source.where] shipments: from is missing"),
        ('"0 g"', "0", "line 21, [source.where] shipments.not: a number stands"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_told_with_its_line(mapping, old, new, sentence):
    told = changed(mapping, old, new)
    assert told.startswith("mine.toml, line ")
    assert sentence in told
    assert "\n" not in told


def test_a_mapping_without_sources_or_file(tmp_path):
    (tmp_path / "empty.toml").write_text('zone = "UTC"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="source"):
        mappings.read(tmp_path / "empty.toml")
    with pytest.raises(UsageError, match="no such mapping file"):
        mappings.read(tmp_path / "nowhere.toml")


KEYS = st.sampled_from(
    [
        *("about", "zone", "exported_at", "name_date", "source", "words", "headers", "skip"),
        *("where", "orders", "shipments", "order_no", "state", "order_state", "paid", "level"),
        *("from", "join", "const", "counter", "format", "null", "values", "match", "scale", "not"),
    ]
)
PLAIN = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["ref", "what", "(?=x)", "(", "%d", "%", "UTC", "2026-01-01", "closed"]),
    st.integers(-(2**40), 2**40),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=3),
    ),
    max_leaves=8,
)


def toml_text(value: object) -> str:
    """A value as TOML text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08X}" for c in value) + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(toml_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml_text(k)} = {toml_text(v)}" for k, v in value.items()) + "}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def places(value: object, place: tuple[object, ...] = ()):
    """Every place in nested tables and lists."""
    yield place
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if isinstance(inner, dict | list):
            yield from places(inner, (*place, key))
        else:
            yield (*place, key)


def read_or_refused(spec: dict[str, object]) -> mappings.Mapping | None:
    """A mapping of these values, or None where a sentence says what is wrong with them."""
    text = "".join(f"{toml_text(key)} = {toml_text(value)}\n" for key, value in spec.items())
    try:
        return mappings.checked(toml.parse("x.toml", text))
    except UsageError as error:
        if not str(error).startswith("x.toml, line ") or "\n" in str(error):
            raise AssertionError(str(error)) from error
        return None


@pytest.mark.parametrize("form", ["%d/%m/%Y%\x80", "%年"])
def test_a_format_that_is_wrong_at_half_a_character_is_refused_in_a_sentence(form):
    spec = tomllib.loads(MAPPING)
    spec["source"][0]["orders"]["submitted_at"]["format"] = [form]
    assert read_or_refused(spec) is None


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_table_is_a_mapping_or_refused_in_a_sentence(spec):
    found = read_or_refused(spec)
    assert found is None or found.sources or "words" in spec


@settings(max_examples=300, deadline=None)
@given(st.data(), VALUES)
def test_any_one_wrong_value_in_a_mapping_is_refused_in_a_sentence(data, value):
    spec = tomllib.loads(MAPPING)
    *way, last = data.draw(st.sampled_from([p for p in places(spec) if p]))
    table = spec
    for key in way:
        table = table[key]
    table[last] = value
    found = read_or_refused(spec)
    if found:
        with suppress(UsageError):
            found.plan(ROWS.splitlines()[0].split(","))


def test_what_a_fuzzed_mapping_says_can_be_loaded(make_loaded):
    """Whatever is taken as a mapping also loads: no pattern, format or text breaks the engine."""

    @settings(max_examples=15, deadline=None)
    @given(st.data())
    def loads(data):
        text = st.text(
            st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9
        )
        spec = tomllib.loads(MAPPING)
        orders = spec["source"][0]["orders"]
        orders["agency"] = {"const": data.draw(text)}
        orders["payment_method"] = {
            "from": "pay",
            "null": [data.draw(text)],
            "values": {data.draw(text): data.draw(text)},
            "match": [[data.draw(text | st.sampled_from([r"\pL", "(?i)b", ".*"])), "x"]],
            "join": data.draw(text),
        }
        orders["submitted_at"]["format"] = ["%d/%m/%Y" + data.draw(text)]
        found = read_or_refused(spec)
        if found:
            one = make_loaded()
            one.folder.mkdir()
            (one.folder / "m.toml").write_text(
                "".join(f"{toml_text(k)} = {toml_text(v)}\n" for k, v in spec.items()),
                encoding="utf-8",
            )
            report = one.load({"x.csv": ROWS}, mapping=one.folder / "m.toml")
            assert sum(a.seen for a in report.sheets) == 3

    loads()


WORDED = """
[[source]]
headers = ["ref", "what"]
[source.orders]
order_no = "ref"
state_raw = "what"
[words.order_state]
paid = ["入金確認済", "OK!"]
"stuck" = "problem"
"発送済" = "delivered"
"later" = ""
"""


def test_words_of_a_mapping_hold_for_its_load_and_no_longer(make_loaded):
    rows = "ref,what\nA-1,入金 確認済\nA-2,ok!\nA-3,stuck\nA-4,later\nA-5,入金済\nA-6,発送済\n"
    with_words, without = make_loaded(), make_loaded()
    for one, text in ((with_words, WORDED), (without, WORDED.split("[words")[0])):
        one.write({"m.toml": text})
        one.load({"x.csv": rows}, mapping=one.folder / "m.toml")
    states = "SELECT state FROM orders ORDER BY order_no"
    told = ["paid", "paid", "problem", None, "paid", "delivered"]
    assert [state for (state,) in with_words.rows(states)] == told
    assert [state for (state,) in without.rows(states)] == [*[None] * 4, "paid", "shipped"]
    asked = "SELECT key FROM issues WHERE rule = 'unknown_word' ORDER BY 1"
    assert with_words.rows(asked) == [("A-4",)]


def test_a_mapping_of_words_alone_leaves_headers_to_the_dictionary(loaded):
    loaded.write({"m.toml": '[words.order_state]\nshipped = ["出しました"]\n'})
    loaded.load(
        {"x.csv": "注文番号,ステータス\nA-1,出しました\n"}, mapping=loaded.folder / "m.toml"
    )
    assert loaded.rows("SELECT state, state_raw FROM orders") == [("shipped", "出しました")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[words.order_stat]\n", "line 1, [words.order_stat]: unknown vocabulary; did you mean"),
        ('[words.order_state]\npayd = ["x"]', "line 2, [words.order_state] payd: 'payd' is no"),
        (
            '[words.order_state]\n"x" = "payd"',
            "'payd' is no value of order_state; did you mean paid",
        ),
        ("[words.order_state]\npaid = [1]", "line 2, [words.order_state] paid: a number stands"),
        (
            '[words.order_state]\npaid = ["x"]\nshipped = ["X"]',
            "line 3, [words.order_state] shipped",
        ),
        ("words = 1", "line 1, words: a number stands where a table belongs"),
        ('zone = "UTC"\n[words.level]\norder=["o"]', "line 1, zone: needs a [[source]]"),
    ],
)
def test_what_is_wrong_with_words_is_told_with_its_line(tmp_path, text, sentence):
    (tmp_path / "w.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as told:
        mappings.read(tmp_path / "w.toml")
    assert sentence in str(told.value)


def test_a_header_is_found_word_for_word_before_it_is_found_in_another_spelling(loaded):
    loaded.write(
        {
            "m.toml": '[[source]]\nheaders = ["番号", "金額(円)"]\n[source.orders]\n'
            'order_no = "番号"\ntotal_jpy = "金額(円)"\ngoods_total_cny = "金額（元）"\n'
        }
    )
    loaded.load({"x.csv": "番号,金額(元),金額(円)\nA-1,10,215\n"}, mapping=loaded.folder / "m.toml")
    assert loaded.rows("SELECT total_jpy::INT, goods_total_cny::INT FROM orders") == [(215, 10)]


def test_a_header_that_is_almost_there_is_noted_and_a_key_that_is_not_is_refused(loaded):
    text = (
        '[[source]]\nheaders = ["A", "B"]\n[source.orders]\norder_no = "{}"\n'
        'total_jpy = "Totl amount"\n'
    )
    loaded.write({"m.toml": text.format("A"), "n.toml": text.format("C")})
    rows = {"x.csv": "A,B,Total amount\nA-1,x,215\n"}
    report = loaded.load(rows, mapping=loaded.folder / "m.toml")
    assert report.sheets[0].unknown_headers == ("B", "Total amount")
    ((rule, detail),) = loaded.rows("SELECT rule, detail FROM issues")
    assert rule == "missing_header"
    assert "'Totl amount'" in detail
    assert "'Total amount'" in detail
    rows = {"y.csv": "A,B,Total amount\nA-2,x,215\n"}
    with pytest.raises(UsageError, match=r"n.toml, \[source.orders\] order_no: .* no column 'C'"):
        loaded.load(rows, mapping=loaded.folder / "n.toml")


def test_a_table_whose_condition_is_not_in_the_file_is_not_fed(loaded):
    text = (
        '[[source]]\nheaders = ["A"]\n[source.orders]\norder_no = "A"\nagency = "B"\n'
        '[source.claims]\nclaim_id = "A"\norder_no = "A"\n[source.where]\nclaims = { from = "C" }\n'
    )
    loaded.write({"m.toml": text})
    loaded.load({"x.csv": "A,B\nA-1,x\n"}, mapping=loaded.folder / "m.toml")
    assert loaded.rows("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM claims)") == [
        (1, 0)
    ]


def test_each_layout_of_a_mapping_is_found_in_text_and_workbooks(loaded):
    text = (
        'zone = "UTC"\n'
        '[[source]]\nheaders = ["A", "B", "C"]\n[source.orders]\norder_no = "A"\nagency = "B"\n'
        '[[source]]\nheaders = ["X", "Y", "Z"]\n[source.shipments]\nshipment_id = "X"\n'
        'carrier = "Y"\n'
    )
    (mapping,) = loaded.write({"two.toml": text})
    (loaded.folder / "in").mkdir()
    with xlsxwriter.Workbook(str(loaded.folder / "in" / "s.xlsx")) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([["made by hand"], [], ["X", "Y", "Z"], ["S-1", "Yamato", 1]]):
            sheet.write_row(row, 0, cells)
    loaded.write({"in/o.csv": "A,B,C\nA-1,me,1\n", "in/t.csv": "X,Y,Z\nS-2,Sagawa,2\n"})
    report = rs.load(loaded.folder / "in", db=loaded.path, mapping=mapping)
    assert [a.tables for a in report.sheets] == [("orders",), ("shipments",), ("shipments",)]
    assert loaded.rows("SELECT shipment_id FROM shipments ORDER BY 1") == [("S-1",), ("S-2",)]
