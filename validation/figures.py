"""A figure that was reached, beside the figure to reach."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HEAD = ("id", "what", "to reach", "reached", "")


@dataclass(frozen=True)
class Figure:
    """What was measured, and the bounds (both included) within which it has to lie."""

    id: str
    what: str
    reached: float
    least: float | None = None
    most: float | None = None
    form: str = ".3f"

    @property
    def ok(self) -> bool:
        """Whether the figure is reached; one that could not be measured is not."""
        if math.isnan(self.reached):
            return False
        return (self.least is None or self.reached >= self.least) and (
            self.most is None or self.reached <= self.most
        )

    @property
    def goal(self) -> str:
        """The bounds as a reader writes them."""
        least = "" if self.least is None else f"{self.least:{self.form}}"
        most = "" if self.most is None else f"{self.most:{self.form}}"
        if least and most:
            return f"{least} – {most}"
        return f"≥ {least}" if least else f"≤ {most}"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        shown = f"{self.reached:{self.form}}"
        return self.id, self.what, self.goal, shown, "" if self.ok else "missed"


def table(figures: Iterable[Figure]) -> str:
    """Return a Markdown table, its columns padded so that a terminal shows them straight."""
    rows = [HEAD, *(f.cells for f in figures)]
    widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(HEAD))]
    lines = [
        "| " + " | ".join(f"{cell:{w}}" for cell, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(line.replace("|  |", "| |") for line in lines)


def write_table(page: Path, letter: str, figures: Iterable[Figure]) -> None:
    """Replace what lies between the letter's two markers on a page."""
    begin, end = f"<!-- figures {letter} -->", f"<!-- end of figures {letter} -->"
    text = page.read_text(encoding="utf-8")
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{page} has no place for figures {letter}: {begin} and {end}.")
    new = f"{before}{begin}\n{table(figures)}\n{end}{after}"
    page.write_text(new, encoding="utf-8", newline="\n")
