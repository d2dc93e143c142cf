"""What makes one delivery likelier to be late than the usual one."""

from __future__ import annotations

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing, safe
from rakustats.charts.registry import chart
from rakustats.charts.theme import BLUE, GREY, ORANGE


@chart("parts", of="rows", columns=("words", "logit"), counted=None)
def parts(drawing: Drawing) -> go.Figure:
    """Return the parts of one delivery's log odds as a waterfall from the usual one."""
    frame = drawing.frame
    figure = go.Figure(
        go.Waterfall(
            y=[safe(text) for text in frame["words"]],
            x=frame["logit"],
            measure=["absolute", *["relative"] * (len(frame) - 2), "total"],
            orientation="h",
            increasing={"marker": {"color": ORANGE}},
            decreasing={"marker": {"color": BLUE}},
            totals={"marker": {"color": GREY}},
        )
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(title=drawing.word("logit"))
    return figure.update_layout(height=120 + 32 * len(frame))
