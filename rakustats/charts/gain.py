"""Which share of the late ones a given capacity finds."""

from __future__ import annotations

import plotly.graph_objects as go

from rakustats.charts.calibration import shares_over_shares
from rakustats.charts.drawing import Drawing
from rakustats.charts.registry import chart
from rakustats.charts.theme import BLUE


@chart("gain", of="rows", columns=("share", "found"), counted=None)
def gain(drawing: Drawing) -> go.Figure:
    """Return which share of the late ones is among the likeliest so many."""
    style = {"mode": "lines", "line": {"color": BLUE, "width": 2}}
    return shares_over_shares(drawing, ("share", "looked_after"), ("found", "found"), style)
