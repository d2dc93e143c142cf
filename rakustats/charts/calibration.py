"""Whether what was predicted came true."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.registry import chart
from rakustats.charts.theme import BLUE, GREY


@chart("calibration", of="rows", columns=("probability", "rate"), counted=None)
def calibration(drawing: Drawing) -> go.Figure:
    """Return event rates over mean probabilities; on the dashed line both are the same."""
    counts = [f"n = {n:,}" for n in drawing.frame["n"]]
    style = {"mode": "lines+markers", "text": counts, "marker": {"color": BLUE, "size": 9}}
    across, up = ("probability", "predicted"), ("rate", "came_true")
    return shares_over_shares(drawing, across, up, style)


def shares_over_shares(
    drawing: Drawing, across: tuple[str, str], up: tuple[str, str], style: dict[str, Any]
) -> go.Figure:
    """Return one share over another, each given as column and word, beside the diagonal."""
    frame, dashes = drawing.frame, {"color": GREY, "dash": "dash", "width": 1}
    figure = go.Figure(
        [
            go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=dashes),
            go.Scatter(x=frame[across[0]], y=frame[up[0]], **style),
        ]
    )
    figure.update_traces(showlegend=False)
    figure.update_xaxes(title=drawing.word(across[1]), tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title=drawing.word(up[1]), tickformat=".0%", range=[0, 1])
    return figure.update_layout(height=420)
