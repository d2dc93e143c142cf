"""Mappings proposed for files that nobody has described: what they place, show, hide, and load."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

import rakustats as rs
from rakustats.cli.app import main
from rakustats.errors import UsageError
from rakustats.infer import ProposedMapping, infer_mapping, propose
from rakustats.infer.toml import quoted
from rakustats.ingest import archives, headers, mappings, text
from rakustats.ingest.header_detection import HeaderDetection

REAL = Path(rs.__path__[0]).parents[1] / "shared" / "data"


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    rs.sample(folder, orders=60)
    return folder


def placed(toml: str) -> dict[tuple[str, str], object]:
    """The headers of a mapping by table and column."""
    found = {}
    for source in tomllib.loads(toml)["source"]:
        for table, columns in source.items():
            for column, spec in columns.items() if isinstance(columns, dict) else ():
                found[table, column] = spec.get("from") if isinstance(spec, dict) else spec
    return found


def layouts(folder: Path) -> list[Path]:
    """One text file of every layout in a sample."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in (".csv", ".tsv"):
            found.setdefault(re.split(r"_", path.name)[0], path)
    return list(found.values())


def rows_of(path: Path, scratch: Path) -> list[list[str]]:
    """The rows of a text file, whatever its encoding."""
    facts = archives.exports([path])[0].fingerprint()
    sheet = text.careful(path, facts, scratch, None, HeaderDetection())
    names = ", ".join(f"c{n}" for n in range(len(sheet.headers)))
    with duckdb.connect() as con:
        body = con.execute(f"SELECT {names} FROM {sheet.relation}").fetchall()
    return [list(sheet.headers), *([cell or "" for cell in row] for row in body)]


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def load(path: Path, toml: str, **options: object) -> rs.LoadReport:
    mapping = path.with_suffix(".toml")
    mapping.write_text(toml, encoding="utf-8")
    db = path.with_suffix(".duckdb")
    return rs.load(path, db=db, mapping=mapping, exported_at="2026-05-31", **options)


RENAMED: dict[str, Callable[[str], str]] = {
    "with more words": lambda header: f"うちの{header}欄",
    "with a mark and a remark": lambda header: f"※ {header} [新]",
}


@pytest.mark.parametrize("how", RENAMED)
def test_every_sample_export_loads_with_the_mapping_proposed_for_it(exports, tmp_path, how):
    for path in layouts(exports):
        rows = rows_of(path, tmp_path)[:80]
        plan = headers.recognise(rows[0])
        renamed = write(
            tmp_path / f"{path.stem}.csv", [list(map(RENAMED[how], rows[0])), *rows[1:]]
        )
        found = infer_mapping(renamed)
        assert found.keyed, path.name
        (account,) = load(renamed, found.toml).sheets
        assert account.tables == tuple(t.table for t in plan.targets), path.name
        assert account.seen == len(rows) - 1
        assert account.rejected == 0, path.name
        back = {RENAMED[how](h): h for h in rows[0]}
        wanted = {
            (t.table, f.column): [rows[0][i] for i in f.sources]
            for t in plan.targets
            for f in t.fields
        }
        got = {
            key: [back[h] for h in ([spec] if isinstance(spec, str) else spec or [])]
            for key, spec in placed(found.toml).items()
        }
        right = sum(got.get(key) == headers for key, headers in wanted.items())
        assert right >= 0.85 * len(wanted), (path.name, wanted, got)


def test_a_workbook_of_an_agency_is_understood_too(exports, tmp_path):
    path = next(p for p in sorted(exports.iterdir()) if p.suffix == ".xlsx" and p.name[0] == "P")
    found = infer_mapping(path, lang="en")
    assert found.keyed
    assert "also loads without a mapping" in found.toml
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    tables = {t for a in load(copy, found.toml).sheets for t in a.tables}
    assert "order_lines" in tables


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the public data sets beside the repository")
@pytest.mark.parametrize(
    ("pattern", "tables"),
    [
        ("scms/SCMS_Delivery*.csv", {"order_lines", "shipments"}),
        ("shopee_id/October*2024*.xlsx", {"order_lines"}),
        ("causact_deliv/delivDF*", {"order_lines", "shipments"}),
    ],
)
def test_real_exports_load_with_the_mapping_proposed_for_them(tmp_path, pattern, tables):
    path = next(iter(sorted(REAL.glob(pattern))), None)
    if path is None:
        pytest.skip("this data set is not there")
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    found = infer_mapping(copy)
    assert found.keyed
    (account,) = load(copy, found.toml).sheets
    assert tables <= set(account.tables)
    assert account.seen > 100
    assert account.rejected < 0.05 * account.seen


