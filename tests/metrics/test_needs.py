"""A question that no export can answer is refused in one sentence."""

from __future__ import annotations

import pytest
from canonical_db import OpenDb

from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.marts.needs import require

TIMES = phrase(ja="返金までの日数", en="Refund times")


def test_missing_columns_are_named_with_the_headers_that_bring_them(open_db: OpenDb) -> None:
    db = open_db({"refunds": [{"refund_id": "R1", "paid_at": "2026-07-01 00:00"}]})
    with pytest.raises(UsageError) as told:
        require(db, TIMES, ["refunds.paid_at", "refunds.approved_at"])
    assert str(told.value) == (
        "Refund times cannot be told: no export brought refunds.approved_at (返金承認日)."
        " Load an export that has it."
    )


@pytest.mark.parametrize(
    ("alternatives", "missing"),
    [
        ([["approved_at"], ["paid_at"]], None),
        ([["approved_at"], ["refund_id", "paid_at"]], None),
        (
            [["approved_at"], ["paid_at", "requested_at"]],
            "approved_at (返金承認日) or requested_at",
        ),
        ([["approved_at", "requested_at"]], "approved_at (返金承認日) with requested_at"),
    ],
)
def test_one_alternative_with_all_its_columns_is_enough(
    open_db: OpenDb, alternatives: list[list[str]], missing: str | None
) -> None:
    db = open_db({"refunds": [{"refund_id": "R1", "paid_at": "2026-07-01 00:00"}]})
    told = None
    try:
        require(db, TIMES, *([f"refunds.{c}" for c in some] for some in alternatives))
    except UsageError as refused:
        told = str(refused).replace("refunds.", "")
    assert (told is None) == (missing is None)
    assert missing is None or f"no export brought {missing}" in str(told)
