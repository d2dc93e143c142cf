"""HTML: one page that needs no network."""

from __future__ import annotations

from pathlib import Path

from rakustats.i18n.phrases import Lang
from rakustats.results.html import render
from rakustats.results.result import Result
from rakustats.results.writers.registry import writes


@writes(".html")
def write(result: Result, path: Path, lang: Lang) -> None:
    """Write a result as a page."""
    page = render("results/page", lang=lang, title=result.title.to(lang), body=result.html(lang))
    path.write_text(page, encoding="utf-8", newline="\n")
