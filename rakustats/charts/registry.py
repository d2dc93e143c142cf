"""Figures found by what they draw: each module of this room registers its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go

from rakustats.charts.drawing import Drawing
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.results.result import Result

Draw = Callable[[Drawing], go.Figure]


@dataclass(frozen=True)
class Chart:
    """One kind of figure and what it needs of a result.

    Attributes
    ----------
    kind : str
        What users call it.
    of : str
        The kind of result that it draws.
    draw : callable
        What draws it.
    columns : frozenset of str
        Columns that it needs besides those that every result of the kind has.
    keys, also : frozenset of str
        Keys that it needs, and which others may stand beside them; without keys any will do.
    counted : str, optional
        Only rows with a positive number there are drawn; None: all rows.
    unasked : bool
        Whether it may be chosen where no kind is named.
    """

    kind: str
    of: str
    draw: Draw
    columns: frozenset[str]
    keys: frozenset[str]
    also: frozenset[str]
    counted: str | None
    unasked: bool

    def takes_keys(self, result: Result) -> bool:
        """Return whether the result has the keys that the figure needs, and none too many."""
        return not self.keys or self.keys <= set(result.by) <= self.keys | self.also

    def missing(self, result: Result) -> list[str]:
        """Return the columns that the result lacks."""
        return sorted(self.columns - set(result.table.column_names))


CHARTS: dict[str, Chart] = {}


def chart(
    kind: str,
    *,
    of: str,
    columns: tuple[str, ...] = (),
    keys: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    counted: str | None = "n",
    unasked: bool = True,
) -> Callable[[Draw], Draw]:
    """Register a function that draws one kind of figure; see :class:`Chart` for what it needs."""

    def registered(draw: Draw) -> Draw:
        CHARTS[kind] = Chart(
            kind, of, draw, frozenset(columns), frozenset(keys), frozenset(also), counted, unasked
        )
        return draw

    return registered


def chosen(result: Result, kind: str | None) -> Chart:
    """Return the chart that was asked for, or the one that makes the most of a result.

    Raises
    ------
    UsageError
        If there is no such chart, it does not fit the result, or nothing fits it.
    """
    fitting = {name: chart for name, chart in CHARTS.items() if chart.of == result.kind}
    usual = _usual(result, fitting)
    if usual is None:
        raise UsageError(
            ja="図にできるのは、割合・期間・確率・スコアの表と、曲線・推移だけです。"
            "frame() で表を取り出し、自分で描いてください。",
            en="Only a table of rates, times, probabilities or scores, a curve or a path can be"
            " drawn; use frame() and draw it yourself.",
        )
    if kind is None:
        return usual
    if kind not in fitting:
        named = ", ".join(fitting)
        if kind in CHARTS:
            said = phrase(
                ja=f"{result.kind} の表は {kind!r} の図にできません。"
                f"使えるのは {'、'.join(fitting)} です。",
                en=f"A table of {result.kind} cannot be drawn as {kind!r}; use {named}.",
            )
        else:
            said = phrase(
                ja=f"図の種類 {kind!r} はありません。使えるのは {'、'.join(fitting)} です。",
                en=f"Unknown kind of figure {kind!r}; use {named}.",
            )
        raise UsageError(said)
    _check_needs(result, fitting[kind])
    return fitting[kind]


def _usual(result: Result, fitting: dict[str, Chart]) -> Chart | None:
    """Return the chart that needs the most of what the result has; keys count before columns."""
    ready = [c for c in fitting.values() if c.takes_keys(result) and not c.missing(result)]
    return max(
        (c for c in ready if c.unasked), key=lambda c: (len(c.keys), len(c.columns)), default=None
    )


def _check_needs(result: Result, chart: Chart) -> None:
    if not chart.takes_keys(result):
        keys, also = ", ".join(sorted(chart.keys)), ", ".join(sorted(chart.also))
        raise UsageError(
            ja=f'{chart.kind!r} の図には by="{keys}" が必要です。'
            + (
                f"ほかに指定できるキーは {also} だけです。"
                if also
                else "ほかのキーは付けられません。"
            ),
            en=f'A figure of kind {chart.kind!r} needs by="{keys}" and no other key'
            + (f" but {also}." if also else "."),
        )
    if missing := chart.missing(result):
        raise UsageError(
            ja=f"{chart.kind!r} の図には列 {missing[0]} が必要です。",
            en=f"A figure of kind {chart.kind!r} needs the column {missing[0]}.",
        )
