"""Hazards E1 E2 E6 E7 E8 E29 E54 E55: what the bytes of exports do, through the whole loader."""

import gzip
import io
import os
import unicodedata
import zipfile
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

import rakustats as rs
from rakustats.errors import UsageError
from rakustats.ingest import archives, files

JA = "注文番号,注文日,合計,支払方法"
ROWS = [f"A-{i},2026-06-{i:02},{i}00,残高払い㈱髙﨑" for i in range(1, 10)]
KNOWN = [(f"A-{i}", i * 100, "残高払い㈱髙﨑") for i in range(1, 10)]
FIXTURES = Path(__file__).parent / "fixtures"


def lines(*rows, end="\n"):
    return end.join([*rows, ""])


def orders(loaded):
    return loaded.rows("SELECT order_no, total_jpy, payment_method FROM orders ORDER BY order_no")


def rejected(loaded):
    return loaded.rows("SELECT source_row, reasons FROM rejects ORDER BY source_row")


def account(report):
    (only,) = report.sheets
    return (only.seen, only.loaded, only.rejected, only.duplicate, only.skipped)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp932", "cp932"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_E1_the_encoding_of_each_file_is_found(loaded, encoding, named):
    report = loaded.load({"o.csv": lines(JA, *ROWS).encode(encoding)})
    assert report.sheets[0].encoding == named
    assert orders(loaded) == KNOWN


def test_E1_cp932_and_gb18030_decode_each_other_and_the_right_one_is_chosen(make_loaded):
    ja = lines("注文番号,注文日,店舗名,商品名", "A-1,,東京商店,ガラスのコップ").encode("cp932")
    zh = lines("订单号,下单时间,店铺名,商品名称", "A-1,,义乌商店,玻璃杯").encode("gb18030")
    assert ja.decode("gb18030", "replace").count("\ufffd") == 0
    zh.decode("cp932", "replace")
    for content, encoding, seller in ((ja, "cp932", "東京商店"), (zh, "gb18030", "义乌商店")):
        loaded = make_loaded()
        assert loaded.load({"o.csv": content}).sheets[0].encoding == encoding
        assert loaded.one("SELECT seller_name FROM order_lines") == seller


def test_E1_a_true_tie_is_refused_and_the_option_settles_it(loaded):
    # The bytes of two half-width kana are those of one Chinese character.
    content = lines("order_no,total_jpy,agency", "A-1,1,ｶｷﾐｻ").encode("cp932")
    with pytest.raises(UsageError, match=r"o\.csv: could be .* as well as .*--encoding"):
        loaded.load({"o.csv": content})
    loaded.load({"o.csv": content}, encoding="cp932")
    assert loaded.one("SELECT agency FROM orders") == "ｶｷﾐｻ"


@pytest.mark.parametrize("encoding", ["cp932", "gb18030", "utf-8"])
def test_E1_the_first_character_beyond_ascii_may_come_late(loaded, encoding):
    agency = {"cp932": "東京の代行", "gb18030": "义乌市代购公司", "utf-8": "東京の代行"}[encoding]
    plain = [f"A-{i},{i},agency number {i:040}" for i in range(6_000)]
    content = lines("order_no,total_jpy,agency", *plain, f"B-1,1,{agency}").encode(encoding)
    assert content[: 1 << 18].isascii()
    report = loaded.load({"o.csv": content})
    assert account(report) == (6_001, 6_001, 0, 0, 0)
    assert loaded.one("SELECT agency FROM orders WHERE order_no = 'B-1'") == agency


def test_E1_utf_8_that_turns_into_something_else_late_is_no_mojibake(loaded):
    plain = [f"A-{i},{i},代行の会社 {i:040}" for i in range(6_000)]
    content = lines("order_no,total_jpy,agency", *plain).encode() + "B-1,1,東京の代行\n".encode(
        "cp932"
    )
    assert account(loaded.load({"o.csv": content})) == (6_001, 6_001, 0, 0, 0)
    assert loaded.one("SELECT agency FROM orders WHERE order_no = 'B-1'") == "東京の代行"


def test_E1_a_few_latin_signs_in_utf_8_are_not_taken_for_kanji(loaded):
    loaded.load({"o.csv": lines("order_no,total_jpy,agency", "A-1,1,30×20\u00a0café")})
    assert loaded.one("SELECT agency FROM orders") == "30×20\u00a0café"


