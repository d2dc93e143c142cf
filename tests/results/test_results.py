import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from rakustats.errors import RakustatsError, UsageError
from rakustats.i18n.phrases import phrase
from rakustats.results.result import Result

EVIL = '=HYPERLINK("http://x")'
NAMES = [EVIL, "<b>店</b>", None]


def rates(**changed: Any) -> Result:
    columns: dict[str, Any] = {
        "carrier": NAMES,
        "n": [10, 20, 0],
        "events": [1, 10, 0],
        "rate": [0.1, 0.5, None],
        "estimate": [0.2, 0.4, None],
        "lo": [0.1, 0.3, None],
        "hi": [0.3, 0.6, None],
        "n_open": [0, 1, 2],
        "n_excluded": [0, 0, 0],
    }
    given: dict[str, Any] = {
        "table": pa.table({**columns, **changed.pop("columns", {})}),
        "sql": "SELECT 1",
        "as_of": datetime(2026, 11, 1, 12),
        "title": phrase(ja="遅れ", en="Late"),
        "kind": "rates",
        "by": ("carrier",),
        "since": date(2026, 1, 1),
        "notes": (phrase(ja="注意", en="Mind this."),),
    }
    return Result(**{**given, **changed})


def test_a_rate_without_its_n_cannot_be_made() -> None:
    whole = rates()
    with pytest.raises(RakustatsError, match="lacks n, n_open"):
        rates(table=whole.table.drop_columns(["n", "n_open"]))
    with pytest.raises(RakustatsError, match="lacks seller_id"):
        rates(by=("seller_id",))


def test_frames() -> None:
    result = rates()
    assert isinstance(result.frame(), pd.DataFrame)
    assert isinstance(result.polars(), pl.DataFrame)
    assert result.polars()["n"].to_list() == result.frame()["n"].tolist() == [10, 20, 0]
    assert result.n == 30


def test_it_says_what_it_is_and_escapes_what_files_brought() -> None:
    result = rates()
    said = "n = 30, 2026-01-01 – …, as of 2026-11-01 12:00 UTC"
    assert repr(result) == f"<Late: 3 rows, {said}>"
    shown = result._repr_html_()
    assert said in shown
    assert "&lt;b&gt;店" in shown
    assert "<b>" not in shown
    assert "2026-11-01 12:00 UTC 時点" in result.html("ja")
    assert "2 more rows" in result.html("en", most=1)


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".json", ".html"])
def test_files_hold_the_rows_and_replace_the_old(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "new" / f"late{ending}"
    for _ in range(2):
        assert rates().write(path) == path
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    rows = READ[ending](path)
    assert [r[1] for r in rows] == ["10", "20", "0"]
    armed = ending in (".parquet", ".json", ".html")
    assert rows[0][0] == (EVIL if armed else f"'{EVIL}")


def _read_html(path: Path) -> list[list[str]]:
    import html
    import re

    body = path.read_text(encoding="utf-8").split("<tbody>")[1]
    rows = re.findall(r"<tr>(.*?)</tr>", body)
    return [[html.unescape(c) for c in re.findall(r"<td>(.*?)</td>", row)] for row in rows]


def _texts(rows: list[list[Any]]) -> list[list[str]]:
    return [[str(v) for v in row] for row in rows]


READ = {
    ".csv": lambda p: _texts(pd.read_csv(p, encoding="utf-8-sig").to_numpy().tolist()),
    ".xlsx": lambda p: [
        [str(int(v)) if isinstance(v, float) else str(v) for v in row]
        for row in CalamineWorkbook.from_path(p).get_sheet_by_name("rakustats").to_python()[1:]
    ],
    ".parquet": lambda p: _texts([list(r.values()) for r in pq.read_table(p).to_pylist()]),
    ".json": lambda p: _texts(
        [list(r.values()) for r in json.loads(p.read_text(encoding="utf-8"))["rows"]]
    ),
    ".html": _read_html,
}


def test_csv_opens_in_excel_and_json_says_its_as_of(tmp_path: Path) -> None:
    csv = rates().write(tmp_path / "a.csv").read_bytes()
    assert csv.startswith(b"\xef\xbb\xbfcarrier,n,")
    document = json.loads(rates().write(tmp_path / "a.json", lang="ja").read_text("utf-8"))
    assert (document["as_of"], document["title"]) == ("2026-11-01T12:00:00Z", "遅れ")
    assert document["rows"][2]["rate"] is None


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.csv, \.html, \.json, \.parquet, \.xlsx"):
        rates().write(tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_forest_ranks_by_estimate_and_shows_n() -> None:
    drawn = rates().plot(lang="ja")
    assert list(drawn.data[0].x) == [0.2, 0.4]
    labels = drawn.layout.yaxis.ticktext
    assert labels[1] == "&lt;b>店&lt;/b> (n=20)"
    assert "n = 30" in drawn.layout.title.text
    assert "時点" in drawn.layout.title.text


def test_a_forest_of_many_groups_says_what_it_leaves_out() -> None:
    k = 55
    numbers = {c: [0.1] * k for c in ("rate", "estimate", "lo", "hi")}
    whole = {c: [5] * k for c in ("n", "events", "n_open", "n_excluded")}
    table = pa.table({"carrier": [str(i) for i in range(k)], **numbers, **whole})
    drawn = rates(table=table).plot()
    assert len(drawn.data[0].x) == 40
    assert "15 more not shown" in drawn.layout.title.text


def test_months_are_a_line_and_n_makes_a_funnel() -> None:
    by_month = rates(by=("month",), columns={"month": ["2026-01", "2026-02", "2026-03"]})
    line = by_month.plot()
    assert list(line.data[3].y) == [0.2, 0.4]
    assert list(line.data[0].y) == [10, 20]
    cone = rates().plot(kind="funnel")
    assert list(cone.data[0].y) == [0.1, 0.5]
    assert {trace.name for trace in cone.data[1:]} == {"90 % limits", "99 % limits"}


def test_figures_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="adjusted, calendar, forest, funnel, months"):
        rates().plot(kind="pie")
    with pytest.raises(UsageError, match='by="month"'):
        rates().plot(kind="months")
    with pytest.raises(UsageError, match="Only a table of rates"):
        rates(kind="rows").plot()


def test_units_that_come_again_in_several_rows_count_once() -> None:
    table = pa.table(
        {"seller_id": ["a", "a", "b"], "stage": ["x", "y", "x"], "n": [5, 3, 2]}
        | {c: [0, 0, 0] for c in ("n_open",)}
        | {c: [1.0, 1.0, 1.0] for c in ("p50", "p80", "p90", "p95")}
    )
    made = {"sql": "", "as_of": datetime(2026, 7, 1), "title": phrase(ja="", en="")}
    given = {"table": table, "kind": "times", "by": ("seller_id", "stage"), **made}
    assert Result(**given).n == 10
    assert Result(**given, repeated=("stage",)).n == 7