def test_a_toy_of_two_columns(tmp_path):
    path = write(
        tmp_path / "toy.csv", [["ref", "when"], ["A-1", "2026/07/01"], ["A-2", "2026/07/02"]]
    )
    found = infer_mapping(path, lang="en")
    assert (found.known, found.guessed, found.open) == (0, 2, 0)
    assert placed(found.toml) == {("orders", "order_no"): "ref", ("orders", "submitted_at"): "when"}
    assert "every row has a number of its own" in found.toml
    assert "the values are dates" in found.toml
    (account,) = load(path, found.toml).sheets
    assert (account.loaded, account.rejected) == (2, 0)


UNKNOWN = """
注文番号|荷物の追跡|どこまで|届く予定の日|届いた日|重さ(g)|メモ2|連絡先|Zust.
A-1|YT4821776650131|出荷済|07.08.26|2026-08-07|1500|箱に 090-1234-5678|山田太郎|neu
A-2|YT4821776650132|ぐるぐる|08.08.26|後日|800 g|taro@example.jp まで|佐藤花子|alt
A-3|YT4821776650133|ぐるぐる|13.08.26|2026-08-09|120|東京都港区芝1-2-3|鈴木一郎|alt
"""


def unknown(folder: Path) -> Path:
    return write(folder / "unknown_20260901.csv", [r.split("|") for r in UNKNOWN.split("\n") if r])


def test_reasons_examples_and_what_a_person_has_to_fill_in(tmp_path):
    path = unknown(tmp_path)
    found = propose(path)
    assert "マッピングがなくても" not in found
    assert '追跡番号の形。例: "YT4821776650131"' in found
    assert '"ぐるぐる" = ""' in found
    assert "2 件" in found
    assert "ファイル名からわかります（2026-09-01）" in found
    assert '# ??? = "Zust."' in found
    assert '"neu", "alt"' in found
    for person in ("山田", "佐藤", "090-1234", "taro@", "港区"):
        assert person not in found
    assert '個人情報のため取り込まない列（例は示しません）: "連絡先"' in found
    mapping = mappings.checked(mappings.toml.parse("x.toml", found))
    assert mapping.words == {"delivery_state": {}} or mapping.words == {"order_state": {}}


def test_words_that_were_filled_in_count(tmp_path):
    path = unknown(tmp_path)
    toml = propose(path).replace('"ぐるぐる" = ""', '"ぐるぐる" = "shipped"')
    load(path, toml)
    with duckdb.connect(str(path.with_suffix(".duckdb")), read_only=True) as con:
        states = con.execute("SELECT DISTINCT state FROM orders").fetchall()
        states += con.execute("SELECT DISTINCT state FROM shipments").fetchall()
    assert ("shipped",) in states


def test_formats_remarks_and_other_units_are_written_out(tmp_path):
    rows = [["order no", "delivered at", "planned delivery", "weight(g)", "freight (USD)"]]
    rows += [
        [f"A-{n}", f"{n + 1}-Jul-26", f"2026-08-{n + 10}", f"{n}00", f"{n}.5"] for n in range(1, 9)
    ]
    rows[3][1], rows[4][3], rows[5][3] = "lost?", "See note 12", "See note 7"
    path = write(tmp_path / "f_20260901.csv", rows)
    found = propose(path, lang="en")
    source = tomllib.loads(found)["source"][0]
    assert source["shipments"]["delivered_at"] == {"from": "delivered at", "null": ["lost?"]}
    assert source["shipments"]["promised_at"] == "planned delivery"
    assert source["shipments"]["actual_kg"]["scale"] == 0.001
    assert '# ??? = "freight (USD)"' in found
    (account,) = load(path, found).sheets
    assert (account.seen, account.rejected) == (8, 0)


def test_dates_of_an_unknown_order_are_asked_about(tmp_path):
    rows = [["order no", "order date"], *([f"A-{n}", f"0{n}/0{n + 1}/2026"] for n in range(1, 5))]
    assert 'format = ["%d/%m/%Y"]' in propose(write(tmp_path / "d.csv", rows))
    rows[1][1] = "13/02/2026"
    assert "%d/%m/%Y" not in propose(write(tmp_path / "e.csv", rows))


def test_a_file_without_a_key_is_proposed_with_the_place_to_fill_in(tmp_path):
    path = write(tmp_path / "k.csv", [["colour", "taste"], ["red", "sweet"], ["red", "sour"]])
    found = infer_mapping(path, lang="en")
    assert not found.keyed
    with pytest.raises(UsageError, match=r"order_no is missing"):
        mappings.checked(mappings.toml.parse("x.toml", found.toml))
    filled = found.toml.replace('# order_no = "???"', 'order_no = "taste"')
    assert mappings.checked(mappings.toml.parse("x.toml", filled)).sources


