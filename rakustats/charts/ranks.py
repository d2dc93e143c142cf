"""Expected ranks with their intervals: how uncertain a ranked list is."""

from __future__ import annotations

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.intervals import on_rows, whiskers
from rakustats.charts.registry import chart


@chart("ranks", of="scores", unasked=False)
def ranks(drawing: Drawing) -> go.Figure:
    """Return expected ranks with their intervals, the best on top."""
    known = drawing.frame[drawing.frame["expected_rank"].notna()]
    shown = drawing.first_groups(known.sort_values("expected_rank", kind="stable"))
    bounds = shown.assign(lo=shown["rank_lo"], hi=shown["rank_hi"])
    figure = whiskers(bounds, "expected_rank", drawing.word("rank"))
    on_rows(figure, drawing.labels(shown))
    # a single trace has no legend of its own accord
    figure.update_layout(showlegend=True)
    return figure.update_xaxes(title=drawing.word("rank"), rangemode="tozero")
