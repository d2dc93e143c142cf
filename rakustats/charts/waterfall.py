"""The stages of the time from door to door."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing, safe
from rakustats.charts.registry import chart
from rakustats.charts.theme import COLOURS, GREY

_OWNERS = (*COLOURS, GREY, "#F0E442", "#5B3A8C")


@chart("waterfall", of="times", columns=("mean_days",), keys=("stage",), also=("owner",))
def waterfall(drawing: Drawing) -> go.Figure:
    """Return the mean days of each stage, one after the other, coloured by owner."""
    shown = drawing.frame[drawing.frame["mean_days"] > 0]
    days = [float(value) for value in shown["mean_days"]]
    starts = [0.0, *accumulate(days)][: len(days)]
    owners = shown["owner"] if "owner" in shown else pd.Series(drawing.word("all"), shown.index)
    names = [safe(str(stage)) for stage in shown["stage"]]
    whole = drawing.word("door_to_door")
    figure = go.Figure()
    for number, owner in enumerate(dict.fromkeys(owners)):
        rows = [row for row, held in enumerate(owners) if held == owner]
        figure.add_trace(
            _bars(
                rows,
                [days[row] for row in rows],
                base=[starts[row] for row in rows],
                marker={"color": _OWNERS[number % len(_OWNERS)]},
                name=safe(str(owner)),
            )
        )
    total = _bars(
        [len(names)], [sum(days)], marker={"color": "#444444"}, name=whole, showlegend=False
    )
    figure.add_trace(total)
    figure.update_yaxes(
        tickvals=list(range(len(names) + 1)),
        ticktext=[*names, whole],
        autorange="reversed",
        automargin=True,
    )
    figure.update_xaxes(title=drawing.word("mean_days"), rangemode="tozero")
    return figure.update_layout(height=190 + 26 * (len(names) + 1), bargap=0.25)


def _bars(rows: list[int], days: list[float], **style: Any) -> go.Bar:
    """Return bars on the rows of their stages, each with its days beside it."""
    written = [f"{value:.1f}" for value in days]
    outside = {"textposition": "outside", "cliponaxis": False}
    return go.Bar(y=rows, x=days, text=written, orientation="h", **outside, **style)
