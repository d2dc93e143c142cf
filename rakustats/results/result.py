"""What every public function returns: a table that knows its n, its period and its as-of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from rakustats.calendar.timezones import shown
from rakustats.errors import RakustatsError
from rakustats.i18n.phrases import Lang, Phrase
from rakustats.results.html import render
from rakustats.results.registry import found

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go
    import polars as pl

Kind = Literal["rows", "rates", "times", "curve", "scores", "path"]
# What a result of a kind must have besides its keys.
NEEDED: dict[Kind, tuple[str, ...]] = {
    "rows": (),
    "rates": ("n", "events", "rate", "estimate", "lo", "hi", "n_open", "n_excluded"),
    "times": ("n", "n_open", "p50", "p80", "p90", "p95"),
    "curve": ("days", "at_risk", "n_ended", "n_open", "survival", "incidence", "lo", "hi"),
    "scores": ("n", "score", "lo", "hi", "grade", "p_worst", "reasons"),
    "path": ("day", "n", "cusum", "limit"),
}
SHOWN_ROWS = 50


@dataclass(frozen=True, repr=False)
class Result:
    """A table of figures with what is needed to read it.

    Attributes
    ----------
    table : pyarrow.Table
        The rows.
    sql : str
        The text that ran.
    as_of : datetime
        Instant (UTC) up to which anything was known.
    title : Phrase
        What the figures are, in Japanese and English.
    kind : {"rows", "rates", "times", "curve", "scores", "path"}
        A table of rates must have n, events, rate, estimate, lo, hi, n_open and n_excluded; one of
        times n, n_open, p50, p80, p90 and p95 (days); a curve days, at_risk, n_ended, n_open,
        survival, incidence, lo and hi; scores n, score, lo, hi, grade, p_worst and reasons; a path
        day, n, cusum and limit.
    by : tuple of str
        Key columns.
    since, until : date, optional
        Cohort days, until exclusive.
    repeated : tuple of str
        Keys by which the same units come again in several rows, such as the stages of a way.
    notes : tuple of Phrase
        What a reader has to know before trusting the figures.
    """

    table: pa.Table
    sql: str
    as_of: datetime
    title: Phrase
    kind: Kind = "rows"
    by: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    notes: tuple[Phrase, ...] = field(default=())
    repeated: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        needed = (*self.by, *NEEDED[self.kind])
        missing = [c for c in needed if c not in self.table.column_names]
        if missing:
            raise RakustatsError(
                ja=f"{self.kind} の結果に列 {'、'.join(missing)} がありません。",
                en=f"A result of {self.kind} lacks {', '.join(missing)}.",
            )

    def __repr__(self) -> str:
        return f"<{self.title.en}: {self.table.num_rows} rows, {self.caption('en')}>"

    def _repr_html_(self) -> str:
        return self.html("en", SHOWN_ROWS)

    def frame(self) -> pd.DataFrame:
        """Return the rows as a pandas frame."""
        frame: pd.DataFrame = self.table.to_pandas()
        return frame

    def polars(self) -> pl.DataFrame:
        """Return the rows as a polars frame."""
        import polars as pl

        frame = pl.from_arrow(self.table)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def plot(self, lang: Lang = "en", kind: str | None = None) -> go.Figure:
        """Return the table as a figure: months as a line, other groups of rates as a forest.

        Times are drawn as their quantiles, the stages of the way as a waterfall, curves with the
        numbers still awaited below, probabilities with their intervals.

        Parameters
        ----------
        lang : {"en", "ja"}
            Language of the labels.
        kind : str, optional
            Of rates: forest, months, funnel, range (certain to possible), pareto (by events),
            calendar (by day), adjusted (before and after); of times: quantiles, waterfall; of
            scores: scores, ranks; else curve, chances or path. Chosen by the keys if not given.

        Raises
        ------
        UsageError
            If the table cannot be drawn, or the kind does not fit it.
        """
        figure: go.Figure = found("chart")(self, lang, kind)
        return figure

    def write(self, path: str | Path, lang: Lang = "en") -> Path:
        """Write the rows to a file and return its path.

        The ending chooses the format: .csv (UTF-8 with BOM), .xlsx, .parquet, .json or .html.
        The file is replaced in one step. Text that a spreadsheet would run is disarmed.

        Raises
        ------
        UsageError
            If the ending is none of these.
        """
        written: Path = found("writer")(self, Path(path), lang)
        return written

    @property
    def n(self) -> int | None:
        """Units of all groups together: matured ones of rates and scores, else counted ones."""
        if self.kind == "rows":
            return None
        # every unit of a curve leaves it on one day, ended or last seen open
        counted = ("n_ended", "n_open") if self.kind == "curve" else ("n",)
        groups: dict[tuple[object, ...], int] = {}
        for number, row in enumerate(self.table.select([*self.by, *counted]).to_pylist()):
            units = sum(row[name] for name in counted)
            group = tuple(row[k] for k in self.by if k not in self.repeated)
            # without repeated keys every row is a group of its own
            key = group if self.repeated else (number,)
            groups[key] = max(groups.get(key, 0), units)
        return sum(groups.values())

    @property
    def known(self) -> str:
        """The as-of as people read it: the day if it is a day's end, else the instant in UTC."""
        return shown(self.as_of)

    def caption(self, lang: Lang) -> str:
        """Return n, period and as-of in one line."""
        parts = [] if self.n is None else [f"n = {self.n:,}"]
        if self.since or self.until:
            parts.append(f"{self.since or '…'} – {self.until or '…'}")
        parts.append(f"{self.known} 時点" if lang == "ja" else f"as of {self.known}")
        return ", ".join(parts)

    def html(self, lang: Lang, most: int | None = None) -> str:
        """Return an HTML table with caption and notes, every text escaped."""
        rows = self.table if most is None else self.table.slice(0, most)
        hidden = self.table.num_rows - rows.num_rows
        page = render(
            "results/result",
            caption=f"{self.title.to(lang)} ({self.caption(lang)})",
            heads=rows.column_names,
            rows=[[_cell(value) for value in row.values()] for row in rows.to_pylist()],
            more=f"{hidden:,} {'行' if lang == 'ja' else 'more rows'}" if hidden else "",
            notes=[note.to(lang) for note in self.notes],
        )
        # as plain text: what is added to it must not be escaped
        return str(page)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)
