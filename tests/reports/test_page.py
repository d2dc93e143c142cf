"""What a page shows where there is no answer, or nothing to draw."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.reports import page as pages
from rakustats.results.result import Result


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []

    def record(thing: Any, **options: Any) -> None:
        said.append(str(thing) if options.get("raw") else thing.data)

    monkeypatch.setattr(pages, "display", record)
    return said


def unanswered() -> Result:
    raise UsageError(ja="", en="Refund times need <refunds.approved_at>.")


def test_a_question_without_an_answer_is_one_sentence(shown: list[str], tmp_path: Path) -> None:
    page = pages.Page("05_cancellations_and_refunds", lang="en", keep_in=tmp_path)
    page.show("refunds", unanswered)
    page.headlines(cancelled=unanswered)
    assert shown[1] == '<p class="note">Refund times need &lt;refunds.approved_at&gt;.</p>'
    assert "Refund times need" in shown[2]
    assert len(shown) == 3


def test_groups_without_units_make_no_chart(shown: list[str], tmp_path: Path) -> None:
    numbers = {c: pa.array([None], pa.float64()) for c in ("rate", "estimate", "lo", "hi")}
    whole = {c: [0] for c in ("n", "events", "n_open", "n_excluded")}
    table = pa.table({"carrier": ["<b>x</b>"], **numbers, **whole})
    title = phrase(ja="件数", en="counts")
    empty = Result(table, "SELECT 1", datetime(2026, 6, 1), title, kind="rates", by=("carrier",))
    pages.Page("02_delays", lang="en", keep_in=tmp_path).show("carriers", empty)
    assert len(shown) == 2
    assert "&lt;b&gt;x&lt;/b&gt;" in shown[1]
