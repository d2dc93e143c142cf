"""Figures and keys as a report shows them."""

from __future__ import annotations

from datetime import datetime

import plotly.graph_objects as go
import pyarrow as pa

from rakustats.i18n.phrases import phrase
from rakustats.reports.figures import FIGURE_HEIGHT, for_page, in_words
from rakustats.results.result import Result


def by(name: str, *values: object) -> Result:
    table = pa.table({name: list(values), "n": list(range(len(values)))})
    title = phrase(ja="件数", en="counts")
    return Result(table, "SELECT 1", datetime(2026, 11, 1), title, by=(name,))


def test_codes_become_words() -> None:
    told = in_words(by("closure", "lunar_new_year_before", "none", None), "ja")
    assert told.table.column("closure").to_pylist() == ["春節前", "休業期間以外", "不明"]
    assert in_words(by("leg", 1, 2), "en").table.column("leg").to_pylist() == [
        "1 (seller to warehouse)",
        "2 (warehouse to Japan)",
    ]


def test_names_from_files_stay_as_they_are() -> None:
    told = in_words(by("seller_id", "none", "<b>", None), "en")
    assert told.table.column("seller_id").to_pylist() == ["none", "<b>", "unknown"]


def test_months_stay_for_the_axis() -> None:
    told = in_words(by("month", "2026-01", None), "ja")
    assert told.table.column("month").to_pylist() == ["2026-01", None]


def test_figure_loses_its_title_and_keeps_its_height() -> None:
    plain = for_page(go.Figure(layout={"title": {"text": "twice"}}))
    assert plain.layout.title.text is None
    assert plain.layout.height == FIGURE_HEIGHT
    assert for_page(go.Figure(layout={"height": 900})).layout.height == 900
