"""A calendar of rates: a column for each week, a row for each weekday, closures framed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.theme import ORANGE, WEEKDAYS, WORDS, dressed
from rakustats.config.settings import settings

if TYPE_CHECKING:
    from rakustats.i18n.phrases import Lang
    from rakustats.results.result import Result

WEEK = timedelta(days=7)


def calendar(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return every day's rate as a colour; days without a unit stay empty."""
    known = frame[frame["day"].notna()]
    days = [date.fromisoformat(str(day)) for day in known["day"]]
    drawn = go.Figure(
        go.Heatmap(
            x=[_monday(day).isoformat() for day in days],
            y=[WEEKDAYS[lang][day.weekday()] for day in days],
            z=known["rate"],
            customdata=list(zip(known["day"], known["n"], strict=True)),
            hovertemplate="%{customdata[0]}<br>%{z:.0%} (n=%{customdata[1]})<extra></extra>",
            # days without delays stay apart from days without parcels, which are white
            colorscale=[[0, "#DCE6EE"], [1, "#08306B"]],
            zmin=0,
            zmax=1,
            xgap=1,
            ygap=1,
            colorbar={"tickformat": ".0%", "title": WORDS["rate"][lang], "thickness": 12},
        )
    )
    if days:
        _frame_closures(drawn, min(days), max(days))
    drawn.add_trace(_legend_entry(lang))
    drawn.update_yaxes(
        type="category", categoryarray=WEEKDAYS[lang][::-1], categoryorder="array", showgrid=False
    )
    drawn.update_xaxes(type="date", title=WORDS["week"][lang], showgrid=False)
    drawn.update_layout(height=330)
    return dressed(drawn, result, lang)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _frame_closures(drawn: go.Figure, first: date, last: date) -> None:
    """Frame the weeks that a closure touches."""
    half = WEEK / 2
    for closure in settings().closures:
        if closure.first <= last and closure.last >= first:
            x0 = _monday(max(closure.first, first)) - half
            x1 = _monday(min(closure.last, last)) + half
            line = {"color": ORANGE, "width": 2}
            drawn.add_shape(
                type="rect", x0=x0, x1=x1, y0=-0.5, y1=6.5, line=line, fillcolor="rgba(0,0,0,0)"
            )


def _legend_entry(lang: Lang) -> go.Scatter:
    marker = {"symbol": "square-open", "color": ORANGE, "size": 12, "line": {"width": 2}}
    name = WORDS["closure"][lang]
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=name, showlegend=True)