@pytest.mark.parametrize("said", ["cp932", "shift_jis", "Shift-JIS", "sjis"])
def test_E2_signs_that_only_cp932_has_survive_whatever_it_is_called(loaded, said):
    signs = "㈱①髙﨑～－∥￠ⅳ纊"
    with pytest.raises(UnicodeEncodeError):
        signs.encode("shift_jis")
    content = lines("注文番号,注文日,店舗名,商品名", f"A-1,2026-06-01,{signs},皿").encode("cp932")
    loaded.load({"o.csv": content}, encoding=said)
    raw = loaded.one("SELECT seller_name FROM order_lines")
    assert unicodedata.normalize("NFKC", raw) == unicodedata.normalize("NFKC", signs)
    for sign in "髙﨑纊":
        assert sign in raw


def test_E6_each_part_of_a_file_is_read_in_its_own_encoding(loaded):
    content = lines(JA, *ROWS[:3]).encode("cp932") + lines(*ROWS[3:]).encode()
    report = loaded.load({"o.csv": content})
    assert account(report) == (9, 9, 0, 0, 0)
    assert orders(loaded) == KNOWN
    assert report.sheets[0].encoding == "cp932 + utf-8"
    assert loaded.rows("SELECT rule, severity, detail FROM issues") == [
        ("mixed_encodings", "warning", "lines that are not cp932 were read: 6 as utf-8")
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [("utf-8", "cp932"), ("utf-8-sig", "cp932"), ("cp932", "utf-8-sig"), ("gb18030", "utf-8")],
)
def test_E6_two_whole_exports_in_one_file(loaded, first, second):
    rows = [row.replace("㈱", "(株)").replace("髙﨑", "高崎") for row in ROWS]
    content = lines(JA, *rows[:4]).encode(first) + lines(JA, *rows[4:], end="\r\n").encode(second)
    assert account(loaded.load({"o.csv": content})) == (10, 9, 0, 0, 1)
    assert {p for _, _, p in orders(loaded)} == {"残高払い(株)高崎"}


def test_E6_chinese_and_japanese_legacy_parts_in_one_file(loaded):
    zh = [f"Z-{i},2026-06-0{i},{i},支付宝余额付款" for i in range(1, 6)]
    content = lines(JA, *ROWS).encode("cp932") + lines(*zh).encode("gb18030")
    assert account(loaded.load({"o.csv": content})) == (14, 14, 0, 0, 0)
    methods = dict(
        loaded.rows("SELECT left(order_no, 1), any_value(payment_method) FROM orders GROUP BY 1")
    )
    assert methods == {"A": "残高払い㈱髙﨑", "Z": "支付宝余额付款"}


def test_E6_what_no_encoding_reads_is_rejected_with_row_and_offset(loaded):
    good = lines(JA, *ROWS).encode()
    at = good.index("残高".encode(), good.index(b"A-5"))
    content = good[: at + 1] + b"\xff" + good[at + 2 :]
    assert account(loaded.load({"o.csv": content})) == (9, 8, 1, 0, 0)
    assert rejected(loaded) == [
        (6, [f"row has bytes that are not utf-8, from byte {at:,} of the file"])
    ]


def test_E6_a_given_encoding_is_taken_at_its_word(loaded):
    content = lines(JA, *ROWS[:8]).encode() + lines(ROWS[8]).encode("cp932")
    assert account(loaded.load({"o.csv": content}, encoding="utf-8")) == (9, 8, 1, 0, 0)
    assert "not utf-8" in rejected(loaded)[0][1][0]


def test_E7_a_truncated_file_says_so(loaded):
    content = lines(JA, *ROWS).encode()
    cut = content[: content.index(b"A-9") + 8]
    assert account(loaded.load({"o.csv": cut})) == (9, 8, 1, 0, 0)
    ((row, reasons),) = rejected(loaded)
    assert row == 10
    assert reasons[0] == "row has 2 cells, the header 4; the file seems to be cut off here"


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_E7_an_unclosed_quote_swallows_nothing(loaded, encoding):
    rows = [row.replace("A-3,", '"A-3,') for row in ROWS]
    assert account(loaded.load({"o.csv": lines(JA, *rows).encode(encoding)})) == (9, 8, 1, 0, 0)
    assert rejected(loaded) == [(4, ["a quote is opened in this row and not closed"])]
    assert orders(loaded) == [row for row in KNOWN if row[0] != "A-3"]


