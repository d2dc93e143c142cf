"""Tables as readers get them: on the page, in the workbook, as CSV."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from rakustats.reports.kept import KeptTable, keep_table, kept_tables
from rakustats.reports.tables import html_table, written
from rakustats.reports.workbook import sheet_name, write_workbook
from rakustats.results.writers.csv import write_frame

AS_OF = dt.datetime(2026, 11, 1, 12)
EVIL = "=HYPERLINK('x')<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("value", "column", "expected"),
    [
        (None, "n", "–"),
        (float("nan"), "rate", "–"),
        (pd.NaT, "", "–"),
        (0.1234, "rate", "12.3 %"),
        (0, "rate", "0.0 %"),
        (12345, "n", "12,345"),
        (2.0, "weight", "2"),
        (1234.5, "weight", "1,234.50"),
        (Decimal("3.25"), "fee", "3.25"),
        (dt.date(2026, 11, 1), "", "2026-11-01"),
        (dt.datetime(2026, 11, 1), "", "2026-11-01"),
        (dt.datetime(2026, 11, 1, 9, 5), "", "2026-11-01 09:05"),
        (True, "", "True"),
        (["a", "b"], "", "a, b"),
        ("<b>", "", "<b>"),
    ],
)
def test_values_as_one_writes_them(value: Any, column: str, expected: str) -> None:
    assert written(value, column) == expected


def test_html_is_escaped_and_labelled() -> None:
    frame = pd.DataFrame({"seller_id": [EVIL], "n": [1200], "rate": [0.5], "extra": [1]})
    html = html_table(frame, "ja", ["seller_id", "n", "rate", "absent"])
    assert "<script>" not in html
    assert "店舗" in html
    assert '<td class="number">1,200</td>' in html
    assert "50.0 %" in html
    assert "extra" not in html


def test_kept_tables_come_back_in_order(tmp_path: Path) -> None:
    frames = {"second": pd.DataFrame({"n": [1]}), "first": pd.DataFrame({"n": [1, 2]})}
    for name, frame in frames.items():
        keep_table(tmp_path, name, name.title(), "", frame)
    found = kept_tables(tmp_path)
    assert [(table.name, table.rows) for table, _ in found] == [("second", 1), ("first", 2)]
    pd.testing.assert_frame_equal(found[1][1], frames["first"])
    with pytest.raises(ValueError, match="kept twice"):
        keep_table(tmp_path, "first", "", "", frames["first"])


def book(path: Path) -> CalamineWorkbook:
    frame = pd.DataFrame(
        {
            "seller_id": [EVIL, "店"],
            "rate": [0.25, float("nan")],
            "seen": [dt.datetime(2026, 1, 2, 3, 4), pd.NaT],
        }
    )
    table = KeptTable("late: by/seller", "Late", "n = 2", 2, "x")
    write_workbook(path, "報告", AS_OF, [(table, frame)], "ja")
    return CalamineWorkbook.from_path(str(path))


def test_workbook_holds_contents_and_tables(tmp_path: Path) -> None:
    workbook = book(tmp_path / "a.xlsx")
    assert workbook.sheet_names == ["目次", "late_ by_seller"]
    contents = workbook.get_sheet_by_index(0).to_python()
    assert contents[0][0] == "報告"
    assert contents[4] == ["late: by/seller", "Late", 2.0, "n = 2"]
    rows = workbook.get_sheet_by_index(1).to_python()
    assert rows[0] == ["店舗", "実績", "seen"]
    assert rows[1] == [EVIL, 0.25, dt.datetime(2026, 1, 2, 3, 4)]
    assert rows[2] == ["店", "", ""]


def test_workbook_is_the_same_every_time(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx")
    book(tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_csv_disarms_formulas_and_keeps_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"seller_id": [EVIL, "+1", "店"], "change": [-0.5, 1.0, 2.0]})
    write_frame(frame, tmp_path / "a.csv", "\n")
    raw = (tmp_path / "a.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(tmp_path / "a.csv")
    assert back["seller_id"].tolist() == [f"'{EVIL}", "'+1", "店"]
    assert back["change"].tolist() == [-0.5, 1.0, 2.0]


def test_sheet_names_fit_excel() -> None:
    assert sheet_name("a" * 40) == "a" * 31
    assert sheet_name("x[1]:*?/\\'") == "x_1_______"


def test_the_bounds_of_a_score_are_points_and_those_of_a_rate_shares() -> None:
    scores = html_table(pd.DataFrame({"score": [67.5], "lo": [55.25], "hi": [78.0]}), "en")
    assert re.findall(r"<td[^>]*>([^<]*)</td>", scores) == ["67.50", "55.25", "78"]
    rates = html_table(pd.DataFrame({"rate": [0.1], "lo": [0.05], "hi": [0.2]}), "en")
    assert re.findall(r"<td[^>]*>([^<]*)</td>", rates) == ["10.0 %", "5.0 %", "20.0 %"]
