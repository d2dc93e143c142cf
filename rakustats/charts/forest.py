"""Rates with their intervals, one group below the other."""

from __future__ import annotations

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.intervals import BAR, on_rows, points, whiskers
from rakustats.charts.registry import chart


@chart("forest", of="rates")
def forest(drawing: Drawing) -> go.Figure:
    """Return groups with their intervals, the highest estimate on top."""
    ranked = drawing.frame.sort_values("estimate", ascending=False, kind="stable")
    shown = drawing.first_groups(ranked)
    figure = whiskers(shown, "estimate", drawing.word("estimate"))
    figure.add_trace(points(shown["rate"], drawing.word("rate"), BAR))
    return on_rows(figure, drawing.labels(shown), shares=True)
