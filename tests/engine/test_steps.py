"""Of the steps of a query an engine is given those that are read."""

from __future__ import annotations

from rakustats.engine.steps import steps_read

STEPS = [
    ("orders", "SELECT * FROM raw"),
    ("lines", "SELECT * FROM raw_lines"),
    ("late", "SELECT * FROM orders, lines"),
    ("never", "SELECT * FROM late"),
]


def test_what_is_read_through_others_stays_in_its_order() -> None:
    assert steps_read(STEPS, "SELECT count(*) FROM late") == STEPS[:3]
    assert steps_read(STEPS, "SELECT * FROM lines") == STEPS[1:2]


def test_what_nobody_reads_is_left_out() -> None:
    assert steps_read(STEPS, "SELECT 1 AS orders_of_nobody") == []
