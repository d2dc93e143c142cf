"""Rates from what is certain to what is possible."""

from __future__ import annotations

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.intervals import line, on_rows, points
from rakustats.charts.registry import chart
from rakustats.charts.theme import BLUE, ORANGE

_WHOLE = {"color": "#666666", "width": 2}
_BETWEEN = {"color": BLUE, "width": 7}


@chart("range", of="rates", columns=("estimate_high", "hi_high"))
def ranges(drawing: Drawing) -> go.Figure:
    """Return both estimates of each group with the interval around the two."""
    ranked = drawing.frame.sort_values("estimate_high", ascending=False, kind="stable")
    shown = drawing.first_groups(ranked)
    figure = go.Figure()
    for row, ends in enumerate(zip(shown["lo"], shown["hi_high"], strict=True)):
        line(figure, row, ends, _WHOLE, layer="below")
    for row, ends in enumerate(zip(shown["estimate"], shown["estimate_high"], strict=True)):
        line(figure, row, ends, _BETWEEN, opacity=0.35)
    certain, possible = {"color": BLUE}, {"color": ORANGE, "symbol": "diamond"}
    for column, word, marker in (
        ("estimate", "certain", certain),
        ("estimate_high", "possible", possible),
    ):
        figure.add_trace(points(shown[column], drawing.word(word), {**marker, "size": 10}))
    return on_rows(figure, drawing.labels(shown), shares=True)
