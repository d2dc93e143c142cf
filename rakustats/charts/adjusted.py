"""Rates before and after what circumstances explain."""

from __future__ import annotations

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.intervals import OPEN_DIAMOND, on_rows, points, whiskers
from rakustats.charts.registry import chart


@chart("adjusted", of="rates", columns=("raw_estimate",))
def adjusted(drawing: Drawing) -> go.Figure:
    """Return from each group's raw estimate to the adjusted one, the highest adjusted on top."""
    known = drawing.frame[drawing.frame["estimate"].notna()]
    shown = drawing.first_groups(known.sort_values("estimate", ascending=False, kind="stable"))
    figure = whiskers(shown, "estimate", drawing.word("adjusted"))
    figure.add_trace(points(shown["raw_estimate"], drawing.word("raw"), OPEN_DIAMOND))
    return on_rows(figure, drawing.labels(shown), shares=True)
