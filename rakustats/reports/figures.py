"""Figures as they stand in a report: under a heading that already says what they show."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go
import pyarrow as pa

from rakustats.i18n.phrases import Lang
from rakustats.reports.texts import catalogue, title
from rakustats.results.result import Result

PLOTLY = "application/vnd.plotly.v1+json"
FIGURE_HEIGHT = 420
# these are read as dates by an axis
AXES = ("month", "day")


def for_page(figure: go.Figure) -> go.Figure:
    """Return the figure without its title, the legend above it, with an even frame.

    Heading, n and as-of stand on the page itself, where they can be searched and read aloud.
    """
    figure.update_layout(
        title=None,
        height=figure.layout.height or FIGURE_HEIGHT,
        margin={"l": 16, "r": 24, "t": 44, "b": 40},
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
        hoverlabel={"font": {"family": figure.layout.font.family}},
        separators=".,",
    )
    return figure.update_xaxes(automargin=True)


def has_marks(figure: go.Figure) -> bool:
    """Return whether anything is drawn, as an empty chart would read like nothing happened."""
    places = (trace.x for trace in figure.data if trace.x is not None)
    return any(place is not None for values in places for place in values)


def in_words(result: Result, lang: Lang) -> Result:
    """Return the result with its keys as readers know them: closures by name, unknown as a word."""
    table = result.table
    for name in (key for key in result.by if key not in AXES):
        words = catalogue("values").get(name, {})
        place = table.column_names.index(name)
        words_of = [_word(value, words, lang) for value in table.column(name).to_pylist()]
        table = table.set_column(place, name, pa.array(words_of, pa.string()))
    return replace(result, table=table)


def _word(value: object, words: dict[str, dict[str, str]], lang: Lang) -> str:
    if value is None:
        return title("common", "unknown", lang)
    return words.get(str(value), {}).get(lang, str(value))
