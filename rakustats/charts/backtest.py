"""Figures of a model of risk: calibration, what a capacity finds, past origins, one delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.theme import BLUE, GREY, ORANGE, WORDS, dressed, safe

if TYPE_CHECKING:
    from rakustats.i18n.phrases import Lang
    from rakustats.results.result import Result

_LINE = {"color": GREY, "dash": "dash", "width": 1}


def calibration(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return event rates over mean probabilities; on the dashed line both are the same."""
    drawn = go.Figure(_diagonal())
    counts = [f"n = {n:,}" for n in frame["n"]]
    drawn.add_trace(
        go.Scatter(x=frame["probability"], y=frame["rate"], mode="lines+markers", text=counts,
                   marker={"color": BLUE, "size": 9}, showlegend=False)
    )  # fmt: skip
    return _shares(drawn, result, lang, "predicted", "came_true")


def gain(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return which share of the late ones is among the likeliest so many."""
    drawn = go.Figure(_diagonal())
    drawn.add_trace(
        go.Scatter(x=frame["share"], y=frame["found"], mode="lines",
                   line={"color": BLUE, "width": 2}, showlegend=False)
    )  # fmt: skip
    return _shares(drawn, result, lang, "looked_after", "found")


def origins(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return the AUC of every past origin, and what the same data seem to give with leaks."""
    drawn = go.Figure(
        go.Scatter(x=frame["origin"], y=frame["auc"], mode="lines+markers",
                   line={"color": BLUE}, name=WORDS["honest"][lang])
    )  # fmt: skip
    leaky = frame["leaky_auc"].dropna()
    if len(leaky):
        drawn.add_trace(
            go.Scatter(x=frame["origin"], y=[leaky.iloc[0]] * len(frame), mode="lines",
                       line={"color": ORANGE, "dash": "dash"}, name=WORDS["leaky"][lang])
        )  # fmt: skip
    drawn.update_yaxes(title="AUC", range=[0.45, 1.02])
    drawn.update_layout(height=380)
    return dressed(drawn, result, lang)


def parts(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return the parts of one delivery's log odds as a waterfall from the usual one."""
    measure = ["absolute", *["relative"] * (len(frame) - 2), "total"]
    drawn = go.Figure(
        go.Waterfall(
            y=[safe(text) for text in frame["words"]], x=frame["logit"], measure=measure,
            orientation="h", increasing={"marker": {"color": ORANGE}},
            decreasing={"marker": {"color": BLUE}}, totals={"marker": {"color": GREY}},
        )
    )  # fmt: skip
    drawn.update_yaxes(autorange="reversed", automargin=True)
    drawn.update_xaxes(title=WORDS["logit"][lang])
    drawn.update_layout(height=120 + 32 * len(frame))
    return dressed(drawn, result, lang)


def _diagonal() -> go.Scatter:
    return go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=_LINE, showlegend=False)


def _shares(drawn: go.Figure, result: Result, lang: Lang, across: str, up: str) -> go.Figure:
    drawn.update_xaxes(title=WORDS[across][lang], tickformat=".0%", range=[0, 1])
    drawn.update_yaxes(title=WORDS[up][lang], tickformat=".0%", range=[0, 1])
    drawn.update_layout(height=420)
    return dressed(drawn, result, lang)
