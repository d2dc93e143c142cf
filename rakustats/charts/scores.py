"""Scores with their intervals, and the value that grades go by."""

from __future__ import annotations

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.intervals import BAR, on_rows, points, whiskers
from rakustats.charts.registry import chart


@chart("scores", of="scores")
def scores(drawing: Drawing) -> go.Figure:
    """Return scores with their intervals and grades, in the order of the table."""
    shown = drawing.first_groups(drawing.frame[drawing.frame["score"].notna()])
    figure = whiskers(shown, "score", drawing.word("score"))
    figure.add_trace(points(shown["cautious"], drawing.word("cautious"), BAR))
    named = zip(drawing.labels(shown), shown["grade"], strict=True)
    on_rows(figure, [f"{label} {grade}" for label, grade in named])
    return figure.update_xaxes(range=[0, 100])
