"""What happens most."""

from __future__ import annotations

from itertools import accumulate

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.registry import chart
from rakustats.charts.theme import BLUE, ORANGE
from rakustats.config.settings import settings

_SHARES = {
    "overlaying": "y",
    "side": "right",
    "tickformat": ".0%",
    "range": [0, 1.08],
    "tickvals": [0, 0.25, 0.5, 0.75, 1],
    "showgrid": False,
}


@chart("pareto", of="rates", unasked=False)
def pareto(drawing: Drawing) -> go.Figure:
    """Return groups by their events, the most frequent first, with the share they add up to."""
    happened = drawing.frame[drawing.frame["events"] > 0]
    shown = happened.sort_values("events", ascending=False, kind="stable")
    shown = shown.head(settings().most_groups)
    names = [drawing.group_name(row) for row in shown.to_dict("records")]
    total, word = int(happened["events"].sum()), drawing.word("events")
    figure = go.Figure(
        go.Bar(
            x=names,
            y=shown["events"],
            marker={"color": BLUE},
            text=shown["events"],
            name=word,
            textposition="outside",
            cliponaxis=False,
        )
    )
    shares = [events / total for events in accumulate(shown["events"])]
    marks = {"mode": "lines+markers", "line": {"color": ORANGE}, "name": drawing.word("cumulated")}
    figure.add_trace(go.Scatter(x=names, y=shares, yaxis="y2", **marks))
    figure.update_xaxes(type="category", automargin=True)
    return figure.update_layout(yaxis={"title": word, "rangemode": "tozero"}, yaxis2=_SHARES)
