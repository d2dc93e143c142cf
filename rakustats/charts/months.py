"""Rates by month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.registry import chart
from rakustats.charts.theme import BAND, BLUE, GREY, ORANGE
from rakustats.config.settings import settings


@chart("months", of="rates", keys=("month",))
def months(drawing: Drawing) -> go.Figure:
    """Return the estimate by month with its interval, and n as bars behind it."""
    frame = drawing.frame[drawing.frame["month"].notna()]
    figure = go.Figure()
    figure.add_trace(
        go.Bar(
            x=frame["month"],
            y=frame["n"],
            yaxis="y2",
            marker={"color": GREY, "opacity": 0.35},
            name=drawing.word("n"),
        )
    )
    edge = {"mode": "lines", "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
    figure.add_trace(go.Scatter(x=frame["month"], y=frame["hi"], **edge))
    figure.add_trace(
        go.Scatter(x=frame["month"], y=frame["lo"], fill="tonexty", fillcolor=BAND, **edge)
    )
    figure.add_trace(
        go.Scatter(
            x=frame["month"],
            y=frame["estimate"],
            mode="lines+markers",
            line={"color": BLUE},
            name=drawing.word("estimate"),
        )
    )
    _mark_closures(figure, list(frame["month"]))
    figure.update_xaxes(type="category", title=drawing.word("month"))
    return figure.update_layout(
        # plotly would put the ticks of an overlaying axis where the other has its own: at 5.4 %
        yaxis={"tickformat": ".0%", "rangemode": "tozero", "overlaying": "y2", "tickmode": "auto"},
        yaxis2={"side": "right", "showgrid": False, "title": drawing.word("n")},
    )


def _mark_closures(figure: go.Figure, shown: list[str]) -> None:
    """Shade the closures between the first and the last month shown."""
    for closure in settings().closures:
        ends = [_place(day, shown) for day in (closure.first, closure.last + timedelta(days=1))]
        known = [end for end in ends if end is not None]
        if known:
            # a closure that goes on past the months shown is shaded to their edge
            left, right = ends[0], ends[1]
            x0 = -0.5 if left is None else left
            x1 = len(shown) - 0.5 if right is None else right
            figure.add_vrect(x0=x0, x1=x1, fillcolor=ORANGE, opacity=0.16, line_width=0)


def _place(day: date, shown: list[str]) -> float | None:
    """Return where a day lies on an axis of months, each of which is one wide."""
    month = f"{day:%Y-%m}"
    if month not in shown:
        return None
    return shown.index(month) - 0.5 + (day.day - 1) / monthrange(day.year, day.month)[1]