def test_E7_an_unclosed_quote_swallows_nothing_of_a_long_file(loaded):
    rows = [f"A-{i},2026-06-01,{i},残高" for i in range(3_000)]
    rows[1_000] = 'A-1000,2026-06-01,1000,"残高'
    assert account(loaded.load({"o.csv": lines(JA, *rows)})) == (3_000, 2_999, 1, 0, 0)
    assert rejected(loaded) == [(1_002, ["a quote is opened in this row and not closed"])]


def test_E7_two_stray_quotes_swallow_no_rows_between_them(loaded):
    rows = ROWS.copy()
    rows[1] = 'A-2,2026-06-02,200,"残高'
    rows[6] = 'A-7",2026-06-07,700,残高'
    report = loaded.load({"o.csv": lines(JA, *rows)})
    assert report.sheets[0].seen == 9
    assert {"A-1", "A-3", "A-4", "A-5", "A-6", "A-8", "A-9"} <= {o for o, _, _ in orders(loaded)}


def test_E7_a_cell_may_have_line_breaks(loaded):
    note = "一行目, 続き\n二行目\n\n四行目"
    content = lines("注文番号,注文日,支払方法", f'A-1,2026-06-01,"{note}"', "A-2,2026-06-02,残高")
    assert account(loaded.load({"o.csv": content})) == (2, 2, 0, 0, 0)
    assert loaded.one("SELECT payment_method FROM orders WHERE order_no = 'A-1'") == note


