"""Rates by month, and rates against their n."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from math import sqrt
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.theme import BAND, BLUE, GREY, ORANGE, WORDS, dressed, labels
from rakustats.config.settings import settings

if TYPE_CHECKING:
    from rakustats.i18n.phrases import Lang
    from rakustats.results.result import Result

NORMAL_QUANTILES = {"90 %": 1.6449, "99 %": 2.5758}


def months(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return the estimate by month with its interval, and n as bars behind it."""
    frame = frame[frame["month"].notna()]
    drawn = go.Figure()
    drawn.add_trace(
        go.Bar(
            x=frame["month"],
            y=frame["n"],
            yaxis="y2",
            marker={"color": GREY, "opacity": 0.35},
            name=WORDS["n"][lang],
        )
    )
    edge = {"mode": "lines", "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
    drawn.add_trace(go.Scatter(x=frame["month"], y=frame["hi"], **edge))
    drawn.add_trace(
        go.Scatter(x=frame["month"], y=frame["lo"], fill="tonexty", fillcolor=BAND, **edge)
    )
    drawn.add_trace(
        go.Scatter(
            x=frame["month"],
            y=frame["estimate"],
            mode="lines+markers",
            line={"color": BLUE},
            name=WORDS["estimate"][lang],
        )
    )
    _mark_closures(drawn, list(frame["month"]))
    drawn.update_xaxes(type="category", title=WORDS["month"][lang])
    drawn.update_layout(
        # plotly would put the ticks of an overlaying axis where the other has its own: at 5.4 %
        yaxis={"tickformat": ".0%", "rangemode": "tozero", "overlaying": "y2", "tickmode": "auto"},
        yaxis2={"side": "right", "showgrid": False, "title": WORDS["n"][lang]},
    )
    return dressed(drawn, result, lang)


def _mark_closures(drawn: go.Figure, shown: list[str]) -> None:
    """Shade the closures between the first and the last month shown."""
    for closure in settings().closures:
        ends = [_place(day, shown) for day in (closure.first, closure.last + timedelta(days=1))]
        known = [end for end in ends if end is not None]
        if known:
            # a closure that goes on past the months shown is shaded to their edge
            left, right = ends[0], ends[1]
            x0 = -0.5 if left is None else left
            x1 = len(shown) - 0.5 if right is None else right
            drawn.add_vrect(x0=x0, x1=x1, fillcolor=ORANGE, opacity=0.16, line_width=0)


def _place(day: date, shown: list[str]) -> float | None:
    """Return where a day lies on an axis of months, each of which is one wide."""
    month = f"{day:%Y-%m}"
    if month not in shown:
        return None
    return shown.index(month) - 0.5 + (day.day - 1) / monthrange(day.year, day.month)[1]


def funnel(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return rates against n; groups outside the limits differ by more than chance."""
    drawn = go.Figure()
    drawn.add_trace(
        go.Scatter(
            x=frame["n"],
            y=frame["rate"],
            mode="markers",
            marker={"color": BLUE},
            text=labels(result, frame, lang),
            name=WORDS["rate"][lang],
        )
    )
    total = int(frame["n"].sum())
    if total:
        common = int(frame["events"].sum()) / total
        sizes = sorted({int(n) for n in frame["n"]} | {1})
        for (name, z), dash in zip(NORMAL_QUANTILES.items(), ("dash", "dot"), strict=True):
            for sign in (-1, 1):
                limit = [common + sign * z * sqrt(common * (1 - common) / n) for n in sizes]
                drawn.add_trace(
                    go.Scatter(
                        x=sizes,
                        y=[min(max(v, 0.0), 1.0) for v in limit],
                        mode="lines",
                        line={"color": GREY, "dash": dash},
                        name=f"{name} {WORDS['limits'][lang]}",
                        showlegend=sign > 0,
                    )
                )
        drawn.add_hline(y=common, line={"color": GREY})
    drawn.update_xaxes(type="log", title=WORDS["n"][lang])
    drawn.update_yaxes(tickformat=".0%")
    return dressed(drawn, result, lang)
