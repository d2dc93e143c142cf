from datetime import date
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
        (b"<!DOCTYPE html><table>", "a web page"),
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
    }
    for name, head in heads.items():
        (tmp_path / name).write_bytes(head)
    assert [files.kind(tmp_path / name) for name in heads] == [
        "workbook",
        "parquet",
        "text",
        "workbook",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("注文一覧_2026-03_出力20260531.csv", date(2026, 5, 31)),
        ("orders_2026-11-01.csv", date(2026, 11, 1)),
        ("2026年11月01日_注文.xlsx", date(2026, 11, 1)),
        ("P2026091008463813-2147.xlsx", None),
        ("orders.csv", None),
        ("orders_20261301.csv", None),
    ],
)
def test_the_day_in_a_name(name: str, expected: date | None) -> None:
    assert files.day_in_name(name) == expected


def test_a_month_in_a_name_ends_with_its_last_day() -> None:
    pattern = r"(?P<month>[A-Z][a-z]+)Sales(?P<year>\d{4})"
    assert files.day_in_name("FebruarySales2024_public.xlsx", pattern) == date(2024, 2, 29)
    assert files.day_in_name("Sales.xlsx", pattern) is None


@pytest.mark.parametrize(
    ("content", "plain"),
    [
        (b"a,b\n1,2\n", True),
        (b"a,b\r\n1,2\r\n", True),
        (b"a,b\r1,2\r", False),
        (b"a,b\n\n1,2\n", False),
        (b"a,b\r\n\r\n1,2", False),
        (b"a,b\n1,\x002\n", False),
    ],
)
def test_what_duckdb_reads_as_a_spreadsheet_does(
    tmp_path: Path, content: bytes, plain: bool
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    facts = files.fingerprint(path)
    assert (facts.plain, facts.size) == (plain, len(content))
