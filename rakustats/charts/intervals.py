"""Groups one below the other, each with its interval: what several charts draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.theme import BLUE, ORANGE

Marker = dict[str, Any]
BAR: Marker = {"color": ORANGE, "symbol": "line-ns-open", "size": 9}
OPEN_DIAMOND: Marker = {"color": ORANGE, "symbol": "diamond-open", "size": 9}


def whiskers(shown: pd.DataFrame, column: str, name: str) -> go.Figure:
    """Return a figure of every group's value with its interval, lo to hi."""
    drawn = points(shown[column], name, {"color": BLUE, "size": 9})
    drawn.error_x = {
        "array": shown["hi"] - shown[column],
        "arrayminus": shown[column] - shown["lo"],
        "color": BLUE,
    }
    return go.Figure([drawn])


def points(values: pd.Series[Any], name: str, marker: Marker) -> go.Scatter:
    """Return one mark for each group, on the row of the group."""
    rows = list(range(len(values)))
    return go.Scatter(x=values, y=rows, mode="markers", marker=marker, name=name)


def line(figure: go.Figure, row: int, ends: tuple[Any, Any], style: Marker, **more: Any) -> None:
    """Draw a line on the row of a group."""
    figure.add_shape(type="line", x0=ends[0], x1=ends[1], y0=row, y1=row, line=style, **more)


def on_rows(figure: go.Figure, names: Sequence[str], *, shares: bool = False) -> go.Figure:
    """Return the figure with a row for every group, high enough to be read."""
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=list(names), automargin=True)
    if shares:
        figure.update_xaxes(tickformat=".0%", rangemode="tozero")
    return figure.update_layout(height=150 + 24 * max(len(names), 4))
