"""What a figure is drawn from: the rows, their labels, and the words of one language."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from rakustats.charts.theme import FONTS, WORDS
from rakustats.config.settings import settings
from rakustats.i18n.phrases import Lang
from rakustats.results.result import Result


@dataclass
class Drawing:
    """A result on its way to a figure.

    Attributes
    ----------
    result : Result
        What is drawn.
    frame : pandas.DataFrame
        Its rows, those without a unit left out where the chart says so.
    lang : {"ja", "en"}
        Language of the labels.
    note : str
        What a reader has to know besides n and as-of; stands below the title.
    """

    result: Result
    frame: pd.DataFrame
    lang: Lang
    note: str = ""

    def word(self, key: str) -> str:
        """Return a word of the theme in the figure's language."""
        return WORDS[key][self.lang]

    def group_name(self, row: dict[Hashable, Any]) -> str:
        """Return a group's keys as one label."""
        parts = []
        for key in self.result.by:
            value = row.get("seller_name") if key == "seller_id" else None
            value = row[key] if value is None or pd.isna(value) else value
            parts.append(self.word("unknown") if pd.isna(value) else str(value))
        return safe(" · ".join(parts) or self.word("all"))

    def labels(self, frame: pd.DataFrame, counted: str = "n") -> list[str]:
        """Return every group's label with its n."""
        rows = frame.to_dict("records")
        return [f"{self.group_name(row)} (n={row[counted]:,})" for row in rows]

    def first_groups(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the first groups, lowest first as an axis counts, and note what is not shown."""
        most = settings().most_groups
        hidden = len(frame) - most
        if hidden > 0:
            ja, en = (
                f"上位 {most} 群、ほか {hidden} 群は省略",
                f"first {most}, {hidden} more not shown",
            )
            self.note = ja if self.lang == "ja" else en
        return frame.head(most)[::-1]

    def themed(self, figure: go.Figure) -> go.Figure:
        """Return the figure with title, n, as-of and what else a reader has to know."""
        below = "; ".join(part for part in (self.result.caption(self.lang), self.note) if part)
        return figure.update_layout(
            title={"text": f"{self.result.title.to(self.lang)}<br><sub>{below}</sub>"},
            font={"family": FONTS},
            template="plotly_white",
            legend={"orientation": "h", "y": -0.15},
        )


def safe(name: str, most: int = 60) -> str:
    """Return a name as plain text: plotly reads a few tags in labels, and names are from files."""
    return name[:most].replace("&", "&amp;").replace("<", "&lt;")
