"""The days by which so many of a hundred are done."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.intervals import line, on_rows, points
from rakustats.charts.registry import chart
from rakustats.charts.theme import BLUE, GREY, ORANGE

QUANTILES = {
    "p50": (BLUE, "circle"),
    "p80": ("#56B4E9", "circle"),
    "p90": (ORANGE, "diamond"),
    "p95": (GREY, "diamond-open"),
}


@chart("quantiles", of="times")
def quantiles(drawing: Drawing) -> go.Figure:
    """Return the days by which half, 80, 90 and 95 of 100 are done, the slowest on top."""
    ranked = drawing.frame
    # stages and months are read in their own order
    if not {"stage", "month", "day"} & set(drawing.result.by):
        ranked = ranked.sort_values(["p90", "p50"], ascending=False, na_position="first")
    shown = drawing.first_groups(ranked)
    figure = go.Figure()
    # a curve may end before it reaches the higher ones
    last = shown[list(QUANTILES)].astype("Float64").max(axis=1)
    for row, ends in enumerate(zip(shown["p50"], last, strict=True)):
        if pd.notna(ends[0]):
            line(figure, row, ends, {"color": GREY, "width": 2}, layer="below")
    for name, (colour, symbol) in QUANTILES.items():
        marker = {"color": colour, "symbol": symbol, "size": 10}
        figure.add_trace(points(shown[name], f"{name[1:]} %", marker))
    on_rows(figure, drawing.labels(shown))
    return figure.update_xaxes(title=drawing.word("days"), rangemode="tozero")
