"""Figures drawn from results; nothing is computed here but positions."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.charts.registry import chosen
from rakustats.i18n.phrases import Lang
from rakustats.results.result import Result

# a module that is there is a chart that is known
for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def figure(result: Result, lang: Lang, kind: str | None) -> go.Figure:
    """Return the figure of a result: the kind asked for, or the one that fits it best."""
    chart = chosen(result, kind)
    frame = result.frame()
    drawing = Drawing(result, frame[frame[chart.counted] > 0] if chart.counted else frame, lang)
    return drawing.themed(chart.draw(drawing))
