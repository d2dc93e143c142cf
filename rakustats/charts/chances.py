"""Probabilities of what is still open."""

from __future__ import annotations

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.intervals import on_rows, whiskers
from rakustats.charts.registry import chart


@chart("chances", of="rows", columns=("probability", "lo", "hi", "n_open"), counted="n_open")
def chances(drawing: Drawing) -> go.Figure:
    """Return the probability of each group with its interval, in the order of the table."""
    shown = drawing.first_groups(drawing.frame[drawing.frame["probability"].notna()])
    figure = whiskers(shown, "probability", drawing.word("probability"))
    # a single trace has no legend of its own accord
    figure.update_layout(showlegend=True)
    return on_rows(figure, drawing.labels(shown, "n_open"), shares=True)
