"""The rows of a text file; a quote that is never closed swallows none of them."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rakustats.ingest.lines import LONGEST, Lines

_MOST_LINES = 100
_ENDS = ("\n", "\r")
_UNCLOSED = "a quote is opened in this row and not closed"
_CUT_OFF = "the file seems to be cut off here"

csv.field_size_limit(LONGEST)


@dataclass(frozen=True)
class Record:
    """The cells of one row, and what is wrong with it."""

    cells: list[str]
    fault: str | None


class _Feed(Iterator[str]):
    """Lines for the csv module, which stops asking once it has a row; they can be had again."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._again: deque[tuple[str, str | None]] = deque()
        self.taken: list[tuple[str, str | None]] = []
        self.endless = False

    def __next__(self) -> str:
        # Where a row is under way, no more lines means that it has no end.
        self.endless = bool(self.taken)
        if len(self.taken) == _MOST_LINES or sum(len(s) for s, _ in self.taken[1:]) > LONGEST:
            raise StopIteration
        if self._again:
            line, fault = self._again.popleft()
        else:
            line, fault = next(self._lines), self._lines.taken_fault()
        self.taken.append((line, fault))
        self.endless = False
        return line

    def give_back(self) -> str:
        """Return the first line taken, and let the others come again."""
        (first, _), *others = self.taken
        self._again.extendleft(reversed(others))
        self.taken = self.taken[:1]
        return first


class Records(Iterator[Record]):
    """The rows of a text file of any line end.

    Once ``width`` is set, rows must have as many cells. A row over several lines that has not, or
    has no end, or holds whole rows in a cell, is taken apart: its first line is at fault, the
    others are read again.
    """

    def __init__(self, lines: Lines, delimiter: str) -> None:
        self.width: int | None = None
        self._delimiter = delimiter
        self._feed = _Feed(lines)
        self._reader = parsed(self._feed, delimiter)

    def __next__(self) -> Record:
        self._feed.taken.clear()
        cells, taken = next(self._reader), self._feed.taken
        fault = next((f for _, f in taken if f), None)
        if self.width is None:
            return Record(cells, fault)
        if (len(taken) > 1 or self._feed.endless) and self._astray(cells):
            return self._taken_apart()
        return Record(cells, fault or self._ragged(cells))

    def _astray(self, cells: list[str]) -> bool:
        """Return whether a row over several lines swallowed others."""
        lines = [line for line, _ in self._feed.taken]
        if self._feed.endless:
            return True
        if self._ragged(cells):
            return any(map(self._fits, lines[1:]))
        inner = lines[1:-1]
        return (self.width or 0) > 2 and len(inner) > 1 and all(map(self._fits, inner))

    def _fits(self, line: str) -> bool:
        return len(next(parsed([line], self._delimiter), [])) == self.width

    def _taken_apart(self) -> Record:
        alone = len(self._feed.taken) == 1
        first = self._feed.give_back()
        why = f"{_UNCLOSED}; {_CUT_OFF}" if alone and not first.endswith(_ENDS) else _UNCLOSED
        return Record(next(parsed([first], self._delimiter)), why)

    def _ragged(self, cells: list[str]) -> str | None:
        width = self.width or 0
        blank = not any(map(is_said, cells))
        if any(map(is_said, cells[width:])) or (len(cells) < width and not blank):
            last, _ = self._feed.taken[-1]
            cut = "" if last.endswith(_ENDS) or len(cells) > width else f"; {_CUT_OFF}"
            return f"row has {len(cells)} cells, the header {width}{cut}"
        return None


def parsed(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Return rows of cells as DuckDB would read them too: blanks may stand before a quote."""
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True)


def is_said(cell: str) -> bool:
    """Return whether a cell says anything; the mark that DOS ends files with does not."""
    return bool(cell.strip(" \t\r\n\u3000\x1a"))
