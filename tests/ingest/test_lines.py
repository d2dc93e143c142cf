from pathlib import Path

import pytest

from rakustats.errors import UsageError
from rakustats.ingest import lines
from rakustats.ingest.lines import Lines
from rakustats.ingest.records import Records

JA = [f"A-{i},検品中の注文です,{i}" for i in range(6)]


def read(path: Path, content: bytes, encoding: str = "utf-8", given: bool = False) -> list[str]:
    path.write_bytes(content)
    return list(Lines(path, encoding, given=given))


@pytest.mark.parametrize("block", [1 << 18, 7])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "gb18030", "utf-16"])
def test_lines_of_any_encoding_and_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, end: str, block: int
) -> None:
    monkeypatch.setattr(lines, "_BLOCK", block)
    text = end.join([*JA, "x\x0b\x0c\x1c\x85\u3000y", ""])
    raw = text.encode(encoding, errors="ignore")
    expected = raw.decode(encoding).split(end)
    assert read(tmp_path / "o.csv", raw, encoding) == [line + end for line in expected[:-1]]


def test_lines_of_other_encodings_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_bytes("\n".join(JA).encode() + b"\n" + "\n".join(JA).encode("cp932"))
    found = Lines(path, "utf-8")
    assert [line.strip() for line in found] == [*JA, *JA]
    assert found.others == {"cp932": 6}


@pytest.mark.parametrize(
    ("own", "stray"), [("utf-8", "cp932"), ("cp932", "utf-8"), ("gb18030", "utf-8")]
)
def test_a_mark_before_each_part_is_no_text(tmp_path: Path, own: str, stray: str) -> None:
    mark = "\ufeff".encode() if stray == "utf-8" else b""
    raw = "\n".join(JA).encode(own) + b"\n" + mark + "\n".join(JA).encode(stray)
    assert [line.strip() for line in read(tmp_path / "o.csv", raw, own)] == [*JA, *JA]


def test_a_given_encoding_is_kept_to(tmp_path: Path) -> None:
    raw = "\n".join(JA).encode("cp932")
    assert all("\ufffd" in line for line in read(tmp_path / "o.csv", raw, given=True))


def test_a_line_without_end_is_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1 << 19)
    for encoding in ("utf-8", "utf-16-le"):
        with pytest.raises(UsageError, match="a line of more than"):
            read(tmp_path / "o.csv", b"order_no," * (1 << 18), encoding)


def records(path: Path, text: str, width: int = 3) -> list[tuple[list[str], str | None]]:
    path.write_text(text, encoding="utf-8", newline="")
    found = Records(Lines(path, "utf-8"), ",")
    found.width = width
    return [(record.cells, record.fault) for record in found]


CUT_OFF = "row has 1 cells, the header 3; the file seems to be cut off here"
UNCLOSED = "a quote is opened in this row and not closed"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a,"x\ny",c\nd,e,f\n', [(["a", "x\ny", "c"], None), (["d", "e", "f"], None)]),
        ('a, "b,""c""",d\n', [(["a", 'b,"c"', "d"], None)]),
        ('a,5" disk,c\n', [(["a", '5" disk', "c"], None)]),
        ('a,"b,c\nd,e,f\n', [(["a", "b,c\n"], UNCLOSED), (["d", "e", "f"], None)]),
        (
            'a,"b,c\nd,e,f\ng,h",i,j\n',
            [
                (["a", "b,c\n"], UNCLOSED),
                (["d", "e", "f"], None),
                (["g", 'h"', "i", "j"], "row has 4 cells, the header 3"),
            ],
        ),
        (
            'a,b,c\n"d,e',
            [(["a", "b", "c"], None), (["d,e"], f"{UNCLOSED}; the file seems to be cut off here")],
        ),
        ("a,b,c\nd", [(["a", "b", "c"], None), (["d"], CUT_OFF)]),
    ],
    ids=["breaks", "blank before quote", "inch", "unclosed", "closed late", "cut in quote", "cut"],
)
def test_quotes(tmp_path: Path, text: str, expected: list[tuple[list[str], str | None]]) -> None:
    assert records(tmp_path / "o.csv", text) == expected


def test_a_quote_opened_in_every_row_costs_no_more_than_these_rows(tmp_path: Path) -> None:
    found = records(tmp_path / "o.csv", "".join(f'a{i},"b,c\nd,e,f\n' for i in range(300)))
    assert sum(fault is None for _, fault in found) >= 300
