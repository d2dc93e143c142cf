"""How many have arrived by which day, with the number still awaited below."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rakustats.charts.drawing import Drawing
from rakustats.charts.registry import chart
from rakustats.charts.theme import COLOURS

BANDS_UP_TO = 3
LOOKS = 7
# of those that arrive, the share at which the axis ends
ENOUGH = 0.99


@chart("curve", of="curve")
def curve(drawing: Drawing) -> go.Figure:
    """Return the share arrived by day and group, and under it a table of those still awaited."""
    groups = _groups(drawing)
    shown = groups[: len(COLOURS)]
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.12,
        row_heights=[1 - _table_share(len(shown)), _table_share(len(shown))],
    )
    for colour, (name, rows) in zip(COLOURS, shown, strict=False):
        _add_curve(figure, name, rows, colour, band=len(shown) <= BANDS_UP_TO)
    _add_risk_table(figure, shown, drawing.word("at_risk"))
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02], title=drawing.word("arrived"), row=1)
    figure.update_xaxes(showticklabels=True, row=1)
    figure.update_xaxes(title=drawing.word("days"), showticklabels=False, showgrid=False, row=2)
    if hidden := len(groups) - len(shown):
        ja, en = f"ほか {hidden} 群は省略", f"{hidden} smaller groups not shown"
        drawing.note = ja if drawing.lang == "ja" else en
    return figure.update_layout(height=400 + 26 * len(shown))


def _groups(drawing: Drawing) -> list[tuple[str, pd.DataFrame]]:
    """Return each group's name and rows, the largest first."""
    by = list(drawing.result.by)
    if not by:
        return [(drawing.word("all"), drawing.frame)]
    parts = [rows for _, rows in drawing.frame.groupby(by, dropna=False, sort=False)]
    parts.sort(key=lambda rows: -int(rows["n"].iloc[0]))
    return [(drawing.group_name(rows.iloc[0].to_dict()), rows) for rows in parts]


def _add_curve(
    figure: go.Figure, name: str, rows: pd.DataFrame, colour: str, *, band: bool
) -> None:
    days = [0, *rows["days"]]
    line = {"color": colour, "shape": "hv", "width": 2}
    if band:
        edge = {"mode": "lines", "line": {"width": 0, "shape": "hv"}, "showlegend": False}
        fill = {"fill": "tonexty", "fillcolor": _pale(colour), "hoverinfo": "skip"}
        figure.add_trace(go.Scatter(x=days, y=[0, *rows["hi"]], hoverinfo="skip", **edge), 1, 1)
        figure.add_trace(go.Scatter(x=days, y=[0, *rows["lo"]], **fill, **edge), 1, 1)
    label = f"{name} (n={int(rows['n'].iloc[0]):,})"
    arrived = [0, *rows["incidence"]]
    figure.add_trace(go.Scatter(x=days, y=arrived, mode="lines", line=line, name=label), 1, 1)


def _add_risk_table(figure: go.Figure, shown: list[tuple[str, pd.DataFrame]], title: str) -> None:
    last = max((_last_day(rows) for _, rows in shown), default=1)
    looks = _looks(last) if shown else []
    for place, (colour, (name, rows)) in enumerate(zip(COLOURS, shown, strict=False)):
        figure.add_trace(
            go.Scatter(
                x=looks,
                y=[-place] * len(looks),
                mode="text",
                text=[f"{_awaited(rows, day):,}" for day in looks],
                textfont={"color": colour},
                name=name,
                showlegend=False,
                hoverinfo="skip",
            ),
            2,
            1,
        )
    figure.update_yaxes(
        tickvals=[-place for place in range(len(shown))],
        ticktext=[name for name, _ in shown],
        range=[0.6 - len(shown), 0.6],
        showgrid=False,
        zeroline=False,
        automargin=True,
        title=title,
        row=2,
    )
    # room on the left for the number of day 0
    figure.update_xaxes(tickvals=looks, range=[-0.04 * last, 1.02 * last])


def _last_day(rows: pd.DataFrame) -> int:
    """Return the day by which all but a hundredth of those that arrive are there.

    A single parcel found after a year would draw all others into one line.
    """
    share = rows["incidence"].astype(float)
    there = rows.loc[(share > 0) & (share >= ENOUGH * share.max()), "days"]
    return int(there.iloc[0] if len(there) else rows["days"].max())


def _awaited(rows: pd.DataFrame, day: int) -> int:
    """Return how many were awaited when a day began: nobody leaves between two rows."""
    later = rows[rows["days"] >= day]
    return int(later["at_risk"].iloc[0]) if len(later) else 0


def _looks(last: int) -> list[int]:
    """Return some round days from 0 to the last one."""
    step = next(s for s in (1, 2, 5, 7, 10, 14, 20, 30, 60, 90, 180, 10**6) if s * LOOKS >= last)
    return list(range(0, last + 1, step))


def _table_share(groups: int) -> float:
    return (26.0 * groups + 20) / (320 + 26 * groups)


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.15)"
