"""Mappings: what a person may write, and what they are told when it is wrong."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

import rakustats as rs
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
    account = loaded.load({"x.csv": ROWS}, mapping=mapping, exported_at=None).accounts[0]
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


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Asia/Tokyo", "Mars/Base", "not a time zone"),
        (
            'order_no = "ref"',
            'order_number = "ref"',
            r"\[source\.orders\]: order_number is unknown here",
        ),
        ("[source.orders]", "[source.order]", "order is unknown here"),
        ("scale", "factor", "shipments.actual_kg: factor is unknown here"),
        ("exported_at", "exported", "exported is unknown here"),
        ("[[source]]", "[source", r"mine\.toml: .*line"),
        ('"2026-06-30"', '"soon"', "exported_at"),
        ("%d/%m/%Y", "%Q", "format"),
        ("^(\\d+) g$", "^(\\d+ g$", "extract"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_named(mapping, old, new, sentence):
    text = mapping.read_text(encoding="utf-8")
    assert old in text
    mapping.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=sentence):
        mappings.read(mapping)


def test_a_mapping_without_sources_or_file(tmp_path):
    (tmp_path / "empty.toml").write_text('zone = "UTC"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="source"):
        mappings.read(tmp_path / "empty.toml")
    with pytest.raises(UsageError, match="no such mapping file"):
        mappings.read(tmp_path / "nowhere.toml")


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
    assert [a.tables for a in report.accounts] == [("orders",), ("shipments",), ("shipments",)]
    assert loaded.rows("SELECT shipment_id FROM shipments ORDER BY 1") == [("S-1",), ("S-2",)]
