"""A cumulative sum by day, with the limit at which it raises an alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.theme import COLOURS, WORDS, dressed, group_name

if TYPE_CHECKING:
    from rakustats.i18n.phrases import Lang
    from rakustats.results.result import Result


def path(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return the sum as a line, the limit as a dashed one, and the day of the alarm."""
    days, limit = pd.to_datetime(frame["day"]), frame["limit"]
    who = group_name(frame.iloc[0].to_dict(), result, lang) if len(frame) else ""
    line = {"color": COLOURS[0], "shape": "hv", "width": 2}
    drawn = go.Figure(go.Scatter(x=days, y=frame["cusum"], mode="lines", line=line, name=who))
    dashes = {"color": COLOURS[1], "dash": "dash", "width": 1.5}
    drawn.add_trace(
        go.Scatter(x=days, y=limit, mode="lines", line=dashes, name=WORDS["limit"][lang])
    )
    over = frame[frame["cusum"] >= limit]
    if len(over):
        at = pd.Timestamp(over["day"].iloc[0])
        drawn.add_vline(x=at, line={"color": COLOURS[1], "width": 1})
        drawn.add_annotation(
            x=at, y=1, yref="paper", text=f"{WORDS['alarm'][lang]} {at:%Y-%m-%d}", showarrow=False,
            xanchor="left", yanchor="bottom",
        )  # fmt: skip
    drawn.update_yaxes(title=WORDS["cusum"][lang], rangemode="tozero")
    drawn.update_layout(height=380)
    return dressed(drawn, result, lang)
