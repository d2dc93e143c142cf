"""HTML from templates: texts are escaped, what was made stays, and nothing is left out silently."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from rakustats.results.html import render


def test_texts_are_escaped_and_what_was_rendered_is_not() -> None:
    table = render("results/table", heads=["<a>"], rows=[["\"x\" & 'y'"]], right=[True])
    assert table == (
        '<table><thead><tr><th class="number">&lt;a&gt;</th></tr></thead>'
        '<tbody><tr><td class="number">&quot;x&quot; &amp; &#x27;y&#x27;</td></tr></tbody></table>'
    )
    shown = {"style": "", "flag": "<b>", "cards": None, "note": "", "table": table, "more": ""}
    assert render("reports/cell", **shown) == (
        f'<p class="flag">&lt;b&gt;</p><div class="wide">{table}</div>'
    )


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'heads' is undefined"):
        render("results/table", rows=[])
