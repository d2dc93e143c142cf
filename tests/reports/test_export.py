"""The HTML page: everything inside, nothing from outside, nothing that text could start."""

from __future__ import annotations

import json
import re

import nbformat
import plotly.graph_objects as go

from rakustats.reports.export import Cover, html_page
from rakustats.reports.figures import PLOTLY

COVER = Cover("遅延 <x>", "2026-11-01", "made by", "ja")
EVIL = "</script><script>alert(1)</script>"


def figure(title: str) -> nbformat.NotebookNode:
    bundle = json.loads(go.Figure(go.Bar(x=[title], y=[1])).to_json())
    return nbformat.v4.new_output("display_data", data={PLOTLY: bundle})


def page(*outputs: nbformat.NotebookNode, tags: tuple[str, ...] = ()) -> str:
    cell = nbformat.v4.new_code_cell("secret_source = 1", metadata={"tags": list(tags)})
    cell.outputs = list(outputs)
    book = nbformat.v4.new_notebook(cells=[cell])
    return html_page(book, COVER)


def without_plotly(html: str) -> str:
    """The page as this project writes it, without the library inside."""
    return re.sub(r"<script>/\*\*.*?</script>", "", html, count=1, flags=re.S)


def test_code_is_hidden_and_text_shown() -> None:
    html = page(
        nbformat.v4.new_output("display_data", data={"text/markdown": "## 要点\n\n**二つ**"})
    )
    assert "secret_source" not in html
    assert "<strong>二つ</strong>" in html
    assert "遅延 &lt;x&gt;" in html
    assert '<html lang="ja">' in html


def test_plotly_is_inside_once_and_only_where_needed() -> None:
    assert page(figure("a"), figure("b")).count("plotly.js v") == 1
    assert "plotly.js v" not in page()


def test_plots_are_numbered_so_that_pages_repeat() -> None:
    html = page(figure("a"), figure("b"))
    assert re.findall(r'id="(plot-\d+)"', html) == ["plot-1", "plot-2"]
    assert html == page(figure("a"), figure("b"))


def test_text_in_a_figure_cannot_close_its_script() -> None:
    html = without_plotly(page(figure(EVIL)))
    assert EVIL not in html
    assert "\\u003c/script>" in html


def test_nothing_is_fetched() -> None:
    html = without_plotly(page(figure("a"), nbformat.v4.new_output("stream", text="<b>hello</b>")))
    assert re.findall(r"""(?:src|href)\s*=|https?://|@import|url\(""", html) == []
    assert "&lt;b&gt;hello" in html
    assert "default-src 'none'" in html


def test_tagged_cells_and_stderr_stay_out() -> None:
    warned = nbformat.v4.new_output("stream", name="stderr", text="a warning")
    assert "a warning" not in page(warned)
    shown = nbformat.v4.new_output("stream", text="for the lab only")
    assert "for the lab only" in page(shown)
    assert "for the lab only" not in page(shown, tags=("remove-cell",))
