"""An executed notebook as one HTML file that needs no network: code hidden, plotly.js inside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from nbconvert import HTMLExporter
from nbformat import NotebookNode
from plotly.offline import get_plotlyjs
from traitlets.config import Config

import rakustats
from rakustats.reports.figures import FIGURE_HEIGHT, PLOTLY
from rakustats.reports.style import TEMPLATES, style
from rakustats.results.html import render


@dataclass(frozen=True)
class Cover:
    """What stands above and below a report."""

    title: str
    facts: str
    footer: str
    lang: str


def html_page(notebook: NotebookNode, cover: Cover) -> str:
    """Return `notebook` as one self-contained page.

    Plots are numbered from 1 in the order in which they stand, so that the same notebook gives the
    same bytes. Cells tagged `remove-cell` and everything written to stderr stay out.
    """
    figures = _figures_to_html(notebook)
    report = {
        "title": cover.title,
        "facts": cover.facts,
        "footer": cover.footer,
        "lang": cover.lang,
        "version": rakustats.__version__,
        "style": style(),
        "plotly": get_plotlyjs() if figures else "",
    }
    html, _ = _exporter().from_notebook_node(notebook, resources={"report": report})
    return str(html)


def _exporter() -> HTMLExporter:
    config = Config()
    config.HTMLExporter.template_name = "rakustats"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
    config.HTMLExporter.exclude_anchor_links = True
    config.HTMLExporter.preprocessors = ["nbconvert.preprocessors.TagRemovePreprocessor"]
    config.TagRemovePreprocessor.remove_cell_tags = {"remove-cell"}
    return HTMLExporter(config=config)


def _figures_to_html(notebook: NotebookNode) -> int:
    """Replace plotly's bundles by a place and the figure's JSON; return how many there are."""
    number = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            figure = output.get("data", {}).get(PLOTLY)
            if figure is not None:
                number += 1
                output["data"] = NotebookNode({"text/html": _place(number, figure)})
    return number


def _place(number: int, figure: dict[str, Any]) -> str:
    slim = {"data": figure["data"], "layout": figure["layout"]}
    # a text in a figure must not close the script element that carries it
    data = json.dumps(slim, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    # plotly takes the height of its place when the window changes
    height = int(figure["layout"].get("height", FIGURE_HEIGHT))
    return str(render("reports/figure", number=number, height=height, figure=data))
