"""What every table of rates says of its groups beside their rates."""

from __future__ import annotations

import pytest
from canonical_db import OpenDb
from test_case_mix import CLOTH, by_seller, trade

import rakustats as rs

BESIDE = ["estimate", "lo", "hi", "expected_rank", "p_worst", "reliability", "flagged"]


def test_the_columns_stand_behind_the_rate(duck_db: OpenDb) -> None:
    parts = [(f"S{i}", CLOTH, 12, 1) for i in range(8)]
    late = rs.delay_rates(duck_db(trade(*parts, ("bad", CLOTH, 12, 9))), by="seller")
    names = late.table.column_names
    assert names[names.index("rate") + 1 :][: len(BESIDE)] == BESIDE
    rows = by_seller(late)
    assert [s for s, row in rows.items() if row["flagged"]] == ["bad"]
    assert rows["bad"]["expected_rank"] == pytest.approx(1, abs=0.1)
    assert rows["bad"]["p_worst"] > 0.9
    assert sum(row["p_worst"] for row in rows.values()) == pytest.approx(1, abs=0.02)
    assert any("Flagged groups" in note.en for note in late.notes)


def test_one_group_has_nothing_to_be_compared_with(duck_db: OpenDb) -> None:
    late = rs.delay_rates(duck_db(trade(("A", CLOTH, 30, 3))))
    (row,) = late.table.to_pylist()
    assert row["lo"] < row["estimate"] < row["hi"]
    assert (row["p_worst"], row["flagged"]) == (None, False)
    assert any("no other group to compare with" in note.en for note in late.notes)


def test_a_group_without_matured_units_stays_unknown(duck_db: OpenDb) -> None:
    given = trade(("A", CLOTH, 10, 3), ("B", CLOTH, 1, 0))
    given["shipments"][-1]["promised_at"] = None
    row = by_seller(rs.delay_rates(duck_db(given), by="seller"))["B"]
    assert [row[name] for name in ("n", "rate", *BESIDE)] == [0] + [None] * 8
