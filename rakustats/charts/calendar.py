"""A calendar of rates: a column for each week, a row for each weekday, closures framed."""

from __future__ import annotations

from datetime import date, timedelta

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.registry import chart
from rakustats.charts.theme import ORANGE, WEEKDAYS
from rakustats.config.settings import settings

WEEK = timedelta(days=7)


@chart("calendar", of="rates", keys=("day",))
def calendar(drawing: Drawing) -> go.Figure:
    """Return every day's rate as a colour; days without a unit stay empty."""
    known, weekdays = drawing.frame[drawing.frame["day"].notna()], WEEKDAYS[drawing.lang]
    days = [date.fromisoformat(str(day)) for day in known["day"]]
    figure = go.Figure(
        go.Heatmap(
            x=[_monday(day).isoformat() for day in days],
            y=[weekdays[day.weekday()] for day in days],
            z=known["rate"],
            customdata=list(zip(known["day"], known["n"], strict=True)),
            hovertemplate="%{customdata[0]}<br>%{z:.0%} (n=%{customdata[1]})<extra></extra>",
            # days without delays stay apart from days without parcels, which are white
            colorscale=[[0, "#DCE6EE"], [1, "#08306B"]],
            zmin=0,
            zmax=1,
            xgap=1,
            ygap=1,
            colorbar={"tickformat": ".0%", "title": drawing.word("rate"), "thickness": 12},
        )
    )
    if days:
        _frame_closures(figure, min(days), max(days))
    figure.add_trace(_legend_entry(drawing))
    figure.update_yaxes(
        type="category", categoryarray=weekdays[::-1], categoryorder="array", showgrid=False
    )
    figure.update_xaxes(type="date", title=drawing.word("week"), showgrid=False)
    return figure.update_layout(height=330)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _frame_closures(figure: go.Figure, first: date, last: date) -> None:
    """Frame the weeks that a closure touches."""
    half = WEEK / 2
    for closure in settings().closures:
        if closure.first <= last and closure.last >= first:
            x0 = _monday(max(closure.first, first)) - half
            x1 = _monday(min(closure.last, last)) + half
            line = {"color": ORANGE, "width": 2}
            figure.add_shape(
                type="rect", x0=x0, x1=x1, y0=-0.5, y1=6.5, line=line, fillcolor="rgba(0,0,0,0)"
            )


def _legend_entry(drawing: Drawing) -> go.Scatter:
    marker = {"symbol": "square-open", "color": ORANGE, "size": 12, "line": {"width": 2}}
    name = drawing.word("closure")
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=name, showlegend=True)
