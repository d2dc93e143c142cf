"""What stands on the terminal: lines, complaints, progress, tables, texts that fit its width."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

if TYPE_CHECKING:
    import pandas as pd

# A word, or one sign of a script without spaces, with the brackets and stops that cling to it.
_UNIT = re.compile(r" +|[（「]*(?:[!-~]+|[^ ])[、。）」：…ー]*")


def prepare() -> None:
    """Let output that the terminal's encoding lacks be replaced rather than end the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Write a line of output."""
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """Write a line beside the output: what is wrong, what to do next."""
    sys.stderr.write(f"{text}\n")


@contextmanager
def progress(unit: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function (done, total) that moves a bar on a terminal and does nothing elsewhere."""
    from tqdm import tqdm

    with tqdm(unit=f" {unit}", disable=not sys.stderr.isatty(), leave=False) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield advance


def table(frame: pd.DataFrame) -> str:
    """Return a table as aligned text: full-width characters take two places, rates four digits.

    Instants (UTC) stand without their seconds, and what is unknown is blank.
    """
    import pandas as pd

    texts = {
        str(name): column.dt.strftime("%Y-%m-%d %H:%M").fillna("")
        if pd.api.types.is_datetime64_any_dtype(column)
        else column.where(column.notna(), "")
        for name, column in frame.items()
        if pd.api.types.is_datetime64_any_dtype(column) or column.dtype == object
    }
    frame = frame.assign(**texts)
    with pd.option_context("display.unicode.east_asian_width", True, "display.max_colwidth", 60):
        return frame.to_string(index=False, na_rep="", float_format=lambda x: f"{x:.4f}")


def width(text: str) -> int:
    """Return the places that a text takes on a terminal.

    Examples
    --------
    >>> width("n = 3"), width("荷物")
    (5, 4)
    """
    return sum(1 + (east_asian_width(c) in "WF") for c in text)


def wrapped(text: str, room: int) -> list[str]:
    """Return a text as lines that fit into so many places.

    Examples
    --------
    >>> wrapped("late deliveries", 10), wrapped("納期に遅れた。", 12)
    (['late', 'deliveries'], ['納期に遅れ', 'た。'])
    """
    lines = [""]
    for unit in _UNIT.findall(text):
        if lines[-1] and width(lines[-1] + unit.rstrip()) > room:
            lines.append("")
        if lines[-1] or unit.strip():
            lines[-1] += unit
    return [line.rstrip() for line in lines]
