"""Bars: what happens most, and what the way is made of."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.theme import (
    BLUE,
    COLOURS,
    GREY,
    ORANGE,
    WORDS,
    dressed,
    group_name,
    safe,
)
from rakustats.config.settings import settings

if TYPE_CHECKING:
    from rakustats.i18n.phrases import Lang
    from rakustats.results.result import Result


def pareto(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return groups by their events, the most frequent first, with the share they add up to."""
    happened = frame[frame["events"] > 0].sort_values("events", ascending=False, kind="stable")
    shown = happened.head(settings().most_groups)
    names = [group_name(row, result, lang) for row in shown.to_dict("records")]
    total = int(happened["events"].sum())
    shares = [events / total for events in accumulate(shown["events"])]
    drawn = go.Figure(
        go.Bar(x=names, y=shown["events"], marker={"color": BLUE}, text=shown["events"])
    )
    drawn.update_traces(name=WORDS["events"][lang], textposition="outside", cliponaxis=False)
    line = {"color": ORANGE}
    marks = {"mode": "lines+markers", "line": line, "name": WORDS["cumulated"][lang]}
    drawn.add_trace(go.Scatter(x=names, y=shares, yaxis="y2", **marks))
    drawn.update_xaxes(type="category", automargin=True)
    drawn.update_layout(
        yaxis={"title": WORDS["events"][lang], "rangemode": "tozero"},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "tickformat": ".0%",
            "range": [0, 1.08],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "showgrid": False,
        },
    )
    return dressed(drawn, result, lang)


def waterfall(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return the mean days of each stage, one after the other, coloured by owner."""
    shown = frame[frame["mean_days"] > 0]
    days = [float(value) for value in shown["mean_days"]]
    starts = [0.0, *accumulate(days)][: len(days)]
    owners = shown["owner"] if "owner" in shown else pd.Series(WORDS["all"][lang], shown.index)
    names = [safe(str(stage)) for stage in shown["stage"]]
    drawn = go.Figure()
    for number, owner in enumerate(dict.fromkeys(owners)):
        rows = [row for row, held in enumerate(owners) if held == owner]
        drawn.add_trace(
            go.Bar(
                y=rows,
                x=[days[row] for row in rows],
                base=[starts[row] for row in rows],
                orientation="h",
                marker={"color": (*COLOURS, GREY, "#F0E442", "#5B3A8C")[number % 10]},
                text=[f"{days[row]:.1f}" for row in rows],
                textposition="outside",
                cliponaxis=False,
                name=safe(str(owner)),
            )
        )
    _add_total(drawn, sum(days), len(names), lang)
    drawn.update_yaxes(
        tickvals=list(range(len(names) + 1)),
        ticktext=[*names, WORDS["door_to_door"][lang]],
        autorange="reversed",
        automargin=True,
    )
    drawn.update_xaxes(title=WORDS["mean_days"][lang], rangemode="tozero")
    drawn.update_layout(height=190 + 26 * (len(names) + 1), bargap=0.25)
    return dressed(drawn, result, lang)


def _add_total(drawn: go.Figure, total: float, row: int, lang: Lang) -> None:
    drawn.add_trace(
        go.Bar(
            y=[row],
            x=[total],
            orientation="h",
            marker={"color": "#444444"},
            text=[f"{total:.1f}"],
            textposition="outside",
            cliponaxis=False,
            name=WORDS["door_to_door"][lang],
            showlegend=False,
        )
    )
