"""A cumulative sum by day, with the limit at which it raises an alarm."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.registry import chart
from rakustats.charts.theme import BLUE, ORANGE


@chart("path", of="path", counted=None)
def path(drawing: Drawing) -> go.Figure:
    """Return the sum as a line, the limit as a dashed one, and the day of the alarm."""
    frame = drawing.frame
    days, limit = pd.to_datetime(frame["day"]), frame["limit"]
    who = drawing.group_name(frame.iloc[0].to_dict()) if len(frame) else ""
    line = {"color": BLUE, "shape": "hv", "width": 2}
    dashes = {"color": ORANGE, "dash": "dash", "width": 1.5}
    figure = go.Figure(
        [
            go.Scatter(x=days, y=frame["cusum"], mode="lines", line=line, name=who),
            go.Scatter(x=days, y=limit, mode="lines", line=dashes, name=drawing.word("limit")),
        ]
    )
    over = frame[frame["cusum"] >= limit]
    if len(over):
        at = pd.Timestamp(over["day"].iloc[0])
        figure.add_vline(x=at, line={"color": ORANGE, "width": 1})
        figure.add_annotation(
            x=at, y=1, yref="paper", text=f"{drawing.word('alarm')} {at:%Y-%m-%d}", showarrow=False,
            xanchor="left", yanchor="bottom",
        )  # fmt: skip
    figure.update_yaxes(title=drawing.word("cusum"), rangemode="tozero")
    return figure.update_layout(height=380)
