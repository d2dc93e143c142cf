"""Troubles with the goods of a line: by claims, and by the warehouse's count."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.engine.steps import Step
from rakustats.errors import some_of
from rakustats.marts.claim_lines import linked_claims
from rakustats.marts.received import texts
from rakustats.schema.tables import tables

JAPAN = ("transit", "delivery", "after_use")


def chosen(values: str | Sequence[str], column: str) -> tuple[str, ...]:
    """Return the given values of a column of ``claims``, or refuse an unknown one."""
    return some_of(column, values, tables()["claims"][column].values)


def trouble_steps(
    kinds: Sequence[str], stages: Sequence[str] | None, *, counted: bool, by_stage: bool
) -> list[Step]:
    """Return ``troubles``: per line (and stage) the bad pieces and when they were reported.

    ``counted`` adds the pieces that the warehouse counted as defective; where a claim is about the
    same pieces, the larger number counts. ``in_china`` and ``in_japan``: where they came to
    light, a claim that does not say so by whether the goods had reached Japan.
    """
    inspected = """
UNION ALL
SELECT order_no, line_no, 'warehouse' AS stage_found, coalesce(stored_at, arrived_at) AS told_at,
  CAST(NULL AS INT) AS claimed, qty_defective AS counted
FROM order_lines WHERE qty_defective > 0"""
    found = f"""\
SELECT order_no, line_no, stage_found, told_at, qty AS claimed, CAST(NULL AS INT) AS counted
FROM claim_lines{inspected if counted else ""}"""
    here = f"""coalesce(f.stage_found IN ({texts(JAPAN)})
    OR (f.stage_found IS NULL AND f.told_at >= a.delivered_first), FALSE)"""
    places = f"""\
SELECT f.order_no, f.line_no, f.stage_found, {here} AS in_japan, min(f.told_at) AS told_at,
  greatest(coalesce(CAST(sum(f.claimed) AS BIGINT), 0), coalesce(max(f.counted), 0)) AS pieces,
  bool_and(f.claimed IS NULL AND f.counted IS NULL) AS no_number
FROM found f LEFT JOIN arrivals a ON a.order_no = f.order_no AND a.line_no = f.line_no
GROUP BY f.order_no, f.line_no, f.stage_found, {here}"""
    group = "order_no, line_no" + (", stage_found" if by_stage else "")
    troubles = f"""\
SELECT {group}, CAST(sum(pieces) AS BIGINT) AS pieces, bool_or(no_number) AS no_number,
  bool_or(NOT in_japan) AS in_china, bool_or(in_japan) AS in_japan,
  min(told_at) FILTER (WHERE NOT in_japan) AS china_at,
  min(told_at) FILTER (WHERE in_japan) AS japan_at
FROM found_in GROUP BY {group}"""
    return [
        *linked_claims(kinds, stages, withdrawn=False),
        ("found", found),
        ("found_in", places),
        ("troubles", troubles),
    ]
