"""Tables in Markdown, for the pages that are written from lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def section(title: str, *about: str, head: str, rows: Iterable[Sequence[str]]) -> str:
    """Return a heading, lines about it and a table; what stands in a cell cannot end it."""
    rule = "---".join("|" * head.count("|"))
    lines = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    return "\n".join(
        [f"## {title}", "", *about, head, rule, *(f"| {line} |" for line in lines), ""]
    )
