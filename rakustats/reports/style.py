"""The reports' template folder and style sheet, read without loading what renders them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

TEMPLATES = Path(str(resources.files("rakustats.reports"))) / "templates"


@cache
def style() -> str:
    """Return the style sheet of the reports."""
    return (TEMPLATES / "rakustats" / "style.css").read_text(encoding="utf-8")
