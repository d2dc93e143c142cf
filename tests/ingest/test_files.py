from pathlib import Path

import pytest

from rakustats.errors import UsageError
from rakustats.ingest import files


def test_a_folder_gives_its_exports_in_order(tmp_path: Path) -> None:
    for name in (
        "b.csv",
        "a.xlsx",
        "c.tsv.gz",
        "notes.md",
        "~$a.xlsx",
        ".hidden.csv",
        "truth/t.csv",
        "sub/d.parquet",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", encoding="utf-8")
    assert [p.name for p in files.find([tmp_path])] == ["a.xlsx", "b.csv", "c.tsv.gz", "d.parquet"]


def test_a_missing_path_and_an_empty_folder_are_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        files.find([tmp_path / "nowhere.csv"])
    with pytest.raises(UsageError, match="no exports here"):
        files.find([tmp_path])


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"Rar!\x1a\x07", "a RAR archive"),
        (b"MIME-Version: 1.0\r\n", "a web page with its pictures"),
        (b"  \n", "empty"),
    ],
)
def test_what_is_no_export_is_named(tmp_path: Path, head: bytes, what: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(head)
    with pytest.raises(UsageError, match=what):
        files.kind(path)


def test_kinds_by_their_bytes(tmp_path: Path) -> None:
    heads = {
        "a.csv": b"PK\x03\x04",
        "b.csv": b"PAR1",
        "c.xlsx.csv": b"order_no,x",
        "d.csv": b"\xd0\xcf\x11\xe0",
        "e.xls": b"order_no\tx",
        "f.xls": b"\xff\xfeo\0r\0",
        "g.xls": b" \r\n<HTML><table>",
        "h.xls": b"\xef\xbb\xbf<?xml version='1.0'?>",
        "i.csv": "<table>".encode("utf-16"),
    }
    for name, head in heads.items():
        (tmp_path / name).write_bytes(head)
    assert [files.kind(tmp_path / name) for name in heads] == [
        "workbook",
        "parquet",
        "text",
        "workbook",
        *("text", "text", "page", "page", "page"),
    ]
