"""Rates against their n: which groups differ by more than chance."""

from __future__ import annotations

from math import sqrt

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.registry import chart
from rakustats.charts.theme import BLUE, GREY

# normal quantiles and dashes of the limits
LIMITS = {"90 %": (1.6449, "dash"), "99 %": (2.5758, "dot")}


@chart("funnel", of="rates", unasked=False)
def funnel(drawing: Drawing) -> go.Figure:
    """Return rates against n; groups outside the limits differ by more than chance."""
    frame, named = drawing.frame, drawing.labels(drawing.frame)
    figure = go.Figure(
        go.Scatter(
            x=frame["n"],
            y=frame["rate"],
            mode="markers",
            marker={"color": BLUE},
            text=named,
            name=drawing.word("rate"),
        )
    )
    total = int(frame["n"].sum())
    if total:
        common = int(frame["events"].sum()) / total
        _add_limits(figure, common, sorted({int(n) for n in frame["n"]} | {1}), drawing)
        figure.add_hline(y=common, line={"color": GREY})
    figure.update_xaxes(type="log", title=drawing.word("n"))
    return figure.update_yaxes(tickformat=".0%")


def _add_limits(figure: go.Figure, common: float, sizes: list[int], drawing: Drawing) -> None:
    for name, (z, dash) in LIMITS.items():
        for sign in (-1, 1):
            limit = [common + sign * z * sqrt(common * (1 - common) / n) for n in sizes]
            figure.add_trace(
                go.Scatter(
                    x=sizes,
                    y=[min(max(v, 0.0), 1.0) for v in limit],
                    mode="lines",
                    line={"color": GREY, "dash": dash},
                    name=f"{name} {drawing.word('limits')}",
                    showlegend=sign > 0,
                )
            )