def test_E7_ragged_rows_are_rejected_one_by_one(loaded):
    rows = [*ROWS[:2], "A-3,2026-06-03", "A-4,2026-06-04,400,残高,多い", *ROWS[4:], ",,,,"]
    assert account(loaded.load({"o.csv": lines(JA, *rows)})) == (10, 7, 2, 0, 1)
    assert rejected(loaded) == [
        (4, ["row has 2 cells, the header 4"]),
        (5, ["row has 5 cells, the header 4"]),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_E7_repeated_headers_are_skipped(loaded, encoding):
    content = lines(JA, *ROWS[:4], JA, *ROWS[4:], JA).encode(encoding)
    assert account(loaded.load({"o.csv": content})) == (11, 9, 0, 0, 2)
    assert orders(loaded) == KNOWN


@pytest.mark.parametrize(
    "header", ['"注文\n番号",注文日', '注文番号,"注文\n日"', '注文番号,"注文\r\n日"']
)
def test_E4_a_line_break_in_a_header_hides_no_rows(loaded, header):
    rows = [f"A-{i},2026-06-0{i}" for i in range(1, 4)]
    assert account(loaded.load({"o.csv": lines(header, *rows, end="\r\n")})) == (3, 3, 0, 0, 0)
    assert loaded.one("SELECT count(submitted_at) FROM orders") == 3


def test_E7_the_end_mark_of_dos_is_no_row(loaded):
    assert account(loaded.load({"o.csv": lines(JA, *ROWS).encode() + b"\x1a"})) == (10, 9, 0, 0, 1)


def table(rows, tag="td"):
    cells = ("".join(f"<{tag}>{c}</{tag}>" for c in row.split(",")) for row in rows)
    return "<table border=1>" + "".join(f"<tr>{c}</tr>\n" for c in cells) + "</table>"


def test_E8_a_csv_that_is_tsv(loaded):
    # There are more commas than tabs.
    rows = [f"A-{i}\t2026-06-01\t皿,箸,椀,盆,匙,鉢\t{i}" for i in range(1, 4)]
    assert account(loaded.load({"o.csv": lines("注文番号\t注文日\t支払方法\t合計", *rows)})) == (
        *(3, 3, 0, 0, 0),
    )
    assert loaded.one("SELECT payment_method FROM orders LIMIT 1") == "皿,箸,椀,盆,匙,鉢"


@pytest.mark.parametrize("name", ["o.csv", "o.xls"])
def test_E8_a_workbook_named_csv_and_text_named_xls(loaded, name):
    out = io.BytesIO()
    pd.DataFrame([r.split(",") for r in ROWS], columns=JA.split(",")).to_excel(
        out, index=False, engine="xlsxwriter"
    )
    assert account(loaded.load({name: out.getvalue()})) == (9, 9, 0, 0, 0)
    text = lines(JA, *ROWS).replace(",", "\t").encode("cp932")
    again = loaded.load({f"again.{name}": text})
    assert account(again) == (9, 0, 0, 9, 0)


@pytest.mark.parametrize("name", ["o.xls", "o.csv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_E8_a_web_page_named_like_a_workbook(loaded, name, encoding):
    page = (
        "<html xmlns:x='urn:schemas-microsoft-com:office:excel'><style>td{color:red}</style>"
        f"<body><table><tr><td>注文一覧</td></tr></table>\n{table([JA, *ROWS])}</body></html>"
    )
    assert account(loaded.load({name: page.encode(encoding)})) == (9, 9, 0, 0, 0)
    assert orders(loaded) == KNOWN


def test_E8_merged_cells_breaks_and_nested_tables_of_a_page(loaded):
    page = (
        "<table><tr><td>menu</td><td><TABLE><tr><th>注文番号<th>注文日<th>合計<th>支払方法</tr>"
        "<tr><td rowspan=2>A-1<td>2026-06-01<td>&yen;1,200&nbsp;<td>残高<br>払い</tr>"
        "<tr><td>2026-06-02<td>5<td>x</tr><tr><td colspan=4>&nbsp;</td></tr></TABLE></td></tr>"
        "</table>"
    )
    assert account(loaded.load({"o.xls": page})) == (3, 1, 1, 0, 1)
    assert orders(loaded) == [("A-1", 1200, "残高 払い")]
    assert rejected(loaded) == [(3, ["order_no is missing"])]


def test_E8_excel_2003_xml(loaded):
    def row(text):
        cells = (f"<Cell><Data ss:Type='String'>{c}</Data></Cell>" for c in text.split(","))
        return f"<Row>{''.join(cells)}</Row>"

    page = (
        '<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
        f"<Worksheet><Table>{row(JA)}{''.join(map(row, ROWS))}"
        '<Row><Cell><Data>B-1</Data></Cell><Cell ss:Index="3"><Data>7</Data></Cell></Row>'
        "</Table></Worksheet></Workbook>"
    )
    assert account(loaded.load({"o.xls": page})) == (10, 10, 0, 0, 0)
    assert orders(loaded) == [*KNOWN, ("B-1", 7, None)]


def test_E8_a_page_without_an_export_is_refused(loaded):
    with pytest.raises(UsageError, match=r"o\.xls: no sheet holds an export"):
        loaded.load({"o.xls": "<html><body>Please log in</body></html>"})


def test_E8_an_old_workbook(loaded):
    """The fixture is BIFF 8 as Excel 97-2003 writes it; fixtures/README.md says how it was made."""
    content = (FIXTURES / "orders.xls").read_bytes()
    assert account(loaded.load({"o.csv": content})) == (2, 2, 0, 0, 0)
    assert loaded.rows("SELECT order_no, submitted_at, total_jpy FROM orders ORDER BY 1") == [
        ("A-1", datetime(2026, 6, 1, 1), 1200),
        ("A-2", datetime(2026, 6, 2, 2), 2400),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04 cut off", "cannot be read"),
        (b"\x00\x01\x02" * 99, "named like a workbook, but it is none"),
        (b"", "the file is empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "cannot be read"),
    ],
)
def test_E8_what_only_pretends_to_be_a_workbook_is_named(loaded, content, message):
    with pytest.raises(UsageError, match=message):
        loaded.load({"o.xls": content})


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_E29_the_same_content_adds_nothing_however_it_comes(loaded):
    content = lines(JA, *ROWS).encode()
    loaded.load({"o.csv": content})
    before = loaded.rows("FROM orders ORDER BY ALL")
    again = loaded.load(
        {
            "in/別名.csv": content,
            "in/o.csv.gz": gzip.compress(content),
            "in/o.zip": zipped({"deep/in/side.csv": content}),
        }
    )
    assert [(a.file, a.status, a.loaded) for a in again.sheets] == [
        ("o.csv.gz", "already loaded", 0),
        ("o.zip/deep/in/side.csv", "already loaded", 0),
        ("別名.csv", "already loaded", 0),
    ]
    assert loaded.rows("FROM orders ORDER BY ALL") == before
    assert loaded.one("SELECT count(*) FROM imports") == 1


def test_E29_copies_within_one_load_count_once(loaded):
    content = lines(JA, *ROWS).encode()
    report = loaded.load(
        {"a.csv": content, "b.csv.gz": gzip.compress(content), "c.zip": zipped({"d.csv": content})}
    )
    assert [(a.file, a.status, a.loaded) for a in sorted(report.sheets, key=lambda a: a.file)] == [
        ("a.csv", "loaded", 9),
        ("b.csv.gz", "same content as another file", 0),
        ("c.zip/d.csv", "same content as another file", 0),
    ]


def test_E29_rows_that_come_again_in_another_encoding_are_duplicates(loaded):
    loaded.load({"o.csv": lines(JA, *ROWS)})
    assert account(loaded.load({"p.csv": lines(JA, *ROWS[:5]).encode("cp932")})) == (5, 0, 0, 5, 0)
    assert loaded.one("SELECT count(*) FROM orders") == 9


def test_E54_temporary_files_are_skipped(loaded):
    names = (
        *("~$o.xlsx", "o.csv.crdownload", "o.csv.part", "o.tmp", ".~lock.o.csv#", "~WRL0001.csv"),
        *(".DS_Store", "._o.csv"),
    )
    loaded.write({f"in/{name}": b"half" for name in names})
    loaded.load({"in/o.csv": lines(JA, *ROWS)})
    report = rs.load(loaded.folder / "in", db=loaded.folder / "b.duckdb", exported_at="2026-06-30")
    assert [a.file for a in report.sheets] == ["o.csv"]


@pytest.mark.parametrize("name", ["~$o.xlsx", "o.csv.crdownload"])
def test_E54_a_temporary_file_that_is_named_is_refused(loaded, name):
    with pytest.raises(UsageError, match="temporary file, not an export"):
        loaded.load({name: lines(JA, *ROWS)})


@pytest.mark.parametrize("when", ["hashing", "reading"])
def test_E54_a_file_that_is_still_being_written_is_refused(loaded, monkeypatch, when):
    def grows(*args, **options):
        with (loaded.folder / "o.csv").open("a", encoding="utf-8") as stream:
            stream.write("B-1,2026-06-01,1,残高\n")
        return told(*args, **options)

    if when == "hashing":
        told = archives.fingerprint_of
        monkeypatch.setattr(archives, "fingerprint_of", grows)
    else:
        told = files.kind
        monkeypatch.setattr(files, "kind", grows)
    with pytest.raises(UsageError, match=r"o\.csv: the file changed while it was read"):
        loaded.load({"o.csv": lines(JA, *ROWS)})
    assert not loaded.path.exists()


def test_E54_a_locked_file_is_told_in_a_sentence(loaded, monkeypatch):
    def locked(path, *args, **options):
        raise PermissionError(13, "Permission denied", str(path))

    loaded.write({"o.xlsx": b"PK"})
    monkeypatch.setattr(Path, "open", locked)
    with pytest.raises(UsageError, match=r"o\.xlsx: cannot be opened\. Close it in Excel"):
        rs.load(loaded.folder / "o.xlsx", db=loaded.path)


def test_E55_names_from_macos_are_composed(loaded):
    name = unicodedata.normalize("NFD", "ガラス_2026-05-31.csv")
    assert name != unicodedata.normalize("NFC", name)
    loaded.load({name: lines(JA, *ROWS)}, exported_at=None)
    assert loaded.rows("SELECT DISTINCT source_file, exported_at::DATE FROM orders") == [
        ("ガラス_2026-05-31.csv", date(2026, 5, 31))
    ]


def renamed(archive, names):
    """Return an archive whose members' names are these bytes, not said to be UTF-8."""
    for i, name in enumerate(names):
        stand_in = f"{i}".ljust(len(name), "x").encode()
        archive = archive.replace(stand_in, name)
    return archive


@pytest.mark.parametrize(
    "encode", ["cp932", "utf-8", "gb18030"], ids=["windows-ja", "macos", "windows-zh"]
)
def test_E55_names_in_archives_that_do_not_say_their_encoding(loaded, encode):
    shown = "订单导出.csv" if encode == "gb18030" else "注文一覧/ソート表.csv"
    raw = (
        unicodedata.normalize("NFD", shown).encode(encode)
        if encode == "utf-8"
        else shown.encode(encode)
    )
    archive = renamed(zipped({"0".ljust(len(raw), "x"): lines(JA, *ROWS)}), [raw])
    assert account(loaded.load({"o.zip": archive})) == (9, 9, 0, 0, 0)
    assert loaded.rows("SELECT DISTINCT source_file FROM orders") == [(f"o.zip/{shown}",)]


def test_E55_an_archive_is_read_like_a_folder(loaded):
    archive = zipped(
        {
            "注文.csv": lines(JA, *ROWS[:5]),
            "sub/more.csv": lines(JA, *ROWS[5:]).encode("cp932"),
            "__MACOSX/._注文.csv": b"\0\5\26\7",
            ".DS_Store": b"x",
            "sub/~$x.xlsx": b"x",
            "truth/t.csv": "order_no,total_jpy\nX,1\n",
            "readme.md": "hello",
            "empty/": b"",
        }
    )
    report = loaded.load({"o.zip": archive})
    assert [(a.file, a.loaded) for a in report.sheets] == [
        ("o.zip/sub/more.csv", 4),
        ("o.zip/注文.csv", 5),
    ]
    assert orders(loaded) == KNOWN


def test_E55_no_member_is_written_outside_the_scratch_folder(loaded):
    before = sorted(p for p in loaded.folder.parent.rglob("*"))
    loaded.load(
        {
            "in/o.zip": zipped(
                {"../../evil.csv": lines(JA, *ROWS), "/abs/b.csv": lines(JA, "B-1,,1,")}
            )
        }
    )
    made = {p.name for p in loaded.folder.parent.rglob("*") if p not in before}
    assert made == {"in", "o.zip", "test.duckdb", ".member-salt"}
    assert loaded.one("SELECT count(*) FROM orders") == 10


def test_E55_an_export_in_an_archive_knows_its_day_by_names(loaded):
    loaded.load({"月次_2026-05-31.zip": zipped({"o.csv": lines(JA, *ROWS)})}, exported_at=None)
    assert loaded.one("SELECT DISTINCT exported_at::DATE FROM orders") == date(2026, 5, 31)


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (zipped({"inner.zip": zipped({"o.csv": "x"})}), "holds another archive, inner.zip"),
        (zipped({"readme.md": "hello"}), "no exports in this archive"),
        (zipped({"o.csv": lines(JA, *ROWS)})[:-40], "o.zip: cannot be unpacked"),
        (
            zipped({"o.csv": lines(JA, *ROWS)}).replace(b"\x14\x00\x00\x00", b"\x14\x00\x01\x00"),
            "password",
        ),
        (b"no archive at all", "o.zip: cannot be unpacked"),
    ],
)
def test_E55_archives_that_cannot_be_read_are_told_in_a_sentence(loaded, archive, message):
    with pytest.raises(UsageError, match=message):
        loaded.load({"o.zip": archive})


@pytest.mark.parametrize("name", ["o.zip", "o.csv.gz"])
def test_E55_what_unpacks_without_end_is_refused(loaded, monkeypatch, name):
    monkeypatch.setattr(archives, "MOST_UNPACKED", 1 << 20)
    content = lines(JA, *ROWS).encode() + b"\n" * (1 << 24)
    packed = zipped({"o.csv": content}) if name == "o.zip" else gzip.compress(content)
    with pytest.raises(UsageError, match="unpack"):
        loaded.load({name: packed})


@pytest.mark.skipif(os.name == "nt", reason="Windows names are Unicode")
@pytest.mark.skipif(
    os.uname().sysname == "Darwin" if hasattr(os, "uname") else True, reason="macOS names are UTF-8"
)
def test_E55_a_name_that_is_no_utf_8(loaded):
    path = os.path.join(os.fsencode(loaded.folder), "注文.csv".encode("cp932"))
    with open(path, "wb") as stream:
        stream.write(lines(JA, *ROWS).encode())
    rs.load(os.fsdecode(path), db=loaded.path, exported_at="2026-06-30")
    assert loaded.one("SELECT DISTINCT source_file FROM orders") == "注文.csv"


@pytest.mark.parametrize("name", ["注文[1].csv", "o'x.csv", "a{b,c}.csv", "100% ok #1.csv"])
def test_E55_signs_in_names_mean_nothing(loaded, name):
    loaded.load(
        {name: lines(JA, *ROWS), name.replace("[1]", "1").replace("'", ""): lines(JA, "B-1,,1,")}
    )
    assert loaded.one("SELECT count(*) FROM orders WHERE source_file = $$" + name + "$$") >= 1
