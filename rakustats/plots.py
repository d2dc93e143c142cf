"""Figures drawn from results; nothing is computed here but positions."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Hashable
from datetime import date, timedelta
from math import sqrt
from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from rakustats.config import settings
from rakustats.errors import UsageError

if TYPE_CHECKING:
    from rakustats.results import Lang, Result

# Okabe and Ito's palette keeps apart for colour-blind readers
BLUE, ORANGE, GREY, BAND = "#0072B2", "#D55E00", "#999999", "rgba(0,114,178,0.18)"
FONTS = "Noto Sans, Noto Sans JP, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif"
WORDS = {
    "estimate": {"ja": "推定値（90 % 区間）", "en": "estimate (90 % interval)"},
    "rate": {"ja": "実測の割合", "en": "observed rate"},
    "n": {"ja": "件数 n", "en": "units n"},
    "month": {"ja": "月", "en": "month"},
    "unknown": {"ja": "不明", "en": "unknown"},
    "all": {"ja": "全体", "en": "all"},
    "limits": {"ja": "限界", "en": "limits"},
}
NORMAL_QUANTILES = {"90 %": 1.6449, "99 %": 2.5758}


def figure(result: Result, lang: Lang, kind: str | None) -> go.Figure:
    """Return the figure of a table of rates."""
    if result.kind != "rates":
        raise UsageError("Only a table of rates can be drawn; use frame() and draw it yourself.")
    chosen = kind or ("months" if result.by == ("month",) else "forest")
    if chosen not in DRAWN:
        raise UsageError(f"Unknown kind of figure {chosen!r}; use {', '.join(DRAWN)}.")
    if chosen == "months" and result.by != ("month",):
        raise UsageError('The line of months needs by="month" and no other key.')
    frame = result.frame()
    return DRAWN[chosen](result, frame[frame["n"] > 0], lang)


def forest(result: Result, frame: pd.DataFrame, lang: Lang) -> go.Figure:
    """Return groups with their intervals, the highest estimate on top."""
    most = settings().most_groups
    shown = frame.sort_values("estimate", ascending=False, kind="stable").head(most)[::-1]
    labels = [_label(row, result, lang) for row in shown.to_dict("records")]
    drawn = go.Figure()
    drawn.add_trace(
        go.Scatter(
            x=shown["estimate"],
            y=list(range(len(shown))),
            mode="markers",
            marker={"color": BLUE, "size": 9},
            error_x={
                "array": shown["hi"] - shown["estimate"],
                "arrayminus": shown["estimate"] - shown["lo"],
                "color": BLUE,
            },
            name=WORDS["estimate"][lang],
        )
    )
    drawn.add_trace(
        go.Scatter(
            x=shown["rate"],
            y=list(range(len(shown))),
            mode="markers",
            marker={"color": ORANGE, "symbol": "line-ns-open", "size": 9},
            name=WORDS["rate"][lang],
        )
    )
    drawn.update_yaxes(tickvals=list(range(len(shown))), ticktext=labels, automargin=True)
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero")
    drawn.update_layout(height=150 + 24 * max(len(shown), 4))
    hidden = len(frame) - len(shown)
    ja, en = (
        f"上位 {most} 群、ほか {hidden} 群は省略",
        f"the {most} highest, {hidden} more not shown",
    )
    return _dressed(drawn, result, lang, (ja if lang == "ja" else en) if hidden else "")


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
    return _dressed(drawn, result, lang)


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
            text=[_label(row, result, lang) for row in frame.to_dict("records")],
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
    return _dressed(drawn, result, lang)


def _label(row: dict[Hashable, Any], result: Result, lang: Lang) -> str:
    parts = []
    for key in result.by:
        value = row.get("seller_name") if key == "seller_id" else None
        value = row[key] if value is None or pd.isna(value) else value
        parts.append(WORDS["unknown"][lang] if pd.isna(value) else str(value))
    # plotly reads a few tags in labels, and names come from files
    name = (" · ".join(parts) or WORDS["all"][lang]).replace("&", "&amp;").replace("<", "&lt;")
    return f"{name[:60]} (n={row['n']:,})"


def _dressed(drawn: go.Figure, result: Result, lang: Lang, note: str = "") -> go.Figure:
    below = "; ".join(part for part in (result.caption(lang), note) if part)
    drawn.update_layout(
        title={"text": f"{result.title.to(lang)}<br><sub>{below}</sub>"},
        font={"family": FONTS},
        template="plotly_white",
        legend={"orientation": "h", "y": -0.15},
    )
    return drawn


DRAWN = {"forest": forest, "months": months, "funnel": funnel}
