"""HTML from the templates of the rooms, every text escaped."""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

PACKAGE = Path(__file__).parent.parent


def render(name: str, **values: Any) -> Markup:
    """Return what a template makes of some values, as HTML that others may take in.

    Parameters
    ----------
    name : str
        Room and template: ``results/table`` is ``results/templates/table.html.j2``.
    **values
        What the template needs; a text is escaped, HTML made by this function is not.

    Examples
    --------
    >>> from rakustats.results.html import render
    >>> str(render("results/notes", notes=["1 < 2"]))
    '<p>1 &lt; 2</p>'
    """
    from markupsafe import Markup

    return Markup(_environment().get_template(_file(name)).render(values))


def _file(name: str) -> str:
    room, _, template = name.partition("/")
    return f"{room}/templates/{template}.html.j2"


@cache
def _environment() -> Environment:
    # a command that writes no HTML should not wait for what makes it
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(PACKAGE),
        autoescape=True,
        finalize=_escaped,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


def _escaped(value: object) -> object:
    """Escape as the standard library does, which writes quotes otherwise than Jinja2."""
    from markupsafe import Markup

    return value if hasattr(value, "__html__") else Markup(html.escape(str(value)))