def test_every_layout_of_a_workbook_is_a_source(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "b.xlsx")) as book:
        for name, top, rows in (
            ("o", 0, [["Ordr no", "Seller name", "Qty"], ["A-1", "x", 1], ["A-2", "y", 2]]),
            ("s", 6, [["Parcel", "My tracking number"], ["S-1", "YT4821776650131"]]),
        ):
            sheet = book.add_worksheet(name)
            sheet.write(0, 5, "made by hand") if top else None
            for number, cells in enumerate(rows, start=top):
                sheet.write_row(number, 0, cells)
    found = infer_mapping(tmp_path / "b.xlsx", lang="en")
    assert len(tomllib.loads(found.toml)["source"]) == 2
    assert found.keyed
    tables = {t for a in load(tmp_path / "b.xlsx", found.toml).sheets for t in a.tables}
    assert {"order_lines", "shipments"} <= tables


NASTY = ['a"b', "c\\d", "e\nf", "#g", "[h]", "'''", "i\u202ej", "k\u0085l", "\u3000", "=1+1", "m,n"]


def test_text_from_a_file_cannot_break_out_of_the_toml(tmp_path):
    rows = [["注文番号", *NASTY], *([f"A-{n}", *reversed(NASTY)] for n in range(3))]
    path = write(tmp_path / "x#].csv", rows)
    found = propose(path)
    assert tomllib.loads(found)["source"][0]["orders"]["order_no"] == "注文番号"
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", found)
    assert load(path, found).sheets[0].seen == 3


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_is_one_line_of_toml_and_comes_back(given_text):
    line = quoted(given_text)
    assert tomllib.loads(f"x = {line}  # {line}")["x"] == given_text
    assert len(line.splitlines()) == 1


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_table_gets_a_proposal_that_is_toml(tmp_path_factory, data):
    cell = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)
    width = data.draw(st.integers(2, 4))
    rows = data.draw(
        st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=5)
    )
    path = write(tmp_path_factory.mktemp("any") / "a.csv", [["x", *rows[0][1:]], *rows])
    found = infer_mapping(path, encoding="utf-8")
    assert tomllib.loads(found.toml)["source"]
    if found.keyed:
        mappings.checked(mappings.toml.parse("x.toml", found.toml))


def test_wrong_files_end_in_a_sentence(tmp_path):
    (tmp_path / "p.csv").write_bytes(b"%PDF-1.4")
    (tmp_path / "empty.csv").write_bytes(b"")
    with xlsxwriter.Workbook(str(tmp_path / "e.xlsx")) as book:
        book.add_worksheet("nothing")
    for name, sentence in (
        *(("p.csv", "this is a PDF"), ("empty.csv", "empty"), ("nowhere.csv", "no such file")),
        *(("e.xlsx", "no table"), (".", "a folder")),
    ):
        with pytest.raises(UsageError, match=sentence):
            propose(tmp_path / name)


def test_a_mapping_is_never_written_over(tmp_path):
    first, second = (
        ProposedMapping(f"x = {n}\n", known=1, guessed=0, open=0, keyed=True, needed=True)
        for n in (1, 2)
    )
    first.write(tmp_path / "new" / "m.toml")
    with pytest.raises(UsageError, match="is there already"):
        second.write(tmp_path / "new" / "m.toml")
    assert (tmp_path / "new" / "m.toml").read_text(encoding="utf-8") == "x = 1\n"
    with pytest.raises(UsageError, match=r"ends in \.toml"):
        first.write(tmp_path / "m.txt")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_command_writes_the_mapping_and_says_what_to_do_next(tmp_path, capsys, lang):
    path, out = unknown(tmp_path), tmp_path / "mine.toml"
    assert main(["map", str(path), "--out", str(out), "--lang", lang]) == 0
    counts, step = capsys.readouterr().err.splitlines()
    found = infer_mapping(path, lang=lang)
    assert re.findall(r"\d+", counts) == [str(n) for n in (found.known, found.guessed, found.open)]
    assert step.endswith(f"rakustats load {path} --mapping {out}")
    assert out.read_text(encoding="utf-8") == found.toml
    assert main(["load", str(path), "--mapping", str(out), "--db", str(tmp_path / "x.duckdb")]) == 0
    assert main(["map", str(path), "--out", str(out)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_the_command_shows_the_mapping_alone_on_the_output(tmp_path, capsys):
    assert main(["map", str(unknown(tmp_path))]) == 0
    shown = capsys.readouterr()
    assert tomllib.loads(shown.out)["source"]
    assert "MAPPING.toml" in shown.err
