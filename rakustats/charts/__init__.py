"""Figures drawn from results; nothing is computed here but positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from rakustats.charts.backtest import calibration, gain, origins, parts
from rakustats.charts.bars import pareto, waterfall
from rakustats.charts.calendar import calendar
from rakustats.charts.curves import curve
from rakustats.charts.cusum import path
from rakustats.charts.intervals import (
    adjusted,
    chances,
    forest,
    quantiles,
    ranges,
    ranks,
    scores,
)
from rakustats.charts.rates import funnel, months
from rakustats.errors import UsageError

if TYPE_CHECKING:
    from rakustats.i18n.phrases import Lang
    from rakustats.results.result import Result

DRAWN = {
    "forest": forest,
    "months": months,
    "funnel": funnel,
    "range": ranges,
    "pareto": pareto,
    "calendar": calendar,
    "quantiles": quantiles,
    "waterfall": waterfall,
    "curve": curve,
    "chances": chances,
    "scores": scores,
    "ranks": ranks,
    "adjusted": adjusted,
    "path": path,
    "calibration": calibration,
    "gain": gain,
    "origins": origins,
    "parts": parts,
}
FITTING = {
    "rates": ("forest", "months", "funnel", "range", "pareto", "calendar", "adjusted"),
    "times": ("quantiles", "waterfall"),
    "curve": ("curve",),
    "rows": ("chances", "calibration", "gain", "origins", "parts"),
    "scores": ("scores", "ranks"),
    "path": ("path",),
}
# drawn with all their rows, whatever their counts
_WHOLE = ("path", "calibration", "gain", "origins", "parts")
# by what columns a table of rows is drawn as what
ROWS = {
    "chances": {"probability", "n_open"},
    "calibration": {"probability", "rate"},
    "gain": {"share", "found"},
    "origins": {"origin", "leaky_auc"},
    "parts": {"words", "logit"},
}
NEEDED = {
    "range": {"estimate_high"},
    "adjusted": {"raw_estimate"},
    "waterfall": {"mean_days"},
    **ROWS,
}


def figure(result: Result, lang: Lang, kind: str | None) -> go.Figure:
    """Return the figure of a table of rates or times, of a curve, or of chances."""
    if result.kind == "rows" and _usual(result) is None:
        raise UsageError(
            "Only a table of rates, times, probabilities or scores, a curve or a path can be"
            " drawn; use frame() and draw it yourself."
        )
    chosen = kind or _usual(result)
    if chosen is None or chosen not in DRAWN:
        raise UsageError(f"Unknown kind of figure {chosen!r}; use {', '.join(DRAWN)}.")
    if chosen not in FITTING[result.kind]:
        raise UsageError(
            f"A table of {result.kind} cannot be drawn as {chosen!r}; "
            f"use {', '.join(FITTING[result.kind])}."
        )
    _check_columns(result, chosen)
    frame = result.frame()
    if chosen in _WHOLE:
        return DRAWN[chosen](result, frame, lang)
    counted = "n_open" if chosen == "chances" else "n"
    return DRAWN[chosen](result, frame[frame[counted] > 0], lang)


def _usual(result: Result) -> str | None:
    """Return the kind of figure that the keys and columns of a result suggest."""
    if result.kind == "rates":
        alone: dict[tuple[str, ...], str] = {("month",): "months", ("day",): "calendar"}
        columns = result.table.column_names
        special = (kind for kind in ("range", "adjusted") if NEEDED[kind] <= set(columns))
        return alone.get(result.by, next(special, "forest"))
    if result.kind == "times":
        whole_way = "mean_days" in result.table.column_names and set(result.by) <= {
            "stage",
            "owner",
        }
        return "waterfall" if whole_way else "quantiles"
    if result.kind in ("curve", "scores", "path"):
        return result.kind
    columns = result.table.column_names
    return next((kind for kind, needed in ROWS.items() if needed <= set(columns)), None)


def _check_columns(result: Result, chosen: str) -> None:
    if chosen == "months" and result.by != ("month",):
        raise UsageError('The line of months needs by="month" and no other key.')
    if chosen == "calendar" and result.by != ("day",):
        raise UsageError('The calendar needs by="day" and no other key.')
    if chosen == "waterfall" and "stage" not in result.by:
        raise UsageError('The waterfall needs "stage" among its keys.')
    missing = sorted(NEEDED.get(chosen, set()) - set(result.table.column_names))
    if missing:
        raise UsageError(f"A figure of kind {chosen!r} needs the column {missing[0]}.")
