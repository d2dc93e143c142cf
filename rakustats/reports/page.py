"""The page that a report notebook writes: text, key figures, charts with their tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow.compute as pc
from IPython.display import HTML, Markdown, display

from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang, Phrase
from rakustats.reports.figures import PLOTLY, for_page, has_marks, in_words
from rakustats.reports.kept import keep_headline, keep_table
from rakustats.reports.style import style
from rakustats.reports.tables import html_table, written
from rakustats.reports.texts import check_language, prose, text, title
from rakustats.results.html import render
from rakustats.results.result import Result
from rakustats.results.writers.registry import plain_rows

Asked: TypeAlias = Result | Callable[[], Result]
FIGURES = ("n", "events", "rate", "estimate", "lo", "hi", "n_open", "n_excluded")
SHOWN = {
    "rates": FIGURES,
    "times": ("n", "n_open", "p50", "p80", "p90", "p95", "n_excluded"),
    "curve": ("days", "n", "at_risk", "n_arrived", "n_open", "incidence", "lo", "hi"),
}
SHOWN_ROWS = 12
# what a cell may show, see templates/cell.html.j2
_NOTHING = {"flag": "", "cards": None, "note": "", "table": "", "more": ""}


class Page:
    """One report, written cell by cell in one language.

    Parameters
    ----------
    name : str
        The notebook's name without its ending; its texts are found by it.
    lang : {"ja", "en"}
        Language of headings, texts, labels and notes.
    keep_in : str or Path, optional
        Folder into which every table and key figure shown is also written, for the workbook and
        the summary. `rakustats report` sets it; by hand it stays empty and nothing is written.

    Examples
    --------
    >>> import rakustats as rs
    >>> page = rs.Page("02_delays", lang="en", keep_in="made/by/the/report")
    >>> page.name
    '02_delays'
    """

    def __init__(self, name: str, *, lang: Lang = "ja", keep_in: str | Path | None = None) -> None:
        check_language(lang)
        self.name = name
        self.lang: Lang = lang
        self.keep_in = Path(keep_in) if keep_in else None
        # with every output: JupyterLab takes cells that are out of sight out of the page
        self._style = "" if self.keep_in else _for_lab(style())

    def text(self, key: str, **values: object) -> None:
        """Show a heading and its text; `values` fill the text's places, written as numbers are."""
        words = prose(self.name, key, self.lang)
        filled = words.format(**{name: written(value) for name, value in values.items()})
        heading = title(self.name, key, self.lang)
        display(Markdown(f"## {heading}\n\n{filled}"))

    def flag(self, key: str) -> None:
        """Show one sentence that must not be overlooked."""
        self._html(flag=prose(self.name, key, self.lang))

    def headlines(self, **asked: Asked) -> None:
        """Show results of one row each as key figures, with n, interval and what is left out.

        As in :meth:`show`, a question that no export can answer becomes one sentence.
        """
        self._html(cards=[self._answered(key, question) for key, question in asked.items()])

    def show(
        self,
        key: str,
        asked: Asked,
        *,
        kind: str | None = None,
        chart: bool = True,
        rows: int = SHOWN_ROWS,
        columns: Sequence[str] = (),
    ) -> None:
        """Show a result: heading, text, chart, n and as-of, notes, and the first `rows` rows.

        The whole table goes to the report's workbook under `key`. Groups come worst estimate
        first, months in their order; `columns` shows others than the usual ones. `asked` is the
        result, or a function that returns it: if it raises UsageError because no export brought
        what it needs, its sentence takes the place of chart and table, and the page goes on.
        """
        self.text(key)
        result = asked_of(asked)
        if isinstance(result, Phrase):
            self._html(note=result.to(self.lang))
            return
        worded = in_words(result, self.lang)
        if chart and worded.table.num_rows:
            self._figure(worded, kind)
        stop = "。" if self.lang == "ja" else ". "
        notes = [result.caption(self.lang), *(n.to(self.lang).rstrip("。. ") for n in result.notes)]
        note = stop.join([*notes, ""]).strip()
        usual = [*result.by, "seller_name", *SHOWN.get(result.kind, ()), *_stale(result)]
        shown = list(columns) or (None if result.kind == "rows" else usual)
        self._keep(key, _worst_first(result), note)
        self._rows(_worst_first(worded), note, rows, shown)

    def table(
        self, key: str, frame: pd.DataFrame, *, columns: Sequence[str] = (), rows: int = SHOWN_ROWS
    ) -> None:
        """Show a heading, its text and a plain table of `columns`; all rows go to the workbook."""
        self.text(key)
        chosen = frame[list(columns)] if columns else frame
        self._keep(key, chosen, "")
        self._rows(chosen, "", rows, None)

    def _html(self, **shown: Any) -> None:
        display(HTML(render("reports/cell", **{**_NOTHING, "style": self._style, **shown})))

    def _figure(self, result: Result, kind: str | None) -> None:
        figure = for_page(result.plot(lang=self.lang, kind=kind))
        if not has_marks(figure):
            return
        display({PLOTLY: json.loads(figure.to_json())}, raw=True)

    def _keep(self, key: str, frame: pd.DataFrame, note: str) -> None:
        if self.keep_in is not None:
            keep_table(self.keep_in, key, title(self.name, key, self.lang), note, frame)

    def _rows(self, frame: pd.DataFrame, note: str, rows: int, columns: list[str] | None) -> None:
        more = ""
        if len(frame) > rows:
            more = text("common", "more_rows", self.lang).format(shown=rows, all=f"{len(frame):,}")
        if frame.empty:
            more = text("common", "no_rows", self.lang)
        table = "" if frame.empty else html_table(frame.head(rows), self.lang, columns)
        self._html(note=note, table=table, more=more)

    def _answered(self, key: str, asked: Asked) -> str | dict[str, str]:
        """Return a key figure in words, or the sentence that says why there is none."""
        result = asked_of(asked)
        if isinstance(result, Phrase):
            return result.to(self.lang)
        figures = plain_rows(result.table.select(FIGURES))[0]
        label = title(self.name, key, self.lang)
        if self.keep_in is not None:
            keep_headline(self.keep_in, key, label, figures)
        shown = {name: written(value, name) for name, value in figures.items()}
        detail = text("common", "headline", self.lang).format(**shown)
        return {"label": label, "rate": shown["rate"], "detail": detail}


def asked_of(asked: Asked) -> Result | Phrase:
    """Return the result, or the sentence that says why there is none."""
    if not callable(asked):
        return asked
    try:
        return asked()
    except UsageError as error:
        return error.said


def _worst_first(result: Result) -> pd.DataFrame:
    frame = result.frame()
    if result.kind != "rates" or not result.by or {"month", "day"} & set(result.by):
        return frame
    return frame.sort_values("estimate", ascending=False, kind="stable", na_position="last")


def _for_lab(css: str) -> str:
    """Only what notebooks need: rules for whole pages would restyle JupyterLab itself."""
    colours, rules = css.split("\n", 1)
    wanted = (".figure", ".flag", ".wide", ".note", "table.rows")
    return "\n".join([colours, *(line for line in rules.splitlines() if line.startswith(wanted))])


def _stale(result: Result) -> list[str]:
    """Return the columns that tell of what was last seen earlier, where there is any."""
    table = result.table
    if "n_stale" not in table.column_names or not pc.sum(table.column("n_stale")).as_py():
        return []
    return ["n_stale", "stale_since"]
