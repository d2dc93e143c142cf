"""A result on the terminal, in the columns that fit there, or in a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import rakustats as rs
from rakustats.cli.terminal import say, table, width
from rakustats.cli.texts import Texts
from rakustats.i18n.language import language

if TYPE_CHECKING:
    import pandas as pd

_OF_SCORES = ("n", "score", "lo", "hi", "grade", "p_worst", "standing", "reasons")
_OF_CHANGES = (
    *("n_then", "estimate_then", "lo_then", "hi_then", "n", "estimate", "lo", "hi"),
    *("change", "change_restated", "change_new", "p_worse"),
)
_TEXTS = Texts(
    """
    as of
        基準 {moment}
        as of {moment}
    empty
        この期間に該当するものはありません。
        Nothing falls into this period.
    more of scores
        全部の列（順位、重みの影響、評価など）は --out FILE で書き出せます。
        All columns (ranks, weights, ratings ...): --out FILE
    more of changes
        全部の列（今の n_open、restated の値など）は --out FILE で書き出せます。
        All columns (n_open, the restated figures ...): --out FILE
    more of risks
        全部の列（超過日数、追跡の空白など）は --out FILE で書き出せます。
        All columns (days overdue, silence, expected gain ...): --out FILE
    """
)


def show(result: rs.Result) -> None:
    """Write a table of figures with what is needed to read it."""
    lang = language()
    say(f"{result.title.to(lang)} · {_TEXTS('as of', moment=result.known)}")
    frame, more = result.frame(), ""
    if result.kind == "scores":
        frame, more = _short_scores(frame), "more of scores"
    elif "change_restated" in frame and result.kind == "rates":
        frame, more = frame[_of_changes(result)], "more of changes"
    elif "next_step" in frame:
        frame, more = _short_risks(frame, result.as_of.year), "more of risks"
    say(table(frame) if len(frame) else _TEXTS("empty"))
    for note in result.notes:
        say(f"* {note.to(lang)}")
    if more:
        say(_TEXTS(more))


def _of_changes(result: rs.Result) -> list[str]:
    """Return the columns of changes of rates that fit on a terminal."""
    names = ["seller_name"] if "seller_name" in result.table.column_names else []
    return [*result.by, *names, *_OF_CHANGES]


def _short_risks(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the columns of open deliveries that fit on a terminal, instants as days in Japan."""
    days = {
        f"arrives_{q}": [_day(moment, year) for moment in frame[f"arrives_{q}"]]
        for q in ("p10", "p50", "p90")
    }
    # what is not certain is not said to be
    chances = [_whole(100 if p == 1 else min(100 * p, 99), "%") for p in frame["probability"]]
    shown = frame[["shipment_id", "destination", "stage", "owner"]].assign(
        probability=chances, **days
    )
    sentences = {name: _left(frame[name]) for name in ("reasons", "next_step")}
    return shown.assign(**sentences)


def _day(moment: pd.Timestamp, year: int) -> str:
    """Return a day in Japan, with its year where that is another one."""
    if moment != moment:
        return ""
    there = moment + timedelta(hours=9)
    return f"{there:%m-%d}" if there.year == year else f"{there:%Y-%m-%d}"


def _left(texts: Iterable[str]) -> list[str]:
    """Return texts of one width on a terminal, as sentences are read from their beginning."""
    widths = [width(text) for text in texts]
    most = max(widths, default=0)
    return [text + " " * (most - width) for text, width in zip(texts, widths, strict=True)]


def _short_scores(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of scores that fit on a terminal, in whole points."""
    shown = frame[[c for c in frame.columns[:2] if c != "n"] + list(_OF_SCORES)]
    points = {name: [_whole(x) for x in shown[name]] for name in ("score", "lo", "hi")}
    chances = [_whole(100 * x, "%") for x in shown["p_worst"]]
    return shown.assign(**points, p_worst=chances)


def _whole(value: float, unit: str = "") -> str:
    return "" if value != value else f"{value:.0f}{unit}"
