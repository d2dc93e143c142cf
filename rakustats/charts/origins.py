"""Backtest: how well past predictions separated late from timely deliveries."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.registry import chart
from rakustats.charts.theme import BLUE, ORANGE


@chart("origins", of="rows", columns=("origin", "leaky_auc"), counted=None)
def origins(drawing: Drawing) -> go.Figure:
    """Return the AUC of every past origin, and what the same data seem to give with leaks."""
    days, leaky = drawing.frame["origin"], drawing.frame["leaky_auc"].dropna()
    lines: list[tuple[Any, ...]]
    lines = [(drawing.frame["auc"], "lines+markers", {"color": BLUE}, "honest")]
    if len(leaky):
        level = [leaky.iloc[0]] * len(days)
        lines.append((level, "lines", {"color": ORANGE, "dash": "dash"}, "leaky"))
    figure = go.Figure(
        [
            go.Scatter(x=days, y=auc, mode=mode, line=line, name=drawing.word(word))
            for auc, mode, line, word in lines
        ]
    )
    figure.update_yaxes(title="AUC", range=[0.45, 1.02])
    return figure.update_layout(height=380)
