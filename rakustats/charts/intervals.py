"""Groups one below the other, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.theme import (
    BLUE,
    GREY,
    ORANGE,
    WORDS,
    dressed,
    first_groups,
    labels,
    on_rows,
)

if TYPE_CHECKING:
    from rakustats.i18n.phrases import Lang
    from rakustats.results.result import Result

QUANTILES = {
    "p50": (BLUE, "circle"),
    "p80": ("#56B4E9", "circle"),
    "p90": (ORANGE, "diamond"),
    "p95": (GREY, "diamond-open"),
}


def forest(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return groups with their intervals, the highest estimate on top."""
    ranked = frame.sort_values("estimate", ascending=False, kind="stable")
    shown, note = first_groups(ranked, lang)
    drawn = go.Figure([_whiskers(shown, "estimate", WORDS["estimate"][lang])])
    bar = {"color": ORANGE, "symbol": "line-ns-open", "size": 9}
    drawn.add_trace(_points(shown["rate"], WORDS["rate"][lang], bar))
    on_rows(drawn, labels(result, shown, lang))
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero")
    return dressed(drawn, result, lang, note)


def ranges(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return from what is certain to what is possible, by group, with the intervals of both."""
    ranked = frame.sort_values("estimate_high", ascending=False, kind="stable")
    shown, note = first_groups(ranked, lang)
    drawn = go.Figure()
    rows = range(len(shown))
    for row, low, high in zip(rows, shown["lo"], shown["hi_high"], strict=True):
        line = {"color": "#666666", "width": 2}
        drawn.add_shape(type="line", x0=low, x1=high, y0=row, y1=row, line=line, layer="below")
    both = zip(rows, shown["estimate"], shown["estimate_high"], strict=True)
    for row, low, high in both:
        line = {"color": BLUE, "width": 7}
        drawn.add_shape(type="line", x0=low, x1=high, y0=row, y1=row, line=line, opacity=0.35)
    drawn.add_trace(_points(shown["estimate"], WORDS["certain"][lang], {"color": BLUE, "size": 10}))
    end = {"color": ORANGE, "size": 10, "symbol": "diamond"}
    drawn.add_trace(_points(shown["estimate_high"], WORDS["possible"][lang], end))
    on_rows(drawn, labels(result, shown, lang))
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero")
    return dressed(drawn, result, lang, note)


def quantiles(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return the days by which half, 80, 90 and 95 of 100 are done, the slowest on top."""
    ranked = frame
    # stages and months are read in their own order
    if not {"stage", "month", "day"} & set(result.by):
        ranked = frame.sort_values(["p90", "p50"], ascending=False, na_position="first")
    shown, note = first_groups(ranked, lang)
    drawn = go.Figure()
    for row, first, last in zip(range(len(shown)), shown["p50"], _last(shown), strict=True):
        if pd.notna(first):
            line = {"color": GREY, "width": 2}
            drawn.add_shape(
                type="line", x0=first, x1=last, y0=row, y1=row, line=line, layer="below"
            )
    for name, (colour, symbol) in QUANTILES.items():
        marker = {"color": colour, "symbol": symbol, "size": 10}
        drawn.add_trace(_points(shown[name], f"{name[1:]} %", marker))
    on_rows(drawn, labels(result, shown, lang))
    drawn.update_xaxes(title=WORDS["days"][lang], rangemode="tozero")
    return dressed(drawn, result, lang, note)


def chances(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return the probability of each group with its interval, in the order of the table."""
    shown, note = first_groups(frame[frame["probability"].notna()], lang)
    renamed = shown.rename(columns={"probability": "estimate"})
    drawn = go.Figure([_whiskers(renamed, "estimate", WORDS["probability"][lang])])
    on_rows(drawn, labels(result, shown, lang, "n_open"))
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero")
    drawn.update_layout(showlegend=True)
    return dressed(drawn, result, lang, note)


def scores(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return scores with their intervals and the value that grades go by, in the table's order."""
    shown, note = first_groups(frame[frame["score"].notna()], lang)
    drawn = go.Figure([_whiskers(shown, "score", WORDS["score"][lang])])
    bar = {"color": ORANGE, "symbol": "line-ns-open", "size": 9}
    drawn.add_trace(_points(shown["cautious"], WORDS["cautious"][lang], bar))
    named = labels(result, shown, lang)
    on_rows(drawn, [f"{text} {grade}" for text, grade in zip(named, shown["grade"], strict=True)])
    drawn.update_xaxes(range=[0, 100])
    return dressed(drawn, result, lang, note)


def ranks(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return expected ranks with their intervals, the best on top: how little a list may tell."""
    ranked = frame[frame["expected_rank"].notna()].sort_values("expected_rank", kind="stable")
    shown, note = first_groups(ranked, lang)
    bounds = shown.assign(lo=shown["rank_lo"], hi=shown["rank_hi"])
    drawn = go.Figure([_whiskers(bounds, "expected_rank", WORDS["rank"][lang])])
    on_rows(drawn, labels(result, shown, lang))
    drawn.update_xaxes(title=WORDS["rank"][lang], rangemode="tozero")
    drawn.update_layout(showlegend=True)
    return dressed(drawn, result, lang, note)


def adjusted(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return from each group's raw estimate to the adjusted one, the highest adjusted on top."""
    known = frame[frame["estimate"].notna()]
    ranked = known.sort_values("estimate", ascending=False, kind="stable")
    shown, note = first_groups(ranked, lang)
    drawn = go.Figure([_whiskers(shown, "estimate", WORDS["adjusted"][lang])])
    raw = {"color": ORANGE, "symbol": "diamond-open", "size": 9}
    drawn.add_trace(_points(shown["raw_estimate"], WORDS["raw"][lang], raw))
    on_rows(drawn, labels(result, shown, lang))
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero")
    return dressed(drawn, result, lang, note)


def _last(shown: pd.DataFrame) -> pd.Series[Any]:
    """Return the highest quantile that the curve of each group reaches."""
    return shown[list(QUANTILES)].astype("Float64").max(axis=1)


def _whiskers(shown: pd.DataFrame, column: str, name: str) -> go.Scatter:
    drawn = _points(shown[column], name, {"color": BLUE, "size": 9})
    drawn.error_x = {
        "array": shown["hi"] - shown[column],
        "arrayminus": shown[column] - shown["lo"],
        "color": BLUE,
    }
    return drawn


def _points(values: pd.Series[Any], name: str, marker: dict[str, Any]) -> go.Scatter:
    places = list(range(len(values)))
    return go.Scatter(x=values, y=places, mode="markers", marker=marker, name=name)
